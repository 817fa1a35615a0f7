"""Priors that ask of a descriptor what no object has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rlseg.arrays import np
from rlseg.rewards.group import Group
from rlseg.rewards.language import Path, RewardFile
from rlseg.rewards.terms import DescriptorTerm

LARGEST = {
    "border_share": 1.0,
    "circularity": 1.0,
    "eccentricity": 1.0,
    "ellipse_fill": 1.0,
    "extent": 1.0,
    "solidity": 1.0,
    "stability": 1.0,
}
"""The largest value that an object can have; an ellipse fills itself, every other shape less."""
LARGEST_OF_VOLUMES = {"elongation": 1.0, "flatness": 1.0, "sphericity": 1.0}
"""The same of what volumes alone have."""
_LARGEST = LARGEST | LARGEST_OF_VOLUMES


@dataclass(frozen=True)
class Unreachable:
    """A prior whose expected value is beyond the largest that there is.

    Attributes:
        path: of the prior in the file.
        text: the prior in words.
        descriptor: its name.
        best: the score of an object with the largest value.
    """

    path: Path
    text: str
    descriptor: str
    best: float

    @property
    def message(self) -> str:
        """One sentence."""
        return (
            f"{self.text} asks for more than there is: {self.descriptor} is at most {_LARGEST[self.descriptor]:g}, "
            f"so no object scores more than {self.best:.2g}"
        )


def find_unreachable(file: RewardFile) -> Iterator[Unreachable]:
    """The descriptors of which a file expects more than any object has.

    Args:
        file: the checked file.
    """
    for class_name, reward in file.rewards.items():
        for name, term in reward.terms.items() if isinstance(reward, Group) else ():
            if not isinstance(term, DescriptorTerm) or term.side == "above" or term.property not in _LARGEST:
                continue
            low, largest = term.interval[0], _LARGEST[term.property]
            if low > largest:
                best = float(term.closeness(np.array([largest]))[0])
                text = f"{name} ({term.property} {low:.4g})"
                yield Unreachable(("rewards", class_name, "terms", name), text, term.property, best)
