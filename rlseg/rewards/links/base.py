"""The base of all terms that compare an object with what it may be in the next frame."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from rlseg.arrays import Floats
from rlseg.rewards.model import Model, Positive, Share, problem
from rlseg.rewards.terms import Target
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


class _Weighed(Model):
    """What stands first in a term of links."""

    kind: str
    weight: Positive = 1.0
    """Share among the terms beside it, relative to their weights."""
    min_score: Share = 0.0
    """What scores less than this in this term is never linked."""


class LinkTerm(Target, _Weighed, ABC):
    """score = kernel((value - expected) / scale), or min(x / expected, expected / x) with kernel: ratio.

    Attributes:
        EXAMPLE: the term as it stands in a file, a YAML flow mapping.
        DIVISION: whether it is a term of divisions alone.
    """

    EXAMPLE: ClassVar[str] = ""
    DIVISION: ClassVar[bool] = False

    def needed(self) -> str | None:
        """The descriptor of `SHAPES` that must be measured for it, or None."""
        return None

    @abstractmethod
    def value(self, pairs: Pairs) -> Floats:
        """(P,) what is compared with `expected`."""

    def score(self, pairs: Pairs) -> Floats:
        """(P,) floats in [0, 1], 1 where the value is as expected."""
        return self.closeness(self.value(pairs))
