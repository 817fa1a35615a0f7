"""Every descriptor against scikit-image on the union mask, and at the boundaries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import masks, random_segments
from scipy import ndimage
from skimage.measure import perimeter, regionprops

from rlseg.graph.rag import measure_regions
from rlseg.rewards.descriptors import DESCRIPTORS
from rlseg.rewards.segments import Segments

SCIKIT_IMAGE = [
    "area",
    "axis_major_length",
    "axis_minor_length",
    "eccentricity",
    "equivalent_diameter_area",
    "extent",
    "intensity_max",
    "intensity_mean",
    "intensity_min",
    "intensity_std",
    "perimeter",
    "solidity",
]


def segments_with_image(seed: int, pieces: int, shape: tuple[int, int] = (40, 56)) -> tuple[Segments, np.ndarray]:
    rng = np.random.default_rng(seed)
    image = ndimage.gaussian_filter(rng.random((2, *shape)), (0, 1, 1))
    regions = random_segments(seed, shape=shape).regions
    regions = measure_regions(image, regions.superpixels)
    return Segments(regions, rng.integers(0, pieces, (3, regions.num_nodes))), image


@pytest.mark.parametrize("pieces", [1, 4, 60])
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", SCIKIT_IMAGE)
def test_agrees_with_regionprops(name: str, seed: int, pieces: int) -> None:
    segments, image = segments_with_image(seed, pieces)
    for channel in range(2):
        got = segments.descriptor(name, channel)
        for mask, value in zip(masks(segments), got, strict=True):
            if name == "perimeter":
                # regionprops crops to the bounding box, which hides nothing from the 4-neighbourhood
                expected = perimeter(mask, neighborhood=4)
            else:
                expected = getattr(regionprops(mask.astype(np.uint8), image[channel])[0], name)
            assert value == pytest.approx(expected, abs=1e-7), (name, mask.sum())


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), pieces=st.integers(1, 30))
def test_hull_and_perimeter_agree_on_random_shapes(seed: int, pieces: int) -> None:
    segments, _ = segments_with_image(seed, pieces, shape=(17, 23))
    for mask, solid, length in zip(
        masks(segments), segments.descriptor("solidity"), segments.descriptor("perimeter"), strict=True
    ):
        assert solid == pytest.approx(regionprops(mask.astype(np.uint8))[0].solidity, abs=1e-9)
        assert length == pytest.approx(perimeter(mask, neighborhood=4), abs=1e-9)


def test_contrast_against_a_slow_reference() -> None:
    segments, image = segments_with_image(3, 6)
    superpixels = segments.regions.superpixels
    mean = ndimage.mean(image[1], superpixels, np.arange(segments.regions.num_nodes))
    contrast = segments.descriptor("contrast", 1)
    height, width = superpixels.shape
    for mask, value in zip(masks(segments), contrast, strict=True):
        outside = [
            mean[superpixels[r + dr, c + dc]]
            for r, c in zip(*np.nonzero(mask), strict=True)
            for dr, dc in ((1, 0), (-1, 0), (0, 1), (0, -1))
            if 0 <= r + dr < height and 0 <= c + dc < width and not mask[r + dr, c + dc]
        ]
        assert value == pytest.approx(image[1][mask].mean() - np.mean(outside), abs=1e-9)


def test_outline_descriptors_against_a_slow_reference() -> None:
    segments, image = segments_with_image(4, 6)
    height, width = image.shape[1:]
    level = image[segments.regions.level_channel]
    for mask, mean, step in zip(
        masks(segments), segments.descriptor("outline_level"), segments.descriptor("outline_step"), strict=True
    ):
        pairs = [
            (level[r, c], level[r + dr, c + dc])
            for r, c in zip(*np.nonzero(mask), strict=True)
            for dr, dc in ((1, 0), (-1, 0), (0, 1), (0, -1))
            if 0 <= r + dr < height and 0 <= c + dc < width and not mask[r + dr, c + dc]
        ]
        assert mean == pytest.approx(np.mean(pairs), abs=1e-9)
        assert step == pytest.approx(np.mean([abs(a - b) for a, b in pairs]), abs=1e-9)


def test_ellipse_fill_is_one_for_a_disc_and_lower_for_a_cross() -> None:
    rows, columns = np.indices((64, 64))
    disc = (rows - 32) ** 2 + (columns - 32) ** 2 < 20**2
    cross = (abs(rows - 32) < 4) | (abs(columns - 32) < 4)
    for mask, low, high in ((disc, 0.99, 1.01), (cross, 0.1, 0.6)):
        regions = measure_regions(np.zeros((1, 64, 64)), mask.astype(np.int32))
        fill = Segments(regions, np.array([[0, 1]])).descriptor("ellipse_fill")
        assert low < fill[1] < high


def test_circularity_is_about_one_for_discs() -> None:
    rows, columns = np.indices((64, 64))
    for radius in (6, 10, 20):
        disc = (rows - 32) ** 2 + (columns - 32) ** 2 <= radius**2
        regions = measure_regions(np.zeros((1, 64, 64)), disc.astype(np.int32))
        assert Segments(regions, np.array([[0, 1]])).descriptor("circularity")[1] > 0.9


@pytest.mark.parametrize("name", sorted(DESCRIPTORS))
def test_boundary_cases_are_finite(name: str) -> None:
    shapes = {
        "one pixel": np.array([[0, 1], [0, 0]]),
        "1 x 1 image": np.array([[0]]),
        "one row": np.array([[0, 0, 1, 1, 1]]),
        "hole": np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
        "two pieces": np.array([[1, 0, 1], [0, 0, 0]]),
    }
    for superpixels in shapes.values():
        regions = measure_regions(np.full((1, *superpixels.shape), 0.5), superpixels.astype(np.int32))
        segments = Segments(regions, np.arange(regions.num_nodes)[None])
        assert np.isfinite(segments.descriptor(name)).all()


@pytest.mark.parametrize("name", sorted(DESCRIPTORS))
def test_partitions_do_not_mix(name: str) -> None:
    segments = random_segments(5, partitions=4)
    together = segments.descriptor(name)
    for k in range(4):
        alone = Segments(segments.regions, segments.labels[k : k + 1]).descriptor(name)
        assert together[segments.partition == k] == pytest.approx(alone, abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_relabelling_changes_nothing(seed: int) -> None:
    segments = random_segments(seed, partitions=1, pieces=5)
    rng = np.random.default_rng(seed)
    renamed = Segments(segments.regions, rng.permutation(10**6)[segments.labels])
    for name in DESCRIPTORS:
        assert sorted(segments.descriptor(name)) == pytest.approx(sorted(renamed.descriptor(name)), abs=1e-9)


def test_wrong_label_shape_is_refused() -> None:
    segments = random_segments(0)
    with pytest.raises(ValueError, match="labels must have shape"):
        Segments(segments.regions, segments.labels[:, 1:])
    with pytest.raises(KeyError):
        segments.descriptor("beauty")
