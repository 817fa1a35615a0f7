"""The search on a merge tree against all there is to choose from."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from partitions import random_regions

from rlseg.arrays import Floats
from rlseg.environment import merge_tree
from rlseg.environment.search import Selection, search_objects
from rlseg.graph.rag import measure_regions
from rlseg.graph.sample import Sample
from rlseg.regions import RegionStatistics
from rlseg.rewards.measure.segments import Segments
from rlseg.rewards.reward import Reward

Node = frozenset[int]


def slow_tree(regions: RegionStatistics, affinity: np.ndarray, limit: float) -> set[Node]:
    """All nodes of the single-linkage tree, as sets of superpixels: join the two sets of the most alike edge, again."""
    area = regions.area
    sets = {n: frozenset([n]) for n in range(regions.num_nodes)}
    nodes = set(sets.values())
    for e in sorted(range(len(affinity)), key=lambda e: (-affinity[e], e)):
        a, b = (sets[int(n)] for n in regions.edge_index[:, e])
        joined = a | b
        if a == b or sum(area[n] for n in joined) > limit:
            continue
        nodes.add(joined)
        for n in joined:
            sets[n] = joined
    return nodes


def best_choice(nodes: set[Node], value: dict[Node, float]) -> tuple[float, set[Node]]:
    """The best of all sets of nodes that do not overlap, by trying them all."""
    good = [node for node in nodes if value[node] > 0]
    best: tuple[float, set[Node]] = (0.0, set())
    for count in range(1, len(good) + 1):
        for choice in combinations(good, count):
            if sum(len(node) for node in choice) == len(frozenset().union(*choice)):
                total = sum(value[node] for node in choice)
                if total > best[0]:
                    best = (total, set(choice))
    return best


def hashed_score(weights: np.ndarray):
    """A score that knows no order: the fraction of a weighted sum over the segment's superpixels."""

    def score(segments: Segments) -> Floats:
        return segments.total(weights) % 1.0

    return score


def chosen(selection: Selection) -> set[Node]:
    return {
        frozenset(np.flatnonzero(selection.labels == label).tolist())
        for label in np.unique(selection.labels[selection.chosen])
    }


def without_edges(regions: RegionStatistics, keep: np.ndarray) -> RegionStatistics:
    """The same superpixels with fewer edges between them."""
    return replace(
        regions,
        edge_index=np.ascontiguousarray(regions.edge_index[:, keep]),
        edge_length=regions.edge_length[keep],
        edge_intensity=regions.edge_intensity[keep],
        edge_jump=regions.edge_jump[keep],
    )


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("area_limit", [0.3, 0.6, 1.0])
def test_the_choice_is_the_best_of_all(seed: int, area_limit: float) -> None:
    rng = np.random.default_rng(seed)
    regions = random_regions(seed, shape=(12, 14), count=8)
    if seed % 3 == 2:
        regions = without_edges(regions, rng.random(regions.num_edges) < 0.5)
    affinity = rng.random(regions.num_edges)
    score = hashed_score(rng.random(regions.num_nodes) * 10)
    threshold = 0.3
    limit = area_limit * regions.area.sum()
    value = {}
    nodes = slow_tree(regions, affinity, limit)
    for node in nodes:
        labels = np.array([[0 if n in node else n + 1 for n in range(regions.num_nodes)]])
        segments = Segments(regions, labels)
        index = segments.labels[0, min(node)]
        area = segments.descriptor("area")[index]
        value[node] = area * (score(segments)[index] - threshold) if area <= limit else 0.0
    total, best = best_choice(nodes, value)
    selection = search_objects(regions, affinity, score, threshold, area_limit)
    assert sum(value[node] for node in chosen(selection)) == pytest.approx(total)
    assert chosen(selection) == best


@pytest.mark.parametrize("number", range(3))
def test_scores_are_those_of_the_union_masks(samples: list[Sample], reward: Reward, number: int) -> None:
    sample = samples[number]
    regions = sample.regions
    selection = search_objects(regions, sample.guide, lambda s: reward.evaluate(s).foreground_score)
    assert selection.chosen.any()
    assert not selection.chosen.all()
    segments = Segments(regions, selection.labels[None])
    alone = reward.evaluate(segments).foreground_score[segments.labels[0]]
    np.testing.assert_allclose(selection.score[selection.chosen], alone[selection.chosen], atol=1e-12)
    assert selection.score[selection.chosen].min() > 0.3
    assert (selection.score[~selection.chosen] == 0).all()
    left = selection.labels[~selection.chosen]
    assert len(set(left)) == len(left), "what is not chosen stays apart"
    assert not set(left) & set(selection.labels[selection.chosen])


def test_objects_larger_than_the_limit_are_no_candidates() -> None:
    regions = random_regions(1, shape=(20, 20), count=10)
    for limit in (0.0, 0.05, 0.2, 0.5):
        found = search_objects(regions, np.ones(regions.num_edges), lambda s: np.ones(s.count), 0.3, limit)
        areas = np.bincount(found.labels[found.chosen], regions.area[found.chosen], minlength=1)
        assert areas.max() <= limit * 400
    everything = search_objects(regions, np.ones(regions.num_edges), lambda s: s.descriptor("area") / 400, 0.3, 1.0)
    assert len(chosen(everything)) == 1
    assert everything.chosen.all()


