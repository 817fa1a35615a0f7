"""Building one reward file on another: JSON Merge Patch (RFC 7396) on trees that keep their places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rlseg.rewards.language.document import Node
from rlseg.rewards.language.errors import Problem
from rlseg.rewards.words import nearest, quote


def merge(parent: Node, child: Node) -> Node:
    """The parent with the child's changes.

    Mappings merge, everything else replaces, null removes; a mapping whose `kind` differs from the inherited
    one replaces it as a whole, because the keys of one kind mean nothing to another.

    Args:
        parent: the tree to build on, without nulls that remove something.
        child: the changes.

    Returns:
        A new tree; names keep the parent's order, new ones follow.
    """
    if not isinstance(child.value, dict):
        return child
    inherited = {} if _kind_changes(parent, child) else dict(parent.children)
    for name, change in child.value.items():
        if change.value is None:
            inherited.pop(name, None)
        elif name in inherited:
            inherited[name] = merge(inherited[name], change)
        else:
            inherited[name] = merge(replace(change, value={}), change)
    return replace(child, value=inherited)


def find_vain_removals(parent: Node, child: Node, path: str = "") -> Iterator[Problem]:
    """The nulls of the child that remove nothing, which are misspelt names."""
    inherited = {} if _kind_changes(parent, child) else parent.children
    for name, change in child.children.items():
        place = f"{path}.{name}" if path else name
        if change.value is None and name not in inherited:
            yield Problem(
                "bad-reference", f"{place}: there is no inherited {quote(name)} to remove", change.key,
                suggestion=nearest(name, inherited), word=name, allowed=tuple(inherited),
            )  # fmt: skip
        elif name in inherited:
            yield from find_vain_removals(inherited[name], change, place)


def _kind_changes(parent: Node, child: Node) -> bool:
    old, new = _kind(parent), _kind(child)
    return old is not None and new is not None and old != new


def _kind(node: Node) -> tuple[str, object] | None:
    """What tells one kind of term from another: its `kind`, or the `class_path` of an own one."""
    keys = [key for key in ("kind", "class_path") if key in node.children]
    return (keys[0], node.children[keys[0]].value) if keys else None
