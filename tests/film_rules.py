"""Rules that link objects of films, as text and parsed."""

from __future__ import annotations

from rlseg.rewards.language import RewardFile, parse_reward

HEAD = """\
version: 1
name: film
units: {length: px}
rewards: {foreground: 1.0}
"""
MOVED = "moved: {kind: moved, expected: [0, 2], scale: 2}"
AREA = "grown: {kind: change, property: area, expected: [0.8, 1.25], scale: 0.25}"
DIVISION = """\
  division:
    terms:
      conserved: {kind: change, property: area, expected: [0.8, 1.25], scale: 0.2}
      halves: {kind: alike, property: area, expected: 0.8, scale: 0.2, side: below}
"""


def rules_text(*lines: str, reach: float = 8, division: bool = False, head: str = HEAD) -> str:
    """A reward file with a section tracks. lines: further keys of it."""
    keys = "".join(f"  {line}\n" for line in (f"reach: {reach}", *lines))
    return f"{head}tracks:\n{keys}  terms:\n    {MOVED}\n    {AREA}\n{DIVISION if division else ''}"


def film_rules(*lines: str, reach: float = 8, division: bool = False, head: str = HEAD) -> RewardFile:
    """The same, checked."""
    return parse_reward(rules_text(*lines, reach=reach, division=division, head=head))
