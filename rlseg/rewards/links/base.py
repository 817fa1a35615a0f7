"""The base of all terms that compare an object with what it may be in the next frame."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from rlseg.arrays import Floats
from rlseg.rewards.kernels import KernelName, Side, closeness
from rlseg.rewards.model import Model, NumberOrInterval, Positive, Share, problem
from rlseg.rewards.terms import check_scale
from rlseg.rewards.words import quote

SHAPES = (
    "area",
    "axis_major_length",
    "axis_minor_length",
    "box_length",
    "box_width",
    "eccentricity",
    "extent",
    "perimeter",
    "solidity",
)
"""Descriptors that label images alone tell."""


def _known(name: str) -> str:
    if name not in SHAPES:
        text = f"{quote(name)} is not a property that is compared between frames"
        raise problem("unknown-value", text, word=name, allowed=SHAPES)
    return name


Shape = Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": list(SHAPES)})]


@dataclass(frozen=True)
class Pairs:
    """P objects of one frame, each with what it may be in the next: D = 1 object, or D = 2 after a division.

    Attributes:
        distance: (P,) from the centroid before to that of all D objects together, in the file's unit of length; what
            the whole picture moved is taken off.
        overlap: (P,) in [0, 1], pixels that both share over those of the smaller one, the D objects taken as one.
        before: descriptor -> (P,), > 0 where it is a size.
        after: descriptor -> (P, D).
    """

    distance: Floats
    overlap: Floats
    before: Mapping[str, Floats]
    after: Mapping[str, Floats]


class LinkTerm(Model, ABC):
    """score = kernel((value - expected) / scale), or min(x / expected, expected / x) with kernel: ratio.

    Attributes:
        EXAMPLE: the term as it stands in a file, a YAML flow mapping.
        DIVISION: whether it is a term of divisions alone.
    """

    EXAMPLE: ClassVar[str] = ""
    DIVISION: ClassVar[bool] = False
    kind: str
    weight: Positive = 1.0
    """Share among the terms beside it, relative to their weights."""
    min_score: Share = 0.0
    """What scores less than this in this term is never linked."""
    kernel: KernelName = "gaussian"
    """gaussian exp(-z^2 / 2), linear max(0, 1 - |z|), box (1 within one scale) or ratio (no scale)."""
    side: Side = "both"
    """Which direction is wrong; in the other one the score is 1."""
    expected: NumberOrInterval = Field(examples=["0.8", "[0.9, 1.3]"])
    """A number, or [low, high] if everything between is equally good."""
    scale: Positive | None = Field(default=None, examples=["0.1"], validate_default=True)
    """The distance that is clearly worse, in the unit of the value."""

    @field_validator("expected")
    @classmethod
    def _positive_for_ratio(cls, expected: NumberOrInterval, info: ValidationInfo) -> NumberOrInterval:
        low = expected[0] if isinstance(expected, tuple) else expected
        if info.data.get("kernel") == "ratio" and low <= 0:
            raise problem("bad-value", f"must be greater than 0 with kernel: ratio, got {low:g}")
        return expected

    @field_validator("scale")
    @classmethod
    def _needed_unless_ratio(cls, scale: float | None, info: ValidationInfo) -> float | None:
        check_scale(scale, info.data.get("kernel"))
        return scale

    def needed(self) -> str | None:
        """The descriptor of `SHAPES` that must be measured for it, or None."""
        return None

    @abstractmethod
    def value(self, pairs: Pairs) -> Floats:
        """(P,) what is compared with `expected`."""

    def score(self, pairs: Pairs) -> Floats:
        """(P,) floats in [0, 1], 1 where the value is as expected."""
        low, high = self.expected if isinstance(self.expected, tuple) else (self.expected, self.expected)
        return closeness(self.value(pairs), low, high, self.scale, self.kernel, self.side)
