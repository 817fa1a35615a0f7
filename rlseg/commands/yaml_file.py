"""The content of a YAML file that somebody has named, as plain values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rlseg.errors import RlsegError


def read_plain(path: Path, what: str, named: str) -> Any:
    """Read a YAML file, of which no more is taken than a file of its kind can have.

    Args:
        path: the file.
        what: it should be, for messages about its text.
        named: what it is called where it cannot be read.

    Returns:
        Mappings, lists and scalars; None if it says nothing.

    Raises:
        RlsegError: it cannot be read, or it is no YAML.
    """
    from rlseg.rewards.language import MOST_BYTES, read_document

    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(MOST_BYTES + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise RlsegError(f"cannot read {named}: {error}") from None
    tree, problems = read_document(text, str(path), what=what)
    if problems:
        raise RlsegError(f"{path}: {problems[0].message}", problems[0].hint)
    return None if tree is None else tree.plain()
