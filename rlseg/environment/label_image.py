"""The objects of a label image measured as they stand: one segment each, and one for each piece of background."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats, Labels
from rlseg.graph import Sample, measure_regions, pieces_of
from rlseg.regions import NEIGHBOURS, RegionStatistics
from rlseg.rewards import Reward
from rlseg.rewards.measure import Segments


@dataclass(frozen=True)
class LabelObjects:
    """What a label image consists of.

    Attributes:
        segments: of one partition: first the pieces of the background, in reading order, then the objects in the order
            of their labels. A piece of background hangs together over 4-neighbours, as every segment of a graph does.
        pieces: how many pieces of background there are.
        present: labels of the objects, ascending.
    """

    segments: Segments
    pieces: int
    present: npt.NDArray[np.int64]

    def of_objects(self, values: Floats) -> Floats:
        """The objects' part of (M,) values of all segments."""
        return values[self.pieces :]

    def scores(self, reward: Reward, count: int) -> Floats:
        """Reward of the objects 1..count, 0 for numbers that do not occur: (count,)."""
        found = np.zeros(count)
        found[self.present - 1] = self.of_objects(reward.evaluate(self.segments).foreground_score)
        return found


def label_objects(sample: Sample, labels: Labels) -> LabelObjects:
    """Measure the objects of an (H, W) label image (0 = background) of a sample, pixel by pixel."""
    ids, pieces = pieces_of(labels == 0)
    present = np.flatnonzero(occurring(labels)[1:]) + 1
    number = np.zeros(int(labels.max(initial=0)) + 1, np.int32)
    number[present] = pieces + np.arange(len(present))
    for line, of_labels in zip(ids, labels, strict=True):  # row by row, for large images
        line[:] = np.where(of_labels > 0, number[of_labels], line - 1)
    regions = measure_again(sample, ids)
    return LabelObjects(Segments(regions, np.arange(regions.num_nodes)[None]), pieces, present)


def measure_again(sample: Sample, ids: Labels) -> RegionStatistics:
    """The tables of other regions of a sample's image. ids: (H, W) 0..M-1 without gaps."""
    known = sample.regions
    regions = measure_regions(
        [*sample.image, sample.level, *sample.derived],
        ids,
        scale=known.scale,
        offset=known.offset,
        level_channel=known.level_channel,
        pixel_size=known.pixel_size,
        spacing=known.spacing,
    )
    proposals = sample.proposals_of(ids, regions.num_nodes)
    again = replace(regions, proposals=proposals, zoom=known.zoom, derived=known.derived)
    if NEIGHBOURS in known.of_image:
        again.of_image[NEIGHBOURS] = known.of_image[NEIGHBOURS]
    return again


def object_scores(sample: Sample, labels: Labels, reward: Reward, count: int) -> Floats:
    """Reward of the objects 1..count of an (H, W) label image, 0 for numbers that do not occur: (count,)."""
    return label_objects(sample, labels).scores(reward, count)


def occurring(labels: Labels) -> npt.NDArray[np.bool_]:
    """Which of the numbers 0, 1, ..., their largest occur in an (H, W) label image."""
    found = np.zeros(int(labels.max(initial=0)) + 1, np.bool_)
    for line in labels:
        found[line] = True
    return found


def keep_numbers(labels: Labels, kept: npt.NDArray[np.bool_]) -> None:
    """Let an (H, W) label image have the kept ones of the numbers 0, 1, ... as 1, 2, ..., and 0 for the others."""
    number = np.where(kept, np.cumsum(kept), 0).astype(np.int32)
    for line in labels:
        line[:] = number[line]
