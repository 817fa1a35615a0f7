"""Masks cut at their waists, against a flood in plain Python and against the dynamics of each peak."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import DIHEDRAL, turned
from scipy import ndimage
from skimage.measure import label

from rlseg.data import bulges as module
from rlseg.data.bulges import bulges

RISES = (0.0, 0.1, 0.25, 0.75, 2.0)


def random_mask(seed: int, shape: tuple[int, int]) -> np.ndarray:
    """(H, W) bool: smooth noise above a level, from hardly anything to nearly all of it."""
    rng = np.random.default_rng(seed)
    noise = ndimage.gaussian_filter(rng.random(shape), rng.uniform(0, 2))
    return noise > np.quantile(noise, rng.uniform(0.05, 0.95))


def neighbours(pixel: tuple[int, int], known: dict[tuple[int, int], object]) -> list[tuple[int, int]]:
    """Those of the 4-neighbours that are known: above, left, right, below."""
    r, c = pixel
    return [q for q in ((r - 1, c), (r, c - 1), (r, c + 1), (r + 1, c)) if q in known]


def slow_height(mask: np.ndarray) -> np.ndarray:
    """Distance of each pixel to the next one outside, which are beyond the border only if there are no others."""
    outside = np.argwhere(~mask)
    if not len(outside):
        outside = np.argwhere(np.pad(np.zeros(mask.shape), 1, constant_values=1)) - 1
    far = np.zeros(mask.shape)
    for r, c in np.argwhere(mask):
        far[r, c] = np.sqrt(((outside - (r, c)) ** 2).sum(axis=1).min())
    return ndimage.gaussian_filter(far, 0.7)


def slow_flood(height: np.ndarray, mask: np.ndarray, rise: float) -> np.ndarray:
    """(H, W): 1 + the flat index of the peak of each pixel's basin, by a union-find over pixels."""
    peak: dict[tuple[int, int], tuple[int, int]] = {}  # pixel -> the pixel that its basin began with
    above: dict[tuple[int, int], tuple[int, int]] = {}  # a beginning -> that of the basin it ended in

    def top(pixel: tuple[int, int]) -> tuple[int, int]:
        while pixel in above:
            pixel = above[pixel]
        return pixel

    pixels = [(int(r), int(c)) for r, c in np.argwhere(mask)]
    began: list[tuple[int, int]] = []
    for p in sorted(pixels, key=lambda p: (-height[p], p)):
        around = neighbours(p, peak)
        if not around:
            peak[p] = p
            began.append(p)
            continue
        peak[p] = peak[max(around, key=lambda q: height[q])]
        for q in around:
            one, other = top(peak[p]), top(peak[q])
            if one == other:
                continue
            high, low = sorted((one, other), key=began.index)
            if height[low] - height[p] < rise or height[low] == height[p]:
                above[low] = high
    labels = np.zeros(mask.shape, int)
    for p in pixels:
        r, c = top(peak[p])
        labels[p] = 1 + r * mask.shape[1] + c
    return labels


def peaks_by_dynamics(height: np.ndarray, mask: np.ndarray, rise: float) -> set[int]:
    """First flat index of every regional maximum from which one must go down by `rise` to reach a higher one.

    Of equally high ones the first counts as the highest.
    """
    found = set()
    levels = sorted(set(height[mask].tolist()), reverse=True)
    tops = []
    for level in levels:
        plateaus = label(mask & (height == level), connectivity=1)
        for number in range(1, plateaus.max() + 1):
            inside = plateaus == number
            ring = ndimage.binary_dilation(inside) & mask & ~inside
            if not (height[ring] > level).any():
                tops.append((level, int(np.flatnonzero(inside)[0])))
    for level, at in tops:
        higher = [q for h, q in tops if (h, -q) > (level, -at)]
        dynamic = np.inf
        for floor in levels:
            region = label(mask & (height >= floor), connectivity=1).ravel()
            if floor <= level and any(region[q] == region[at] for q in higher):
                dynamic = level - floor
                break
        if dynamic >= rise:
            found.add(at)
    return found


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), rows=st.integers(1, 14), columns=st.integers(1, 14))
def test_as_flooded_in_plain_python(seed: int, rows: int, columns: int) -> None:
    mask = random_mask(seed, (rows, columns))
    found = bulges(mask, RISES)
    assert found.shape == (len(RISES), rows, columns)
    assert found.dtype == np.int32
    height = slow_height(mask) if mask.any() else np.zeros(mask.shape)
    for labels, rise in zip(found, RISES, strict=True):
        np.testing.assert_array_equal(labels, slow_flood(height, mask, rise))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), rows=st.integers(1, 8), columns=st.integers(1, 8), top=st.integers(1, 5))
