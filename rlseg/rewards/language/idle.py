"""What a file says without effect: rewards that nobody is paid, rules that no segment is left for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Set
from dataclasses import replace

from rlseg.rewards.classes import ThresholdRule
from rlseg.rewards.edges import DEFAULT_BACKGROUND
from rlseg.rewards.language.document import Node
from rlseg.rewards.language.errors import Problem
from rlseg.rewards.language.findings import Finding
from rlseg.rewards.language.schema import CLASS_KINDS, FOREGROUND
from rlseg.rewards.words import quote

THRESHOLDS = ("over", "under", "outside")
_NEVER_NEGATIVE = ("area", "distance_to_center")
# what only the rule `near` asks for -> what stands for nothing
_OF_NEAR: dict[str, int | None] = {"background_class": None, "missed": 0}

Needs = Mapping[str, Set[str]]


def find_idle(root: Node, needs: Needs) -> Iterator[Finding]:
    """What changes no reward of any image.

    Args:
        root: the file, merged with what it extends.
        needs: class -> the classes whose scores its terms ask for.
    """
    yield from _rewards(root, needs)
    edges = _mapping(root, "edges")
    for key, nothing in _OF_NEAR.items():
        given = edges.get(key)
        if given is not None and given.value not in (None, nothing) and not _is_near(edges):
            message = f"edges.{key} does nothing: only 'background: near' asks for it"
            said = "null" if nothing is None else f"{nothing}"
            hint = f"add 'background: near', or leave it out ({said}, if it is inherited)"
            yield Finding(Problem("no-effect", message, given.key, hint=hint), ("edges",), ("background",))
    yield from _rules(root)


def without_idle(root: Node, needs: Needs) -> Node:
    """A file that an earlier version wrote, without what has no effect: it is paid the same.

    Args:
        root: the file, which is right but for that.
        needs: class -> the classes whose scores its terms ask for.
    """
    rewards = dict(_mapping(root, "rewards"))
    rewards |= {name: replace(rewards[name], value=0.0, text="0.0") for name in _unpaid(root, needs) if name in rewards}
    changed = {"rewards": replace(root.children["rewards"], value=rewards)} if rewards else {}
    edges = _mapping(root, "edges")
    if edges.keys() & _OF_NEAR.keys() and not _is_near(edges):
        kept = {name: node for name, node in edges.items() if name not in _OF_NEAR}
        changed["edges"] = replace(root.children["edges"], value=kept)
    return replace(root, value={**root.children, **changed})


def _rewards(root: Node, needs: Needs) -> Iterator[Finding]:
    rewards, rule = _mapping(root, "rewards"), _mapping(root, "edges").get("background")
    for name in _unpaid(root, needs):
        reward = rewards.get(name)
        # every class must be in the file with something: 0 stands for nothing
        if reward is None or rule is None or reward.value in (0, None):
            continue
        terms = reward.children.get("terms")
        listed = ", ".join(quote(term) for term in terms.children) if terms is not None else ""
        message = f"rewards.{name}: no edge is paid {f'what {listed} score' if listed else 'this'}"
        hint = f"write {name}: 0.0; or say edges.background 'own' or edges.cut 'mean' or 'max', which use it"
        other = ("with cut: foreground, it has no use under this rule", rule.place)
        yield Finding(Problem("no-effect", message, reward.key, hint=hint, other=other), ("rewards", name))


def _unpaid(root: Node, needs: Needs) -> tuple[str, ...]:
    """The classes whose score reaches no edge, neither by itself nor through the terms of other classes."""
    edges, classes = _mapping(root, "edges"), _mapping(root, "classes")
    if (_word(edges, "background", "own"), _word(edges, "cut", "foreground")) != ("near", "foreground"):
        return ()
    given = edges.get("background_class")
    names: list[object] = [DEFAULT_BACKGROUND]
    if given is not None and given.value is not None:
        names = [item.value for item in (given.value if isinstance(given.value, list) else [given])]
    unpaid = {name for name in classes if name in names and name != FOREGROUND}
    asking = [name for name in _mapping(root, "rewards") if name not in unpaid]
    while asking:
        for name in needs.get(asking.pop(), ()):
            if name in unpaid:
                unpaid.remove(name)
                asking.append(name)
    return tuple(name for name in classes if name in unpaid)


def _rules(root: Node) -> Iterator[Finding]:
    """Rules on one number of which those before take every value, and a foreground that they leave none."""
    left: dict[tuple[object, ...], tuple[float, float]] = {}
    last = None
    for name, rule in _mapping(root, "classes").items():
        if name == FOREGROUND:  # has no rule, which is reported already
            continue
        if last is not None:
            yield _nothing_left(f"classes.{name}", rule, last)
            continue
        limits = _limits(rule)
        if limits is None:
            continue
        measure, low, high = limits
        before = left.get(measure, (0.0 if measure[0] in _NEVER_NEGATIVE else -math.inf, math.inf))
        if low <= before[0] and high >= before[1]:
            yield _nothing_left(f"classes.{name}", rule, None)
        left[measure] = max(low, before[0]), min(high, before[1])
        if left[measure][0] > left[measure][1]:
            last = rule
    foreground = _mapping(root, "rewards").get(FOREGROUND)
    if last is not None and foreground is not None:
        yield _nothing_left(f"rewards.{FOREGROUND}", foreground, last)


def _limits(rule: Node) -> tuple[tuple[object, ...], float, float] | None:
    """What a rule measures, and that it takes what is below the one or above the other number; None if unknown."""
    kind = rule.children.get("kind")
    model = CLASS_KINDS.get(str(kind.value)) if kind is not None else None
    if model is None or not issubclass(model, ThresholdRule):
        return None
    given = {key: rule.children[key].plain() for key in THRESHOLDS if key in rule.children}
    fields = {key: field.default for key, field in model.model_fields.items() if key not in THRESHOLDS}
    told = {key: node.plain() for key, node in rule.children.items()}
    measure = (told["kind"], *(repr(told.get(key, default)) for key, default in fields.items()))
    low, high = -math.inf, math.inf
    try:
        if "outside" in given:
            low, high = (float(end) for end in given["outside"])
        else:
            low, high = float(given.get("under", low)), float(given.get("over", high))
    except (TypeError, ValueError):  # no numbers, which is reported already
        return None
    return (measure, low, high) if len(given) == 1 and low <= high else None


def _nothing_left(place: str, node: Node, last: Node | None) -> Finding:
    message = f"{place}: no segment is left for it, the rules before take all that it could be"
    other = None if last is None or last.key is None else ("with this rule, every segment has a class", last.key)
    hint = "change the numbers, or the order of the classes; or leave it out" if last is None else None
    return Finding(Problem("no-effect", message, node.key, hint=hint, other=other))


def _mapping(root: Node, name: str) -> Mapping[str, Node]:
    return root.children[name].children if name in root.children else {}


def _word(mapping: Mapping[str, Node], key: str, default: str) -> object:
    return mapping[key].value if key in mapping else default


def _is_near(edges: Mapping[str, Node]) -> bool:
    return _word(edges, "background", "own") != "own"
