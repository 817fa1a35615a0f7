"""The parser's complaints in one line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from rlseg.errors import RlsegError

_UNKNOWN = re.compile(r"does not accept option '([^']+)'|unrecognized arguments: (?:--)?([^\s=]+)")
_KEY = re.compile(r'^Parser key "([^"]+)":\s*')
_NOISE = re.compile(r"\[type=[^\]]*\]|For further information visit \S+|\d+ validation errors? for \S+")
_GOT = re.compile(r"[.\s]*Got value:\s*")
_LONGEST = 300


def explain(error: Exception, known: Sequence[str]) -> RlsegError:
    """Turn what jsonargparse says into one line, with a hint where there is one.

    Args:
        error: its exception, whose text may go over many lines.
        known: the keys that would have been accepted, like model.actor.width.
    """
    text = str(error)
    unknown = _UNKNOWN.search(text)
    if unknown:
        name = unknown[1] or unknown[2]
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
        return RlsegError(f"unknown setting {name}", f"did you mean {near[0]}?" if near else None)
    key = _KEY.match(text)
    body = _essence(_KEY.sub("", text))
    message = f"{key[1]}: {body}" if key else body
    return RlsegError(message if len(message) <= _LONGEST else f"{message[: _LONGEST - 4]} ...")


def _essence(text: str) -> str:
    """The line of a list of failed alternatives that names the value; all of a short text."""
    if "Union subtypes" in text:
        lines = [line.strip(" -") for line in text.splitlines()]
        telling = [line for line in lines if "Got value" in line or "has no attribute" in line]
        given = [line for line in lines if line.startswith("Given value:")]
        rejected = [line.removeprefix("Given value:") + " is not accepted here" for line in given]
        text = (telling or rejected or lines)[0]
    plain = _GOT.sub(", got ", _NOISE.sub("", text)).replace("Expected a typing.Literal", "expected one of ")
    return " ".join(plain.split()).replace(" ,", ",")
