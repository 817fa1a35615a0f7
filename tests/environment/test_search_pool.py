"""The search among the nodes of a merge tree and proposals, against a greedy choice in plain loops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from partitions import looked_at, random_regions, some_views
from test_search import Node, chosen, hashed_score, slow_tree, without_edges

from rlseg.environment.search import Selection, search_objects
from rlseg.graph.sample import Sample
from rlseg.proposals import Proposals
from rlseg.regions import RegionStatistics
from rlseg.rewards.measure.segments import Segments
from rlseg.rewards.reward import Reward


def views_of(regions: RegionStatistics) -> list[list[Node]]:
    """The superpixels of the segments of each view."""
    views = some_views(np.arange(regions.num_nodes))
    return [[frozenset(np.flatnonzero(row == g).tolist()) for g in np.unique(row[row > 0])] for row in views]


def iou(one: Node, other: Node, area: np.ndarray) -> float:
    return sum(area[list(one & other)]) / sum(area[list(one | other)])


def slow_search(
    regions: RegionStatistics, affinity: np.ndarray, weights: np.ndarray, threshold: float, limit: float
) -> tuple[list[tuple[float, Node]], set[Node], dict[Node, float]]:
    """All candidates that are good enough by their worth, those that are taken, and the score of each candidate."""
    area, views = regions.area, views_of(regions)
    nodes = slow_tree(regions, affinity, limit) | {segment for view in views for segment in view}
    good, score = [], {}
    for node in nodes:
        score[node] = float(weights[list(node)].sum() % 1)
        stable = float(np.mean([max((iou(node, s, area) for s in view), default=0.0) for view in views]))
        size = sum(area[list(node)])
        if size <= limit and score[node] >= threshold and score[node] * stable >= threshold / 2:
            good.append((score[node] * stable, node))
    taken: set[Node] = set()
    for _, node in sorted(good, key=lambda pair: -pair[0]):
        if not any(node & other for other in taken):
            taken.add(node)
    return good, taken, score


@pytest.mark.parametrize("seed", range(15))
@pytest.mark.parametrize("area_limit", [0.1, 0.3, 1.0])
def test_the_best_that_overlap_none_better_are_taken(seed: int, area_limit: float) -> None:
    rng = np.random.default_rng(seed)
    regions = looked_at(random_regions(seed, shape=(24, 30), count=25))
    if seed % 3 == 2:
        regions = without_edges(regions, rng.random(regions.num_edges) < 0.5)
    affinity, weights = rng.random(regions.num_edges), rng.random(regions.num_nodes) * 10
    limit = area_limit * regions.area.sum()
    good, taken, score = slow_search(regions, affinity, weights, 0.3, limit)
    selection = search_objects(regions, affinity, hashed_score(weights), 0.3, area_limit)
    assert chosen(selection) == taken
    assert area_limit < 0.2 or len(good) > len(taken) > 0
    for node in taken:
        assert selection.score[list(node)] == pytest.approx(score[node])
    apart(selection)


def apart(selection: Selection) -> None:
    """Numbers without gaps; what is not chosen stays by itself and is worth nothing."""
    assert set(selection.labels) == set(range(selection.labels.max() + 1))
    left = selection.labels[~selection.chosen]
    assert len(set(left)) == len(left)
    assert not set(left) & set(selection.labels[selection.chosen])
    assert (selection.score[~selection.chosen] == 0).all()


def test_proposals_that_no_node_of_the_tree_is_are_candidates() -> None:
    """Superpixels are joined in an order in which the proposed pair is never a node by itself."""
    regions = random_regions(1, shape=(20, 20), count=6)
    u, v = regions.edge_index[:, 0]
    labels = np.zeros((3, regions.num_nodes), np.int64)
    labels[:, [u, v]] = 1
    regions = replace(regions, proposals=Proposals.of_regions(labels, regions.area))
    pair = regions.area[[u, v]].sum()
    affinity = -np.arange(regions.num_edges, dtype=np.float64)[::-1]
    assert frozenset([int(u), int(v)]) not in slow_tree(regions, affinity, 400)

    def score(segments: Segments) -> np.ndarray:
        return np.where(segments.descriptor("area") == pair, 0.9, 0.0)

    found = search_objects(regions, affinity, score, 0.3, 1.0)
    assert chosen(found) == {frozenset([int(u), int(v)])}
    # too large to be one
    assert not search_objects(regions, affinity, score, 0.3, 0.9 * pair / 400).chosen.any()


def test_what_nobody_sees_is_not_chosen_however_well_it_scores() -> None:
    regions = random_regions(2, shape=(20, 20), count=10)
    nothing = Proposals.of_regions(np.zeros((3, regions.num_nodes), np.int64), regions.area)
    affinity = np.ones(regions.num_edges)
    found = search_objects(replace(regions, proposals=nothing), affinity, lambda s: np.ones(s.count), 0.3, 1.0)
    assert not found.chosen.any()
    apart(found)
    # where nobody has looked, the score alone decides
    assert search_objects(regions, affinity, lambda s: np.ones(s.count), 0.3, 1.0).chosen.all()


@pytest.mark.parametrize("seen", [True, False])
def test_a_single_superpixel(seen: bool) -> None:
    regions = random_regions(0, shape=(4, 5), count=1)
    proposals = Proposals.of_regions(np.full((2, 1), int(seen)), regions.area)
    regions = replace(regions, proposals=proposals)
    found = search_objects(regions, np.zeros(0), lambda s: np.full(s.count, 0.9), 0.3, 1.0)
    assert found.labels.tolist() == [0]
    assert found.chosen.tolist() == [seen]
    assert found.score.tolist() == [0.9 if seen else 0.0]


@pytest.mark.parametrize("number", range(3))
def test_real_objects_reach_the_thresholds_by_themselves(samples: list[Sample], reward: Reward, number: int) -> None:
    """Each chosen one is scored and seen enough beside any others, and hangs together."""
    sample = samples[number]
    regions = sample.regions
    selection = search_objects(regions, sample.guide, lambda s: reward.evaluate(s).foreground_score, 0.4)
    assert selection.chosen.any()
    apart(selection)
    segments = Segments(regions, selection.labels[None])
    score = reward.evaluate(segments).foreground_score[segments.labels[0]]
    stability = segments.descriptor("stability")[segments.labels[0]]
    inside = selection.chosen
    np.testing.assert_allclose(score[inside], selection.score[inside], atol=1e-12)
    assert (score[inside] >= 0.4).all()
    assert (score * stability)[inside].min() >= 0.2
    u, v = regions.edge_index
    for node in chosen(selection):
        reached, before = {min(node)}, 0
        while len(reached) > before:
            before = len(reached)
            touching = np.isin(u, list(reached)) | np.isin(v, list(reached))
            reached |= (set(u[touching].tolist()) | set(v[touching].tolist())) & node
        assert reached == node
