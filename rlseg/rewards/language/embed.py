"""Files that a reward file names beside itself: their content takes the place of the name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from rlseg.arrays import Bools, np
from rlseg.rewards.group import TERM_KINDS
from rlseg.rewards.language.document import MOST_BYTES, Node
from rlseg.rewards.language.errors import Problem
from rlseg.rewards.language.findings import show_path
from rlseg.rewards.model import MaskPicture
from rlseg.rewards.words import nearest, quote

LARGEST_SIDE = 256


def embed_masks(root: Node, files: Sequence[Path]) -> tuple[Node, list[Problem]]:
    """Read the mask pictures that terms name, so that the reward needs no other file from here on.

    Args:
        root: the tree of a reward file, merged with what it extends.
        files: the reward file and those it extends, in the order of `Source.order`; none for text without a file.

    Returns:
        The tree with rows of "." and "#" in place of the names, and what is wrong with the pictures.
    """
    problems: list[Problem] = []
    for path, node in list(_pictures(root)):
        order = node.span.source.order
        found = _read(node, path, files[order].parent if order < len(files) else None)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            rows = [Node(row, node.span, None, row) for row in found]
            root = _replaced(root, path, Node(rows, node.span, node.key))
    return root, problems


def similar_file(path: Path, given: str, endings: tuple[str, ...]) -> str | None:
    """A file beside the one that is missing, named as the user named it."""
    try:
        names = [other.name for other in path.parent.iterdir() if other.suffix in endings]
    except (OSError, ValueError):
        return None
    found = nearest(path.name, names)
    return None if found is None or found == path.name else given[: len(given) - len(path.name)] + found


def _pictures(root: Node) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Path and node of every text that stands for a mask."""
    rewards = root.children.get("rewards")
    for class_name, reward in (rewards.children if rewards is not None else {}).items():
        terms = reward.children.get("terms")
        for name, term in (terms.children if terms is not None else {}).items():
            kind = term.children.get("kind")
            model = TERM_KINDS.get(str(kind.value)) if kind is not None else None
            for field, info in (model.model_fields if model is not None else {}).items():
                node = term.children.get(field)
                marked = any(isinstance(mark, MaskPicture) for mark in info.metadata)
                if marked and node is not None and isinstance(node.value, str):
                    yield ("rewards", class_name, "terms", name, field), node


def _replaced(root: Node, path: tuple[str, ...], new: Node) -> Node:
    if not path:
        return new
    children = dict(root.children)
    children[path[0]] = _replaced(children[path[0]], path[1:], new)
    return replace(root, value=children)


def _read(node: Node, path: tuple[str, ...], folder: Path | None) -> list[str] | Problem:
    given, where = str(node.value), show_path(path)
    if not given.endswith(".png"):
        message = f"{where}: must name a .png file or be a list of rows, got {quote(given)}"
        return Problem("bad-value", message, node.place)
    if folder is None:
        return Problem("file-not-found", f"{where}: only a file can name another, this is text", node.place)
    file = folder / given
    try:
        if not file.is_file():
            similar = similar_file(file, given, (".png",))
            message = f"{where}: cannot find {quote(given)}, relative to this file"
            return Problem("file-not-found", message, node.place, suggestion=similar)
        if file.stat().st_size > MOST_BYTES:
            message = f"{where}: {quote(given)} is larger than {MOST_BYTES // 1_000_000} MB"
            return Problem("bad-value", message, node.place)
        mask = _decode(file)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no whole PNG file"
        return Problem("file-not-found", f"{where}: cannot read {quote(given)} ({reason})", node.place)
    wrong = _fault(mask)
    if wrong is not None:
        return Problem("bad-value", f"{where}: {quote(given)} {wrong}", node.place)
    assert mask is not None
    rows, columns = np.nonzero(mask)
    box = mask[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    return ["".join("#" if pixel else "." for pixel in row) for row in box]


def _fault(mask: Bools | None) -> str | None:
    if mask is None:
        return "is a colour picture, the template must be black and white or gray"
    rows, columns = np.nonzero(mask)
    if not len(rows):
        return "holds no object, all of it is 0"
    height, width = int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1
    if max(height, width) > LARGEST_SIDE:
        return f"holds an object of {height} x {width} px, at most {LARGEST_SIDE} x {LARGEST_SIDE} can be used"
    return None


def _decode(file: Path) -> Bools | None:
    """(H, W) True where a gray picture is not 0; None for a colour picture.

    Raises:
        OSError, ValueError: this is no PNG file, or a damaged one.
    """
    import warnings

    from PIL import Image, UnidentifiedImageError  # only where a file needs it: checking must start at once

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(file, formats=("PNG",)) as picture:
                return np.asarray(picture) != 0 if picture.mode in ("1", "L", "P", "I", "I;16") else None
    except (UnidentifiedImageError, Image.DecompressionBombError, Warning, SyntaxError) as error:
        raise ValueError(str(error)) from error
