"""The best-paid set of objects among many candidates, found without learning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats, Ints
from rlseg.environment.merge_tree import MergeTree, best_cut
from rlseg.jit import jit
from rlseg.regions import RegionStatistics
from rlseg.rewards.measure import Segments, judge_proposals


@dataclass(frozen=True)
class Selection:
    """Objects chosen among candidates.

    Attributes:
        labels: (N,) int64, a number for each object and for each superpixel in none, without gaps from 0.
        chosen: (N,) bool, True for superpixels inside a chosen object.
        score: (N,) the chosen object's score, 0 elsewhere.
    """

    labels: Ints
    chosen: npt.NDArray[np.bool_]
    score: Floats


def search_objects(
    regions: RegionStatistics,
    affinity: npt.NDArray[np.floating],
    score: Callable[[Segments], Floats],
    threshold: float = 0.3,
    area_limit: float = 0.25,
) -> Selection:
    """Choose non-overlapping objects among the nodes of a merge tree and what several ways of looking propose.

    Candidates are taken from the best to the worst (non-maximum suppression), where good is what scores well and what
    many ways of looking agree on: score * stability, which must be half of the threshold. Among many candidates some
    score well by accident; those are seen in one way alone.

    Where nobody has looked in several ways the nodes of the tree are all there is. Of them those are chosen that
    maximise the sum of area * (score - threshold), which is exact.

    Args:
        regions: statistics of the N superpixels and E edges.
        affinity: (E,) the tree merges the edge with the largest value first.
        score: gives every segment of a table its score in [0, 1]. It must judge segments one by one, for what lies
            around them in the table is no partition into objects, see `rlseg.rewards.of_single_segments`.
        threshold: objects scoring less are never chosen.
        area_limit: share of the image above which nothing is a candidate.
    """
    limit = area_limit * float(regions.area.sum())
    tree = MergeTree.of(regions, affinity, limit)
    if regions.proposals is None:
        scores = tree.judged(regions, lambda segments: score(segments)[:, None])[:, 0]
        return _best_of_tree(tree, regions.num_nodes, np.where(tree.area > limit, 0.0, scores), threshold)

    def judge(segments: Segments) -> Floats:
        scores = score(segments)
        return np.stack([scores, scores * segments.descriptor("stability")], axis=1)

    start, members, scores, worth = _pooled(tree, regions, judge, threshold, limit)
    owner = _suppress(np.argsort(-worth, kind="stable"), start, members, regions.num_nodes)
    return _selection(owner, scores)


def _pooled(
    tree: MergeTree, regions: RegionStatistics, judge: Callable[[Segments], Floats], threshold: float, limit: float
) -> tuple[Ints, Ints, Floats, Floats]:
    """All candidates that reach the threshold: (C + 1,) where the superpixels of each begin, these, scores, worth."""
    of_nodes = tree.judged(regions, judge)
    nodes = np.flatnonzero(_good(of_nodes, threshold) & (tree.area <= limit))
    start, members = tree.leaves_of(nodes)
    first, proposed, found = judge_proposals(regions, judge)
    size = np.diff(first)
    area = np.add.reduceat(regions.area[proposed], first[:-1]) if len(size) else np.empty(0)
    good = _good(found, threshold) & (area <= limit)
    kept = np.repeat(good, size)
    return (
        np.append(start, start[-1] + np.cumsum(size[good])),
        np.append(members, proposed[kept]),
        np.append(of_nodes[nodes, 0], found[good, 0]),
        np.append(of_nodes[nodes, 1], found[good, 1]),
    )


def _good(judged: Floats, threshold: float) -> npt.NDArray[np.bool_]:
    """Which candidates may be chosen. judged: (C, 2) scores, and scores * stability."""
    return (judged[:, 0] >= threshold) & (judged[:, 1] >= threshold / 2)


@jit
def _suppress(order: Ints, start: Ints, members: Ints, count: int) -> Ints:
    """(N,) the candidate each superpixel goes to, -1 if none: in this order, those that overlap no earlier one."""
    owner = np.full(count, -1)
    for c in order:
        mine = members[start[c] : start[c + 1]]
        free = True
        for n in mine:
            free = free and owner[n] < 0
        if free:
            owner[mine] = c
    return owner


def _best_of_tree(tree: MergeTree, leaves: int, scores: Floats, threshold: float) -> Selection:
    take = best_cut(tree.children, leaves, tree.area * (scores - threshold))
    owner = np.where(take, np.arange(len(tree.parent)), -1)
    for node in range(len(tree.parent) - 1, -1, -1):
        if owner[node] < 0 and tree.parent[node] >= 0:
            owner[node] = owner[tree.parent[node]]
    return _selection(owner[:leaves], scores)


def _selection(owner: Ints, scores: Floats) -> Selection:
    """owner: (N,) candidate of each superpixel or -1; scores: of the candidates."""
    chosen = owner >= 0
    labels = np.where(chosen, owner, len(scores) + np.arange(len(owner)))
    return Selection(
        labels=np.unique(labels, return_inverse=True)[1],
        chosen=chosen,
        score=np.where(chosen, scores[np.maximum(owner, 0)], 0.0) if len(scores) else np.zeros(len(owner)),
    )
