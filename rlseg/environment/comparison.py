"""What a label image is paid: on superpixels cut along its outlines, beside the lazy partitions and the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rlseg.arrays import Floats, Ints, Labels
from rlseg.environment.environment import Outcome, judge_partitions
from rlseg.environment.label_image import measure_again
from rlseg.environment.partition import split_background
from rlseg.environment.verdict import Verdict, verdict_on
from rlseg.graph import Sample, intersect_with_truth
from rlseg.regions import RegionStatistics, majority
from rlseg.rewards import Reward


@dataclass(frozen=True)
class Partition:
    """One way to put the N superpixels of an image into segments: its name and (N,) labels."""

    name: str
    labels: Ints


@dataclass(frozen=True)
class Comparison:
    """An image whose superpixels were cut along the outlines of label images.

    Attributes:
        sample: the image, with the superpixels that were not cut.
        regions: the N cut superpixels and their edges.
        partitions: of these, the labels that were given, all merged, all split, and the truth if there is one. All
            split are the superpixels that the labels know nothing of.
        labels: (H, W) the labels that were given.
        truth: (H, W) the true ones that were given, or None.
    """

    sample: Sample
    regions: RegionStatistics
    partitions: tuple[Partition, ...]
    labels: Labels
    truth: Labels | None

    def judge(self, reward: Reward) -> Outcome:
        """The rewards of all partitions, in their order."""
        return judge_partitions(reward, self.regions, np.stack([partition.labels for partition in self.partitions]))

    def of_objects(self, outcome: Outcome) -> Floats:
        """Foreground rewards (n,) of the objects 1..n of the labels, n being the largest; 0 for those not there.

        Args:
            outcome: of `judge`.
        """
        given = self.partitions[0].labels
        scores = np.zeros(int(self.labels.max(initial=0)))
        present, first = np.unique(given, return_index=True)
        # larger numbers are pieces of the background
        inside = (present > 0) & (present <= len(scores))
        scores[present[inside] - 1] = outcome.breakdown.foreground_score[outcome.segments.labels[0][first[inside]]]
        return scores

    def verdict(self, reward: Reward, outlined: bool) -> Verdict:
        """What the rules say of the true objects, or where there is no truth of those given.

        Args:
            reward: the rules.
            outlined: whether they are judged as they are outlined; else as the superpixels show them that were not cut
                along outlines, each of which belongs to the label that most of its pixels have: training has no others.
        """
        labels = self.labels if self.truth is None else self.truth
        before = np.arange(self.regions.num_nodes) if outlined else self.partitions[2].labels
        shown = majority(before[self.regions.superpixels], labels)[before]
        return verdict_on(reward, self.regions, shown, labels)


def cut_along(sample: Sample, labels: Labels, truth: Labels | None = None) -> Comparison:
    """Cut the superpixels of an image along label images of it. Nothing but the tables of superpixels is made anew.

    A label is one segment; the background 0 is as many as it has pieces that hang together.

    Args:
        sample: the image and its superpixels.
        labels: (H, W), 0 = background.
        truth: another (H, W), or None.
    """
    before = sample.superpixels
    ids = intersect_with_truth(before, labels)
    if truth is not None:
        ids = intersect_with_truth(ids, truth)
    regions = measure_again(sample, ids)
    first = np.unique(ids, return_index=True)[1]

    def projected(image: Labels) -> Ints:
        return split_background(image.ravel()[first].astype(np.int64), regions.edge_index)

    partitions = [
        Partition("given", projected(labels)),
        Partition("all merged", np.zeros(len(first), np.int64)),
        Partition("all split", before.ravel()[first].astype(np.int64)),
    ]
    if truth is not None:
        partitions.append(Partition("truth", projected(truth)))
    return Comparison(sample, regions, tuple(partitions), labels, truth)
