"""The complaints of the YAML parser in the words of someone who wrote the file."""

from __future__ import annotations

from typing import Any

from yaml import MarkedYAMLError
from yaml.reader import ReaderError

from rlseg.rewards.language.errors import Problem, Source, Span

# (part of the parser's text, what it means, whether the fault is where the construct began)
_MEANINGS = (
    ("found character '\\t'", "a tab cannot be used here, only blanks", False),
    (
        "mapping values are not allowed",
        "this ':' cannot stand here, is the line indented like its neighbours?",
        False,
    ),
    ("could not find expected ':'", "a name without ':' after it", True),
    ("expected ',' or '}'", "a '{' is not closed, or a ',' is missing", False),
    ("expected ',' or ']'", "a '[' is not closed, or a ',' is missing", False),
    ("expected <block end>", "this does not fit in here, is it indented like its neighbours?", False),
    ("<document start>", "the file has ended before this, is it indented like its neighbours?", False),
    ("found unexpected end of stream", "a quotation mark is not closed", True),
    ("found unexpected document separator", "a quotation mark is not closed", True),
    ("unknown escape character", "an unknown escape after '\\', use single quotes for plain text", False),
    ("cannot start any token", "this character cannot start a value, put the text in quotes", False),
    ("sequence entries are not allowed", "a '-' cannot stand here, lists begin on their own line", False),
    ("expected alphabetic or numeric", "'&' and '*' have a meaning in YAML, put the text in quotes", False),
    ("found undefined tag handle", "tags (!name) are not part of the language", False),
)


def explain_yaml_error(error: Exception, source: Source, mark: Any) -> Problem:
    """The problem behind an exception of the YAML parser.

    Args:
        error: what was raised.
        source: the file.
        mark: how far the parser had come, or None.
    """
    if isinstance(error, ReaderError):
        return Problem("yaml-syntax", "a character that cannot be printed", _nth_character(source, error.position))
    if not isinstance(error, MarkedYAMLError):
        return Problem("yaml-syntax", "an escape that is no character", _at(source, mark))
    text = f"{error.problem}"
    for part, meaning, at_start in _MEANINGS:
        if part in text:
            start, here = error.context_mark, error.problem_mark
            if start is not None and here is not None and "not closed" in meaning:
                at_start |= start.line != here.line or "<stream end>" in text
            return Problem("yaml-syntax", meaning, _at(source, start if at_start else here))
    return Problem("yaml-syntax", "from here on this cannot be read as YAML", _at(source, error.problem_mark))


def _at(source: Source, mark: Any) -> Span | None:
    if mark is None:
        return None
    line = min(mark.line, len(source.lines) - 1)
    column = mark.column if line == mark.line else len(source.lines[line])
    return Span(source, line, column, column + 1)


def _nth_character(source: Source, position: int) -> Span:
    for number, line in enumerate(source.lines):
        if position <= len(line):
            return Span(source, number, position, position + 1)
        position -= len(line) + 1
    return Span(source, len(source.lines) - 1, 0, 1)
