"""What the terms of a reward file ask of given objects, beside what these have."""

from __future__ import annotations

from typing import Any

import numpy as np

from rlseg.commands.reward.table import table
from rlseg.environment import Comparison, Outcome
from rlseg.rewards import Group, Measurements, Reward
from rlseg.rewards.language import FOREGROUND
from rlseg.rewards.terms import DescriptorTerm

_SHARES = (0.1, 0.5, 0.9)


def value_lines(reward: Reward, comparison: Comparison, outcome: Outcome) -> list[str]:
    """A line for each property that the foreground asks for: below which value 10, 50 and 90 % of the objects lie.

    Args:
        reward: the rules.
        comparison: what was judged.
        outcome: of that; its first partition is the one that was given.

    Returns:
        The lines, the last of which is empty; none if no object was given or no property is asked for.
    """
    group = reward.file.rewards[FOREGROUND]
    mine = outcome.segments.partition == 0
    objects = mine & (outcome.breakdown.segment_class == outcome.breakdown.class_names.index(FOREGROUND))
    terms = {name: term for name, term in _terms(group).items() if isinstance(term, DescriptorTerm)}
    if not objects.any() or not terms:
        return []
    per_pixel = reward.length_per_pixel(comparison.regions)
    measured = Measurements(outcome.segments, reward.file.units, per_pixel)
    rows = []
    for name, term in terms.items():
        values = np.quantile(measured.value(term.property, term.channel)[objects], _SHARES)
        side = "" if term.side == "both" else f", {term.side} is wrong"
        rows.append((name, term.property, *(f"{value:.3g}" for value in values), f"{_text(term.expected)}{side}"))
    number = int(objects.sum())
    title = f"values of the {number} given object{'' if number == 1 else 's'} in the foreground:"
    header = ("term", "property", *(f"{share:.0%}" for share in _SHARES), "expected")
    return [title, *table(header, rows, right=(2, 3, 4)), ""]


def _terms(group: Any) -> dict[str, Any]:
    return dict(group.terms) if isinstance(group, Group) else {}


def _text(expected: Any) -> str:
    if isinstance(expected, float | int):
        return f"{expected:.3g}"
    return " to ".join(f"{value:.3g}" for value in expected) if isinstance(expected, tuple | list) else str(expected)
