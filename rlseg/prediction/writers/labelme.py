"""Label images as LabelMe's JSON."""

from __future__ import annotations

import base64
import io
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from rlseg.arrays import AnyLabels, Bools
from rlseg.io import PixelSize, atomic
from rlseg.prediction.writers.base import LabelFormat, Measurements, smallest


class LabelMe(LabelFormat):
    """JSON of LabelMe, a mask for each object."""

    kind = "labelme"
    suffix = ".json"

    def write(
        self,
        path: Path,
        labels: AnyLabels,
        pixel_size: PixelSize | None = None,
        measurements: Measurements | None = None,
        image: Path | None = None,
    ) -> None:
        """See `write_labelme`."""
        write_labelme(path, labels, image)


def write_labelme(path: Path, labels: AnyLabels, image: Path | None = None) -> None:
    """Write one shape of the type `mask` for each object: no pixel is lost, as would be of a polygon with holes.

    All are called `object`; `group_id` is the label, and `number`, which LabelMe keeps, says that it is one. The points
    of a mask are its first and its last pixel, x, y.

    Args:
        path: file to write; replaced if it exists.
        labels: (H, W), 0 = background, objects from 1 to at most 2**32 - 1.
        image: the file that LabelMe is to show with them; its path from the folder of this one is kept.

    Raises:
        RlsegError: the file cannot be written.
        ValueError: not 2-D, or a label is negative or too large.
    """
    from scipy.ndimage import find_objects

    names, numbered = np.unique(np.append(smallest(labels).ravel(), 0), return_inverse=True)
    numbered = numbered[:-1].reshape(labels.shape)
    shapes: list[dict[str, Any]] = []
    for number, box in enumerate(find_objects(numbered), start=1):
        rows, columns = box
        shapes.append(
            {
                "label": "object",
                "points": [[columns.start, rows.start], [columns.stop - 1, rows.stop - 1]],
                "group_id": int(names[number]),
                "number": int(names[number]),
                "description": "",
                "shape_type": "mask",
                "flags": {},
                "mask": _picture(numbered[box] == number),
            }
        )
    content = {
        "version": "5.5.0",
        "flags": {},
        "shapes": shapes,
        "imagePath": f"{path.stem}.png" if image is None else _from(path.parent, image),
        "imageData": None,
        "imageHeight": labels.shape[0],
        "imageWidth": labels.shape[1],
    }
    with atomic(path) as file:
        file.write(json.dumps(content, separators=(",", ":")).encode())


def _from(folder: Path, image: Path) -> str:
    try:
        return Path(os.path.relpath(image, folder)).as_posix()
    except ValueError:  # on another drive
        return image.absolute().as_posix()


def _picture(mask: Bools) -> str:
    """A PNG in base 64 of an (h, w) mask."""
    file = io.BytesIO()
    Image.fromarray(mask).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode("ascii")
