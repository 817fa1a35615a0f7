"""From edge weights to the final objects of an image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rlseg.arrays import AnyFloats
from rlseg.environment.environment import Outcome, SegmentationEnvironment
from rlseg.environment.label_image import LabelObjects, label_objects
from rlseg.environment.refine import Refinement, refine_and_measure
from rlseg.errors import RlsegError
from rlseg.graph import Sample
from rlseg.regions import of_pixels


@dataclass(frozen=True)
class Segmentation:
    """The final objects of one image.

    Attributes:
        sample: the image.
        actions: (E,) in (0, 1), 1 = cut.
        outcome: the one partition they lead to, and its rewards.
        labels: (H, W) int32, 0 = background, objects 1..n.
        objects: their tables, if they have been measured.
    """

    sample: Sample
    actions: npt.NDArray[np.float32]
    outcome: Outcome
    labels: npt.NDArray[np.int32]
    objects: LabelObjects | None = None

    def measured(self) -> LabelObjects:
        """The tables of the objects."""
        return label_objects(self.sample, self.labels) if self.objects is None else self.objects


def segment(
    sample: Sample,
    actions: npt.NDArray[np.floating],
    environment: SegmentationEnvironment,
    refinement: Refinement | None,
    min_score: float,
) -> Segmentation:
    """Partition, drop what is no object, refine the outlines.

    Args:
        sample: the image.
        actions: (E,) in (0, 1).
        environment: multicut and rewards.
        refinement: of the outlines, or None.
        min_score: foreground segments that do not score more are background.
    """
    outcome = environment.step(sample, actions[None])
    labels = first_objects(sample, outcome, min_score)
    objects = None
    if refinement is not None:
        refined = refine_and_measure(sample, labels, environment.reward, refinement)
        labels, objects = refined.labels, refined.objects
    return Segmentation(sample, np.asarray(actions, np.float32), outcome, labels, objects)


def refuse_no_numbers(actions: AnyFloats, name: str) -> None:
    """See that actions are numbers.

    Args:
        actions: of any shape.
        name: of the image they are for.

    Raises:
        RlsegError: some are infinite or not a number.
    """
    if not np.isfinite(actions).all():
        raise RlsegError(
            f"the networks give no numbers for {name}: "
            "the weights have diverged, or the image is far from all that they were trained on",
            "take an earlier checkpoint, or train with lower learning rates",
        )


def first_objects(sample: Sample, outcome: Outcome, min_score: float) -> npt.NDArray[np.int32]:
    """(H, W) the objects of the first partition of an outcome, before their outlines are refined."""
    return of_pixels(outcome.objects(0, min_score), sample.superpixels)
