"""The settings of a training, as its configuration has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rlseg.rewards.language import read_document


def settings_of(config: Path) -> Any:
    """What a configuration says, as plain data: mappings by key; nothing, {}, of a file that is no YAML.

    Args:
        config: the file.

    Raises:
        OSError, UnicodeDecodeError: it cannot be read.
    """
    tree, problems = read_document(config.read_text(encoding="utf-8"), str(config), what="configuration")
    return {} if tree is None or problems else tree.plain()
