"""Proposals as regions, other regions and groups of regions see them, pixel by pixel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import same_proposals

from rlseg import proposals
from rlseg.proposals import Proposals

Seen = dict[tuple[int, int], float]
"""A region and a segment that share pixels -> how many."""


def seen(found: Proposals) -> Seen:
    """What each region knows."""
    return {
        (n, int(found.index[i])): float(found.pixels[i])
        for n in range(len(found.start) - 1)
        for i in range(found.start[n], found.start[n + 1])
    }


def random_case(seed: int, views: int = 4) -> tuple[np.ndarray, np.ndarray, Proposals]:
    """(H, W) regions of which each is there, (V, N) segments of the views, and the proposals."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 12))
    ids = rng.integers(0, count, rng.integers(1, 12, 2))
    ids = np.unique(ids, return_inverse=True)[1].reshape(ids.shape)
    count = int(ids.max()) + 1
    labels = rng.integers(0, rng.integers(1, 6), (views, count)) * int(rng.integers(1, 10**9))
    return ids, labels, Proposals.of_regions(labels, np.bincount(ids.ravel()).astype(np.float64))


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), entries=st.integers(1, 6))
def test_common_pixels_that_are_put_together_in_parts_are_the_same(seed: int, entries: int) -> None:
    rng = np.random.default_rng(seed)
    ids, _, found = random_case(seed)
    others = rng.integers(0, 4, ids.shape)
    expected = found.of_parts(ids, others, 4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proposals, "_BLOCK", 1)
        patch.setattr(proposals, "_ENTRIES", entries)
        same_proposals(found.of_parts(ids, others, 4), expected)
        planes = found.of_parts(ids[:, None], others[:, None], 4)
        same_proposals(planes, expected)


def masks_of(ids: np.ndarray, labels: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """The view and the (H, W) mask of each segment, by view and number."""
    return [(v, row[ids] == number) for v, row in enumerate(labels) for number in np.unique(row[row > 0])]


SEEDS = given(seed=st.integers(0, 10**6))


@settings(max_examples=100, deadline=None)
@SEEDS
def test_of_regions(seed: int) -> None:
    ids, labels, found = random_case(seed)
    masks = masks_of(ids, labels)
    assert (found.views, found.count) == (4, len(masks))
    assert found.view.tolist() == [v for v, _ in masks]
    assert found.area.tolist() == [mask.sum() for _, mask in masks]
    expected = {(int(n), g): float((ids == n).sum()) for g, (_, mask) in enumerate(masks) for n in np.unique(ids[mask])}
    assert seen(found) == expected
    kinds = {name: getattr(found, name).dtype.kind for name in ("start", "index", "pixels", "area", "view")}
    assert kinds == {"start": "i", "index": "i", "pixels": "f", "area": "f", "view": "i"}


@settings(max_examples=100, deadline=None)
@SEEDS
def test_labels_are_those_that_it_was_made_of(seed: int) -> None:
    ids, labels, found = random_case(seed)
    table = found.labels(np.bincount(ids.ravel()).astype(np.float64))
    np.testing.assert_array_equal(table >= 0, labels > 0)
    for v, row in enumerate(labels):
        assert set(found.view[table[v][table[v] >= 0]]) <= {v}
        pairs = set(zip(row[row > 0].tolist(), table[v][row > 0].tolist(), strict=True))
        assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10**6), block=st.integers(1, 40))
def test_of_parts_counts_pixels(seed: int, block: int) -> None:
    ids, labels, found = random_case(seed)
    rng = np.random.default_rng(seed + 1)
    count = int(rng.integers(1, 9))
    others = rng.integers(0, count, ids.shape)
    before = proposals._BLOCK
    try:
        proposals._BLOCK = block  # a few rows at a time
        carried = found.of_parts(ids.astype(np.int32), others.astype(np.int32), count)
    finally:
        proposals._BLOCK = before
    expected = {
        (int(m), g): float((mask & (others == m)).sum())
        for g, (_, mask) in enumerate(masks_of(ids, labels))
        for m in np.unique(others[mask])
    }
    assert seen(carried) == expected
    assert len(carried.start) == count + 1
    assert carried.area is found.area
    # regions that lie half in, half out of others give them shares
    again = carried.of_parts(others, ids, int(ids.max()) + 1)
    shares: Seen = {}
    for (m, g), pixels in expected.items():
        for n in np.unique(ids[others == m]).tolist():
            share = ((others == m) & (ids == n)).sum() / (others == m).sum()
            shares[n, g] = shares.get((n, g), 0) + share * pixels
    assert seen(again) == pytest.approx(shares)


@settings(max_examples=50, deadline=None)
@SEEDS
def test_groups_are_parts_that_hold_whole_regions(seed: int) -> None:
    ids, _, found = random_case(seed)
    owner = np.random.default_rng(seed + 2).integers(0, 4, int(ids.max()) + 1)
    same_proposals(found.of_groups(owner, 5), found.of_parts(ids, owner[ids], 5))


def test_a_region_is_in_a_segment_if_more_than_half_of_it_is() -> None:
    ids = np.array([[0, 0, 0, 0, 1, 1, 1]])
    found = Proposals.of_regions(np.array([[1, 0]]), np.array([4.0, 3.0]))
    others = np.array([[0, 0, 1, 1, 1, 1, 2]])
    carried = found.of_parts(ids, others, 3)
    assert seen(carried) == {(0, 0): 2, (1, 0): 2}
    assert carried.labels(np.array([2.0, 4.0, 1.0])).tolist() == [[0, -1, -1]], "half is not more than half"


@pytest.mark.parametrize("views", [0, 3])
def test_views_without_segments(views: int) -> None:
    ids = np.array([[0, 1], [1, 2]])
    found = Proposals.of_regions(np.zeros((views, 3), np.int64), np.array([1.0, 2.0, 1.0]))
    assert (found.views, found.count) == (views, 0)
    assert (found.labels(np.array([1.0, 2.0, 1.0])) == -1).all()
    for carried in (found.of_parts(ids, np.zeros_like(ids), 1), found.of_groups(np.array([0, 0, 1]), 2)):
        assert seen(carried) == {}
        assert carried.pixels.dtype == np.float64
        assert carried.labels(np.ones(len(carried.start) - 1)).shape == (views, len(carried.start) - 1)
