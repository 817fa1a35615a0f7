"""Configuration files as people write them, for the parser of the command line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from jsonargparse import get_loader, set_loader

from rlseg.commands.choices import without, without_choices
from rlseg.errors import RlsegError
from rlseg.rewards.language import MOST_BYTES, Node, read_document, too_large

_load_yaml = get_loader("yaml")
WHAT = "configuration"


class ConfigurationReader:
    """Reads the YAML of configurations, and knows where their keys stand.

    What reward files may not hold (aliases, tags, numbers that are not finite, more than a megabyte, many levels) is
    refused here as well. Settings that are one of several kinds are left out: see `choices`.

    Args:
        files: the configuration files of a command line.

    Raises:
        RlsegError: a file is too large, or no text.
    """

    def __init__(self, files: Iterable[str]) -> None:
        self._names: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self._trees: list[Node] = []
        self._left_out: str | None = None
        for name in files:
            if Path(name).is_file():
                text = self._texts[name] = _text_of(Path(name))
                self._names[text] = name

    def serve(self) -> None:
        """From now on the parser reads through this reader."""
        set_loader("yaml", self.read, (yaml.YAMLError,))

    def read(self, text: str) -> Any:
        """What a text says, as plain data.

        Raises:
            YAMLError: it is no YAML, or not such as a configuration may hold; the first problem, with its place.
        """
        if all(line.strip() == "" or line.lstrip().startswith("#") for line in text.splitlines()):
            return _load_yaml(text)
        tree, problems = read_document(text, self._names.get(text, WHAT), what=WHAT)
        if problems:
            first = problems[0]
            raise yaml.YAMLError(f"{first.span or first.file}: {first.message}")
        if tree is not None and text in self._names:
            self._trees.append(tree)
        content = _load_yaml(text)
        if text not in self._names:
            return content
        _refuse_unnamed(content, tree)
        content = without_choices(content)
        return content if self._left_out is None else without(content, [self._left_out])

    @contextmanager
    def leaving_out(self, section: str) -> Iterator[None]:
        """Read the files, for a while, as if this section did not stand in them."""
        self._left_out = section
        try:
            yield
        finally:
            self._left_out = None

    def contents(self) -> dict[str, Any]:
        """What the files say, by their names; None for one that is no YAML, of which `read` tells."""
        found: dict[str, Any] = {}
        for name, text in self._texts.items():
            try:
                self.read(text)
                found[name] = _load_yaml(text)
            except yaml.YAMLError:
                found[name] = None
        return found

    def place(self, key: str, value: str | None = None) -> str | None:
        """Where a setting stands.

        Args:
            key: like model.actor.width.
            value: what must stand there, or in it; anything if None.

        Returns:
            File, line and column of the last file that has it, or None.
        """
        for tree in reversed(self._trees):
            node: Node | None = tree
            for part in key.split("."):
                node = None if node is None else node.children.get(part)
            if node is not None and (value is None or value in _scalars(node)):
                return str(node.key)
        return None


def _refuse_unnamed(content: Any, tree: Node | None) -> None:
    """Settings have names: YAML takes `on` for true and `1` for a number, which the parser would not say where."""
    if tree is None or not isinstance(content, dict):
        return
    for (key, value), (written, node) in zip(content.items(), tree.children.items(), strict=True):
        if not isinstance(key, str):
            raise yaml.YAMLError(f"{node.key}: {written} is no name of a setting: to YAML it is {key!r}")
        _refuse_unnamed(value, node)


def _scalars(node: Node) -> Iterator[str]:
    parts = node.value if isinstance(node.value, list) else node.children.values()
    for part in parts:
        yield from _scalars(part)
    yield node.text


def _text_of(path: Path) -> str:
    if path.stat().st_size > MOST_BYTES:
        raise RlsegError(f"{path}: {too_large(str(path), WHAT).message}")
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RlsegError(f"{path}: cannot be read as UTF-8 text ({type(error).__name__})") from error
