"""Whether the images show other objects more clearly than those that a template means."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from rlseg.commands.new.guess import Guess, Ways, best_of
from rlseg.commands.new.like import digits

# widths that differ by so much are those of other things
_OTHER_WIDTH = 1.6
# what looks less like objects than this is no reason to doubt what somebody says
_BELIEVED = 0.3


@dataclass(frozen=True)
class Other:
    """Objects of another width than those of a template's look, that stand out at least as clearly.

    Attributes:
        found: these objects.
        rather: what the look of the template shows.
    """

    found: Guess
    rather: Guess

    @property
    def words(self) -> str:
        """What stands out, for the middle of a sentence."""
        low, high = map(digits, self.found.width)
        return f"{self.found.look} objects of {low}-{high} px"

    def taken(self, kind: str) -> str:
        """Why the look of a template is not taken. kind: the name of the template."""
        width = "-".join(map(digits, self.rather.width))
        return (
            f"by what stands out, {self.found.sure:.2f} of 1; {kind} may be {self.rather.look}, but that shows "
            f"{width} px, {self.rather.sure:.2f}"
        )

    def warning(self, kind: str) -> str:
        """What to do about it. kind: the name of the template."""
        width = "-".join(map(digits, self.rather.width))
        return (
            f"without --like, {self.words} stand out more ({self.found.sure:.2f} of 1) than the {self.rather.look} "
            f"ones of {width} px that {kind} means ({self.rather.sure:.2f}): leave --like out if those are yours, else "
            "give --width"
        )


def other_than(found: Guess | None, ways: Ways) -> Other | None:
    """What stands out at least as clearly as what a template's look shows, if its width is another one.

    Args:
        found: what the look of the template shows; None if nothing.
        ways: all that is seen.
    """
    free = best_of(ways)
    if found is None or free is None or free.look == found.look or free.sure < max(found.sure, _BELIEVED):
        return None
    ratio = sqrt(free.width[0] * free.width[1] / (found.width[0] * found.width[1]))
    return Other(free, found) if max(ratio, 1 / ratio) >= _OTHER_WIDTH else None
