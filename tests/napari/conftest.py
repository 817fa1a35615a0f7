"""A real viewer, and the event loop while something is at work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def viewer() -> Iterator[Any]:
    """napari with its window, on a display that need not be seen."""
    import napari

    opened = napari.Viewer()
    opened.window.resize(1400, 950)
    yield opened
    opened.close()


@pytest.fixture
def wait() -> Callable[[Callable[[], bool]], None]:
    """Lets the windows go on as long as something is at work."""
    from qtpy.QtWidgets import QApplication

    def until(busy: Callable[[], bool], seconds: float = 240) -> None:
        end = time.monotonic() + seconds
        QApplication.processEvents()
        while busy():
            assert time.monotonic() < end, "still at work"
            QApplication.processEvents()
            time.sleep(0.01)
        for _ in range(3):
            QApplication.processEvents()

    return until


@pytest.fixture
def picture(viewer: Any, request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Any]:
    """Takes a screenshot of the whole window; with --napari-pictures=FOLDER it is kept there."""
    from PIL import Image

    def take(name: str) -> Any:
        pixels = viewer.screenshot(canvas_only=False, flash=False)
        folder = Path(request.config.getoption("--napari-pictures") or tmp_path)
        folder.mkdir(parents=True, exist_ok=True)
        # few colours: the pictures of the manual are small
        Image.fromarray(pixels[..., :3]).quantize(128).save(folder / f"{name}.png", optimize=True)
        return pixels

    return take
