"""What is proposed to superpixels: counted in plain loops, and put together from the parts of an image."""

from __future__ import annotations

from dataclasses import astuple, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import same_proposals, voronoi
from skimage.measure import label

from rlseg.graph.proposed import ProposalCounts, with_proposals
from rlseg.graph.rag import measure_regions
from rlseg.proposals import Proposals

VIEWS = 3


def random_views(seed: int, shape: tuple[int, int]) -> np.ndarray:
    """(3, H, W): segments called by 1 + the flat index of their first pixel, 0 in none; in the last there is none."""
    rng = np.random.default_rng(seed)
    views = np.zeros((VIEWS, *shape), np.int32)
    for view in views[:2]:
        blobs = label(rng.random(shape) < 0.55, connectivity=1)
        for number in range(1, blobs.max() + 1):
            view[blobs == number] = 1 + np.flatnonzero(blobs == number)[0]
    return views


def slow_counts(ids: np.ndarray, views: np.ndarray) -> dict[tuple[int, int, int], int]:
    """View, superpixel and segment -> their common pixels."""
    counts: dict[tuple[int, int, int], int] = {}
    for v, view in enumerate(views):
        for n, segment in zip(ids.ravel().tolist(), view.ravel().tolist(), strict=True):
            counts[v, n, segment] = counts.get((v, n, segment), 0) + 1
    return counts


def as_dict(found: ProposalCounts) -> dict[tuple[int, int, int], int]:
    rows = zip(found.view.tolist(), found.superpixel.tolist(), found.segment.tolist(), strict=True)
    counts = dict(zip(rows, found.pixels.tolist(), strict=True))
    assert len(counts) == len(found.pixels), "each pair once"
    return counts


CASES = given(seed=st.integers(0, 10**6), rows=st.integers(1, 12), columns=st.integers(1, 12))


@settings(max_examples=60, deadline=None)
@CASES
def test_counts(seed: int, rows: int, columns: int) -> None:
    ids, views = voronoi(np.random.default_rng(seed), (rows, columns), 6), random_views(seed, (rows, columns))
    found = ProposalCounts.of(ids, enumerate(views))
    assert as_dict(found) == slow_counts(ids, views)
    assert found.views == VIEWS
    # parts of maps are not contiguous
    assert as_dict(ProposalCounts.of(ids.T, enumerate(views.transpose(0, 2, 1)))) == as_dict(found)


@settings(max_examples=60, deadline=None)
@CASES
def test_the_parts_of_an_image_add_up_to_it(seed: int, rows: int, columns: int) -> None:
    """Each part has numbers of its own for superpixels, and sees segments by its own indices of their first pixels."""
    shape = rows, columns
    rng = np.random.default_rng(seed)
    ids, views = voronoi(rng, shape, 6), random_views(seed, shape)
    cuts = [sorted({0, int(rng.integers(0, n + 1)), n}) for n in shape]
    parts = []
    for top, bottom in zip(cuts[0], cuts[0][1:], strict=False):
        for left, right in zip(cuts[1], cuts[1][1:], strict=False):
            window = np.s_[top:bottom, left:right]
            numbers, local = np.unique(ids[window], return_inverse=True)
            # a crop that sees all of the image but its first rows and columns, as those before are not counted here
            corner = (0, 0) if rng.random() < 0.5 else (min(top, rows - 1), min(left, columns - 1))
            crop = views[:, corner[0] :, corner[1] :]
            width = crop.shape[2]
            row, column = (crop - 1) // columns - corner[0], (crop - 1) % columns - corner[1]
            inside = (crop > 0) & (row >= 0) & (column >= 0)
            seen = np.where(inside, row * width + column + 1, 0)
            inner = np.s_[:, top - corner[0] : bottom - corner[0], left - corner[1] : right - corner[1]]
            local = local.reshape(ids[window].shape)
            if not (inside == (crop > 0))[inner].all():
                seen, corner = views, (0, 0)
                inner = np.s_[:, *window]
            counts = ProposalCounts.of(local, enumerate(seen[inner]))
            parts.append(counts.moved(corner, seen.shape[1:], shape).renamed(numbers))
    found = ProposalCounts.added(parts)
    whole = ProposalCounts.of(ids, enumerate(views))
    assert as_dict(found) == as_dict(whole)
    regions = measure_regions(np.zeros((1, *shape)), ids)
    expected = whole.by_majority(regions.area, regions.edge_index)
    same_proposals(found.by_majority(regions.area, regions.edge_index), expected)
    # decided part by part where no other part has a say
    owners = np.bincount(np.concatenate([np.unique(part.superpixel) for part in parts]), minlength=regions.num_nodes)
    split = [part.split(owners == 1) for part in parts]
    assert all((won.pixels > 0).all() and (won.segment > 0).all() for won, _ in split)
    left = ProposalCounts.added(part for _, part in split)
    assert not (owners[left.superpixel] == 1).any()
    same_proposals(left.by_majority(regions.area, regions.edge_index, (won for won, _ in split)), expected)
    # numbers of segments that need more than 32 bits
    far = [replace(won, segment=won.segment.astype(np.int64) + 2**40) for won, _ in split]
    left = replace(left, segment=np.where(left.segment > 0, left.segment + 2**40, 0))
    same_proposals(left.by_majority(regions.area, regions.edge_index, far), expected)


