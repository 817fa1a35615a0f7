"""Which rlseg this is, and which files it reads."""

from __future__ import annotations

from importlib import metadata
from typing import Any

from rlseg.errors import RlsegError

# of what a checkpoint and an exported model hold; files of before there was a number are of format 1 as well
FORMAT = 2


def version() -> str:
    """The version of this rlseg, "unknown" for a copy that was not installed."""
    try:
        return metadata.version("rlseg")
    except metadata.PackageNotFoundError:
        return "unknown"


def stamp() -> dict[str, Any]:
    """What a file says of its origin: format, and version of rlseg."""
    return {"format": FORMAT, "version": version()}


def refuse_newer(file: str, found: Any) -> None:
    """See that this rlseg can read a file.

    Args:
        file: its name, for the message.
        found: its stamp, None if it has none.

    Raises:
        RlsegError: it has a format that this rlseg does not know.
    """
    if found is None:
        return
    number = found.get("format") if isinstance(found, dict) else None
    if not isinstance(number, int) or number < 1:
        raise RlsegError(f"{file} is damaged: its stamp is {found!r:.60}, not a format and a version")
    if number > FORMAT:
        raise RlsegError(
            f"{file} was written by rlseg {found.get('version')} in format {number}; this is rlseg {version()}, which "
            f"reads up to format {FORMAT}",
            "install the newer one: pip install --upgrade rlseg",
        )
