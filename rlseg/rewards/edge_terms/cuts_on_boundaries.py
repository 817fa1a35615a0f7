"""Prior: outlines run where the image shows a boundary."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from rlseg.arrays import Floats, np
from rlseg.rewards.edge_terms.base import EdgeKey, EdgeScene, EdgeTerm
from rlseg.rewards.model import Interval, PositiveShare, problem
from rlseg.rewards.objects import Channel


def _apart(ends: tuple[float, float]) -> tuple[float, float]:
    if ends[0] == ends[1]:
        raise problem("bad-value", f"the ends must differ, got {ends[0]:g} twice")
    return ends


class BoundaryEvidence(EdgeTerm):
    """Edges with strong evidence of a boundary are paid for being cut, those with weak evidence for being merged.

    r = (1 - w) r_o + w (b a + (1 - b) (1 - a)) with w = `weight`, the reward without this term r_o, the action a
    (1 = cut) and the evidence b = (v - low) / (high - low), clipped to [0, 1]; with `dark` 1 - b. v is the mean over
    the edge's cracks of the intensity of the two pixels beside it, or with `step` of the absolute difference between
    them, in the file's unit of intensity.
    """

    EXAMPLE: ClassVar[str] = "{weight: 0.3, measure: step, between: [0.02, 0.1]}"

    weight: PositiveShare = Field(examples=["0.3"])
    """Share of this term in the reward of an edge."""
    measure: Literal["step", "bright", "dark"] = "step"
    """step: boundaries are steps of the intensity; bright: they are bright lines; dark: they are dark lines."""
    between: Annotated[Interval, AfterValidator(_apart)] = Field(examples=["[0.02, 0.1]"])
    """[low, high]: no boundary up to low, certainly one from high on; with dark the other way round."""
    channel: Channel = 0
    """Of the image: a number from 0, mean, strongest, {stain: dab}, {colour: red} or {weights: [1, 2]}."""

    def pay(self, reward: Floats, scene: EdgeScene) -> Floats:
        """(K, E) floats in [0, 1] if `reward` is."""
        evidence = self.evidence(scene)
        paid = evidence * scene.actions + (1.0 - evidence) * (1.0 - scene.actions)
        return (1.0 - self.weight) * reward + self.weight * paid

    def evidence(self, scene: EdgeScene) -> Floats:
        """(E,) floats in [0, 1]: 1 where there is certainly a boundary."""
        measurements = scene.measurements
        channel = measurements.channel_number("boundary_evidence", self.channel)
        regions = measurements.segments.regions
        step = self.measure == "step"
        sums = regions.edge_jump if step else regions.edge_intensity
        mean = sums[:, channel] / regions.edge_length
        low, high = self.between
        evidence = np.clip((measurements.in_units(mean, channel, difference=step) - low) / (high - low), 0.0, 1.0)
        return 1.0 - evidence if self.measure == "dark" else evidence


KEY = EdgeKey(
    "boundary_evidence",
    BoundaryEvidence,
    "Pay for cuts where the image shows a boundary; mixed into the rules above.",
    in_intensity=True,
    volumes=True,
)
