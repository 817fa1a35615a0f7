"""The segments of a large image judged and refined, as those of any other image are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Labels, Pixels
from rlseg.data import UnitImage, measure_unit_image
from rlseg.environment import Refinement, Segmentation, SegmentationEnvironment, final_objects
from rlseg.graph import Sample


@dataclass(frozen=True)
class Judge:
    """What decides which segments are objects, and where their outlines lie; see `SegmentationModule`."""

    environment: SegmentationEnvironment
    refinement: Refinement | None
    min_score: float


@dataclass(frozen=True)
class Relief:
    """The (H, W) brightness maps of an image, see `Sample`."""

    level: Pixels
    above: Pixels
    below: Pixels

    @property
    def maps(self) -> tuple[Pixels, Pixels, Pixels]:
        """All three."""
        return self.level, self.above, self.below


def judge_segments(
    unit: UnitImage, relief: Relief, segments: Labels, judge: Judge, pixel_size: tuple[float, float]
) -> Segmentation:
    """Objects from the segments that a multicut has made.

    Only the segments are measured, each as one region of its own, so that the tables are small however large the image
    is. All rules see the whole image: the number of its objects, its middle, what lies next to what.

    Args:
        unit: the image (C, H, W) in [0, 1].
        relief: its brightness.
        segments: (H, W) int32, numbers 0..M-1 of the segments.
        judge: what makes an object.
        pixel_size: height and width of a pixel in um, 0 if not known.

    Returns:
        Of a sample whose superpixels are the segments, and whose edges are all cut. No network looks at it, so it has
        no features.
    """
    nothing = np.empty((0, 0), np.float32)
    sample = Sample(
        name="",
        image=unit.pixels,
        regions=measure_unit_image(unit, relief.level, segments, pixel_size),
        node_features=nothing,
        edge_features=nothing,
        subgraphs={},
        level=relief.level,
        above=relief.above,
        below=relief.below,
        guide=nothing.ravel(),
    )
    regions = sample.regions
    outcome = judge.environment.judge(sample, np.arange(regions.num_nodes)[None])
    labels = final_objects(sample, outcome, judge.environment.reward, judge.refinement, judge.min_score)
    cut: npt.NDArray[np.float32] = np.ones(regions.num_edges, np.float32)
    return Segmentation(sample, cut, outcome, labels)
