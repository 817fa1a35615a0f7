"""Every descriptor against scikit-image or a loop over the pixels of its mask, on random and on odd segments."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import looked_at, masks, random_image, random_segments
from scenes import ODD, odd, odd_image
from skimage.measure import perimeter, regionprops
from slow_descriptors import MEASURES, Object, objects

from rlseg.graph.rag import measure_regions
from rlseg.rewards.measure.catalogue import DESCRIPTORS
from rlseg.rewards.measure.segments import Segments

EVERY = pytest.mark.parametrize("name", sorted(DESCRIPTORS))


@cache
def random_case(seed: int, pieces: int) -> tuple[Segments, dict[int, list[Object]]]:
    """Segments and, for each channel, what there is to measure; the second channel is the relative brightness."""
    image = random_image(seed)
    regions = looked_at(measure_regions(image, random_segments(seed).regions.superpixels, level_channel=1))
    rng = np.random.default_rng(seed)
    segments = Segments(regions, rng.integers(0, pieces, (2, regions.num_nodes)))
    return segments, {channel: objects(segments, image, channel) for channel in range(2)}


@cache
def odd_case(name: str) -> tuple[Segments, dict[int, list[Object]]]:
    """The same of odd objects, with three channels."""
    segments = odd(name)
    return segments, {channel: objects(segments, odd_image(name), channel) for channel in range(2)}


def check(name: str, segments: Segments, things: dict[int, list[Object]]) -> None:
    for channel, seen in things.items():
        found = segments.descriptor(name, channel)
        expected = np.array([thing.measure(name) for thing in seen])
        if name == "orientation":
            # where the axes are equally long but for rounding, any angle is as good
            off = np.abs((found - expected + 90) % 180 - 90)[[thing.has_axis for thing in seen]]
            np.testing.assert_allclose(off, 0, atol=1e-6)
            assert ((found > -90) & (found <= 90)).all()
        else:
            np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-7)


def test_every_descriptor_has_a_slow_reference() -> None:
    assert set(MEASURES) == set(DESCRIPTORS)


@pytest.mark.parametrize(("seed", "pieces"), [(0, 1), (1, 4), (2, 50)])
@EVERY
def test_random_segments(name: str, seed: int, pieces: int) -> None:
    """From the whole image to single superpixels, most of them in several pieces."""
    check(name, *random_case(seed, pieces))


@pytest.mark.parametrize("of", ODD)
@EVERY
def test_odd_objects(name: str, of: str) -> None:
    check(name, *odd_case(of))


@EVERY
def test_the_cases_above_tell_segments_apart(name: str) -> None:
    assert np.std(random_case(2, 50)[0].descriptor(name, 0)) > 0
    assert any(len(set(odd(of).descriptor(name, 0).round(6))) > 1 for of in ODD)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), pieces=st.integers(1, 30))
def test_hull_and_perimeter_agree_on_random_shapes(seed: int, pieces: int) -> None:
    segments = random_segments(seed, pieces=pieces, shape=(17, 23))
    for mask, solid, length in zip(
        masks(segments), segments.descriptor("solidity"), segments.descriptor("perimeter"), strict=True
    ):
        assert solid == pytest.approx(regionprops(mask.astype(np.uint8))[0].solidity, abs=1e-9)
        assert length == pytest.approx(perimeter(mask, neighborhood=4), abs=1e-9)


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


@EVERY
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
