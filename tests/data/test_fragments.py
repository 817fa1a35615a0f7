"""Merging of superpixels against loops that follow the definition word by word."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import connected, voronoi
from scipy import ndimage
from skimage.measure import label

from rlseg.data.superpixels.fragments import merge_fragments, neighbour_pairs, renumber, ward_merge


def pieces(rng: np.random.Generator, shape: tuple[int, int], count: int) -> np.ndarray:
    """(H, W) int32 connected superpixels: cells of random seeds; on the grid a cell may fall apart."""
    return (label(voronoi(rng, shape, count), background=-1, connectivity=1) - 1).astype(np.int32)


def is_coarsening(coarse: np.ndarray, fine: np.ndarray) -> bool:
    """Whether each id of `fine` lies in one id of `coarse`, and the ids of `coarse` have no gaps."""
    whole = all(len(np.unique(coarse[fine == n])) == 1 for n in range(fine.max() + 1))
    return whole and np.unique(coarse).tolist() == list(range(coarse.max() + 1))


def touching(labels: np.ndarray) -> set[tuple[int, int]]:
    pairs = set()
    for axis in range(labels.ndim):
        a, b = (np.take(labels, range(first, labels.shape[axis] - 1 + first), axis) for first in (0, 1))
        pairs |= {(min(x, y), max(x, y)) for x, y in zip(a.ravel().tolist(), b.ravel().tolist(), strict=True) if x != y}
    return pairs


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), top=st.sampled_from([3, 50, 10**5, 2**31 - 2]))
def test_renumber_keeps_the_partition_and_the_order(seed: int, top: int) -> None:
    labels = np.random.default_rng(seed).integers(0, top + 1, (6, 7)).astype(np.int32)
    got = renumber(labels)
    assert got.dtype == np.int32
    assert (got == np.searchsorted(np.unique(labels), labels)).all()


def test_renumber_of_the_largest_id_needs_little_memory() -> None:
    assert renumber(np.array([[2**62, 5]])).tolist() == [[1, 0]]


@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (6, 1), (9, 14)])
def test_neighbour_pairs(shape: tuple[int, int]) -> None:
    labels = voronoi(np.random.default_rng(0), shape, 12)
    assert neighbour_pairs(labels).T.tolist() == [list(pair) for pair in sorted(touching(labels))]


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 1, 6), (6, 1, 1), (1, 7, 1), (5, 6, 7)])
@pytest.mark.parametrize("ground", [False, True])
def test_neighbour_pairs_of_a_volume(shape: tuple[int, int, int], ground: bool) -> None:
    labels = renumber(np.random.default_rng(0).integers(0, 60, shape))
    if ground:  # which many touch
        labels = renumber(np.where(np.random.default_rng(1).random(shape) < 0.5, 0, labels))
    pairs = neighbour_pairs(labels)
    assert pairs.dtype == np.int64
    assert pairs.T.tolist() == [list(pair) for pair in sorted(touching(labels))]


def slow_merge_fragments(labels: np.ndarray, intensity: np.ndarray, min_size: float, counted: np.ndarray) -> np.ndarray:
    """Rounds: each small superpixel, smallest first, joins the neighbour with the closest mean at the round's start."""
    labels = labels.copy()
    changed = True
    while changed:
        changed = False
        start = labels.copy()
        ids = np.unique(start)
        size = {n: counted[start == n].sum() for n in ids}
        mean = {n: intensity[start == n].mean() for n in ids}
        near = {n: [m for m in ids if (min(n, m), max(n, m)) in touching(start)] for n in ids}
        for n in sorted(ids, key=lambda n: size[n]):
            if near[n] and size[n] < min_size:
                # still there, and still small after what joined it in this round?
                mask = start == n
                if labels[mask][0] != n or counted[labels == n].sum() >= min_size:
                    continue
                closest = min(near[n], key=lambda m: abs(mean[m] - mean[n]))
                goal = labels[start == closest][0]
                if goal != n:
                    labels[labels == n] = goal
                    changed = True
    return renumber(labels)


