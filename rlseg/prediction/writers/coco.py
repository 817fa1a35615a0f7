"""Label images as COCO's JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from rlseg.arrays import AnyLabels
from rlseg.io import PixelSize, atomic
from rlseg.prediction.writers.base import LabelFormat, Measurements, by_label, smallest


class Coco(LabelFormat):
    """JSON of COCO, the masks as run lengths."""

    kind = "coco"
    suffix = ".coco.json"
    measured = True

    def write(
        self,
        path: Path,
        labels: AnyLabels,
        pixel_size: PixelSize | None = None,
        measurements: Measurements | None = None,
        image: Path | None = None,
    ) -> None:
        """See `write_coco`."""
        write_coco(path, labels, pixel_size, measurements, image)


def write_coco(
    path: Path,
    labels: AnyLabels,
    pixel_size: PixelSize | None = None,
    measurements: Measurements | None = None,
    image: Path | None = None,
) -> None:
    """Write one image and one annotation for each object, whose mask is compressed run lengths: no pixel is lost.

    The id of an annotation is the label, which it also has as `label`; `score` is the reward, if it is known, and
    `measurements` the table. The box is x, y, width, height in pixels, the outer corner of the first pixel at 0, 0.

    Args:
        path: file to write; replaced if it exists.
        labels: (H, W), 0 = background, objects from 1 to at most 2**32 - 1.
        pixel_size: becomes `pixel_size` of the image (row, column, in micrometres), or null.
        measurements: (M,) columns of the M objects, label among them, or None.
        image: the file whose name is given; if None, the name of this one.

    Raises:
        RlsegError: the file cannot be written.
        ValueError: not 2-D, or a label is negative or too large.
    """
    smallest(labels)
    from rlseg.io.outlines import run_lengths_text, runs_of_objects  # only here: most predictions write none

    height, width = labels.shape
    measured = by_label(measurements)
    annotations = []
    for label, runs in runs_of_objects(labels).items():
        annotation: dict[str, Any] = {
            "id": label,
            "label": label,
            "image_id": 1,
            "category_id": 1,
            "iscrowd": 0,
            "area": sum(runs[1::2]),
            "bbox": _box(runs, height),
            "segmentation": {"size": [height, width], "counts": run_lengths_text(runs)},
        }
        if label in measured:
            annotation["measurements"] = measured[label]
        if "reward" in measured.get(label, {}):
            annotation["score"] = measured[label]["reward"]
        annotations.append(annotation)
    name = path.name.removesuffix(Coco.suffix) if image is None else image.name
    size = None if pixel_size is None else [pixel_size.row, pixel_size.column]
    content = {
        "info": {"description": "objects found by rlseg"},
        "images": [{"id": 1, "file_name": name, "height": height, "width": width, "pixel_size": size}],
        "categories": [{"id": 1, "name": "object"}],
        "annotations": annotations,
    }
    with atomic(path) as file:
        file.write(json.dumps(content, separators=(",", ":"), allow_nan=False).encode())


def _box(runs: list[int], height: int) -> list[int]:
    """x, y, width, height of a mask of run lengths down the columns of an image."""
    edges = np.cumsum(runs)
    begins, ends = edges[:-1:2], edges[1::2] - 1
    left, right = int(begins[0]) // height, int(ends[-1]) // height
    crosses = begins // height != ends // height  # a run that goes on in the next column has its first and last row
    top = 0 if crosses.any() else int((begins % height).min())
    bottom = height - 1 if crosses.any() else int((ends % height).max())
    return [left, top, right - left + 1, bottom - top + 1]
