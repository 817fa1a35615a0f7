"""Segmentations of drawn discs without learning: what they find, and what they leave out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from experiments.baselines import circles as baselines_circles
from experiments.drawings.circles import draw_circles
from rlseg.metrics import score_image


def plain(radii: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """White discs beside each other on gray, with little noise."""
    rows, columns = np.indices((64, 60 * len(radii)))
    truth = np.zeros(rows.shape, np.int32)
    for n, radius in enumerate(radii):
        truth[np.hypot(rows - 32, columns - 60 * n - 30) <= radius] = n + 1
    image = np.where(truth > 0, 0.9, 0.4) + np.random.default_rng(0).normal(0, 0.01, (3, *truth.shape))
    return image.astype(np.float32), truth


@pytest.mark.parametrize("name", ["mutex watershed, best setting", "Hough circles, best setting"])
def test_discs_on_flat_ground_are_found(name: str) -> None:
    image, truth = plain([12, 15, 19])
    labels = baselines_circles.METHODS[name](image)
    assert labels.dtype == np.int32
    assert score_image(labels, truth).summary.ap75 == 1


def test_what_is_too_small_or_too_large_is_no_disc() -> None:
    image, truth = plain([5, 15, 28])
    labels = baselines_circles.MutexObjects()(image)
    assert labels.max() == 1
    assert score_image(labels, np.where(truth == 2, 1, 0)).summary.ap75 == 1


def test_holes_are_filled() -> None:
    image, truth = plain([18, 12, 12, 12])
    rows, columns = np.indices(truth.shape)
    image[:, np.hypot(rows - 32, columns - 30) <= 9] = 0.1  # 253 px, enough for a disc
    labels = baselines_circles.MutexObjects()(image)
    assert score_image(labels, truth).summary.ap75 == 1


@pytest.mark.parametrize("shape", [(1, 1), (2, 40), (30, 30)])
def test_empty_images_hold_nothing(shape: tuple[int, int]) -> None:
    for method in baselines_circles.METHODS.values():
        assert not method(np.zeros((3, *shape), np.float32)).any()


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from experiments.drawings import __main__ as draw

    draw.write(draw.draw("circles", 2, 0), tmp_path)
    words = ["--images", str(tmp_path / "images"), "--labels", str(tmp_path / "labels"), "--count", "1"]
    assert baselines_circles.main(words) == 0
    out = capsys.readouterr().out
    assert "1 images" in out
    assert all(name in out for name in baselines_circles.METHODS)
    assert baselines_circles.main(["--images", str(tmp_path / "none"), "--labels", str(tmp_path / "labels")]) == 2
    assert str(tmp_path / "none") in capsys.readouterr().err


def test_drawn_discs() -> None:
    """On structured ground both find a part of the discs."""
    drawn = draw_circles(1)
    for method in baselines_circles.METHODS.values():
        assert score_image(method(drawn.image), drawn.truth).summary.ap50 > 0.2