def same_partition(a: np.ndarray, b: np.ndarray) -> bool:
    pairs = np.unique(np.stack([a.ravel(), b.ravel()]), axis=1)
    return pairs.shape[1] == a.max() + 1 == b.max() + 1


@pytest.mark.parametrize("some", [False, True], ids=["all pixels count", "some count"])
@pytest.mark.parametrize("seed", range(40))
def test_merge_fragments_against_the_slow_reference(seed: int, some: bool) -> None:
    rng = np.random.default_rng(seed)
    sizes = np.zeros(2)
    while len(np.unique(sizes)) < len(sizes):  # the order of equal sizes is not defined
        labels = pieces(rng, (13, 17), 9)
        counted = rng.random(labels.shape) < 0.7 if some else np.ones(labels.shape, bool)
        sizes = np.bincount(labels.ravel(), counted.ravel())
    intensity = rng.random(labels.shape)
    for min_size in (5, 12, 30, 500):
        got = merge_fragments(labels, intensity, min_size, counted if some else None)
        assert same_partition(got, slow_merge_fragments(labels, intensity, min_size, counted))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), height=st.integers(1, 15), width=st.integers(1, 15), min_size=st.integers(1, 60))
def test_no_fragment_is_left(seed: int, height: int, width: int, min_size: int) -> None:
    rng = np.random.default_rng(seed)
    labels = pieces(rng, (height, width), 20)
    got = merge_fragments(labels, rng.random(labels.shape), min_size)
    assert got.dtype == np.int32
    assert is_coarsening(got, labels)
    assert connected(got)
    assert np.bincount(got.ravel()).min() >= min_size or got.max() == 0


def test_large_superpixels_do_not_merge_with_each_other() -> None:
    labels = voronoi(np.random.default_rng(3), (20, 30), 25)
    sizes = np.bincount(labels.ravel())
    got = merge_fragments(labels, np.zeros(labels.shape), int(np.median(sizes)))
    large = [n for n in range(len(sizes)) if sizes[n] >= int(np.median(sizes))]
    assert len({int(got[labels == n][0]) for n in large}) == len(large)
    assert (merge_fragments(labels, np.zeros(labels.shape), sizes.min()) == labels).all()


def test_a_fragment_joins_the_most_similar_neighbour() -> None:
    labels = np.array([[0, 0, 0, 1, 2, 2, 2]], np.int32)
    for middle, expected in ((0.2, [0, 0, 0, 0, 1, 1, 1]), (0.8, [0, 0, 0, 1, 1, 1, 1])):
        intensity = np.array([[0.0, 0, 0, middle, 1, 1, 1]])
        assert merge_fragments(labels, intensity, 2).tolist() == [expected]


def test_similar_means_all_channels() -> None:
    """On the mean of the channels both neighbours are equally far; in colour one is much closer."""
    labels = np.array([[0, 0, 0, 1, 2, 2, 2]], np.int32)
    for near, expected in ((0, [0, 0, 0, 0, 1, 1, 1]), (1, [0, 0, 0, 1, 1, 1, 1])):
        # middle (.5, .5); one side (.4, .4), the other (0, .8)
        sides = ([0.4, 0.4], [0.0, 0.8]) if near == 0 else ([0.0, 0.8], [0.4, 0.4])
        values = np.array([*3 * [sides[0]], [0.5, 0.5], *3 * [sides[1]]]).T.reshape(2, 1, 7)
        assert merge_fragments(labels, values, 2).tolist() == [expected]


