"""Priors about the size of an object that no object can fulfil together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from rlseg.rewards.classes import AreaRule
from rlseg.rewards.group import Group
from rlseg.rewards.language import FOREGROUND, Path, RewardFile
from rlseg.rewards.terms import CircleTerm, DescriptorTerm, EllipseAxesTerm, RotatedBoxTerm

# how far from what is expected a score is one half, in scales
_HALF = {"gaussian": math.sqrt(2 * math.log(2)), "linear": 0.5, "box": 1.0}
_DISC, _BALL = math.pi / 4, math.pi / 6
_UNBOUNDED = math.inf

Interval = tuple[float, float]


@dataclass(frozen=True)
class Claim:
    """What a prior says about the area of an object.

    Attributes:
        path: of the prior in the file.
        text: the prior in words.
        area: the areas at which it scores at least one half, in the file's unit of length squared; of volumes the
            volumes, in its cube.
    """

    path: Path
    text: str
    area: Interval


@dataclass(frozen=True)
class Contradiction:
    """Two claims without a common area; the message names both, with their numbers."""

    first: Claim
    second: Claim
    unit: str

    @property
    def message(self) -> str:
        """One sentence."""
        size = "a volume" if self.unit.endswith("^3") else "an area"
        return (
            f"{self.first.text} and {self.second.text} contradict each other: the first is {size} of "
            f"{_show(self.first.area)} {self.unit}, the second of {_show(self.second.area)} {self.unit}"
        )


def find_contradictions(file: RewardFile) -> list[Contradiction]:
    """The pairs of priors of one class of which every object scores below one half in one or the other.

    Areas, diameters, radii, axes and boxes are compared by the areas that they allow; and those of the foreground with
    the sizes that the rules of the other classes take away from it.

    Args:
        file: the checked file.
    """
    found = []
    unit = f"{file.units.length}^{3 if file.volumes else 2}"
    for name, reward in file.rewards.items():
        claims = list(_of_terms(name, reward, file.volumes)) if isinstance(reward, Group) else []
        rules = list(_of_rules(file)) if name == FOREGROUND else []
        for first, second in [*combinations(claims, 2), *((claim, rule) for claim in claims for rule in rules)]:
            if first.area[1] < second.area[0] or second.area[1] < first.area[0]:
                found.append(Contradiction(first, second, unit))
    return found


def _of_rules(file: RewardFile) -> Iterator[Claim]:
    """The areas that the rules of other classes leave to the foreground."""
    for name, rule in file.classes.items():
        if isinstance(rule, AreaRule):
            low, high = rule.outside or (rule.under or 0.0, _UNBOUNDED if rule.over is None else rule.over)
            yield Claim(("classes", name), f"what the class {name} leaves", (low, high))


def _of_terms(class_name: str, group: Group, volumes: bool) -> Iterator[Claim]:
    sizes = _VOLUME if volumes else _AREA
    boxes: dict[str, tuple[Path, str, Interval]] = {}
    for name, term in group.terms.items():
        path: Path = ("rewards", class_name, "terms", name)
        if isinstance(term, DescriptorTerm):
            text = f"{name} ({term.property} {_show(term.interval)})"
            values = _half_interval(term)
            if term.property in ("box_length", "box_width"):
                boxes[term.property] = (path, text, values)
            elif term.property in sizes:
                yield Claim(path, text, sizes[term.property](*values))
        elif isinstance(term, CircleTerm):
            least, most = (share * math.pi * r**2 for share, r in zip(term.AREAS, term.radius, strict=True))
            yield Claim(path, f"{name} (radius {_show(term.radius)})", (least, most))
        elif isinstance(term, EllipseAxesTerm) and term.of == "segment":
            (_, a), (_, b) = _pair(term.expected, term.scale, term.kernel)
            yield Claim(path, f"{name} (axes {_show(term.expected)})", (0.0, _DISC * a * b))
        elif isinstance(term, RotatedBoxTerm):
            # size is only a share of the score: no more than the largest of its boxes is claimed
            sides = [_pair(box.radii, box.scale, term.kernel) for box in term.templates]
            yield Claim(path, f"{name} (boxes)", (0.0, max(4 * a[1] * b[1] for a, b in sides)))
    if len(boxes) == 2:
        (path, first, (a, b)), (_, second, (c, d)) = boxes.values()
        yield Claim(path, f"{first} with {second}", (a * c, b * d))


def _half_interval(term: Any) -> Interval:
    """The values at which a term that compares a number with `expected` scores at least one half."""
    low, high = _widened(term.interval, term.scale, term.kernel)
    return (0.0 if term.side == "above" else low, _UNBOUNDED if term.side == "below" else high)


def _pair(expected: Interval, scale: float | Interval | None, kernel: str) -> tuple[Interval, Interval]:
    scales = scale if isinstance(scale, tuple) else (scale, scale)
    first, second = (_widened((value, value), s, kernel) for value, s in zip(expected, scales, strict=True))
    return first, second


def _widened(interval: Interval, scale: float | None, kernel: str) -> Interval:
    if scale is None:  # kernel ratio
        return interval[0] / 2, interval[1] * 2
    return max(interval[0] - _HALF[kernel] * scale, 0.0), interval[1] + _HALF[kernel] * scale


# From an interval of a descriptor to one of the area, or of the volume. No shape of a given diameter, or of given
# second moments, has more than the disc or the ellipse, the ball or the ellipsoid; an object is taken to fill at least
# half of the ellipse around it.
def _sizes(ball: float, axes: int) -> dict[str, Callable[[float, float], Interval]]:
    return {
        "area": lambda low, high: (low, high),
        "equivalent_diameter_area": lambda low, high: (ball * low**axes, ball * high**axes),
        "feret_diameter_max": lambda low, high: (0.0, ball * high**axes),
        "axis_major_length": lambda low, high: (0.0, ball * high**axes),
        "axis_minor_length": lambda low, high: (ball * low**axes / 2, _UNBOUNDED),
    }


_AREA, _VOLUME = _sizes(_DISC, 2), _sizes(_BALL, 3)


def _show(interval: Interval) -> str:
    low, high = interval
    if low == high:
        return f"{low:.4g}"
    if high == _UNBOUNDED:
        return f"at least {low:.4g}"
    return f"{low:.4g} to {high:.4g}" if low > 0 else f"at most {high:.4g}"
