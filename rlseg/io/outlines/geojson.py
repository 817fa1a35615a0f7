"""GeoJSON, as QuPath writes it and rlseg does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rlseg.io.outlines.base import OutlineFormat, broken
from rlseg.io.outlines.shapes import Found, Shape, polygon_of
from rlseg.io.outlines.source import Source

_GEOMETRIES = ("Polygon", "MultiPolygon", "GeometryCollection")
_NO_OBJECTS = {"Point": "a point", "MultiPoint": "points", "LineString": "a line", "MultiLineString": "lines"}
_TYPES = ("Feature", "FeatureCollection", *_GEOMETRIES, *_NO_OBJECTS)


class GeoJson(OutlineFormat):
    """Polygons of x, y = column, row in pixels; the outer corner of the first pixel is 0, 0, as in QuPath."""

    kind = "GeoJSON"
    suffixes = (".geojson", ".json")

    def recognises(self, source: Source) -> bool:
        """By the type of what it says, or of the first of what it lists."""
        content = source.json
        first = content[0] if isinstance(content, list) and content else content
        return isinstance(first, dict) and first.get("type") in _TYPES

    def read(self, source: Source) -> Found:
        """A collection of features, a list of them, a single one, or a bare geometry."""
        found = Found(shape=_size(source.json))
        try:
            for feature in _features(source.json):
                _add(found, feature)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            raise broken(source, f"feature {len(found.shapes) + len(found.left_out) + 1} is no GeoJSON") from None
        return found


def _features(content: Any) -> Iterator[dict[str, Any]]:
    if isinstance(content, list):
        for part in content:
            yield from _features(part)
    elif content["type"] == "FeatureCollection":
        yield from content["features"]
    elif content["type"] == "Feature":
        yield content
    else:
        yield {"geometry": content}


def _add(found: Found, feature: dict[str, Any]) -> None:
    properties = feature.get("properties") or {}
    name = str(properties.get("name") or feature.get("id") or "")
    geometry = feature["geometry"]
    if geometry is None:
        found.leave("empty", name)
        return
    kind = geometry["type"]
    if kind in _NO_OBJECTS:
        found.leave(_NO_OBJECTS[kind], name)
        return
    parts = tuple(polygon_of(rings) for rings in _polygons(geometry) if rings)
    label = properties.get("label")
    number = label if isinstance(label, int) and not isinstance(label, bool) and label > 0 else None
    found.shapes.append(Shape(name, parts, number))


def _polygons(geometry: dict[str, Any]) -> list[list[Any]]:
    """The rings of each polygon."""
    match geometry["type"]:
        case "Polygon":
            return [geometry["coordinates"]]
        case "MultiPolygon":
            return list(geometry["coordinates"])
        case "GeometryCollection":
            return [rings for part in geometry["geometries"] for rings in _polygons(part)]
        case kind if kind in _NO_OBJECTS:
            return []
    raise ValueError("no geometry")


def _size(content: Any) -> tuple[int, int] | None:
    """Height and width, which rlseg writes down."""
    match content:
        case {"axes": "YX", "shape": [int(height), int(width)]} if height > 0 and width > 0:
            return height, width
    return None