def test_peaks_that_stand_out_by_the_rise_and_no_others_have_a_basin(
    seed: int, rows: int, columns: int, top: int
) -> None:
    """On whole numbers, which have plateaus of all forms: one is one peak, though it may begin at several ends."""
    rng = np.random.default_rng(seed)
    height = rng.integers(0, top + 1, (rows, columns)).astype(np.float64)
    mask = rng.random((rows, columns)) < rng.uniform(0.4, 1)
    pixels = np.flatnonzero(mask)
    order = pixels[np.argsort(-height.ravel()[pixels], kind="stable")]
    rises = np.arange(top + 2, dtype=np.float64)
    labels = np.zeros((len(rises), mask.size), np.int32)
    module._flood(height, order, rises, labels)
    for found, rise in zip(labels, rises, strict=True):
        assert set(found[found > 0] - 1) == peaks_by_dynamics(height, mask, rise)
        np.testing.assert_array_equal(found > 0, mask.ravel())
        np.testing.assert_array_equal(found.reshape(mask.shape), slow_flood(height, mask, rise))


@pytest.mark.parametrize("seed", range(4))
def test_basins_hang_together_and_larger_rises_join_whole_ones(seed: int) -> None:
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).random((50, 60)), 2)
    mask = noise > np.median(noise)
    found = bulges(mask, RISES)
    for labels in found:
        np.testing.assert_array_equal(labels > 0, mask)
        assert label(labels, connectivity=1).max() == len(np.unique(labels[mask]))
        for number in np.unique(labels[mask]):
            assert labels.ravel()[number - 1] == number, "called by one of its own pixels"
    for fine, coarse in pairwise(found):
        pairs = np.unique(np.stack([fine[mask], coarse[mask]]), axis=1)
        assert len(np.unique(pairs[0])) == pairs.shape[1]
    assert len(np.unique(found[0])) > len(np.unique(found[-1])) >= 1 + label(mask, connectivity=1).max()


def test_a_waist_is_cut_where_it_pinches_by_more_than_the_rise() -> None:
    rows, columns = np.indices((30, 44))
    discs = [(rows - 15) ** 2 + (columns - c) ** 2 <= 81 for c in (13, 27)]
    waist = 9 - np.sqrt(81 - 7**2)
    found = bulges(discs[0] | discs[1], (waist - 1, waist + 1))
    assert [len(np.unique(labels)) - 1 for labels in found] == [2, 1]
    number = found[0, 15, 13], found[0, 15, 27]
    assert number == (15 * 44 + 13 + 1, 15 * 44 + 27 + 1)
    assert (found[0][discs[0] & (columns < 19)] == number[0]).all()
    assert (found[0][discs[1] & (columns > 21)] == number[1]).all()


@pytest.mark.parametrize("place", [(0, 0), (3, 7), (11, 2)])
def test_a_part_that_sees_all_of_a_bulge_calls_it_the_same(place: tuple[int, int]) -> None:
    """By the pixel of the whole image that its number stands for, and with the same pixels."""
    mask = np.zeros((60, 70), bool)
    mask[18:46, 16:52] = random_mask(5, (28, 36))
    whole = bulges(mask, RISES)
    top, left = place
    window = np.s_[top:55, left:62]
    part = bulges(mask[window], RISES)
    width = 62 - left
    row, column = (part - 1) // width + top, (part - 1) % width + left
    np.testing.assert_array_equal(np.where(part > 0, row * 70 + column + 1, 0), whole[:, *window])
    assert len(np.unique(whole)) > 10


@pytest.mark.parametrize(("quarter_turns", "flip"), DIHEDRAL)
def test_a_turned_mask_has_as_many_bulges_as_before(quarter_turns: int, flip: bool) -> None:
    """They may differ in pixels that are equally near to two."""
    mask = random_mask(3, (40, 50))
    for one, other in zip(bulges(mask, RISES), bulges(turned(mask, quarter_turns, flip), RISES), strict=True):
        assert len(np.unique(one)) == len(np.unique(other)) > 5


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2), (5, 8)])
def test_odd_masks(shape: tuple[int, int]) -> None:
    """Nothing; all of the image, which is one; and one pixel."""
    assert not bulges(np.zeros(shape, bool), RISES).any()
    everything = bulges(np.ones(shape, bool), RISES)
    assert (everything > 0).all()
    assert all(len(np.unique(labels)) == 1 for labels in everything)
    one = np.zeros(shape, bool)
    one[-1, -1] = True
    np.testing.assert_array_equal(bulges(one, (0.5,))[0], np.where(one, one.size, 0))
    # not contiguous, as parts of maps are
    np.testing.assert_array_equal(bulges(np.ones(shape[::-1], bool).T, RISES), everything)
