"""Reward files from disk or text: read, merged with what they extend, checked."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from rlseg.rewards.language.check import check_tree
from rlseg.rewards.language.document import MOST_BYTES, Node, read_document, too_large
from rlseg.rewards.language.earlier import in_new_words
from rlseg.rewards.language.embed import embed_masks, similar_file
from rlseg.rewards.language.errors import Problem, RewardFileError, Source, Span
from rlseg.rewards.language.findings import describe, without_consequences
from rlseg.rewards.language.merge import find_vain_removals, merge
from rlseg.rewards.language.references import check_effects, check_references, drop_idle
from rlseg.rewards.language.schema import RewardFile
from rlseg.rewards.words import quote

ENDINGS = (".yaml", ".yml")


def load_reward(path: str | os.PathLike[str], name: str | None = None, allow: Iterable[str] = ()) -> RewardFile:
    """Read a reward file and the files it extends.

    Args:
        path: the file.
        name: what to call it in errors; the path if not given.
        allow: packages whose terms a `class_path` in the file may import.

    Returns:
        The checked reward file.

    Raises:
        RewardFileError: it cannot be read or something in it is wrong; all problems at once.
    """
    return load_tree(path, name, allow)[0]


def load_tree(
    path: str | os.PathLike[str], name: str | None = None, allow: Iterable[str] = ()
) -> tuple[RewardFile, Node]:
    """`load_reward`, and the tree it was made of, in which every value knows the file and line it came from.

    Raises:
        RewardFileError: see `load_reward`.
    """
    shown = os.fspath(path) if name is None else name
    text = _read_text(Path(path), shown)
    if isinstance(text, Problem):
        raise RewardFileError(shown, [text])
    return _check(_Link(Path(path), shown, text), tuple(allow))


def parse_reward(text: str, name: str = "reward", allow: Iterable[str] = ()) -> RewardFile:
    """Check a reward that is no file, such as the one stored in a checkpoint; it cannot extend another.

    Args:
        text: YAML.
        name: what to call it in errors.
        allow: packages whose terms a `class_path` in it may import.

    Returns:
        The checked reward file.

    Raises:
        RewardFileError: something in it is wrong; all problems at once.
    """
    return _check(_Link(None, name, text), tuple(allow))[0]


def stored_reward(text: str, name: str = "reward", allow: Iterable[str] = ()) -> RewardFile:
    """A reward that a model was trained with: as `parse_reward`, and an earlier version may have written it.

    What has no effect was not an error then. It is left out, so that a model and the file it was made with, mended
    since, are known to be of one reward.

    Args:
        text: YAML.
        name: what to call it in errors.
        allow: packages whose terms a `class_path` in it may import.

    Raises:
        RewardFileError: see `parse_reward`.
    """
    return _check(_Link(None, name, text), tuple(allow), stored=True)[0]


@dataclass(frozen=True)
class _Link:
    """One file of a chain of `extends`; the path is None for text without a file."""

    path: Path | None
    name: str
    text: str


def _check(first: _Link, allow: tuple[str, ...], stored: bool = False) -> tuple[RewardFile, Node]:
    trees, files, problems, complete = _read_chain(first)
    if not complete or any(found.code == "yaml-syntax" for found in problems):
        raise RewardFileError(first.name, problems)
    root, inherited = trees[-1], None
    for child in reversed(trees[:-1]):
        problems += find_vain_removals(root, child)
        root, inherited = merge(root, child), root
    if stored:
        root = drop_idle(root, allow)
    root, unread = embed_masks(root, files)
    problems += unread
    reward, findings = check_tree(RewardFile, root, inherited, allow)
    effects = () if stored else check_effects(root, allow)
    known = {found.span for found in problems}
    found_later = without_consequences([*findings, *check_references(root, allow), *effects])
    problems += [found for found in found_later if found.span not in known or found.code != "bad-value"]
    if problems or reward is None:
        raise RewardFileError(first.name, problems)
    return reward, root


def _read_chain(first: _Link) -> tuple[list[Node], list[Path], list[Problem], bool]:
    """The trees and paths of a file and of those it extends, without their `extends`; and whether none is missing."""
    trees: list[Node] = []
    problems: list[Problem] = []
    seen: list[Path] = []
    link: _Link | None = first
    while link is not None:
        tree, found = read_document(link.text.removeprefix("\ufeff"), link.name, len(trees))
        problems += found
        if tree is None:
            return trees, seen, problems, False
        if not isinstance(tree.value, dict):
            message = f"a reward file is a mapping 'key: value', not {describe(tree)}"
            problems.append(Problem("yaml-syntax", message, tree.span))
            return trees, seen, problems, False
        if link.path is not None:
            seen.append(link.path.resolve())
        entries = dict(tree.value)
        extends = entries.pop("extends", None)
        problems += _check_version(tree, has_parent=extends is not None, is_parent=bool(trees))
        trees.append(in_new_words(replace(tree, value=entries)))
        following = None if extends is None else _follow(extends, link, seen)
        if isinstance(following, Problem):
            problems.append(following)
            return trees, seen, problems, False
        link = following
    return trees, seen, problems, True


def _check_version(tree: Node, has_parent: bool, is_parent: bool) -> list[Problem]:
    """Each file of a chain says its version; merging would hide that one does not."""
    version = tree.children.get("version")
    if version is None and (has_parent or is_parent):
        hint = "add for example: version: 1"
        return [Problem("missing-key", "'version' is required in the reward file", tree.place, hint=hint)]
    if version is not None and is_parent and version.value != 1:
        return [Problem("bad-value", f"version: must be 1, got {describe(version)}", version.place)]
    return []


def _follow(extends: Node, link: _Link, seen: list[Path]) -> _Link | Problem:
    """The file that `extends` names."""
    given = extends.value
    if not isinstance(given, str) or not given.endswith(ENDINGS):
        message = f"extends: must name one .yaml file, got {describe(extends)}"
        return Problem("bad-value", message, extends.place)
    if link.path is None:
        return Problem("file-not-found", "extends: only a file can extend another, this is text", extends.place)
    path = link.path.parent / given
    name = os.path.normpath(os.path.join(os.path.dirname(link.name), given))
    text = _read_text(path, name)
    if isinstance(text, Problem):
        if text.code != "file-not-found":
            return text
        message = f"cannot find {quote(given)}, relative to this file"
        return Problem("file-not-found", message, extends.place, suggestion=similar_file(path, given, ENDINGS))
    if path.resolve() in seen:
        return Problem("extends-cycle", f"{quote(given)} extends this file in turn", extends.place)
    return _Link(path, name, text)


def _read_text(path: Path, name: str) -> str | Problem:
    try:
        if not path.is_file():
            what = "is a folder, not a reward file" if path.is_dir() else "cannot find this file"
            return Problem("file-not-found", what, file=name, suggestion=similar_file(path, name, ENDINGS))
        if path.stat().st_size > MOST_BYTES:
            return too_large(name)
        raw = path.read_bytes()
    except OSError as error:
        return Problem("file-not-found", f"cannot read this file ({error.strerror})", file=name)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8").split("\n")
        lines = tuple(raw.decode("utf-8", "replace").split("\n"))
        span = Span(Source(name, lines), len(before) - 1, len(before[-1]), len(before[-1]) + 1)
        return Problem("yaml-syntax", "this is no UTF-8 text", span)