def slow_majority(ids: np.ndarray, views: np.ndarray) -> list[set[frozenset[int]]]:
    """For each view the superpixels of its segments, those that do not hang together apart."""
    result = []
    for view in views:
        mine: dict[int, int] = {}
        for n in range(ids.max() + 1):
            names, pixels = np.unique(view[ids == n], return_counts=True)
            mine[n] = int(names[pixels.argmax()])  # of equals the smallest
        pieces = set()
        for name in set(mine.values()) - {0}:
            image = np.isin(ids, [n for n in mine if mine[n] == name])
            connected = label(image, connectivity=1)
            pieces |= {frozenset(np.unique(ids[connected == p]).tolist()) for p in range(1, connected.max() + 1)}
        result.append(pieces)
    return result


@settings(max_examples=60, deadline=None)
@CASES
def test_each_superpixel_goes_to_the_segment_of_most_of_its_pixels(seed: int, rows: int, columns: int) -> None:
    rng = np.random.default_rng(seed)
    ids = label(voronoi(rng, (rows, columns), 9) + 1, connectivity=1) - 1  # superpixels hang together
    views = random_views(seed, (rows, columns))
    regions = measure_regions(np.zeros((1, rows, columns)), ids.astype(np.int32))
    found = ProposalCounts.of(ids, enumerate(views)).by_majority(regions.area, regions.edge_index)
    assert found.views == VIEWS
    table = found.labels(regions.area)
    got = [{frozenset(np.flatnonzero(row == g).tolist()) for g in np.unique(row[row >= 0])} for row in table]
    assert got == slow_majority(ids, views)


def test_superpixels_of_one_segment_that_do_not_touch_are_two_segments() -> None:
    ids = np.array([[0, 0, 0, 1, 1, 1, 2, 2, 2]])
    view = np.array([[1, 1, 1, 1, 0, 0, 1, 1, 1]])
    regions = measure_regions(np.zeros((1, 1, 9)), ids.astype(np.int32))
    found = ProposalCounts.of(ids, [(0, view)]).by_majority(regions.area, regions.edge_index)
    assert found.labels(regions.area).tolist() == [[0, -1, 1]]
    assert found.area.tolist() == [3, 3]


def test_numbers_of_large_images_do_not_overflow() -> None:
    """Views, superpixels and segments of an image of 2^32 pixels, none of which fits beside the others in 64 bits."""
    numbers = np.array([2**31 - 2, 2**31 - 1])
    part = ProposalCounts(900, *np.array([[0, 899, 899], [0, 1, 1], [0, 2**20, 7], [3, 5, 4]]))
    moved = part.moved((2**16 - 2**10, 2**16 - 2**10), (2**10, 2**10), (2**16, 2**16)).renamed(numbers)
    found = ProposalCounts.added([moved, moved])
    assert found.superpixel.tolist() == [numbers[0], numbers[1], numbers[1]]
    assert found.segment.tolist() == [0, (2**16 - 2**10) * 2**16 + 2**16 - 2**10 + 7, 2**32]
    assert found.pixels.tolist() == [6, 8, 10]
    assert all(np.asarray(values).dtype == np.int64 for values in astuple(found)[1:])


def test_nothing_adds_up_to_nothing() -> None:
    found = ProposalCounts.added([])
    assert (found.views, as_dict(found)) == (0, {})


def test_features_are_shares_of_the_views() -> None:
    """Superpixel 0 is in a segment of both views; its edge to 1 is within one of the first and leads out of the second.

    ```
    views   0 1 2
    first   a a b
    second  a - -
    ```
    """
    area = np.array([2.0, 3.0, 4.0])
    found = Proposals.of_regions(np.array([[1, 1, 2], [1, 0, 0]]), area)
    edge_index = np.array([[0, 1], [1, 2]])
    nodes, edges = with_proposals(np.zeros((3, 2), np.float32), np.zeros((2, 1), np.float32), found, area, edge_index)
    assert nodes.dtype == edges.dtype == np.float32
    assert nodes.tolist() == [[0, 0, 1], [0, 0, 0.5], [0, 0, 0.5]]
    assert edges.tolist() == [[0, 0.5, 0, 0.5], [0, 0, 0.5, 0]]


@pytest.mark.parametrize("count", [1, 2])
def test_features_without_edges(count: int) -> None:
    found = Proposals.of_regions(np.zeros((2, count), np.int64), np.ones(count))
    nothing = np.empty((2, 0), np.int64)
    nodes, edges = with_proposals(
        np.zeros((count, 1), np.float32), np.zeros((0, 4), np.float32), found, np.ones(count), nothing
    )
    assert nodes.shape == (count, 2)
    assert edges.shape == (0, 7)
