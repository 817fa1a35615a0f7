"""Where things stand in a tree, and problems that know which other problem would explain them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rlseg.rewards.language.document import Node
from rlseg.rewards.language.errors import Problem
from rlseg.rewards.language.fields import is_tag
from rlseg.rewards.words import quote

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Finding:
    """A problem of a mapping.

    Attributes:
        problem: what the user sees.
        mapping: where the mapping is.
        instead: keys of the mapping that would have prevented the problem. If one of them is there but
            misspelt, the misspelling is the problem, and this is only its consequence.
    """

    problem: Problem
    mapping: Path = ()
    instead: tuple[str, ...] = ()


def without_consequences(findings: Iterable[Finding]) -> list[Problem]:
    """The problems that remain when each mistake is shown once."""
    known = list(findings)
    misspelt = {
        (found.mapping, found.problem.suggestion)
        for found in known
        if not found.instead and found.problem.suggestion is not None
    }
    kept = [found for found in known if not any((found.mapping, key) in misspelt for key in found.instead)]
    return list({(p.code, p.message, p.span): p for p in (found.problem for found in kept)}.values())


def locate(root: Node, location: Sequence[int | str]) -> tuple[Node, Path]:
    """The deepest node on the way to a pydantic location that is in the file, and its path."""
    node, path = root, []
    for part in location:
        if is_tag(part):
            continue
        if isinstance(node.value, dict) and part in node.value:
            node = node.value[str(part)]
        elif isinstance(node.value, list) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
        else:
            break
        path.append(part)
    return node, tuple(path)


def show_path(path: Path) -> str:
    """A path as the user would say it: `rewards.foreground.terms.extent`."""
    words = "".join(f", value {part + 1}" if isinstance(part, int) else f".{part}" for part in path)
    return words[1:] if words else "the reward file"


def describe(node: Node) -> str:
    """What stands there, for "got ..."."""
    if isinstance(node.value, dict):
        return "a mapping"
    if isinstance(node.value, list):
        return "a list"
    if isinstance(node.value, str):
        return f"the text {quote(node.value)}" if node.value else "an empty text"
    return "nothing" if node.value is None else node.text
