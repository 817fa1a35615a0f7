"""Drawn volumes: one scene whatever the distance of its planes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from scipy import ndimage

from experiments.analysis import volume_costs
from experiments.drawings import __main__ as draw
from experiments.drawings.tissue import draw_tissue
from experiments.drawings.volumes import DrawnVolume, draw_volume

SHAPE = (30, 40, 40)
Drawing = Callable[[int, int, tuple[int, int, int]], DrawnVolume]


@pytest.mark.parametrize("drawing", [draw_volume, draw_tissue])
def test_planes_apart_are_those_of_the_same_scene(drawing: Drawing) -> None:
    cubes, apart = drawing(3, 1, SHAPE), drawing(3, 3, SHAPE)
    np.testing.assert_array_equal(apart.image, cubes.image[:, 1::3])
    np.testing.assert_array_equal(apart.truth > 0, cubes.truth[1::3] > 0)
    for drawn in (cubes, apart):
        present = np.unique(drawn.truth)
        np.testing.assert_array_equal(present, np.arange(len(present)))
        assert 0 <= drawn.image.min() < drawn.image.max() <= 1
    assert (drawing(4, 1, SHAPE).truth != cubes.truth).any()


def test_balls_are_of_two_sizes() -> None:
    sizes = np.bincount(draw_volume(3, 1, SHAPE).truth.ravel())[1:]
    assert sizes.max() > 2 * np.median(sizes[sizes < np.median(sizes)])


def test_cells_are_dark_between_bright_membranes() -> None:
    drawn = draw_tissue(0, 1, SHAPE)
    depth = ndimage.distance_transform_edt(
        (drawn.truth > 0) & ~ndimage.morphological_gradient(drawn.truth, 3).astype(bool)
    )
    image = drawn.image[0]
    assert image[(depth < 1) & (drawn.truth > 0)].mean() > 1.5 * image[depth > 3].mean()
    assert np.median(image[drawn.truth == 0]) < np.median(image[depth > 3])


def test_they_are_written_as_files_that_say_how_far_planes_are_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draw, "draw_volume", lambda seed, distance: draw_volume(seed, distance, SHAPE))
    assert draw.main(["volumes", "--count", "1", "--seed", "4", "--output", str(tmp_path)]) == 0
    with tifffile.TiffFile(tmp_path / "images/0000.tif") as file:
        assert file.series[0].shape == (10, 40, 40)
        assert 'PhysicalSizeZ="3' in (file.ome_metadata or "")
    assert tifffile.imread(tmp_path / "labels/0000.tif").shape == (10, 40, 40)
    with pytest.raises(SystemExit):
        draw.main(["volumes", "--sealed", "--output", str(tmp_path)])
    assert "there are no --sealed drawings of volumes" in capsys.readouterr().err


def test_drawings_side_by_side_are_as_large_as_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(volume_costs, "draw_volume", lambda seed, distance: draw_volume(seed, distance, SHAPE))
    monkeypatch.setattr(volume_costs, "BLOCK", (10, 40, 40))
    monkeypatch.setattr(volume_costs, "DRAWN", 2)
    volume_costs.write_volume(tmp_path / "x.ome.tif", (12, 50, 90))
    with tifffile.TiffFile(tmp_path / "x.ome.tif") as file:
        assert file.series[0].axes == "ZYX"
        assert 'PhysicalSizeZ="3' in (file.ome_metadata or "")
        values = file.asarray()
    assert values.shape == (12, 50, 90)
    drawn = [np.rint(255 * draw_volume(seed, 3, SHAPE).image[0]) for seed in range(2)]
    turned = [image[::a, ::b, ::c] for image in drawn for a in (1, -1) for b in (1, -1) for c in (1, -1)]
    for block in (values[:10, :40, :40], values[:10, :40, 40:80]):
        assert any((block == image).all() for image in turned)
    assert (values[10:, 40:, 80:] > 0).any()
