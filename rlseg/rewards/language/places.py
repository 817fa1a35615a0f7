"""Whether the `geometry:` block holds what the rest of the file relies on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from rlseg.rewards.geometry import GeometryReference
from rlseg.rewards.language.document import Node
from rlseg.rewards.language.errors import Problem
from rlseg.rewards.language.fields import models_at
from rlseg.rewards.language.findings import Finding, Path, show_path
from rlseg.rewards.words import quote

_EXAMPLES = {"center": "center: image", "ring": "ring: [80, 150]", "border_radius": "border_radius: 170"}


def check_geometry(root: Node, users: Iterable[tuple[Path, Node, type[BaseModel]]]) -> Iterator[Finding]:
    """What the fields marked with `GeometryReference` miss.

    Args:
        root: the file.
        users: path, node and type of the mappings to look at, those inside them included.
    """
    block = root.children.get("geometry")
    given = set() if block is None else {"center", *block.children}  # a block without a centre is a problem of its own
    for path, place, what, mark in _all_uses(users):
        missing = tuple(key for key in mark.keys if key not in given)
        if missing:
            example = ", ".join(_EXAMPLES[key] for key in missing)
            problem = Problem(
                "bad-reference", f"{show_path(path)}: {quote(what)} needs geometry.{missing[0]}", place.place,
                hint="add for example: " + (f"geometry: {{{example}}}" if block is None else example),
                other=None if block is None else ("the geometry is", block.key or block.place),
            )  # fmt: skip
            yield Finding(problem, *(((), ("geometry",)) if block is None else (("geometry",), missing)))


def _all_uses(
    users: Iterable[tuple[Path, Node, type[BaseModel]]],
) -> Iterator[tuple[Path, Node, str, GeometryReference]]:
    """Path, node and word of each value that needs a place, and what it needs."""
    for path, node, model in users:
        for name, field in model.model_fields.items():
            value = node.children.get(name)
            for mark in field.metadata:
                if isinstance(mark, GeometryReference) and _needs(name, value, field, mark):
                    chosen = field.default if value is None else value.value
                    word = chosen if isinstance(chosen, str) else model.__name__ if name == "kind" else name
                    yield path if name == "kind" or value is None else (*path, name), value or node, word, mark
            if value is not None:
                yield from _all_uses(_inner(path, name, value, model))


def _needs(name: str, value: Node | None, field: FieldInfo, mark: GeometryReference) -> bool:
    """Whether a field as it stands in the file, or its default if it does not, needs the geometry."""
    if mark.when is None:
        return value is not None or name == "kind"
    return (field.default if value is None else value.value) in mark.when


def _inner(path: Path, name: str, value: Node, model: type[BaseModel]) -> Iterator[tuple[Path, Node, type[BaseModel]]]:
    """The mappings in a field: the value itself, or the entries of a list."""
    entries: list[tuple[tuple[str | int, ...], Node]] = [((name,), value)]
    if isinstance(value.value, list):
        entries = [((name, i), entry) for i, entry in enumerate(value.value)]
    for place, entry in entries:
        forms = models_at(model, place)
        if forms:
            # of several forms the one that knows most of the keys
            keys = set(entry.children)
            yield (*path, *place), entry, max(forms, key=lambda form: len(keys & form.model_fields.keys()))
