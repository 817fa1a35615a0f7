"""GeoJSON as QuPath reads it: what its reader does with each key, written down from its source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from conftest import _drawn

from rlseg.prediction.table import object_table
from rlseg.prediction.writers.geojson import write_geojson

TYPES = ("tile", "cell", "tmaCore", "detection", "root", "annotation")


def imported(path: Path) -> list[dict[str, Any]]:
    """The objects that QuPath makes of a file: type, name, id, measurements, area; strict where it would guess."""

    def no_constant(text: str) -> None:
        raise AssertionError(f"{text} is no JSON")

    found = json.loads(path.read_text(encoding="utf-8"), parse_constant=no_constant)
    assert found["type"] == "FeatureCollection"
    objects = []
    for feature in found["features"]:
        assert feature["type"] == "Feature"
        properties = feature["properties"]
        assert properties["objectType"] in TYPES  # anything else becomes an annotation
        assert isinstance(properties["name"], str)
        for value in properties["measurements"].values():  # a map of doubles; null would fail
            assert isinstance(value, int | float)
            assert not isinstance(value, bool)
        objects.append(
            {
                "type": properties["objectType"],
                "name": properties["name"],
                "id": UUID(feature["id"]),  # anything else is replaced
                "measurements": properties["measurements"],
                "area": area(feature["geometry"]),
            }
        )
    return objects


def area(geometry: dict[str, Any]) -> float:
    """Of a Polygon or MultiPolygon; its rings must be closed and of at least 4 points, or JTS refuses them."""
    assert geometry["type"] in ("Polygon", "MultiPolygon")
    parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    total = 0.0
    for ring in (ring for polygon in parts for ring in polygon):
        assert len(ring) >= 4
        assert ring[0] == ring[-1]
        x, y = np.array(ring, float).T
        total += float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2  # holes run the other way
    return total


def test_101_every_object_is_a_detection_with_its_label(hard: np.ndarray, tmp_path: Path) -> None:
    write_geojson(tmp_path / "a.geojson", hard)
    objects = imported(tmp_path / "a.geojson")
    labels, areas = np.unique(hard[hard > 0], return_counts=True)
    assert [found["name"] for found in objects] == [str(label) for label in labels]
    assert [found["measurements"] for found in objects] == [{"label": label} for label in labels]
    assert [found["area"] for found in objects] == areas.tolist()
    assert {found["type"] for found in objects} <= {"detection"}


def test_101_measurements_are_those_of_the_table(tmp_path: Path) -> None:
    labels = _drawn("1.33", "..33", "77..")
    extra = {"reward": np.array([0.5, 1.0, 0.25]), "q": np.array([np.nan, 2, -np.inf]), "holes": np.array([0, 1, 2])}
    table = object_table(labels, extra)
    write_geojson(tmp_path / "a.geojson", labels, None, table)
    found = {int(each["name"]): each["measurements"] for each in imported(tmp_path / "a.geojson")}
    assert list(found) == [1, 3, 7]
    for row, (label, measured) in enumerate(found.items()):
        assert measured["label"] == label
        for name, values in table.items():
            if np.isfinite(values[row]):
                assert measured[name] == values[row]
            else:
                assert name not in measured


def test_101_ids_are_of_the_object_in_its_image(tmp_path: Path) -> None:
    def ids(labels: np.ndarray) -> list[UUID]:
        write_geojson(tmp_path / "a.geojson", labels)
        return [found["id"] for found in imported(tmp_path / "a.geojson")]

    labels = _drawn("1.2", "1.2")
    assert ids(labels) == ids(labels.astype(np.uint8))
    different = [*ids(labels), *ids(labels.T), *ids(labels[:1]), *ids(np.roll(labels, 1, axis=1))]
    assert len(set(different)) == len(different)


@pytest.mark.parametrize("kind", [np.uint8, np.int64, np.uint32])
def test_101_no_object_is_an_empty_collection(kind: type, tmp_path: Path) -> None:
    labels = np.zeros((3, 4), kind)
    write_geojson(tmp_path / "a.geojson", labels, None, object_table(labels, {"reward": np.zeros(0)}))
    assert imported(tmp_path / "a.geojson") == []
