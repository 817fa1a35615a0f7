"""Plain YAML scalars by the core rules of YAML 1.2: `1e-3` is a number, `no` is text."""

from __future__ import annotations

import math
import re

Scalar = str | int | float | bool | None

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)")
_NAN = re.compile(r"\.(nan|NaN|NAN)")
_LARGEST_EXACT = 2**53


def read_scalar(text: str) -> Scalar:
    """The value of a plain (unquoted) scalar.

    Args:
        text: the scalar as it stands in the file.

    Returns:
        None, a truth value, a number or the text itself. Numbers beyond what a float holds become infinite.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return _read_integer(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _INFINITE.fullmatch(text):
        return -math.inf if text.startswith("-") else math.inf
    return math.nan if _NAN.fullmatch(text) else text


def _read_integer(text: str) -> int | float:
    if len(text) > 20:  # also keeps int() from working on megabytes of digits
        return float(text) if text[:2] not in ("0o", "0x") else math.inf
    number = int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    return number if abs(number) <= _LARGEST_EXACT else float(number)
