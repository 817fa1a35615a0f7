"""Checks that need more than one place of the file: names that refer to classes, units that terms rely on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from pydantic import BaseModel
from pydantic_core import PydanticCustomError

from rlseg.rewards.edge_terms import EDGE_KEYS
from rlseg.rewards.edges import DEFAULT_BACKGROUND, EdgeRules
from rlseg.rewards.group import TERM_KINDS
from rlseg.rewards.language.document import Node
from rlseg.rewards.language.errors import Problem
from rlseg.rewards.language.findings import Finding, Path, show_path
from rlseg.rewards.language.idle import find_idle, without_idle
from rlseg.rewards.language.places import check_geometry
from rlseg.rewards.language.schema import CLASS_KINDS, FOREGROUND
from rlseg.rewards.language.volumes import check_dimensions
from rlseg.rewards.model import ClassReference
from rlseg.rewards.own import find_class
from rlseg.rewards.properties import PROPERTIES, PropertyName, unit_of
from rlseg.rewards.terms import TermReference
from rlseg.rewards.words import nearest, quote

_Term = tuple[str, Path, Node, type[BaseModel]]
_EMPTY: dict[str, Node] = {}


def check_references(root: Node, allow: tuple[str, ...] = ()) -> Iterator[Finding]:
    """What does not fit together, also in trees that have other problems.

    Args:
        root: the file, merged with what it extends.
        allow: packages whose terms may be imported.
    """
    terms = list(_terms(root, allow))
    yield from _check_rewards(root)
    yield from _check_terms(root, terms)
    yield from _check_siblings(terms)
    users = [*((path, node, model) for _, path, node, model in terms), *_rules(root)]
    yield from check_dimensions(root, users)
    edges = root.children.get("edges")
    if edges is not None and isinstance(edges.value, dict):
        users.append((("edges",), edges, EdgeRules))
    yield from check_geometry(root, users)
    yield from _check_edges(root)
    yield from _check_edge_units(root)
    yield from _check_cycles(terms)


def check_effects(root: Node, allow: tuple[str, ...] = ()) -> Iterator[Finding]:
    """What has no effect. root, allow: see `check_references`."""
    yield from find_idle(root, _needs(_terms(root, allow)))


def drop_idle(root: Node, allow: tuple[str, ...] = ()) -> Node:
    """The same without what has no effect, which earlier versions took. root, allow: see `check_references`."""
    return without_idle(root, _needs(_terms(root, allow)))


def _needs(terms: Iterable[_Term]) -> dict[str, set[str]]:
    """Class -> the classes whose scores its terms ask for."""
    needs: dict[str, set[str]] = {}
    for class_name, _, node, model in terms:
        asked = (str(value.value) for _, value, mark in _references(node, model) if mark.scored)
        needs.setdefault(class_name, set()).update(asked)
    return needs


def _entries(root: Node, *path: str) -> dict[str, Node]:
    for name in path:
        if name not in root.children:
            return _EMPTY
        root = root.children[name]
    return root.children


def _class_names(root: Node) -> tuple[str, ...]:
    return (*(name for name in _entries(root, "classes") if name != FOREGROUND), FOREGROUND)


def _terms(root: Node, allow: tuple[str, ...]) -> Iterator[_Term]:
    """Class, path, node and type of every term that is known; of own ones, their `init_args`."""
    for class_name in _entries(root, "rewards"):
        for name, node in _entries(root, "rewards", class_name, "terms").items():
            path: Path = ("rewards", class_name, "terms", name)
            kind, own = node.children.get("kind"), node.children.get("class_path")
            if kind is not None and isinstance(kind.value, str) and kind.value in TERM_KINDS:
                yield class_name, path, node, TERM_KINDS[kind.value]
            elif own is not None and kind is None:
                fields = node.children.get("init_args", replace(node, value={}))
                with suppress(PydanticCustomError, TypeError, ValueError):  # what is wrong with it is known already
                    yield class_name, (*path, "init_args"), fields, find_class(str(own.value), allow)


def _rules(root: Node) -> Iterator[tuple[Path, Node, type[BaseModel]]]:
    for name, node in _entries(root, "classes").items():
        kind = node.children.get("kind")
        if kind is not None and isinstance(kind.value, str) and kind.value in CLASS_KINDS:
            yield ("classes", name), node, CLASS_KINDS[kind.value]


def _references(node: Node, model: type[BaseModel]) -> Iterator[tuple[str, Node, ClassReference]]:
    """Field, value and mark of every text that should name a class."""
    for name, field in model.model_fields.items():
        for mark in field.metadata:
            if isinstance(mark, ClassReference) and name in node.children:
                given = node.children[name]
                for value in given.value if isinstance(given.value, list) else [given]:
                    if isinstance(value.value, str):
                        yield name, value, mark


def _check_rewards(root: Node) -> Iterator[Finding]:
    classes, names = _entries(root, "classes"), _class_names(root)
    if FOREGROUND in classes:
        message = f"classes.{FOREGROUND}: {quote(FOREGROUND)} is what no other class takes, it has no rule"
        yield Finding(Problem("bad-value", message, classes[FOREGROUND].key))
    rewards = root.children.get("rewards")
    if rewards is None or not isinstance(rewards.value, dict):
        return
    for name, node in rewards.value.items():
        if name not in names:
            yield Finding(_no_class(f"rewards.{name}", name, names, node, at_key=True), ("rewards",))
    for name in names:
        if name not in rewards.value:
            key = classes[name].key if name in classes else None
            problem = Problem(
                "missing-key", f"{quote(name)} is required in rewards", rewards.place,
                hint=f"add for example: {name}: 0.0" if key else None,
                other=("the class is", key) if key else None,
            )  # fmt: skip
            yield Finding(problem, ("rewards",), (name,))


def _no_class(place: str, name: str, names: tuple[str, ...], node: Node, at_key: bool = False) -> Problem:
    span = node.key if at_key else node.place
    message = f"{place}: {quote(name)} is not a class of this file"
    return Problem("bad-reference", message, span, suggestion=nearest(name, names), word=name, allowed=names)


def _check_terms(root: Node, terms: list[_Term]) -> Iterator[Finding]:
    names = _class_names(root)
    for _, path, node, model in terms:
        for field, value, _ in _references(node, model):
            if isinstance(value.value, str) and value.value not in names:
                yield Finding(_no_class(show_path((*path, field)), value.value, names, value))
    units = root.children.get("units")
    if units is None or not isinstance(units.value, dict) or "intensity" in units.value:
        return
    places = [(path, node, model) for _, path, node, model in terms] + list(_rules(root))
    for path, node, model in places:
        for field, info in model.model_fields.items():
            given = node.children.get(field)
            if given is None or not any(isinstance(mark, PropertyName) for mark in info.metadata):
                continue
            if given.value in PROPERTIES and unit_of(str(given.value)) == "intensity":
                message = f"{show_path((*path, field))}: {quote(str(given.value))} needs units.intensity"
                problem = Problem(
                    "bad-reference", message, given.place,
                    other=("the units are", units.place), hint="add for example: intensity: unit",
                )  # fmt: skip
                yield Finding(problem, ("units",), ("intensity",))


def _check_siblings(terms: list[_Term]) -> Iterator[Finding]:
    for class_name, path, node, model in terms:
        for field, info in model.model_fields.items():
            for mark in info.metadata:
                given = node.children.get(field)
                if not isinstance(mark, TermReference) or given is None or not isinstance(given.value, str):
                    continue
                kinds = {term[1][3]: term[2].children.get("kind") for term in terms if term[0] == class_name}
                known = tuple(str(name) for name, kind in kinds.items() if kind and kind.value in mark.kinds)
                if given.value not in known:
                    asked = f"{' or '.join(mark.kinds)} term of this class"
                    message = f"{show_path((*path, field))}: {quote(given.value)} is no {asked}"
                    suggestion = nearest(given.value, known)
                    yield Finding(
                        Problem(
                            "bad-reference", message, given.place,
                            suggestion=suggestion, word=given.value, allowed=known,
                        )
                    )  # fmt: skip


def _check_edges(root: Node) -> Iterator[Finding]:
    edges = root.children.get("edges")
    if edges is None or not isinstance(edges.value, dict):
        return
    names = _class_names(root)[:-1]
    for field, value, _ in _references(edges, EdgeRules):
        if isinstance(value.value, str) and value.value not in names:
            yield Finding(_no_class(f"edges.{field}", value.value, names, value), ("edges",))
    rule, named = edges.children.get("background"), edges.children.get("background_class")
    if rule is not None and rule.value == "near" and named is None and DEFAULT_BACKGROUND not in names:
        message = "edges.background: 'near' needs a class 'background', or a background_class"
        problem = Problem("bad-reference", message, rule.place, allowed=names)
        yield Finding(problem, ("edges",), ("background_class",))


def _check_edge_units(root: Node) -> Iterator[Finding]:
    units, edges = root.children.get("units"), root.children.get("edges")
    if edges is None or units is None or not isinstance(units.value, dict) or "intensity" in units.value:
        return
    for name in (key.name for key in EDGE_KEYS if key.in_intensity):
        found = edges.children.get(name)
        if found is not None and found.value is not None:
            problem = Problem(
                "bad-reference", f"edges.{name} needs units.intensity", found.key or found.place,
                other=("the units are", units.place), hint="add for example: intensity: unit",
            )  # fmt: skip
            yield Finding(problem, ("units",), ("intensity",))


def _check_cycles(terms: list[_Term]) -> Iterator[Finding]:
    needs: dict[str, dict[str, tuple[Path, Node]]] = {}
    for class_name, path, node, model in terms:
        for field, value, mark in _references(node, model):
            if mark.scored:
                needs.setdefault(class_name, {}).setdefault(str(value.value), ((*path, field), value))
    while True:
        try:
            TopologicalSorter({name: list(wanted) for name, wanted in needs.items()}).prepare()
            return
        except CycleError as error:
            cycle: list[str] = error.args[1][::-1]
            steps = [needs[a][b] for a, b in pairwise(cycle)]
            path, node = steps[-1]
            shown = " needs ".join(quote(name) for name in cycle)
            other = ("it begins", steps[0][1].place) if len(steps) > 1 else None
            message = f"{show_path(path)}: a score that needs itself: {shown}"
            yield Finding(Problem("bad-reference", message, node.place, other=other))
            del needs[cycle[-2]][cycle[-1]]
