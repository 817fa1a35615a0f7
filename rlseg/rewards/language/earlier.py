"""How reward files said things in earlier versions: read as what is said now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rlseg.rewards.language.document import Node

# of terms: what measures how much of a circle is covered was called a Hough transform, which casts votes
EARLIER_KINDS = {"hough_circle": "circle_coverage"}


def in_new_words(root: Node) -> Node:
    """The tree of a reward file with terms by the kinds of today; `Node.text` stays as written."""
    rewards = root.children.get("rewards")
    if rewards is None or next(_kinds(root), None) is None:
        return root
    classes = {}
    for class_name, reward in rewards.children.items():
        terms = reward.children.get("terms")
        if terms is not None:
            renewed = {name: _renewed(term) for name, term in terms.children.items()}
            reward = _with(reward, "terms", replace(terms, value=renewed))
        classes[class_name] = reward
    return _with(root, "rewards", replace(rewards, value=classes))


def earlier_words(root: Node) -> Iterator[tuple[Node, str]]:
    """What the file still says in earlier words: each with what is said now.

    Args:
        root: the tree, before or after `in_new_words`.
    """
    for kind in _kinds(root):
        yield kind, EARLIER_KINDS[kind.text]


def _kinds(root: Node) -> Iterator[Node]:
    """The kinds of terms that are written in an earlier word."""
    rewards = root.children.get("rewards")
    for reward in rewards.children.values() if rewards is not None else ():
        terms = reward.children.get("terms")
        for term in terms.children.values() if terms is not None else ():
            kind = term.children.get("kind")
            if kind is not None and kind.text in EARLIER_KINDS:
                yield kind


def _renewed(term: Node) -> Node:
    kind = term.children.get("kind")
    if kind is None or kind.text not in EARLIER_KINDS:
        return term
    return _with(term, "kind", replace(kind, value=EARLIER_KINDS[kind.text]))


def _with(mapping: Node, key: str, child: Node) -> Node:
    return replace(mapping, value={**mapping.children, key: child})
