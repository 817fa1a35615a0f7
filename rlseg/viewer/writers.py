"""Labels layers as the files that `rlseg predict` writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from rlseg.errors import RlsegError
from rlseg.prediction import object_table
from rlseg.prediction.writers import FORMATS
from rlseg.viewer.session import micrometres


def write_objects(path: str, data: Any, settings: dict[str, Any]) -> list[str]:
    """Write the objects of a labels layer; the suffix says in which format.

    Args:
        path: file to write.
        data: (H, W) labels, 0 = background.
        settings: of the layer, as napari has them; its scale is kept where the units are lengths.

    Returns:
        What was written.

    Raises:
        RlsegError: it is a stack, the format is unknown, or the file cannot be written.
    """
    target, labels = Path(path), np.asarray(data)
    suffix = target.suffix.lower().replace(".tiff", ".tif")
    form = next((known for known in FORMATS.values() if suffix and known.suffix.endswith(suffix)), None)
    if form is None:
        raise RlsegError(f"{target.name} is of no format for objects", f"known are {_suffixes()}")
    if labels.ndim != 2:
        raise RlsegError(
            f"labels are written plane by plane, this layer has shape {labels.shape}",
            "rlseg predict --planes writes those of stacks, napari itself the whole array",
        )
    size = micrometres(settings.get("scale", ()), settings.get("units") or ())
    form.check(target)
    form.write(target, labels, size, object_table(labels) if form.measured else None)
    return [path]


def _suffixes() -> str:
    return ", ".join(form.suffix for form in FORMATS.values())
