"""YAML text to a tree in which every key and value knows its place."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from rlseg.rewards.language.errors import Problem, Source, Span
from rlseg.rewards.language.scalars import Scalar, read_scalar
from rlseg.rewards.language.yaml_errors import explain_yaml_error
from rlseg.rewards.words import quote

MOST_BYTES = 1_000_000
MOST_VALUES = 5_000
DEEPEST = 50

_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


@dataclass(frozen=True, eq=False)
class Node:
    """A value of the file.

    Attributes:
        value: a scalar, a mapping of nodes or a list of nodes.
        span: where the value stands.
        key: where its key stands; None in lists and at the top.
        text: a scalar as written, without quotes.
    """

    value: Scalar | dict[str, Node] | list[Node]
    span: Span
    key: Span | None = None
    text: str = ""

    @property
    def children(self) -> dict[str, Node]:
        """The entries of a mapping; none for scalars and lists."""
        return self.value if isinstance(self.value, dict) else {}

    def plain(self) -> Any:
        """The value as plain data."""
        if isinstance(self.value, dict):
            return {name: child.plain() for name, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value

    @property
    def place(self) -> Span:
        """Where to point for this value: at its key if the value is empty."""
        return self.key if self.key is not None and self.span.end <= self.span.column else self.span


class _StopReadingError(Exception):
    pass


def read_document(text: str, name: str, order: int = 0, what: str = "reward file") -> tuple[Node | None, list[Problem]]:
    """Read one YAML document without building anything but mappings, lists and scalars.

    Anchors, aliases, tags, merge keys and further documents are problems, and so are duplicate keys and
    numbers that are not finite. Nothing is expanded and reading stops at `DEEPEST` levels and `MOST_VALUES`
    values, so hostile files cost no more than honest ones.

    Args:
        text: the file.
        name: the name to show.
        order: 0 for the file itself, 1 for its parent, and so on.
        what: it should be, for the messages.

    Returns:
        The tree, or None if the text is no YAML; and the problems found.
    """
    source = Source(name, tuple(_LINE_BREAK.split(text)), order)
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        return None, [too_large(name, what)]
    reader = _Reader(source, what)
    try:
        return reader.read(text), reader.problems
    except _StopReadingError:
        return None, reader.problems
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # the last two: escapes beyond Unicode
        return None, [*reader.problems, explain_yaml_error(error, source, reader.mark())]


def too_large(name: str, what: str = "reward file") -> Problem:
    """The problem of a file that cannot be what it should be."""
    return Problem("yaml-syntax", f"larger than {MOST_BYTES // 1_000_000} MB, this is no {what}", file=name)


@dataclass
class _Reader:
    source: Source
    what: str
    problems: list[Problem] = field(default_factory=list)
    events: Any = None
    count: int = 0

    def mark(self) -> Any:
        return None if self.events is None else self.events.get_mark()

    def read(self, text: str) -> Node | None:
        self.events = yaml.SafeLoader(text)
        self.events.get_event()  # start of the stream
        if self.events.check_event(yaml.StreamEndEvent):
            self._report("yaml-syntax", f"the {self.what} is empty", self.span(self.events.get_event()))
            return None
        self.events.get_event()  # start of the document
        root = self.node(1)
        self.events.get_event()  # end of the document
        if not self.events.check_event(yaml.StreamEndEvent):
            second = self.span(self.events.get_event())
            self._report("yaml-syntax", f"a {self.what} is one document, '---' starts another", second)
        return root

    def node(self, depth: int, key: Span | None = None) -> Node:
        event = self.events.get_event()
        span = self.span(event)
        self.count += 1
        if depth > DEEPEST:
            self._stop(f"more than {DEEPEST} levels deep, this is no {self.what}", span)
        if self.count > MOST_VALUES:
            self._stop(f"more than {MOST_VALUES} values, this is no {self.what}", span)
        self._refuse_sharing(event, span)
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(event, span, key, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(event, span, key, depth)
        if isinstance(event, yaml.AliasEvent):
            return Node(None, span, key)
        return self.scalar(event, span, key)

    def mapping(self, event: Any, span: Span, key: Span | None, depth: int) -> Node:
        children: dict[str, Node] = {}
        while not self.events.check_event(yaml.MappingEndEvent):
            name = self.node(depth + 1)
            child = self.node(depth + 1, name.span)
            if isinstance(name.value, dict | list):
                self._report("yaml-syntax", "a key must be a plain name", name.span)
            elif name.text == "<<":
                hint = "use 'extends: ./other.yaml' to build on another file"
                self._report("yaml-syntax", "merge keys (<<) are not part of the language", name.span, hint)
            elif name.text in children:
                first = children[name.text].key
                assert first is not None
                self.problems.append(
                    Problem(
                        "duplicate-key", f"{quote(name.text)} stands here a second time", name.span,
                        other=("the first one is", first),
                    )
                )  # fmt: skip
            else:
                children[name.text] = child
        end = self.events.get_event()
        if event.flow_style or not children:
            return Node(children, self._until(span, end), key)
        first_child = next(iter(children.values()))
        assert first_child.key is not None
        on_line = first_child.span.line == span.line
        last = max(first_child.key.end, first_child.span.end if on_line else 0)
        return Node(children, Span(self.source, span.line, span.column, last), key)

    def sequence(self, event: Any, span: Span, key: Span | None, depth: int) -> Node:
        items: list[Node] = []
        while not self.events.check_event(yaml.SequenceEndEvent):
            items.append(self.node(depth + 1))
        end = self.events.get_event()
        return Node(items, self._until(span, end) if event.flow_style else span, key)

    def scalar(self, event: Any, span: Span, key: Span | None) -> Node:
        text = event.value
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            self._report("yaml-syntax", "this text holds half a character (a lone surrogate)", span)
        value = read_scalar(text) if event.style is None else text
        if isinstance(value, float) and not math.isfinite(value):
            self._report("bad-value", f"{quote(text)} is not a number that can be used here", span)
        return Node(value, span, key, text)

    def span(self, event: Any) -> Span:
        start = event.start_mark
        return self._until(Span(self.source, start.line, start.column, start.column), event)

    def _until(self, span: Span, event: Any) -> Span:
        end = event.end_mark
        last = end.column if end.line == span.line else len(self._line(span.line))
        return Span(self.source, span.line, span.column, last)

    def _line(self, number: int) -> str:
        return self.source.lines[number].rstrip() if number < len(self.source.lines) else ""

    def _refuse_sharing(self, event: Any, span: Span) -> None:
        if event.anchor is not None:
            what = "aliases (*name)" if isinstance(event, yaml.AliasEvent) else "anchors (&name)"
            self._report_once(f"{what} are not part of the language", span, "write the value out")
        if getattr(event, "tag", None) is not None:
            self._report_once("tags (!name) are not part of the language", span, "write the plain value")

    def _report_once(self, message: str, span: Span, hint: str) -> None:
        if not any(found.message == message for found in self.problems):
            self._report("yaml-syntax", message, span, hint)

    def _report(self, code: str, message: str, span: Span, hint: str | None = None) -> None:
        self.problems.append(Problem(code, message, span, hint=hint))

    def _stop(self, message: str, span: Span) -> None:
        self._report("yaml-syntax", message, span)
        raise _StopReadingError
