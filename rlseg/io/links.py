"""Symbolic links in folders that came from elsewhere."""

from __future__ import annotations

import os
from pathlib import Path


def leads_out(path: Path, folder: Path) -> bool:
    """Whether a path is a link to something outside of a folder. One that only leads to itself does not."""
    # not Path.resolve, which raises where links form a loop
    return path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
