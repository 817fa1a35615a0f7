"""`rlseg napari`: a project or images in napari, with the widgets of the plugin beside them."""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path

from rlseg.errors import RlsegError

__all__ = ["main"]

NEEDED = "napari", "qtpy"
BINDINGS = "PyQt6", "PySide6", "PyQt5", "PySide2"


def main(args: list[str]) -> int:
    """Run `rlseg napari ARGS`.

    Args:
        args: what follows `rlseg napari`.

    Returns:
        0, when the window is closed.

    Raises:
        RlsegError: napari or Qt is not installed, or the project or an image cannot be opened.
        SystemExit: the command line is wrong (exit code 2).
    """
    options = _parser().parse_args(args)
    for path in options.paths:
        if not path.exists():
            raise RlsegError(f"{path} does not exist", "name a project of rlseg new, or images")
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing or not any(find_spec(name) is not None for name in BINDINGS):
        what = f"{missing[0]} is not installed" if missing else "no Qt is installed"
        raise RlsegError(f"{what}, which the viewer needs", 'pip install "rlseg[napari]" "napari[pyqt6]"')
    from rlseg.viewer import open_viewer

    open_viewer(options.paths)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rlseg napari",
        description="Open napari with the widgets of rlseg: rules from a few outlines, trainings, predictions.",
    )
    parser.add_argument("paths", type=Path, nargs="*", help="a project of rlseg new, or images (PNG, TIFF, OME-Zarr)")
    return parser
