"""Label images as GeoJSON polygons."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rlseg.arrays import AnyLabels
from rlseg.io import PixelSize, atomic
from rlseg.prediction.writers.base import LabelFormat, smallest
from rlseg.prediction.writers.polygons import Polygon, polygons


class GeoJson(LabelFormat):
    """GeoJSON polygons, as QuPath reads them."""

    kind = "geojson"
    suffix = ".geojson"

    def write(self, path: Path, labels: AnyLabels, pixel_size: PixelSize | None = None) -> None:
        """See `write_geojson`."""
        write_geojson(path, labels, pixel_size)


def write_geojson(path: Path, labels: AnyLabels, pixel_size: PixelSize | None = None) -> None:
    """Write a FeatureCollection with one feature for each object, its label as id.

    Coordinates are x, y = column, row in pixels along the edges of pixels: the first pixel reaches from 0, 0 to 1, 1.
    Several parts are a MultiPolygon. The collection also has axes, shape ([H, W]) and pixel_size (in micrometres, in
    the order of the axes, or null).

    Raises:
        RlsegError: the file cannot be written.
        ValueError: not 2-D, or a label is negative or too large.
    """
    smallest(labels)
    collection = {
        "type": "FeatureCollection",
        "axes": "YX",
        "shape": list(labels.shape),
        "pixel_size": None if pixel_size is None else [pixel_size.row, pixel_size.column],
        "features": [
            {"type": "Feature", "id": name, "properties": {"label": name}, "geometry": _geometry(parts)}
            for name, parts in polygons(labels).items()
        ],
    }
    with atomic(path) as file:
        file.write(json.dumps(collection, separators=(",", ":")).encode())


def _geometry(parts: list[Polygon]) -> dict[str, Any]:
    rings = [[[*ring.tolist(), ring[0].tolist()] for ring in polygon] for polygon in parts]
    if len(rings) == 1:
        return {"type": "Polygon", "coordinates": rings[0]}
    return {"type": "MultiPolygon", "coordinates": rings}
