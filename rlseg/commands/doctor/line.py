"""One line of what `rlseg doctor` prints."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH = 18


@dataclass(frozen=True)
class Line:
    """What was looked at and what was found.

    Attributes:
        name: of what was looked at.
        text: what was found, and what to do about it if it is a problem.
        problem: whether rlseg does not work because of it.
    """

    name: str
    text: str
    problem: bool = False

    def __str__(self) -> str:
        return f"{self.name:{WIDTH}} {'PROBLEM: ' if self.problem else ''}{self.text}"
