"""Over-segmentations: always valid, always the same, connected, and good enough on real images."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nuclei import TRAIN
from partitions import blobs, connected, voronoi
from pydantic import ValidationError

from rlseg.data.normalise import Normalisation
from rlseg.data.superpixels.boundary import BoundarySeeds
from rlseg.data.superpixels.brightness import relative_brightness
from rlseg.data.superpixels.gradient import GradientWatershed
from rlseg.data.superpixels.levels import LevelSets
from rlseg.data.superpixels.mutex import MutexWatershed
from rlseg.graph.intersection import intersect_with_truth
from rlseg.io.read import read_image, read_labels
from rlseg.metrics import score_image, superpixel_ceiling

Method = LevelSets | GradientWatershed | MutexWatershed | BoundarySeeds

METHODS: list[Method] = [
    LevelSets(),
    GradientWatershed(),
    MutexWatershed(),
    LevelSets(low=0.0, high=1.0, merge_cost=0.001),
    GradientWatershed(min_size=1),
    BoundarySeeds(),
    MutexWatershed(sigma=0, reach=2, tolerance=0.5, min_size=1),
]


def segment(method: Method, image: np.ndarray) -> np.ndarray:
    """Superpixels of a raw (C, H, W) image."""
    unit = Normalisation().apply(image).pixels
    return method(unit, relative_brightness(unit.mean(axis=0).astype(np.float64)))


def check(ids: np.ndarray, shape: tuple[int, ...]) -> None:
    assert ids.shape == shape
    assert ids.dtype == np.int32
    assert np.unique(ids).tolist() == list(range(ids.max() + 1))
    assert connected(ids)


CONTENT: dict[str, Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]] = {
    "black": lambda rng, shape: np.zeros(shape),
    "constant": lambda rng, shape: np.full(shape, 1e4),
    "noise": lambda rng, shape: rng.random(shape),
    "two values": lambda rng, shape: rng.integers(0, 2, shape).astype(float),
    "one bright pixel": lambda rng, shape: (np.arange(np.prod(shape)) == 0).reshape(shape) * 255.0,
    "ramp": lambda rng, shape: np.arange(np.prod(shape), dtype=float).reshape(shape),
}


@pytest.mark.parametrize("content", CONTENT)
@pytest.mark.parametrize("method", METHODS, ids=lambda m: f"{m.kind}")
def test_4_tiny_images(method: Method, content: str) -> None:
    rng = np.random.default_rng(0)
    for height in (1, 2, 3, 5, 8):
        for width in (1, 2, 4, 7, 8):
            for channels in (1, 3):
                image = CONTENT[content](rng, (channels, height, width))
                check(segment(method, image.astype(np.float32)), (height, width))


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    height=st.integers(1, 70),
    width=st.integers(1, 70),
    channels=st.integers(1, 3),
    method=st.sampled_from(METHODS),
)
def test_images_of_any_size_and_shape(seed: int, height: int, width: int, channels: int, method: Method) -> None:
    image = blobs(seed, (height, width), channels)
    ids = segment(method, image)
    check(ids, (height, width))
    assert (ids == segment(method, image)).all()


@pytest.mark.parametrize("method", METHODS[:3], ids=lambda m: m.kind)
@pytest.mark.parametrize("value", [0.0, 3.0])
def test_1_2_constant_images_are_one_superpixel(method: Method, value: float) -> None:
    assert segment(method, np.full((2, 30, 40), value, np.float32)).max() == 0


def test_a_bright_frame_is_cut_from_its_inside() -> None:
    image = np.zeros((1, 40, 40), np.float32)
    image[:, :4] = image[:, -4:] = image[:, :, :4] = image[:, :, -4:] = 1.0
    ids = segment(GradientWatershed(), image)
    check(ids, (40, 40))
    assert ids[0, 0] != ids[20, 20]
    check(segment(LevelSets(), image), (40, 40))


@pytest.mark.parametrize("method", METHODS[:3], ids=lambda m: m.kind)
def test_equal_channels_are_one(method: Method) -> None:
    image = blobs(3)
    assert (segment(method, np.repeat(image, 3, axis=0)) == segment(method, image)).all()


def test_level_sets_keep_core_and_background_whole() -> None:
    """The 40 x 40 background is one superpixel, the middle of a disc another; their rim is cut into several."""
    rows, columns = np.indices((40, 40))
    distance = np.hypot(rows - 20, columns - 20)
    image = (1 / (1 + np.exp(distance - 10))).astype(np.float32)[None]
    ids = segment(LevelSets(), image)
    assert len(np.unique(ids[distance < 8])) == 1
    assert len(np.unique(ids[distance > 15])) == 1
    assert len(np.unique(ids[(distance > 9) & (distance < 12)])) > 4


def test_level_sets_do_not_merge_across_touching_discs() -> None:
    rows, columns = np.indices((60, 80))
    discs = [(rows - 30) ** 2 + (columns - c) ** 2 < 12**2 for c in (28, 50)]
    ids = segment(LevelSets(), (0.1 + 0.8 * (discs[0] | discs[1]))[None].astype(np.float32))
    assert ids[30, 28] != ids[30, 50]
    left, right = np.unique(ids[:, :38][discs[0][:, :38]]), np.unique(ids[:, 41:][discs[1][:, 41:]])
    assert not set(left.tolist()) & set(right.tolist())


def test_a_larger_merge_cost_gives_fewer_superpixels() -> None:
    image = blobs(1)
    counts = [int(segment(LevelSets(merge_cost=cost), image).max()) + 1 for cost in (0.001, 0.02, 0.06, 0.5)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 2 * counts[-1]


def test_a_larger_min_size_gives_fewer_superpixels() -> None:
    image = blobs(1)
    for size in (1, 20, 100):
        assert np.bincount(segment(GradientWatershed(min_size=size), image).ravel()).min() >= size


@pytest.mark.parametrize(
    "settings",
    [
        {"low": 0.6, "high": 0.5},
        {"low": 0.5, "high": 0.5},
        {"merge_cost": 0},
        {"low": -0.1},
        {"high": 1.1},
        {"levels": 3},
    ],
)
def test_settings_that_make_no_sense(settings: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        LevelSets(**settings)


@pytest.mark.parametrize("settings", [{"sigma": -1}, {"min_size": 0}, {"reach": 1}, {"tolerance": 0}, {"size": 3}])
def test_mutex_settings_that_make_no_sense(settings: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        MutexWatershed(**settings)


@pytest.mark.parametrize("settings", [{"sigma": 0}, {"min_size": 0}, {"size": 3}])
def test_gradient_settings_that_make_no_sense(settings: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        GradientWatershed(**settings)


def test_intersection_with_the_truth_projects_without_error() -> None:
    rng = np.random.default_rng(0)
    for shape in ((1, 1), (9, 30), (50, 40)):
        truth = rng.choice([0, 0, 4, 9, 2**30], 12).astype(np.int32)[voronoi(rng, shape, 12) % 12]
        coarse = voronoi(rng, shape, 10)
        ids = intersect_with_truth(coarse, truth)
        check(ids, shape)
        for n in range(ids.max() + 1):
            assert len(np.unique(truth[ids == n])) == len(np.unique(coarse[ids == n])) == 1
        assert score_image(superpixel_ceiling(ids, truth), truth).summary.mean_ap == 1.0


def test_intersection_keeps_what_already_fits() -> None:
    rng = np.random.default_rng(1)
    ids = intersect_with_truth(voronoi(rng, (20, 20), 5), np.zeros((20, 20), np.int32))
    assert (intersect_with_truth(ids, ids + 1) == ids).all()


@pytest.mark.parametrize(
    ("method", "least", "most"),
    [(LevelSets(), 0.78, 750), (GradientWatershed(), 0.6, 1700), (MutexWatershed(), 0.5, 1700)],
)
def test_ceiling_on_real_images(method: Method, least: float, most: float) -> None:
    """What superpixels cost: mAP of the best label image they allow. Labels are looked at by this test alone."""
    scores, nodes = [], []
    for path in sorted((TRAIN / "images").iterdir())[::25]:
        image = read_image(path, 1).pixels
        truth = read_labels(TRAIN / "labels" / path.name, image.shape[1:])
        ids = segment(method, image)
        check(ids, truth.shape)
        scores.append(score_image(superpixel_ceiling(ids, truth), truth).summary.mean_ap)
        nodes.append(int(ids.max()) + 1)
    assert np.mean(scores) >= least
    assert np.mean(nodes) <= most
