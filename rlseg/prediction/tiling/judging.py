"""The segments of a large image judged and refined, as those of any other image are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from rlseg.arrays import Ints, Labels, Pixels
from rlseg.data import UnitImage, measure_unit_image
from rlseg.environment import (
    LabelObjects,
    ObjectTable,
    Refinement,
    SegmentationEnvironment,
    first_objects,
    refine_and_measure,
)
from rlseg.graph import Sample
from rlseg.proposals import Proposals


@dataclass(frozen=True)
class Judge:
    """What decides which segments are objects, and where their outlines lie; see `SegmentationModule`."""

    environment: SegmentationEnvironment
    refinement: Refinement | None
    min_score: float

    @property
    def may_ask_for_proposals(self) -> bool:
        """Whether the reward may compare segments with what several ways of looking propose."""
        return self.environment.reward.may_ask_for_proposals


@dataclass(frozen=True)
class Relief:
    """The (H, W) or (Z, H, W) brightness maps of an image, see `Sample`."""

    level: Pixels
    above: Pixels
    below: Pixels

    @property
    def maps(self) -> tuple[Pixels, Pixels, Pixels]:
        """All three."""
        return self.level, self.above, self.below


@dataclass(frozen=True)
class Judged:
    """What became of the segments of an image.

    Attributes:
        sample: the image as `label_objects` sees it, without superpixels and what outlines are refined on.
        labels: (H, W) int32, 0 = background, objects 1..n.
        objects: what a critic may know of the segments, from their superpixels; None if it was not asked for.
        measured: tables of the objects, if they have been measured.
    """

    sample: Sample
    labels: Labels
    objects: ObjectTable | None
    measured: LabelObjects | None = None


@dataclass(frozen=True)
class Superpixels:
    """Those that segments are made of: (N,) the segment of each, and the (2, E) edges between them."""

    segment: Ints
    edge_index: Ints


def judge_segments(sample: Sample, judge: Judge, asked: Superpixels | None = None) -> Judged:
    """Objects from the segments that a multicut has made.

    All rules see the whole image: the number of its objects, its middle, what lies next to what.

    Args:
        sample: what `sample_of_segments` gives.
        judge: what makes an object.
        asked: the superpixels, if a critic is to be asked about them.
    """
    outcome = judge.environment.judge(sample, np.arange(sample.regions.num_nodes)[None])
    labels = first_objects(sample, outcome, judge.min_score)
    objects = None
    if asked is not None:
        objects = ObjectTable.of_finer(outcome.segments, asked.segment, asked.edge_index)
    # an (H, W) map is as large as all tables together: none is kept that is not needed any more
    sample = replace(sample, regions=replace(sample.regions, superpixels=np.empty((0, 0), np.int32)))
    del outcome
    nothing = np.empty((0, 0), np.float32)
    kept, last = replace(sample, above=nothing, below=nothing), [sample]
    del sample
    if judge.refinement is None:
        return Judged(kept, labels, objects)
    refined = refine_and_measure(last.pop(), labels, judge.environment.reward, judge.refinement)
    return Judged(kept, refined.labels, objects, refined.objects)


def sample_of_segments(
    unit: UnitImage,
    relief: Relief,
    segments: Labels,
    sizes: tuple[tuple[float, ...], float, tuple[float, ...]],
    proposed: tuple[Labels, Proposals] | None,
    owner: Ints,
    derived: Mapping[str, Pixels],
) -> Sample:
    """An image with the segments of a multicut for superpixels.

    Only the segments are measured, each as one region of its own, so that the tables are small however large the image
    is. No network looks at it, so it has no features.

    Args:
        unit: the image (C, H, W) in [0, 1].
        relief: its brightness.
        segments: (H, W) int32, numbers 0..M-1 of the segments.
        sizes: height and width of a pixel in um, 0 if not known; the zoom and the spacing, see `RegionStatistics`.
        proposed: (H, W) superpixels 0..N-1 and the proposals as they see them, if the reward asks for them.
        owner: (N,) the segment of each superpixel.
        derived: name -> (H, W), see `measure_unit_image`.
    """
    nothing = np.empty((0, 0), np.float32)
    pixel_size, zoom, spacing = sizes
    regions = measure_unit_image(unit, relief.level, segments, pixel_size, zoom, derived, spacing)
    if proposed is not None:
        regions = replace(regions, proposals=proposed[1].of_groups(owner, regions.num_nodes))
    return Sample(
        name="",
        image=unit.pixels,
        regions=regions,
        node_features=nothing,
        edge_features=nothing,
        subgraphs={},
        level=relief.level,
        above=relief.above,
        below=relief.below,
        guide=nothing.ravel(),
        proposed_to=proposed,
        derived=np.array(list(derived.values()), np.float32).reshape(len(derived), *segments.shape),
    )
