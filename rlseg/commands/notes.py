"""What commands have to say beside their result, on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable


def warn(note: str) -> None:
    """Print one line."""
    print(f"rlseg: warning: {note}", file=sys.stderr)


def warn_of_each(notes: Iterable[str]) -> None:
    """Print a line for each of some notes, equal ones once, in the order of the first."""
    for note in dict.fromkeys(notes):
        warn(note)
