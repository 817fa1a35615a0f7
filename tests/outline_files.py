"""Files of outlines as other programs write them, and slow rules for what lies inside."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np


def inside(ring: Sequence[Sequence[float]], x: float, y: float) -> bool:
    """Whether a ring of x, y goes around a point: an odd number of its sides lie left of it, one by one."""
    odd = False
    for (x0, y0), (x1, y1) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (y0 <= y < y1 or y1 <= y < y0) and x0 + (y - y0) * (x1 - x0) / (y1 - y0) <= x:
            odd = not odd
    return odd


def drawn(rings: Sequence[Sequence[Sequence[float]]], shape: tuple[int, int]) -> np.ndarray:
    """(H, W) bool of rings of x, y with the outer corner of the first pixel at 0, 0: the first and not its holes."""
    return np.array(
        [[sum(inside(r, c + 0.5, y + 0.5) for r in rings) % 2 == 1 for c in range(shape[1])] for y in range(shape[0])]
    )


def drawn_ellipse(cx: float, cy: float, rx: float, ry: float, shape: tuple[int, int]) -> np.ndarray:
    """(H, W) bool by the equation of an ellipse at the centres of pixels."""
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    return ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1


def write_geojson(path: Path, polygons: Sequence[Any], form: str = "collection") -> Path:
    """Polygons, each a list of rings of x, y, as QuPath exports them: a collection, a list, or a single feature."""
    features = [
        {
            "type": "Feature",
            "id": f"00000000-0000-0000-0000-{n:012d}",
            "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]] for ring in rings]},
            "properties": {"objectType": "annotation", "name": f"cell {n}"},
        }
        for n, rings in enumerate(polygons)
    ]
    content: Any = {"collection": {"type": "FeatureCollection", "features": features}, "list": features}.get(form)
    path.write_text(json.dumps(content or features[0]))
    return path


def write_napari(path: Path, shapes: Sequence[tuple[str, Any]], planes: Sequence[float] = ()) -> Path:
    """Shapes (kind, corners of row, column from the first pixel's centre) as napari saves them."""
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["index", "shape-type", "vertex-index", *[f"axis-{n}" for n in range(len(planes) + 2)]])
        for index, (kind, corners) in enumerate(shapes):
            for number, corner in enumerate(corners):
                table.writerow([float(index), kind, float(number), *planes, *corner])
    return path


def write_labelme(path: Path, shapes: Sequence[dict[str, Any]], shape: tuple[int, int]) -> Path:
    """Shapes as LabelMe saves them."""
    content: dict[str, Any] = {
        "version": "5.4.1",
        "flags": {},
        "shapes": [{"label": "cell", "group_id": None, "shape_type": "polygon", "flags": {}} | s for s in shapes],
        "imagePath": f"{path.stem}.png",
        "imageData": None,
        "imageHeight": shape[0],
        "imageWidth": shape[1],
    }
    path.write_text(json.dumps(content))
    return path


def write_coco(path: Path, images: dict[str, Sequence[dict[str, Any]]], shape: tuple[int, int]) -> Path:
    """Annotations of images by their file names."""
    content: dict[str, Any] = {"images": [], "annotations": [], "categories": [{"id": 1, "name": "cell"}]}
    for number, (name, outlined) in enumerate(images.items(), start=7):
        content["images"].append({"id": number, "file_name": name, "height": shape[0], "width": shape[1]})
        for annotation in outlined:
            known = {"id": len(content["annotations"]) + 1, "image_id": number, "category_id": 1, "iscrowd": 0}
            content["annotations"].append(known | annotation)
    path.write_text(json.dumps(content))
    return path


def run_lengths(mask: np.ndarray) -> list[int]:
    """Of a mask as COCO counts them: down the columns, the background first."""
    counts, last = [0], False
    for pixel in mask.T.ravel().tolist():
        if pixel != last:
            counts.append(0)
            last = pixel
        counts[-1] += 1
    return counts


def compressed(counts: Sequence[int]) -> str:
    """As the C code of COCO does it (rleToString)."""
    text = ""
    for place, count in enumerate(counts):
        x = count - counts[place - 2] if place > 2 else count
        more = True
        while more:
            digit = x & 31
            x >>= 5
            more = x != -1 if digit & 16 else x != 0
            text += chr((digit | 32 if more else digit) + 48)
    return text
