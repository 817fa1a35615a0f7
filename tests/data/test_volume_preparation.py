"""Before the graph in three dimensions: filters against scipy and scikit-image, and what planes apart mean."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy import ndimage
from skimage import morphology, segmentation

from rlseg.data import Preparation
from rlseg.data.bulges import bulges
from rlseg.data.cache import load_facts, load_sample, save_sample
from rlseg.data.filters import (
    distance_inside,
    fill_holes,
    gauss,
    gaussian_filter,
    gaussian_of_some,
    gradient_magnitude,
    percentiles_of_window,
    watershed,
)
from rlseg.data.filters.coarse import between, between_planes
from rlseg.data.superpixels import GradientWatershed, LevelSets, relative_brightness
from rlseg.data.superpixels.maxima import high_maxima
from rlseg.errors import RlsegError
from rlseg.graph import SampleFacts, pieces_of
from rlseg.io import PixelSize

SHAPE = (9, 24, 22)


def balls(distance: float = 1.0, noise: float = 0.02, scale: float = 1.0) -> np.ndarray:
    """(Z, H, W) in [0, 1]: two touching balls and one apart on a dark ground, planes `distance` px apart."""
    depth = round(24 * scale / distance)
    z, r, c = np.indices((depth, round(32 * scale), round(40 * scale))).astype(float)
    found = np.zeros(z.shape)
    for place, radius in (((11, 10, 10), 6), ((11, 21, 12), 6), ((12, 16, 29), 7)):
        place = np.array(place) * scale
        far = np.sqrt(((z + 0.5) * distance - 0.5 - place[0]) ** 2 + (r - place[1]) ** 2 + (c - place[2]) ** 2)
        found = np.maximum(found, 0.7 / (1 + np.exp((far - radius * scale) / 0.7)))
    return found + 0.1 + np.random.default_rng(0).normal(0, noise, found.shape)


def smooth_noise(seed: int) -> np.ndarray:
    """(Z, H, W) without equal values."""
    return ndimage.gaussian_filter(np.random.default_rng(seed).random(SHAPE), 1.2)


def test_filters_are_those_of_scipy_and_scikit_image() -> None:
    image = smooth_noise(0)
    rise = 0.2 * np.ptp(image)
    np.testing.assert_array_equal(high_maxima(image, rise), morphology.h_maxima(image, rise) > 0)
    markers, _ = pieces_of(high_maxima(image, 0.05 * np.ptp(image)), diagonal=True)
    np.testing.assert_array_equal(watershed(-image, markers), segmentation.watershed(-image, markers))
    np.testing.assert_array_equal(watershed(image) > 0, True)
    mask = image > np.median(image)
    np.testing.assert_array_equal(fill_holes(mask), ndimage.binary_fill_holes(mask))
    even = gradient_magnitude(image, 1.0, (1.0, 1.0, 1.0))
    np.testing.assert_allclose(even, ndimage.gaussian_gradient_magnitude(image, 1.0), rtol=1e-3)


@pytest.mark.parametrize("size", [(3, 5, 3), (1, 7, 5), (9, 3, 1)])
def test_percentiles_of_windows_are_those_of_scipy(size: tuple[int, int, int]) -> None:
    image = smooth_noise(3)[:6]
    low, high = percentiles_of_window(image, 10, size)
    np.testing.assert_array_equal(low, ndimage.percentile_filter(image, 10, size=size))
    np.testing.assert_array_equal(1 - high, ndimage.percentile_filter(1 - image, 10, size=size))


VOLUMES = given(
    seed=st.integers(0, 10**6),
    shape=st.tuples(*(st.integers(1, 20) for _ in range(3))),
    distance=st.sampled_from([0.3, 1.0, 2.7, 3.0, 9.0]),
)


@settings(max_examples=30, deadline=None)
@VOLUMES
def test_gaussians_of_volumes_are_those_of_scipy(seed: int, shape: tuple[int, int, int], distance: float) -> None:
    rng = np.random.default_rng(seed)
    volume, sigma = rng.random(shape), float(rng.choice([0.5, 0.7, 1.0, 2.0]))
    spacing, steps = (distance, 1.0, 1.0), tuple(int(step) for step in rng.integers(1, 6, 3))
    expected = ndimage.gaussian_filter(volume, [sigma / side for side in spacing])
    np.testing.assert_array_equal(gaussian_filter(volume, sigma, spacing=spacing), expected)
    some = gaussian_of_some(volume, sigma, steps, spacing)
    np.testing.assert_array_equal(some, expected[tuple(slice(None, None, step) for step in steps)])
    views = volume.transpose(2, 0, 1)
    expected = ndimage.gaussian_filter(views, [sigma / side for side in spacing])
    np.testing.assert_array_equal(gaussian_filter(views, sigma, spacing=spacing), expected)
    for order in ((1, 0, 0), (0, 1, 0), (0, 0, 1)):
        for sigmas in ([0.7, 1.3, 1.3], [0.7, 1.0, 1.3]):
            expected = ndimage.gaussian_filter(volume, sigmas, order=order)
            np.testing.assert_array_equal(gauss._volume(volume, sigmas, order), expected)


@settings(max_examples=60, deadline=None)
@VOLUMES
def test_distances_in_volumes_are_those_of_scipy(seed: int, shape: tuple[int, int, int], distance: float) -> None:
    rng = np.random.default_rng(seed)
    mask = ndimage.gaussian_filter(rng.random(shape), rng.choice([0, 1, 2])) > rng.choice([0.3, 0.45, 0.5])
    mask[tuple(rng.integers(side) for side in shape)] = False
    expected = ndimage.distance_transform_edt(mask, sampling=(distance, 1, 1))
    np.testing.assert_array_equal(distance_inside(mask, (distance, 1.0, 1.0)), expected.astype(np.float32))


@pytest.mark.parametrize("shape", [(60, 5, 5), (3, 120, 4), (2, 3, 130), (1, 1, 1)])
def test_distances_in_volumes_from_one_voxel_alone(shape: tuple[int, int, int]) -> None:
    for place in ((0, 0, 0), tuple(side // 2 for side in shape)):
        mask = np.ones(shape, np.bool_)
        mask[place] = False
        expected = ndimage.distance_transform_edt(mask, sampling=(2, 1, 1))
        np.testing.assert_array_equal(distance_inside(mask, (2.0, 1.0, 1.0)), expected.astype(np.float32))


@pytest.mark.parametrize("distance", [3.0, 8.5, 20.0])
def test_gradients_are_per_px_also_across_planes(distance: float) -> None:
    slope = np.broadcast_to(6.0 * np.arange(20)[:, None, None], (20, 8, 8)).astype(float)
    assert gradient_magnitude(slope, 1.0, (distance, 1.0, 1.0))[10, 4, 4] == pytest.approx(6 / distance, rel=1e-6)


def test_a_coarse_picture_is_interpolated_along_each_axis() -> None:
    coarse = np.random.default_rng(1).random((3, 4, 5))
    found = between_planes(coarse, (9, 15, 18), (4, 4, 4))
    assert found.shape == (9, 15, 18)
    np.testing.assert_allclose(found[::4, ::4, ::4], coarse)
    np.testing.assert_allclose(between_planes(coarse[:1], (1, 15, 18), (1, 4, 4))[0], between(coarse[0], (15, 18), 4))


@pytest.mark.parametrize("distance", [1.0, 2.0])
def test_bulges_of_a_volume_are_a_watershed_from_its_deep_places(distance: float) -> None:
    mask = balls(distance, 0.0) > 0.4
    spacing = (distance, 1.0, 1.0)
    height = ndimage.gaussian_filter(ndimage.distance_transform_edt(mask, sampling=spacing), (0.7 / distance, 0.7, 0.7))
    few, one = bulges(mask, (1.0, 50.0), spacing)
    assert len(np.unique(few)) == 4
    assert len(np.unique(one)) == 3  # the two that touch are one
    np.testing.assert_array_equal(few > 0, mask)
    for label in np.unique(few[few > 0]):
        inside = few == label
        assert height[inside].max() == height.ravel()[label - 1]
        assert pieces_of(inside)[1] == 1


def test_a_volume_whose_planes_are_apart_is_seen_as_one_whose_voxels_are_cubes() -> None:
    """Of one scene sampled at half as many planes, brightness and basins stay."""
    fine, coarse = balls(1.0, 0.0), balls(2.0, 0.0)
    level = relative_brightness(fine, 0.01, spacing=(1.0, 1.0, 1.0)).level
    apart = relative_brightness(coarse, 0.01, spacing=(2.0, 1.0, 1.0)).level
    between_two = (level[::2] + level[1::2]) / 2
    # at outlines blurred along z
    assert np.abs(between_two - apart).mean() < 0.02
    assert np.corrcoef(between_two.ravel(), apart.ravel())[0, 1] > 0.98


@pytest.mark.parametrize("kind", [LevelSets(), GradientWatershed()])
@pytest.mark.parametrize("distance", [1.0, 2.0])
def test_superpixels_of_a_volume(kind: LevelSets | GradientWatershed, distance: float) -> None:
    raw = balls(distance)[None].astype(np.float32)
    settings = {"volume": True, "plane_distance": distance, "superpixels": kind, "noise_floor": 10.0}
    preparation = Preparation.model_validate(settings)
    sample = preparation(raw, "balls")
    regions = sample.regions
    assert sample.superpixels.shape == raw.shape[1:] == sample.level.shape == sample.above.shape
    assert regions.spacing == (distance, 1.0, 1.0)
    for number in range(0, regions.num_nodes, 7):
        assert pieces_of(sample.superpixels == number)[1] == 1
    # no superpixel reaches from the middle of one ball into another
    planes = [round(11 / distance)] * 2
    middles = sample.superpixels[planes, [10, 21], [10, 12]]
    assert middles[0] != middles[1]
    assert np.isfinite(sample.node_features).all()
    assert np.isfinite(sample.edge_features).all()
    assert regions.proposals is not None
    assert regions.proposals.count > 3
    again = preparation(raw, "balls")
    np.testing.assert_array_equal(again.superpixels, sample.superpixels)


def test_a_prepared_volume_is_kept(tmp_path: Path) -> None:
    preparation = Preparation.model_validate({"volume": True, "noise_floor": 10.0})
    sample = preparation(balls(2.0)[None].astype(np.float32), "balls", pixel_size=PixelSize(0.5, 0.5, 1.0))
    save_sample(tmp_path / "x.npz", sample)
    found = load_sample(tmp_path / "x.npz", "balls")
    assert found is not None
    assert found.regions.spacing == (2.0, 1.0, 1.0)
    assert found.regions.pixel_size == (1.0, 0.5, 0.5)
    for name in (f.name for f in fields(sample.regions) if isinstance(getattr(sample.regions, f.name), np.ndarray)):
        np.testing.assert_array_equal(getattr(found.regions, name), getattr(sample.regions, name))
    assert load_facts(tmp_path / "x.npz", "balls") == SampleFacts.of(sample)
    assert SampleFacts.of(sample).shape == (12, 32, 40)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"plane_distance": 2.0}, "plane_distance is that of a volume"),
        ({"volume": True, "objects": {"width": 15, "look": "different"}}, "no objects that are different"),
        ({"volume": True, "ring": {"center": [1, 1], "ring": [1, 3]}}, "no rings"),
        ({"volume": True, "blur": {}}, "no corrections of blur"),
        ({"volume": True, "derived": ["mean"]}, "no channels made from others"),
    ],
)
def test_what_volumes_have_not_is_said(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Preparation.model_validate(settings)


def test_nothing_about_planes_is_guessed() -> None:
    raw = balls(2.0)[None].astype(np.float32)
    preparation = Preparation(volume=True)
    with pytest.raises(RlsegError, match="how far the planes of a volume are apart is not known"):
        preparation(raw)
    with pytest.raises(RlsegError, match="how far the planes"):
        preparation(raw, pixel_size=PixelSize(0.5, 0.5))
    with pytest.raises(RlsegError, match="square within its planes"):
        preparation(raw, pixel_size=PixelSize(0.5, 0.6, 1.0))
    with pytest.raises(RlsegError, match="this is an image, but the preparation is for volumes"):
        preparation(raw[:, 0])
    with pytest.raises(RlsegError, match="this is a volume, but the preparation is for images"):
        Preparation()(raw)
    many = Preparation.model_validate({"volume": True, "plane_distance": 2.0, "objects": {"width": [5, 40]}})
    with pytest.raises(RlsegError, match="objects 5 to 40 px wide ask for 2 working grids"):
        many(raw)


@pytest.mark.parametrize(("times", "distance"), [(2.0, 2.0), (2.0, 4.0), (0.5, 1.0)])
def test_a_volume_is_seen_as_one_whose_objects_have_the_usual_width(times: float, distance: float) -> None:
    """Its superpixels, tables and descriptors are those of all its voxels, in px; features of sizes are alike."""
    settings = {"volume": True, "noise_floor": 10.0, "superpixels": LevelSets(merge_cost=1.0), "least_contrast": 0.0}
    usual, other = (
        Preparation.model_validate(settings | {"plane_distance": apart, "objects": {"width": 15 * scale}})(
            balls(apart, 0.01, scale)[None].astype(np.float32)
        )
        for scale, apart in ((1.0, 2.0), (times, distance))
    )
    assert other.superpixels.shape == other.level.shape == other.above.shape == other.image.shape[1:]
    assert other.regions.spacing == (distance, 1.0, 1.0)
    assert other.regions.zoom == times
    balls_of = []
    for sample, scale, apart in ((usual, 1.0, 2.0), (other, times, distance)):
        place = tuple(round(at * scale / side) for at, side in zip((12, 16, 29), (apart, 1.0, 1.0), strict=True))
        inside = sample.level > 0.5
        mine = pieces_of(inside)[0] == pieces_of(inside)[0][place]
        balls_of.append(mine.sum() * apart / scale**3)
        # the core of the ball is one superpixel, as large for the features
        core = sample.superpixels[place]
        names = [sample.regions.area[core] * apart / scale**3, sample.node_features[core]]
        balls_of.append(names)
    assert balls_of[2] == pytest.approx(balls_of[0], rel=0.15)
    (area, features), (known_area, known) = balls_of[3], balls_of[1]
    assert area == pytest.approx(known_area, rel=0.35)
    close = np.isclose(features, known, atol=0.4)
    assert close.mean() > 0.85
