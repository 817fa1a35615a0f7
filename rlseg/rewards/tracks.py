"""The `tracks:` section of a reward file: how objects of a film keep their number from frame to frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from rlseg.arrays import Floats, np
from rlseg.kinds import union_of
from rlseg.rewards.links import DIVISION_KINDS, LINK_KINDS, LinkTerm, MovedLink, Pairs
from rlseg.rewards.model import Model, Name, NonNegative, Positive, PositiveShare, Share, problem

if TYPE_CHECKING:
    AnyLink = LinkTerm
    AnyDivision = LinkTerm
else:
    AnyLink = union_of(LINK_KINDS)
    AnyDivision = union_of(DIVISION_KINDS)


class Division(Model):
    """How one object becomes two.

    The terms compare the object with the two that may follow it, see there; their scores become one as those of links
    do. The two must lie within `reach` of the one that divides.
    """

    terms: dict[Name, AnyDivision] = Field(min_length=1, examples=["{...}"])
    """name -> term."""

    def score(self, pairs: Pairs) -> Floats:
        """(P,) floats in [0, 1] of P possible divisions."""
        return _combined(self.terms, pairs)


class Tracks(Model):
    """How the objects of a film keep their number from frame to frame.

    Each pair of objects in neighbouring frames is scored by the terms: the weighted geometric mean of their scores s,
    prod(s^(w / sum(w))), 0 if one of them is below its `min_score`; so is each possible division. Of all links and
    divisions that score at least `min_score` those are chosen that together explain most: no object has two of them,
    and the sum of log(s / `min_score`) over the links and of log(s / `min_score`^1.5) over the divisions, which explain
    one object more, is the largest there is. What has no link backwards begins a track, what has none forwards ends
    one.
    """

    reach: Positive = Field(examples=["30"])
    """Centroids of one object in two frames are never farther apart, in the file's unit of length; beyond `drift`."""
    terms: dict[Name, AnyLink] = Field(min_length=1, examples=["{...}"])
    """name -> term that compares an object with what it may be a frame later."""
    division: Division | None = Field(default=None, examples=["{terms: {...}}"])
    """How one object becomes two; without it nothing divides."""
    min_score: PositiveShare = 0.2
    """What scores less is not linked."""
    drift: NonNegative = 0.0
    """How far the whole picture may move from one frame to the next, in the file's unit of length: within this, objects
    are compared after the shift by which most of them come to lie on each other."""
    gap: Annotated[int, Field(ge=0)] = 0
    """For how many frames an object may be missed and still keep its number; `reach` holds for the whole gap."""
    keep: Share | None = None
    """No blinking: what is paid less than an object must be (`min_score` of a model or a search), but at least this, is
    kept where links lead back to an object that is paid enough, and on to another; not at the ends of a film."""

    pay: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Objects are paid for going on, in training too: (1 - `pay` + `pay` * c) of what they are paid by themselves. c is
    the score of the best link to an object of the frame before, or of the best division that leads to it, and the same
    towards the frame after; the mean of both. The objects of those frames are what a search by these rules finds."""
    joint: bool = False
    """Choose objects and links at once: each frame proposes objects that overlap, each with a worth, which is what it
    is paid by itself times how far the policy (of a search, several ways of looking) agrees to it. Taken is the set
    with the largest sum of area * (worth - `min_score` of the model / 2) over its objects, and of `link_weight` * area
    * worth * (1 - log(s) / log(`min_score`)) over its links and divisions, with the smaller area and the geometric mean
    of the worths on both sides; those of objects that all are worth less than `min_score` / 2 count nothing. What is
    proposed is paid at least `keep`, or a third of what an object must be."""
    link_weight: Positive = 1.0
    """With `joint`: how much links count beside the rewards of objects."""

    @model_validator(mode="after")
    def _reaches_what_is_expected(self) -> Tracks:
        for name, term in self.terms.items():
            low = term.expected[0] if isinstance(term.expected, tuple) else term.expected
            if isinstance(term, MovedLink) and low > self.reach:
                text = f"nothing that moves as far as {name} expects ({low:g}) is within reach ({self.reach:g})"
                raise problem("bad-value", text, hint="a reach is the farthest that an object goes in one frame")
        return self

    @property
    def needed(self) -> frozenset[str]:
        """The descriptors that must be measured."""
        terms: Iterable[LinkTerm] = (*self.terms.values(), *(self.division.terms.values() if self.division else ()))
        return frozenset(name for term in terms if (name := term.needed()) is not None)

    def score(self, pairs: Pairs) -> Floats:
        """(P,) floats in [0, 1] of P possible links."""
        return _combined(self.terms, pairs)


def _combined(terms: Mapping[str, LinkTerm], pairs: Pairs) -> Floats:
    scores = np.stack([term.score(pairs) for term in terms.values()])
    weights = np.array([term.weight for term in terms.values()])
    combined: Floats = (scores ** (weights / weights.sum())[:, None]).prod(axis=0)
    lowest = np.array([term.min_score for term in terms.values()])[:, None]
    combined[(scores < lowest).any(axis=0)] = 0.0
    return combined
