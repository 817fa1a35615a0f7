"""Problems of a reward file, shown at their place, in the words of the file, all at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from rlseg.errors import RlsegError
from rlseg.rewards.words import list_allowed, printable

MOST_PROBLEMS = 100
WIDEST_LINE = 240


@dataclass(frozen=True, eq=False)
class Source:
    """A file that was read: the name to show and its lines; order 0 for the file itself, 1 for its parent."""

    name: str
    lines: tuple[str, ...] = field(repr=False)
    order: int = 0


@dataclass(frozen=True)
class Span:
    """Where something stands: line and columns from 0, `end` exclusive and on the same line."""

    source: Source
    line: int
    column: int
    end: int

    def __str__(self) -> str:
        return f"{self.source.name}:{self.line + 1}:{self.column + 1}"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        code: stable short name of the kind of problem.
        message: what was given, where in the file's structure.
        span: its place; None if there is no text to point at.
        file: the name to show if there is no place.
        suggestion: the nearest right name.
        word: what was given instead of one of `allowed`.
        allowed: names that would be right.
        topic: the word whose `rlseg reward explain` lists them, "" for the list of all words, or None.
        hint: a line of help.
        other: a second place in conflict with the first, and what stands there.
    """

    code: str
    message: str
    span: Span | None = None
    file: str = ""
    suggestion: str | None = None
    word: str = ""
    allowed: tuple[str, ...] = ()
    topic: str | None = None
    hint: str | None = None
    other: tuple[str, Span] | None = None

    def render(self) -> str:
        """The problem as text: a headline, the line with a caret under the place, and help."""
        place = self.file if self.span is None else str(self.span)
        lines = [f"{place}: {self.message}  [{self.code}]"]
        gutter = " "
        if self.span is not None:
            gutter = " " * len(str(self.span.line + 1))
            lines += self._frame(self.span, gutter)
        elif self.suggestion is not None:
            lines.append(f"{gutter} = did you mean '{self.suggestion}'?")
        if self.other is not None:
            lines.append(f"{gutter} = {self.other[0]} at {self.other[1]}")
        if self.hint is not None:
            lines.append(f"{gutter} = {self.hint}")
        if self.allowed:
            lines.append(f"{gutter} = allowed: {list_allowed(self.word, self.allowed, self.topic)}")
        return "\n".join(lines)

    def _frame(self, span: Span, gutter: str) -> list[str]:
        text = span.source.lines[span.line] if span.line < len(span.source.lines) else ""
        start, end = span.column, max(span.end, span.column + 1)
        first = 0 if len(text) <= WIDEST_LINE else max(0, start - WIDEST_LINE // 3)
        shown = printable(text[first : first + WIDEST_LINE]).rstrip()
        caret = " " * (start - first) + "^" * (min(end, first + WIDEST_LINE) - start)
        if self.suggestion is not None:
            caret += f" did you mean '{self.suggestion}'?"
        return [f"{gutter} |", f"{span.line + 1} | {shown}".rstrip(), f"{gutter} | {caret}"]

    def as_dict(self) -> dict[str, object]:
        """The problem for editors: plain data, lines and columns from 1, `end_column` exclusive."""
        span = self.span
        return {
            "file": self.file if span is None else span.source.name,
            "line": None if span is None else span.line + 1,
            "column": None if span is None else span.column + 1,
            "end_column": None if span is None else span.end + 1,
            "code": self.code,
            "message": self.message,
            "suggestion": self.suggestion,
            "allowed": sorted(self.allowed),
            "hint": self.hint,
        }


class RewardFileError(RlsegError):
    """A reward file cannot be used.

    Args:
        file: name of the file as the user gave it.
        problems: what is wrong, in any order.

    Attributes:
        file: name of the file.
        problems: all problems, in file order, those of the file itself before those of the files it extends.
    """

    def __init__(self, file: str, problems: Iterable[Problem]) -> None:
        self.file = file
        self.problems = tuple(sorted(problems, key=_order))
        reports = [found.render() for found in self.problems[:MOST_PROBLEMS]]
        if len(self.problems) > MOST_PROBLEMS:
            reports.append(f"... and {len(self.problems) - MOST_PROBLEMS} more")
        super().__init__("\n".join([*reports, f"{len(self.problems)} problem(s) in {file}"]))


def _order(found: Problem) -> tuple[int, int, int]:
    if found.span is None:
        return (-1, 0, 0)
    return (found.span.source.order, found.span.line, found.span.column)
