"""The numbers of a reward file that can be moved: which there are, and the text with others in their places."""

from __future__ import annotations

from dataclasses import dataclass

from rlseg.errors import RlsegError
from rlseg.rewards import Channel, Group, unit_of
from rlseg.rewards.classes import ThresholdRule
from rlseg.rewards.language import Node, RewardFile, read_document
from rlseg.rewards.terms import DescriptorTerm, TargetTerm

DIGITS = 4
"""Of the numbers that are written."""


@dataclass(frozen=True)
class Number:
    """What a term expects, or where a class begins.

    Attributes:
        place: keys that lead to the term or the class rule in the file.
        low, high: what is expected lies between them; None for an end that does not count. Of a class rule that takes
            what is under `low` or over `high`.
        scale: the distance that is clearly worse; None where there is none.
        about: descriptor and channel that it is of; None if it is about none.
        unit: of the numbers, like px; "" if they have none.
    """

    place: tuple[str, ...]
    low: float | None
    high: float | None
    scale: float | None
    about: tuple[str, Channel] | None
    unit: str

    @property
    def name(self) -> str:
        """Of the term or class."""
        return self.place[-1]


def numbers_of(file: RewardFile) -> tuple[Number, ...]:
    """All terms that expect a number, then the class rules that have limits, in the order of the file."""
    terms = [
        _of_term(("rewards", name, "terms", key), term, file)
        for name, group in file.rewards.items()
        if isinstance(group, Group)
        for key, term in group.terms.items()
        if isinstance(term, TargetTerm)
    ]
    rules = [
        _of_rule(("classes", name), rule, file)
        for name, rule in file.classes.items()
        if isinstance(rule, ThresholdRule)
    ]
    return (*terms, *rules)


def rewritten(text: str, place: tuple[str, ...], low: float | None, high: float | None, scale: float | None) -> str:
    """A reward file with other numbers at one place; everything else, comments too, stays as it is.

    Args:
        text: the file.
        place, low, high, scale: see `Number`; None leaves what is there.

    Raises:
        RlsegError: the place is not in this text; it comes from a file that this one extends.
    """
    tree, problems = read_document(text, "reward")
    node = tree
    for key in place:
        node = None if node is None else node.children.get(key)
    if node is None or problems:
        raise RlsegError(
            f"{'.'.join(place)} does not stand in the reward file itself", "open the resolved file instead"
        )
    edits = _edits(node, low, high)
    if scale is not None and "scale" in node.children:
        edits.append((node.children["scale"], written(scale)))
    lines = text.splitlines(keepends=True)
    # from the end, so that earlier places stay where they are
    for old, new in sorted(edits, key=lambda edit: (edit[0].span.line, edit[0].span.column), reverse=True):
        line = lines[old.span.line]
        lines[old.span.line] = line[: old.span.column] + new + line[old.span.end :]
    return "".join(lines)


def written(value: float) -> str:
    """A number as YAML, with few digits and no exponent."""
    text = f"{float(f'{value:.{DIGITS}g}'):.10f}".rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text


def _edits(node: Node, low: float | None, high: float | None) -> list[tuple[Node, str]]:
    known = node.children
    if "expected" not in known and "outside" not in known:  # a class rule with one limit
        limits = (("over", high), ("under", low))
        return [(known[key], written(value)) for key, value in limits if key in known and value is not None]
    target = known["expected" if "expected" in known else "outside"]
    if isinstance(target.value, list):
        return [
            (old, written(value)) for old, value in zip(target.value, (low, high), strict=True) if value is not None
        ]
    ends = sorted({value for value in (low, high) if value is not None})
    new = written(ends[0]) if len(ends) == 1 else f"[{written(ends[0])}, {written(ends[1])}]"
    return [(target, new)]


def _of_term(place: tuple[str, ...], term: TargetTerm, file: RewardFile) -> Number:
    low, high = term.interval
    about = (term.property, term.channel) if isinstance(term, DescriptorTerm) else None
    ends = (None if term.side == "above" else low, None if term.side == "below" else high)
    return Number(place, *ends, term.scale, about, _unit(about, file))


def _of_rule(place: tuple[str, ...], rule: ThresholdRule, file: RewardFile) -> Number:
    low, high = (rule.under, rule.over) if rule.outside is None else rule.outside
    name = getattr(rule, "property", "area" if rule.kind == "area" else None)
    about = None if name is None else (name, getattr(rule, "channel", 0))
    return Number(place, low, high, None, about, _unit(about, file))


def _unit(about: tuple[str, Channel] | None, file: RewardFile) -> str:
    kind = "" if about is None else unit_of(about[0])
    return {"px": file.units.length, "px2": f"{file.units.length}²", "deg": "°"}.get(kind, "")
