"""The list of candidates against one tree node after another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rlseg.environment.candidates import CandidateSegments, candidates_of
from rlseg.graph import measure_regions
from rlseg.proposals import Proposals
from rlseg.rewards.measure import Segments


def squares() -> np.ndarray:
    """(24, 30) superpixels of 3 x 3 px, numbered by rows."""
    return (np.arange(24)[:, None] // 3 * 10 + np.arange(30) // 3).astype(np.int32)


def joined(edge_index: np.ndarray, affinity: np.ndarray, count: int, most: int) -> set[frozenset[int]]:
    """All groups that come about if edges are joined from the largest affinity on, none of more than `most` nodes."""
    group = {n: frozenset([n]) for n in range(count)}
    found = set(group.values())
    for e in np.argsort(-affinity, kind="stable"):
        a, b = (group[int(n)] for n in edge_index[:, e])
        if a != b and len(a | b) <= most:
            found.add(a | b)
            group |= dict.fromkeys(a | b, a | b)
    return found


def members(found: CandidateSegments) -> list[frozenset[int]]:
    return [frozenset(found.members[a:b].tolist()) for a, b in zip(found.start, found.start[1:], strict=False)]


@pytest.mark.parametrize("seed", range(3))
def test_nodes_of_the_tree_and_proposals_of_some_sizes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ids = squares()
    regions = measure_regions(rng.random((1, *ids.shape)), ids)
    affinity = rng.random(regions.num_edges)
    found = candidates_of(regions, affinity, 18, 63)
    expected = {group for group in joined(regions.edge_index, affinity, 80, 7) if len(group) > 1}
    assert set(members(found)) == expected
    assert found.count == len(expected)

    labels = np.zeros((2, 80), np.int64)
    labels[0, :5], labels[0, 40:42], labels[1, 70:] = 1, 2, 1  # of 45, 18 and 90 px
    looked = replace(regions, proposals=Proposals.of_regions(labels, regions.area))
    more = members(candidates_of(looked, affinity, 18, 63))
    assert set(more[: found.count]) == expected
    assert more[found.count :] == [frozenset(range(5)), frozenset((40, 41))]


def test_measured_as_if_each_were_alone() -> None:
    rng = np.random.default_rng(1)
    ids = squares()
    regions = measure_regions(rng.random((1, *ids.shape)), ids)
    found = candidates_of(regions, rng.random(regions.num_edges), 27, 180).only(np.arange(3, 30, 2))
    segments, segment = found.measured(regions)
    assert len(segments.labels) < found.count  # those that do not overlap share a partition
    for name in ("area", "contrast", "solidity", "outline_intensity"):
        alone = []
        for group in members(found):
            labels = np.array([[int(n in group) for n in range(80)]])
            one = Segments(regions, labels)
            alone.append(one.descriptor(name)[one.labels[0, min(group)]])
        np.testing.assert_allclose(segments.descriptor(name)[segment], alone, rtol=1e-9)
    np.testing.assert_array_equal(found.total(regions.area), segments.descriptor("area")[segment])


def test_none() -> None:
    ids = squares()
    regions = measure_regions(np.zeros((1, *ids.shape)), ids)
    found = candidates_of(regions, np.zeros(regions.num_edges), 1e6, 1e6)
    assert found.count == 0
    assert found.total(regions.area).shape == (0,)
    assert found.measured(regions)[1].shape == (0,)
