"""Which formats there are, and which of them a file is of."""

from __future__ import annotations

from functools import cache

from rlseg.errors import RlsegError
from rlseg.io.outlines.base import OutlineFormat
from rlseg.io.outlines.source import Source
from rlseg.kinds import find_kinds


@cache
def all_formats() -> dict[str, OutlineFormat]:
    """By their kind."""
    found = find_kinds(__name__.rpartition(".")[0], OutlineFormat)  # type: ignore[type-abstract]
    return {kind: form() for kind, form in sorted(found.items())}


def format_of(source: Source) -> OutlineFormat:
    """The format of a file.

    Raises:
        RlsegError: none, or the file cannot be read.
    """
    source.start  # noqa: B018 - a missing or empty file is no question of formats
    for form in all_formats().values():
        if form.recognises(source):
            return form
    raise RlsegError(f"{source.path} holds no outlines that are known here", f"known are: {', '.join(all_formats())}")