def test_nothing_is_chosen_when_every_score_is_at_most_the_threshold() -> None:
    regions = random_regions(2, shape=(20, 20), count=10)
    found = search_objects(regions, np.ones(regions.num_edges), lambda s: np.full(s.count, 0.3), 0.3, 1.0)
    assert not found.chosen.any()
    assert (found.score == 0).all()
    assert len(np.unique(found.labels)) == regions.num_nodes


@pytest.mark.parametrize("good", [0.9, 0.1])
def test_5_a_single_superpixel(good: float) -> None:
    regions = random_regions(0, shape=(4, 5), count=1)
    assert regions.num_edges == 0
    found = search_objects(regions, np.zeros(0), lambda s: np.full(s.count, good), 0.3, 1.0)
    assert found.labels.tolist() == [0]
    assert found.chosen.tolist() == [good > 0.3]
    assert found.score.tolist() == [good if good > 0.3 else 0.0]


def test_6_superpixels_without_any_edge_are_judged_alone() -> None:
    regions = without_edges(random_regions(5, shape=(16, 16), count=6), np.zeros(0, np.int64))
    scores = np.array([0.9, 0.1, 0.9, 0.1, 0.9, 0.1])[: regions.num_nodes]
    found = search_objects(regions, np.zeros(0), lambda s: s.total(scores) / s.total(np.ones(len(scores))), 0.3, 1.0)
    np.testing.assert_array_equal(found.chosen, scores > 0.3)
    np.testing.assert_allclose(found.score, np.where(scores > 0.3, scores, 0))


def caterpillar(count: int) -> tuple[RegionStatistics, np.ndarray]:
    """Strips side by side, joined one after the other: a tree as high as it can be."""
    ids = np.repeat(np.arange(count), 3)[None].repeat(4, 0).astype(np.int32)
    regions = measure_regions(np.random.default_rng(0).random((1, *ids.shape)), ids)
    return regions, -np.arange(regions.num_edges, dtype=np.float64)


def textured(size: int) -> tuple[RegionStatistics, np.ndarray]:
    """Many superpixels without any object, joined where they differ least."""
    rng = np.random.default_rng(1)
    ids = np.arange(size * size, dtype=np.int32).reshape(size, size)
    regions = measure_regions(rng.random((1, size, size)), ids)
    return regions, -regions.edge_jump[:, 0]


@pytest.mark.parametrize(
    ("scene", "limit", "table"),
    [(caterpillar(150), 1.0, 1), (caterpillar(300), 0.25, 5000), (textured(25), 0.25, 1), (textured(20), 1.0, 5000)],
)
def test_every_node_of_the_tree_is_measured_once(
    scene: tuple[RegionStatistics, np.ndarray], limit: float, table: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing else, but for one rest a height. A partition for each depth would measure up to N^2 / 2 segments."""
    regions, affinity = scene
    measured, tables = [], []

    def score(segments: Segments) -> Floats:
        rest = np.bincount(segments.labels.ravel(), minlength=segments.count)
        measured.append(segments.count)
        tables.append(segments.labels.size)
        # a score that no two nodes share, and that is best for the middle ones
        return np.exp(-np.abs(np.log(rest / 6))) * (0.6 + 0.4 * hashed_score(weights)(segments))

    weights = np.random.default_rng(2).random(regions.num_nodes) * 10
    before = search_objects(regions, affinity, score, 0.3, limit)
    measured.clear()
    tables.clear()
    monkeypatch.setattr(merge_tree, "TABLE", table)
    found = search_objects(regions, affinity, score, 0.3, limit)
    nodes = slow_tree(regions, affinity, limit * regions.area.sum())
    heights = 1 + height_of(regions, affinity, limit)
    assert len(nodes) <= sum(measured) <= len(nodes) + heights
    assert max(tables) <= max(table, regions.num_nodes)
    np.testing.assert_array_equal(found.labels, before.labels)
    np.testing.assert_array_equal(found.score, before.score)


def height_of(regions: RegionStatistics, affinity: np.ndarray, limit: float) -> int:
    """Of the tree, by joining sets as in `slow_tree`."""
    top = {n: (frozenset([n]), 0) for n in range(regions.num_nodes)}
    highest = 0
    for e in sorted(range(len(affinity)), key=lambda e: (-affinity[e], e)):
        (a, high), (b, other) = (top[int(n)] for n in regions.edge_index[:, e])
        if a == b or sum(regions.area[n] for n in a | b) > limit * regions.area.sum():
            continue
        highest = max(highest, 1 + max(high, other))
        for n in a | b:
            top[n] = a | b, 1 + max(high, other)
    return highest


def test_what_lies_around_an_object_does_not_matter(samples: list[Sample], reward: Reward) -> None:
    """A node is paid what it is paid when all else is in single superpixels."""
    regions = samples[1].regions
    selection = search_objects(regions, samples[1].guide, lambda s: reward.evaluate(s).foreground_score)
    for node in sorted(chosen(selection), key=min)[:6]:
        inside = np.isin(np.arange(regions.num_nodes), list(node))
        for rest in (np.arange(regions.num_nodes), np.where(inside, 0, (~inside).argmax())):
            segments = Segments(regions, np.where(inside, min(node), rest)[None])
            alone = reward.evaluate(segments).foreground_score[segments.labels[0, min(node)]]
            assert alone == selection.score[min(node)]
