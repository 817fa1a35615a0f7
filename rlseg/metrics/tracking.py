"""The scores of the Cell Tracking Challenge: SEG, DET and TRA.

Maška et al., A benchmark for comparison of cell tracking algorithms, Bioinformatics 30, 2014; Matula et al., Cell
tracking accuracy measurement based on comparison of acyclic oriented graphs, PLoS ONE 10, 2015 (AOGM).
"""

from __future__ import annotations

from dataclasses import dataclass

from rlseg.metrics.contingency import Contingency
from rlseg.metrics.lineage import Lineage, Node

SPLIT, MISSED, WRONG = 5.0, 10.0, 1.0
"""What it costs to split a node, to add a missing one and to delete a wrong one."""
EDGE_WRONG, EDGE_MISSED, EDGE_KIND = 1.0, 1.5, 1.0
"""What it costs to delete an edge, to add one, and to say whether it is one of a track or leads from a parent."""


@dataclass(frozen=True)
class TrackScores:
    """How far tracks are from the truth: what would have to be changed to make them the same.

    Attributes:
        iou_sum: sum over the objects of the truth of the IoU with the object that holds more than half of them.
        nodes, edges: objects and links of the truth.
        splits: how often an object holds more than half of another object of the truth beyond the first.
        missed, wrong: objects of the truth that none holds, and objects that hold none.
        edges_held: links of the truth between two objects of which each is held, alone, by one.
        edges_missed: links of the truth that are not there, whether or not their objects are.
        edges_wrong: links between two objects that hold one each, which the truth does not link.
        edges_of_other_kind: links that should lead from parent to child and do not, or the other way round.
    """

    iou_sum: float
    nodes: int
    edges: int
    splits: int
    missed: int
    wrong: int
    edges_held: int
    edges_missed: int
    edges_wrong: int
    edges_of_other_kind: int

    @property
    def seg(self) -> float:
        """Mean IoU of the objects of the truth with what holds them; 1 if there is none."""
        return self.iou_sum / self.nodes if self.nodes else 1.0

    @property
    def det(self) -> float:
        """1 - min(cost of the nodes, cost of adding all) / cost of adding all; of no nodes 1 if none is found."""
        return _share(self._node_cost, MISSED * self.nodes)

    @property
    def tra(self) -> float:
        """The same of nodes and edges."""
        edges = EDGE_WRONG * self.edges_wrong + EDGE_MISSED * self.edges_missed + EDGE_KIND * self.edges_of_other_kind
        return _share(self._node_cost + edges, MISSED * self.nodes + EDGE_MISSED * self.edges)

    @property
    def links(self) -> float:
        """Share of the links of the truth that are there and of the right kind; 1 if there is none."""
        right = self.edges - self.edges_missed - self.edges_of_other_kind
        return right / self.edges if self.edges else 1.0

    @property
    def links_of_found(self) -> float:
        """The same share of the links whose objects are found: how good the linking is, whatever was segmented."""
        right = self.edges - self.edges_missed - self.edges_of_other_kind
        return right / self.edges_held if self.edges_held else 1.0

    @property
    def _node_cost(self) -> float:
        return SPLIT * self.splits + MISSED * self.missed + WRONG * self.wrong


def _share(cost: float, empty: float) -> float:
    return float(cost == 0) if empty == 0 else 1.0 - min(cost, empty) / empty


def score_tracks(found: Lineage, truth: Lineage) -> TrackScores:
    """Compare tracks with the truth.

    An object of the truth is held by the one object that covers more than half of its pixels.

    Raises:
        ValueError: another number of frames or another size, or a lineage that cannot be (`Lineage.edges`).
    """
    if len(found.labels) != len(truth.labels):
        raise ValueError(f"{len(found.labels)} frames are found, the truth has {len(truth.labels)}")
    holder: dict[Node, Node] = {}
    iou_sum = 0.0
    for t, (prediction, true) in enumerate(zip(found.labels, truth.labels, strict=True)):
        table = Contingency.count(prediction, true)
        held = table.foreground & (2 * table.pixels > table.truth_area[table.truth])
        iou_sum += float(table.iou[held].sum())
        names = zip(table.truth_labels[table.truth[held]], table.prediction_labels[table.prediction[held]], strict=True)
        holder |= {(t, int(one)): (t, int(other)) for one, other in names}
    holds: dict[Node, list[Node]] = {}
    for one, other in holder.items():
        holds.setdefault(other, []).append(one)
    wanted, there = truth.edges(), found.edges()
    shown = {(holder.get(one), holder.get(other)): kind for (one, other), kind in wanted.items()}
    alone = {other: ones[0] for other, ones in holds.items() if len(ones) == 1}
    kinds = [
        (there[holder[a], holder[b]], kind)
        for (a, b), kind in wanted.items()
        if holder.get(a) in alone and holder.get(b) in alone and (holder[a], holder[b]) in there
    ]
    return TrackScores(
        iou_sum=iou_sum,
        nodes=len(truth.nodes()),
        edges=len(wanted),
        splits=sum(len(ones) - 1 for ones in holds.values()),
        missed=len(truth.nodes()) - len(holder),
        wrong=len(found.nodes()) - len(holds),
        edges_held=sum(1 for a, b in wanted if holder.get(a) in alone and holder.get(b) in alone),
        edges_missed=len(wanted) - len(kinds),
        edges_wrong=sum(1 for a, b in there if a in alone and b in alone and (a, b) not in shown),
        edges_of_other_kind=sum(1 for mine, theirs in kinds if mine != theirs),
    )
