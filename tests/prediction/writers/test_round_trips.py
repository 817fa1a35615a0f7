"""What is written is read back with the same objects, pixel size and axes."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
import roifile
import tifffile
import zarr
from fill import fill

from rlseg.errors import RlsegError
from rlseg.io.atomic_files import atomic_folder
from rlseg.io.decode import decode
from rlseg.io.pixel_size import PixelSize
from rlseg.io.read import read_labels
from rlseg.prediction.writers import FORMATS, rois
from rlseg.prediction.writers.polygons import polygons

SIZE = PixelSize(0.325, 0.1)
sizes = pytest.mark.parametrize("size", [SIZE, None], ids=["µm", "no size"])


def write(name: str, folder: Path, labels: np.ndarray, size: PixelSize | None = SIZE) -> Path:
    path = folder / f"a{FORMATS[name].suffix}"
    FORMATS[name].write(path, labels, size)
    assert [p.name for p in folder.iterdir()] == [path.name]
    return path


@sizes
@pytest.mark.parametrize("name", ["tiff", "zarr"])
def test_75_images(name: str, hard: np.ndarray, size: PixelSize | None, tmp_path: Path) -> None:
    path = write(name, tmp_path, hard, size)
    np.testing.assert_array_equal(read_labels(path, superpixels=True), hard)
    content = decode(path)
    assert content.axes == "YX"
    assert content.values.dtype == np.min_scalar_type(hard.max())
    assert content.pixel_size == size


@sizes
def test_75_geojson(hard: np.ndarray, size: PixelSize | None, tmp_path: Path) -> None:
    found = json.loads(write("geojson", tmp_path, hard, size).read_text(encoding="utf-8"))
    assert found["type"] == "FeatureCollection"
    assert (found["axes"], tuple(found["shape"])) == ("YX", hard.shape)
    assert found["pixel_size"] == (None if size is None else [0.325, 0.1])
    back = np.zeros(found["shape"], int)
    for feature in found["features"]:
        geometry = feature["geometry"]
        parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        number = feature["properties"]["label"]
        for polygon in parts:
            assert all(ring[0] == ring[-1] for ring in polygon)
            back[fill([ring[:-1] for ring in polygon], back.shape)] = number
    np.testing.assert_array_equal(back, hard)


def regions(path: Path) -> list[roifile.ImagejRoi]:
    with ZipFile(path) as archive:
        assert archive.testzip() is None
        return [roifile.ImagejRoi.frombytes(archive.read(name)) for name in archive.namelist()]


@sizes
def test_75_regions_of_imagej(hard: np.ndarray, size: PixelSize | None, tmp_path: Path) -> None:
    back = np.zeros(hard.shape, int)
    for region in regions(write("rois", tmp_path, hard, size)):
        name = int(region.name)
        assert region.properties["label"] == name
        assert region.properties.get("pixel_width_um") == (None if size is None else size.column)
        assert region.properties.get("pixel_height_um") == (None if size is None else size.row)
        rings = region.coordinates(multi=True)
        rings = rings if isinstance(rings, list) else [rings]
        inside = fill([ring[:-1] if (ring[0] == ring[-1]).all() else ring for ring in rings], hard.shape)
        assert not back[inside].any()
        back[inside] = name
        rows, columns = np.nonzero(inside)
        assert (region.top, region.left) == (rows.min(), columns.min())
        assert (region.bottom, region.right) == (rows.max() + 1, columns.max() + 1)
        assert region.composite == (sum(len(part) for part in polygons(hard)[name]) > 1)
    np.testing.assert_array_equal(back, hard)


def test_29_75_seventy_thousand_objects(tmp_path: Path) -> None:
    labels = np.arange(70_001).reshape(1, -1)
    path = tmp_path / "a.ome.zarr"
    FORMATS["zarr"].write(path, labels, None)
    assert decode(path).values.dtype == np.uint32
    np.testing.assert_array_equal(read_labels(path, superpixels=True), labels)


def test_75_regions_far_away_and_of_many_corners(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.zeros((3, 60_535), int)
    labels[1:, 60_000:] = 1
    labels[0, 40_000:50_000:2] = 2
    labels[1, 40_000:50_000] = 2
    for longest in (rois._LONGEST, 8):
        monkeypatch.setattr(rois, "_LONGEST", longest)
        (tmp_path / str(longest)).mkdir()
        back = np.zeros_like(labels)
        for region in regions(write("rois", tmp_path / str(longest), labels)):
            rings = region.coordinates(multi=True)
            assert region.composite == (longest == 8 and region.name == "2")
            back[fill(rings if isinstance(rings, list) else [rings], labels.shape)] = int(region.name)
        np.testing.assert_array_equal(back, labels)
    (tmp_path / "more").mkdir()
    with pytest.raises(RlsegError, match="1 x 60536 pixels, ImageJ's regions reach to 60535"):
        write("rois", tmp_path / "more", np.ones((1, 60_536), int))


def test_75_zarr_says_what_ngff_asks_for(tmp_path: Path) -> None:
    group = zarr.open_group(store=str(write("zarr", tmp_path, np.eye(5, dtype=int))), mode="r")
    ome: Any = group.attrs["ome"]
    assert group.metadata.zarr_format == 3
    assert ome["version"] == "0.5"
    assert "image-label" in ome
    (multiscale,) = ome["multiscales"]
    assert multiscale["axes"] == [{"name": name, "type": "space", "unit": "micrometer"} for name in "yx"]
    (level,) = multiscale["datasets"]
    assert level["coordinateTransformations"] == [{"type": "scale", "scale": [0.325, 0.1]}]
    assert group[level["path"]].metadata.dimension_names == ("y", "x")


def test_zarr_folders_are_replaced_if_they_are_labels(tmp_path: Path) -> None:
    path = write("zarr", tmp_path, np.eye(5, dtype=int))
    write("zarr", tmp_path, np.eye(3, dtype=int))
    np.testing.assert_array_equal(read_labels(path, superpixels=True), np.eye(3))
    description = json.loads((path / "zarr.json").read_text())
    for attributes in ({}, {"ome": {"multiscales": []}}, None, {"ome": 3}):
        (path / "zarr.json").write_text(json.dumps(description | {"attributes": attributes}))
        with pytest.raises(RlsegError, match="no OME-Zarr label image: it is not replaced"):
            write("zarr", tmp_path, np.eye(3, dtype=int))
    for text in ("{", None):
        (path / "zarr.json").unlink() if text is None else (path / "zarr.json").write_text(text)
        with pytest.raises(RlsegError, match="it is not replaced"):
            write("zarr", tmp_path, np.eye(3, dtype=int))
    with atomic_folder(path):
        pass


def test_missing_packages_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = importlib.import_module

    def missing(wanted: str) -> Any:
        if wanted == "zarr":
            raise ImportError(wanted)
        return load(wanted)

    monkeypatch.setattr("rlseg.io.decode.ngff.import_module", missing)
    with pytest.raises(RlsegError, match=r"package that is missing\n.*rlseg\[formats\]"):
        FORMATS["zarr"].write(tmp_path / "a", np.eye(3, dtype=int), None)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "labels", [np.array([[-1]]), np.array([[2**32]]), np.zeros((2,) * 4, int), np.zeros((0, 3), int)]
)
def test_what_is_no_label_image_is_not_written(name: str, labels: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="labels must be"):
        FORMATS[name].write(tmp_path / "a", labels, None)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", [name for name, known in FORMATS.items() if not known.volumes])
def test_volumes_are_not_written_as_images(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="labels must be"):
        FORMATS[name].write(tmp_path / "a", np.zeros((2, 2, 2), int), None)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", sorted({*FORMATS} - {"inside"}))  # which writes into an image alone
def test_a_folder_that_is_missing_is_one_line(name: str, tmp_path: Path) -> None:
    with pytest.raises(RlsegError, match="cannot write"):
        FORMATS[name].write(tmp_path / "none" / "a", np.eye(3, dtype=int), None)


def test_75_other_programs_see_one_plane(tmp_path: Path) -> None:
    with tifffile.TiffFile(write("tiff", tmp_path, np.eye(4, dtype=int))) as file:
        assert file.is_ome
        pixels = tifffile.xml2dict(file.ome_metadata)["OME"]["Image"]["Pixels"]
    assert [pixels[f"Size{letter}"] for letter in "XYZCT"] == [4, 4, 1, 1, 1]
    assert (pixels["PhysicalSizeX"], pixels["PhysicalSizeXUnit"]) == (0.1, "µm")
