"""The parser's complaints in one line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence

from rlseg.errors import RlsegError

_UNKNOWN = re.compile(r"does not accept option '([^']+)'|unrecognized arguments: (?:--)?([^\s=]+)")
_DENIED = re.compile(r"Importing '([^']+)' is not allowed")
_PREFIX = re.compile(r"^Problems parsing config:\s*")
_CLASS = re.compile(r"<class '([^']+)'>")
_KEY = re.compile(r'^Parser key "([^"]+)":\s*')
_NOISE = re.compile(r"\[type=[^\]]*\]|For further information visit \S+|\d+ validation errors? for \S+")
_GOT = re.compile(r"[.\s]*Got value:\s*")
_LONGEST = 300


def explain(
    error: Exception, known: Sequence[str], place: Callable[..., str | None] = lambda key, value=None: None
) -> RlsegError:
    """Turn what jsonargparse says into one line, with a hint where there is one.

    Args:
        error: its exception, whose text may go over many lines.
        known: the keys that would have been accepted, like model.actor.width.
        place: where a key, perhaps with a certain value, stands in the configuration files; None if in none of them.
    """
    text = str(error)
    denied = _DENIED.search(text)
    if denied:
        package = denied[1].split(".")[0]
        what = f"{denied[1]} is not imported: {package} is not among the packages whose code may run"
        return RlsegError(_named(text, place, denied[1]) + what, f"if you trust it: --allow {package}")
    unknown = _UNKNOWN.search(text)
    if unknown:
        name = unknown[1] or unknown[2]
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
        where = place(name)
        hint = f"did you mean {near[0]}?" if near else "rlseg fit --print_config shows all settings of this version"
        return RlsegError(f"{where}: unknown setting {name}" if where else f"unknown setting {name}", hint)
    body = _essence(_PREFIX.sub("", _KEY.sub("", text)))
    message = _named(text, place, body.rpartition(", got ")[2]) + body
    return RlsegError(message if len(message) <= _LONGEST else f"{message[: _LONGEST - 4]} ...")


def _named(text: str, place: Callable[..., str | None], value: str) -> str:
    """The setting that a complaint is about and a colon; before it the place in a file, if that has this value."""
    key = _KEY.match(text)
    if not key:
        return ""
    where = place(key[1], value)
    return f"{where}: {key[1]}: " if where else f"{key[1]}: "


def _essence(text: str) -> str:
    """The line of a list of failed alternatives that names the value; all of a short text."""
    if "Union subtypes" in text:
        lines = [line.strip(" -") for line in text.splitlines()]
        telling = [line for line in lines if "Got value" in line or "has no attribute" in line]
        given = [line for line in lines if line.startswith("Given value:")]
        rejected = [line.removeprefix("Given value:") + " is not accepted here" for line in given]
        text = (telling or rejected or lines)[0]
    plain = _CLASS.sub(r"\1", _GOT.sub(", got ", _NOISE.sub("", text))).replace(
        "Expected a typing.Literal", "expected one of "
    )
    return " ".join(plain.split()).replace(" ,", ",")