def slow_ward(labels: np.ndarray, values: np.ndarray, allowed: np.ndarray, limit: float) -> np.ndarray:
    """All mutually best neighbours of a round merge; the pair with smaller ids is the better of equal ones."""
    labels = labels.copy()
    while True:
        stats = {int(n): ((labels == n).sum(), values[labels == n].mean()) for n in np.unique(labels)}
        group = {n: allowed[labels == n][0] for n in stats}
        cost = {}
        for u, v in sorted(touching(labels)):
            if group[u] == group[v]:
                (a, p), (b, q) = stats[u], stats[v]
                cost[u, v] = (a * b / (a + b) * (p - q) ** 2, (u, v))
        best = {n: min((c for pair, c in cost.items() if n in pair), default=None) for n in stats}
        merges = [(u, v) for (u, v), c in cost.items() if best[u] == best[v] == c and c[0] < limit]
        if not merges:
            return renumber(labels)
        for u, v in merges:
            labels[labels == v] = u


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    height=st.integers(1, 7),
    width=st.integers(1, 7),
    limit=st.sampled_from([0.0, 0.01, 0.1, 1.0, 1e9]),
    whole=st.booleans(),
)
def test_ward_against_the_slow_reference(seed: int, height: int, width: int, limit: float, whole: bool) -> None:
    rng = np.random.default_rng(seed)
    labels = np.arange(height * width, dtype=np.int32).reshape(height, width)
    # multiples of 1/4: many exact ties, and sums without rounding
    values = rng.integers(0, 5, labels.shape) / 4
    allowed = np.zeros_like(labels) if whole else voronoi(rng, labels.shape, 3)
    got = ward_merge(labels, values, allowed, limit)
    assert got.dtype == np.int32
    assert (got == slow_ward(labels, values, allowed, limit)).all()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), limit=st.sampled_from([0.01, 0.1, 1e9]))
def test_ward_stays_in_its_group_connected_and_under_the_limit(seed: int, limit: float) -> None:
    rng = np.random.default_rng(seed)
    labels = np.arange(18 * 25, dtype=np.int32).reshape(18, 25)
    values = ndimage.gaussian_filter(rng.random(labels.shape), 1)
    allowed = pieces(rng, labels.shape, 6)
    got = ward_merge(labels, values, allowed, limit)
    assert is_coarsening(got, labels)
    assert connected(got)
    assert all(len(np.unique(allowed[got == n])) == 1 for n in range(got.max() + 1))
    if limit == 1e9:
        assert got.max() == allowed.max()
    else:
        # nothing more to merge: every pair of neighbours in one group costs at least the limit
        assert ward_merge(got, values, allowed, limit).max() == got.max()
        for u, v in touching(got):
            a, b = got == u, got == v
            if allowed[a][0] == allowed[b][0]:
                cost = a.sum() * b.sum() / (a.sum() + b.sum()) * (values[a].mean() - values[b].mean()) ** 2
                assert cost >= limit * (1 - 1e-9)


def test_ward_of_a_larger_limit_has_fewer_superpixels() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(400, dtype=np.int32).reshape(20, 20)
    values = ndimage.gaussian_filter(rng.random(labels.shape), 1)
    counts = [ward_merge(labels, values, labels * 0, limit).max() + 1 for limit in (0.0, 0.01, 0.1, 1.0, 1e9)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == 400
    assert counts[-1] == 1


def test_fragments_never_merge_across_groups() -> None:
    random = np.random.default_rng(3)
    fine = pieces(random, (20, 20), 60)
    group = pieces(random, (20, 20), 4)
    labels = (label(fine * 10 + group, background=-1, connectivity=1) - 1).astype(np.int32)
    merged = merge_fragments(labels, random.random((20, 20)), 30, allowed=group)
    assert is_coarsening(merged, labels)
    assert is_coarsening(group, merged)
    area = np.bincount(merged.ravel())
    alone = [len(np.unique(merged[group == group[merged == n][0]])) == 1 for n in range(merged.max() + 1)]
    assert all(area[n] >= 30 or alone[n] for n in range(len(area)))


def test_pixels_can_count_with_weights() -> None:
    labels = np.repeat(np.arange(3, dtype=np.int32), 4)[None]
    values = np.repeat([0.0, 0.1, 0.9], 4)[None]
    weight = np.repeat([1.0, 0.1, 1.0], 4)[None]
    assert merge_fragments(labels, values, 1.0, counted=weight).tolist() == [[0] * 8 + [1] * 4]
