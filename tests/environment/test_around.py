"""All candidates at a place, against a slow list of them."""

from __future__ import annotations

import numpy as np
import pytest

from rlseg.arrays import Floats
from rlseg.environment.around import candidates_at
from rlseg.environment.merge_tree import MergeTree
from rlseg.graph.sample import Sample
from rlseg.rewards.measure import Segments


def measures(segments: Segments) -> Floats:
    """Area and mean brightness."""
    return np.stack([segments.descriptor("area"), segments.descriptor("perimeter")], axis=1)


@pytest.mark.parametrize("superpixel", [3, 7, 40])
def test_they_are_the_nodes_and_proposals_that_hold_the_place(superpixel: int, samples: list[Sample]) -> None:
    sample = samples[0]
    regions = sample.regions
    assert regions.proposals is not None
    limit = 0.25 * regions.area.sum()
    tree = MergeTree.of(regions, sample.guide, limit)
    leaves: list[set[int]] = [{n} for n in range(regions.num_nodes)]
    for a, b in tree.children:
        leaves.append(leaves[a] | leaves[b])
    expected = [group for group in leaves if superpixel in group and regions.area[list(group)].sum() <= limit]
    assert len(expected) > 1
    known = regions.proposals.labels(regions.area)
    for view in known:
        if view[superpixel] >= 0:
            group = set(np.flatnonzero(view == view[superpixel]).tolist())
            if regions.area[list(group)].sum() <= limit:
                expected.append(group)
    found = candidates_at(regions, sample.guide, superpixel, measures)
    assert sorted(map(sorted, expected)) == sorted(sorted(one.superpixels.tolist()) for one in found)
    for one in found:
        # the same group of superpixels as one segment of a partition, measured by itself
        labels = np.zeros((1, regions.num_nodes), np.int64)
        labels[0, one.superpixels] = 1
        segments = Segments(regions, labels)
        alone = measures(segments)[segments.labels[0, one.superpixels[0]]]
        np.testing.assert_allclose(one.values, alone, rtol=1e-9)


def test_without_proposals_there_is_the_tree_alone(samples: list[Sample]) -> None:
    from dataclasses import replace

    regions = replace(samples[0].regions, proposals=None)
    with_all = candidates_at(samples[0].regions, samples[0].guide, 3, measures)
    found = candidates_at(regions, samples[0].guide, 3, measures)
    assert 1 <= len(found) < len(with_all)
    assert [one.superpixels.tolist() for one in found] == [one.superpixels.tolist() for one in with_all[: len(found)]]


def test_a_superpixel_above_the_limit_is_its_own_candidate(samples: list[Sample]) -> None:
    (only,) = candidates_at(samples[0].regions, samples[0].guide, 5, measures, area_limit=1e-9)
    assert only.superpixels.tolist() == [5]
