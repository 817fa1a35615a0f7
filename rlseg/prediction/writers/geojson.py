"""Label images as GeoJSON polygons."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from rlseg.arrays import AnyLabels
from rlseg.io import PixelSize, atomic
from rlseg.prediction.writers.base import LabelFormat, Measurements, by_label, smallest
from rlseg.prediction.writers.polygons import Polygon, polygons


class GeoJson(LabelFormat):
    """GeoJSON polygons, as QuPath reads them."""

    kind = "geojson"
    suffix = ".geojson"
    measured = True

    def write(
        self,
        path: Path,
        labels: AnyLabels,
        pixel_size: PixelSize | None = None,
        measurements: Measurements | None = None,
        image: Path | None = None,
    ) -> None:
        """See `write_geojson`."""
        write_geojson(path, labels, pixel_size, measurements)


def write_geojson(
    path: Path,
    labels: AnyLabels,
    pixel_size: PixelSize | None = None,
    measurements: Measurements | None = None,
) -> None:
    """Write a FeatureCollection with one feature for each object, a detection of QuPath.

    Coordinates are x, y = column, row in pixels along the edges of pixels: the first pixel reaches from 0, 0 to 1, 1.
    Several parts are a MultiPolygon. The collection also has axes, shape ([H, W]) and pixel_size (in micrometres, in
    the order of the axes, or null). The label is the name, the property label, and a measurement; the id is a UUID, the
    same for equal label images. Measurements that are no finite numbers are left out, for JSON has none.

    Args:
        path: file to write; replaced if it exists.
        labels: (H, W), 0 = background, objects from 1 to at most 2**32 - 1.
        pixel_size: if it is known.
        measurements: (M,) columns of the M objects, label among them, or None.

    Raises:
        RlsegError: the file cannot be written.
        ValueError: not 2-D, or a label is negative or too large.
    """
    stored = smallest(labels)
    image = UUID(bytes=sha256(repr(stored.shape).encode() + stored.tobytes()).digest()[:16])
    measured = by_label(measurements)
    collection = {
        "type": "FeatureCollection",
        "axes": "YX",
        "shape": list(labels.shape),
        "pixel_size": None if pixel_size is None else [pixel_size.row, pixel_size.column],
        "features": [
            {
                "type": "Feature",
                "id": str(uuid5(image, str(name))),
                "geometry": _geometry(parts),
                "properties": {
                    "objectType": "detection",
                    "name": str(name),
                    "label": name,
                    "measurements": {"label": name} | measured.get(name, {}),
                },
            }
            for name, parts in polygons(labels).items()
        ],
    }
    with atomic(path) as file:
        file.write(json.dumps(collection, separators=(",", ":"), allow_nan=False).encode())


def _geometry(parts: list[Polygon]) -> dict[str, Any]:
    rings = [[[*ring.tolist(), ring[0].tolist()] for ring in polygon] for polygon in parts]
    if len(rings) == 1:
        return {"type": "Polygon", "coordinates": rings[0]}
    return {"type": "MultiPolygon", "coordinates": rings}
