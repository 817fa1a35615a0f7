"""Files that a script writes and the repository keeps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[1]


def assert_as_committed(built: Mapping[str, Any]) -> None:
    """The texts and the (H, W, 3) uint8 pictures that were built, by their paths, are those of the repository."""
    for path, content in built.items():
        if isinstance(content, str):
            assert (ROOT / path).read_text(encoding="utf-8") == content, path
        else:
            with Image.open(ROOT / path) as stored:
                np.testing.assert_array_equal(np.asarray(stored.convert("RGB")), content, err_msg=path)
