"""Prior: the objects of one image resemble each other."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from rlseg.arrays import Floats, Ints, np
from rlseg.jit import compiled
from rlseg.rewards.kernels import KERNELS, Side, deviation
from rlseg.rewards.measure import CONTINUED
from rlseg.rewards.model import Interval, Positive, problem
from rlseg.rewards.objects import Channel
from rlseg.rewards.properties import Property, period_of
from rlseg.rewards.terms.base import Scene, Term
from rlseg.rewards.words import quote

# the standard deviation of a normal distribution in median absolute deviations
_NORMAL = 1.4826
# of the file's scale: objects that are all alike, as drawings are, would leave no room at all
_LEAST = 0.25


@compiled
def _median_without(ordered: Floats, value: float) -> float:
    """Median of two or more ascending numbers without one that has this value."""
    half = len(ordered) // 2
    if len(ordered) % 2 == 0:
        return float(ordered[half] if value <= ordered[half - 1] else ordered[half - 1])
    below = ordered[half - 1] if value >= ordered[half] else ordered[half]
    above = ordered[half + 1] if value <= ordered[half] else ordered[half]
    return float((below + above) / 2)


@compiled
def _distances(ordered: Floats, middle: float) -> Floats:
    """Distances of ascending numbers from one of them or one between, ascending: both sides merged.

    Not sorted anew, and not by numpy: numba keeps its sorts under names that those of two files may share, and where
    both are loaded one of them may do what the other should.
    """
    result = np.empty(len(ordered))
    above = 0
    while above < len(ordered) and ordered[above] < middle:
        above += 1
    below = above - 1
    for i in range(len(ordered)):
        if above == len(ordered) or (below >= 0 and middle - ordered[below] <= ordered[above] - middle):
            result[i] = middle - ordered[below]
            below -= 1
        else:
            result[i] = ordered[above] - middle
            above += 1
    return result


@compiled
def _compare(team: Ints, values: Floats) -> tuple[Ints, Floats, Floats]:
    """Number of the others in each one's team, the median of their values, and of the distances from it; (M,) each.

    Must be sorted by team, then by value. The medians without one of n numbers are three at most, which follow each
    other, so that distances are put in order three times for each team; both medians are 0 where there are no others.
    """
    others = np.zeros(len(team), np.int64)
    middle, spread = np.zeros(len(team)), np.zeros(len(team))
    start = 0
    while start < len(team):
        end = start + 1
        while end < len(team) and team[end] == team[start]:
            end += 1
        known = values[start:end]
        around, apart = np.nan, np.empty(0)
        if len(known) > 1:
            for i in range(start, end):
                others[i] = len(known) - 1
                middle[i] = _median_without(known, values[i])
                if middle[i] != around:
                    around = middle[i]
                    apart = _distances(known, around)
                spread[i] = _median_without(apart, abs(values[i] - around))
        start = end
    return others, middle, spread


class PeersTerm(Term):
    """A descriptor x of the segment against that of its peers, the other segments of its class in the same partition.

    With m the median of their x and s = 1.4826 times the median of |x - m|, for a normal distribution its standard
    deviation, but at least `scale` / 4: everything in m - w s to m + w s is as good as can be, w = `within`; beyond,
    score = kernel(distance to this interval / s). So a segment of twice the usual size is bad where the others are
    alike, and good where they differ as much or are as large. It is not among its own peers: one of few would vouch
    for itself.

    `expected` and `scale` are for all images. They decide alone, as in `descriptor`, where an image cannot say more:
    if there are fewer than `fewest` peers; and if m is outside `expected`, for then most of the peers are no objects,
    but the fragments or clumps of a bad partition, and must not become the norm.
    """

    VOLUMES: ClassVar[bool] = True
    EXAMPLE: ClassVar[str] = "{kind: peers, property: perimeter, expected: [35, 95], scale: 18, side: above}"
    PARTITION: ClassVar[bool | str] = True

    kind: Literal["peers"]
    property: Property = Field(examples=["perimeter"])
    """The descriptor, by scikit-image's name; no angle."""
    channel: Channel = 0
    """Of the intensity descriptors: a number from 0, mean, strongest, or one of {stain: dab}, {colour: red} and
    {weights: [1, 2]}."""
    expected: Interval = Field(examples=["[10, 20]"])
    """[low, high], where the objects of all images lie."""
    scale: Positive = Field(examples=["3.5"])
    """The distance from `expected` that is clearly worse, in the unit of the value."""
    within: Annotated[float, Field(ge=0)] = 2.0
    """How many spreads s from the median of its peers a segment may lie and be as good as any."""
    fewest: Annotated[int, Field(ge=2)] = 5
    """With fewer peers than this, `expected` and `scale` decide."""
    kernel: Literal["gaussian", "linear", "box"] = "gaussian"
    """gaussian exp(-z^2 / 2), linear max(0, 1 - |z|) or box (1 within one spread)."""
    side: Side = "both"
    """Which direction is wrong; in the other one the score is 1."""

    @field_validator("property")
    @classmethod
    def _no_angle(cls, name: str) -> str:
        period = period_of(name)
        if period is not None:
            message = f"{quote(name)} comes round again after {period:g} degrees, a median of it has no meaning"
            raise problem("bad-value", message, hint="orientation_field compares angles with a direction")
        return name

    def sees_beyond(self) -> bool:
        """Whether the descriptor is one that can be continued."""
        return self.property in CONTINUED

    def score(self, scene: Scene) -> Floats:
        """(M,) floats in [0, 1]: how close each segment's descriptor is to that of its peers."""
        segments = scene.segments
        values = scene.measurements.value(self.property, self.channel)
        # the others count as they are seen: most lie inside
        seen = scene.measurements.as_seen.value(self.property, self.channel)
        team = segments.partition * len(scene.class_names) + scene.segment_class
        order = np.lexsort((seen, team))
        others, middle, spread = (np.empty(len(order)) for _ in range(3))
        others[order], middle[order], spread[order] = _compare(team[order], seen[order])
        spread = np.maximum(_NORMAL * spread, _LEAST * self.scale)
        low, high = self.expected
        known = (others >= self.fewest) & (low <= middle) & (middle <= high)
        alike = deviation((values - middle) / spread, -self.within, self.within, self.side)
        usual = deviation(values, low, high, self.side) / self.scale
        return KERNELS[self.kernel](np.where(known, alike, usual))
