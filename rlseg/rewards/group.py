"""How the terms of a class become one reward."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator

from rlseg.arrays import Floats, Ints, np
from rlseg.kinds import find_kinds, installed_kinds, union_of
from rlseg.rewards.measure import CONTINUED
from rlseg.rewards.model import Model, Name, Positive, PositiveShare, problem
from rlseg.rewards.own import OwnTerm
from rlseg.rewards.terms import Term

_OURS = find_kinds("rlseg.rewards.terms", Term)  # type: ignore[type-abstract]
_INSTALLED, BROKEN_KINDS = installed_kinds("rlseg.reward_terms", Term, _OURS)  # type: ignore[type-abstract]
TERM_KINDS: dict[str, type[Term]] = {**_OURS, **_INSTALLED}


def _origin(value: Any) -> str:
    own = "class_path" in value and "kind" not in value if isinstance(value, dict) else isinstance(value, OwnTerm)
    return "<class_path>" if own else "<kind>"


if TYPE_CHECKING:
    AnyTerm = Term
else:
    AnyTerm = Annotated[
        Annotated[union_of(TERM_KINDS), Tag("<kind>")] | Annotated[OwnTerm, Tag("<class_path>")],
        Discriminator(_origin),
    ]


class Group(Model):
    """The terms of a class and how their scores are combined.

    The scores s of the terms become one (`combine`), which is sharpened (`sharpness`) and then multiplied by `highest`;
    a segment that scores less than `min_score` in any term is paid 0 whatever the rest says.

    With `at_border: continued`, a segment that touches the border of the image is also measured as if it went on beyond
    it, by half a disc on the line where it is cut: its area, axes, box, perimeter, circularity, eccentricity and
    ellipse_fill. A term about one of these, or a rotated_box, scores the better of what is seen and min(1, 2 v)
    min(s, t): s is its score of the continued segment, t the worst score of the terms about other things than these or
    the whole partition, and v the share of the continued area that is seen. Brightness, outline, solidity and classes
    are those of what is seen.

    With `at_most: N`, where a partition has n > N segments of this class, their rewards r become r^(n / N): too many
    objects are a reason to doubt those that are not good, while the perfect ones lose nothing. (The paper says so of
    discs with few votes, section 4.1 and Fig. 3 of arXiv:2107.02600, without a formula.)
    """

    combine: Literal["mean", "product", "geometric", "min", "sum"] = "mean"
    """mean: sum(w s) / sum(w); product: prod(s^w); geometric: prod(s^(w / sum(w))); min; sum: sum(w s)."""
    sharpness: Positive | None = None
    """k: the combined reward r becomes exp(k (r - 1)), so that only segments near the target pay."""
    highest: PositiveShare = 1.0
    """The result is multiplied by this: a background must earn less than a good object, or it swallows it."""
    terms: dict[Name, AnyTerm] = Field(min_length=1, examples=["{...}"])
    """name -> term; the names appear on TensorBoard."""
    at_border: Literal["as_seen", "continued"] = "as_seen"
    """continued: sizes and shapes of what the border of the image cuts may score as if it went on, see above."""
    at_most: Positive | None = None
    """N: with more segments of the class than this in the image, only good ones are paid well, see above."""

    @field_validator("at_border")
    @classmethod
    def _has_an_effect(cls, at_border: str, info: ValidationInfo) -> str:
        terms = info.data.get("terms", {})
        if at_border == "continued" and terms and not any(term.sees_beyond() for term in terms.values()):
            raise problem(
                "bad-value", "'continued' does nothing: no term here is about a size or shape that can be continued",
                hint=f"leave it out; it is for rotated_box and for these properties: {', '.join(sorted(CONTINUED))}",
            )  # fmt: skip
        return at_border

    @field_validator("at_most")
    @classmethod
    def _of_shares(cls, at_most: float | None, info: ValidationInfo) -> float | None:
        if at_most is not None and info.data.get("combine") == "sum":
            raise problem(
                "bad-value", "at_most needs rewards that are at most 1, 'combine: sum' can give more",
                hint="use combine: mean, or leave at_most out",
            )  # fmt: skip
        return at_most

    def reward(self, scores: Floats, crowd: Ints | int) -> Floats:
        """What segments of the class are paid: their scores combined, sharpened, multiplied, and less in a crowd.

        Args:
            scores: (T, M) floats in [0, 1], terms in the order of the file.
            crowd: how many segments of the class the partition of each has, (M,) or one number for all; 1 for a segment
                by itself. Nothing but `at_most` asks for it.

        Returns:
            (M,) floats in [0, 1], with combine: sum in [0, sum of the weights] (before sharpness); 0 for
            segments that score less than `min_score` in any term, whatever the others and the sharpness say.
        """
        terms: list[Any] = list(self.terms.values())
        weights = np.array([term.weight for term in terms])[:, None]
        combined = self._combined(scores, weights)
        if self.sharpness is not None:
            combined = np.exp(self.sharpness * (combined - 1.0))
        lowest = np.array([term.min_score for term in terms])[:, None]
        combined *= self.highest
        combined[(scores < lowest).any(axis=0)] = 0.0
        return combined if self.at_most is None else combined ** np.maximum(crowd / self.at_most, 1.0)

    def _combined(self, scores: Floats, weights: Floats) -> Floats:
        match self.combine:
            case "mean":
                return (weights * scores).sum(axis=0) / weights.sum()
            case "product":
                return (scores**weights).prod(axis=0)
            case "geometric":
                return (scores ** (weights / weights.sum())).prod(axis=0)
            case "min":
                return scores.min(axis=0)
            case "sum":
                return (weights * scores).sum(axis=0)
