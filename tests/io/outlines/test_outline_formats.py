"""Every format of outlines against slow rules, and what rlseg writes itself."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
import roifile
import tifffile
from outline_files import (
    compressed,
    drawn,
    drawn_ellipse,
    run_lengths,
    write_coco,
    write_geojson,
    write_labelme,
    write_napari,
)
from PIL import Image

from rlseg.errors import RlsegError
from rlseg.io import find_outlines, read_outlines
from rlseg.prediction.writers import FORMATS

SIZE = (20, 26)
Ring = Sequence[Sequence[float]]
BLOB: Ring = [[3, 2], [12, 1], [15, 7.25], [9, 11.5], [2, 9]]
HOLE: Ring = [[6, 4], [9, 4], [9, 7], [6, 7]]
SECOND: Ring = [[17, 10], [24, 12], [20, 18]]


def as_labels(*masks: np.ndarray) -> np.ndarray:
    labels = np.zeros(SIZE, np.int32)
    for number, mask in enumerate(masks, start=1):
        labels[mask] = number
    return labels


def roi(**fields: Any) -> roifile.ImagejRoi:
    region = roifile.ImagejRoi(**fields)
    region.version = 228
    return region


def polygon_roi(points: Any, kind: str = "POLYGON", name: str = "") -> roifile.ImagejRoi:
    region = roifile.ImagejRoi.frompoints(np.asarray(points, np.float32))
    region.roitype = roifile.ROI_TYPE[kind]
    region.name = name
    return region


@pytest.mark.parametrize("form", ["collection", "list", "single"])
def test_geojson_with_holes(form: str, tmp_path: Path) -> None:
    path = write_geojson(tmp_path / "a.geojson", [[BLOB, HOLE], [SECOND]], form)
    found = read_outlines(path, SIZE)
    both = as_labels(drawn([BLOB, HOLE], SIZE), drawn([SECOND], SIZE))
    np.testing.assert_array_equal(found.labels, np.where(both == 2, 0, both) if form == "single" else both)
    assert found.kind == "GeoJSON"
    assert found.names[1] == "cell 0"
    assert not found.notes


def test_geojson_of_several_parts_and_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    geometries: list[Any] = [
        {"type": "MultiPolygon", "coordinates": [[BLOB, HOLE], [SECOND]]},
        {"type": "LineString", "coordinates": BLOB},
        {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 1]}]},
    ]
    path.write_text(json.dumps([{"type": "Feature", "geometry": g, "properties": None} for g in geometries]))
    found = read_outlines(path, SIZE)
    np.testing.assert_array_equal(found.labels > 0, drawn([BLOB, HOLE], SIZE) | drawn([SECOND], SIZE))
    assert set(found.names) == {1}
    (note,) = found.notes
    assert note == f"{path}: 2 outlines left out: a line, empty or broken"


def test_regions_of_imagej(tmp_path: Path) -> None:
    oval = roi(roitype=roifile.ROI_TYPE.OVAL, left=4, top=3, right=13, bottom=9)
    box = roi(roitype=roifile.ROI_TYPE.RECT, left=15, top=2, right=19, bottom=5)
    traced = polygon_roi(np.array([[14, 12], [20, 12], [20, 15], [17, 15], [17, 18], [14, 18]]), "TRACED")
    turned = polygon_roi([[3.5, 11], [8, 13.2], [6.4, 16.5], [1.9, 14.3]], "FREEHAND", "turned")
    turned.subtype = roifile.ROI_SUBTYPE.ROTATED_RECT
    text = roi(roitype=roifile.ROI_TYPE.RECT, left=1, top=1, right=25, bottom=19, subtype=roifile.ROI_SUBTYPE.TEXT)
    text.version = 217  # without the text itself
    line = roi(roitype=roifile.ROI_TYPE.LINE, x1=1, y1=1, x2=5, y2=5)
    points = polygon_roi([[3, 3], [4, 4]], "POINT", "spots")
    with ZipFile(tmp_path / "RoiSet.zip", "w") as archive:
        for number, region in enumerate((oval, box, traced, turned, text, line, points)):
            archive.writestr(f"{number:04d}.roi", region.tobytes())
        archive.writestr("readme.txt", "no region")
    found = read_outlines(tmp_path / "RoiSet.zip", SIZE)
    expected = as_labels(
        drawn_ellipse(8.5, 6, 4.5, 3, SIZE),
        drawn([[[15, 2], [19, 2], [19, 5], [15, 5]]], SIZE),
        drawn([[[14, 12], [20, 12], [20, 15], [17, 15], [17, 18], [14, 18]]], SIZE),
        drawn([np.array([[3.5, 11], [8, 13.2], [6.4, 16.5], [1.9, 14.3]], np.float32).tolist()], SIZE),
    )
    np.testing.assert_array_equal(found.labels, expected)
    assert found.names == {1: "0000", 2: "0001", 3: "0002", 4: "turned"}
    assert found.notes == (
        f"{tmp_path}/RoiSet.zip: 3 outlines left out: a text (0004), a line (0005), a point (spots)",
    )


def test_composite_regions_with_holes_and_curves(tmp_path: Path) -> None:
    square, hole = [[2, 2], [14, 2], [14, 14], [2, 14]], [[5, 5], [5, 9], [9, 9], [9, 5]]
    steps: list[float] = []
    for ring in (square, hole):
        for n, point in enumerate(ring):
            steps += [float(n > 0), *point]
        steps.append(4)
    # a quarter of a disc of radius 6 around (18, 6), by one cubic
    k = 6 * 0.5522847498
    steps += [0, 18, 6, 1, 24, 6, 3, 24, 6 + k, 18 + k, 12, 18, 12, 4]
    region = roi(roitype=roifile.ROI_TYPE.RECT, left=2, top=2, right=24, bottom=14)
    region.multi_coordinates = np.array(steps, np.float32)
    region.shape_roi_size = len(steps)
    region.tofile(tmp_path / "a.roi")
    y, x = np.mgrid[: SIZE[0], : SIZE[1]] + 0.5
    quarter = (x >= 18) & (y >= 6) & (np.hypot(x - 18, y - 6) < 6)
    found = read_outlines(tmp_path / "a.roi", SIZE)
    np.testing.assert_array_equal(found.labels > 0, drawn([square, hole], SIZE) | quarter)


def test_a_folder_of_regions_and_planes(tmp_path: Path) -> None:
    for number, ring in enumerate((BLOB, SECOND)):
        region = polygon_roi(ring, name=f"cell {number}")
        region.position = number + 1
        region.tofile(tmp_path / f"{number}.roi")
    found = read_outlines(tmp_path, SIZE)
    np.testing.assert_array_equal(found.labels, as_labels(drawn([BLOB], SIZE), drawn([SECOND], SIZE)))
    assert found.notes == (f"{tmp_path}: its regions lie on 2 planes of a stack; all are taken for this image",)


@pytest.mark.parametrize("planes", [(), (3.0,)], ids=["2 axes", "3 axes"])
def test_shapes_of_napari(planes: tuple[float, ...], tmp_path: Path) -> None:
    turned = np.array([[4.1, 12.2], [7.1, 18.2], [11.1, 16.2], [8.1, 10.2]])  # the box around an ellipse
    shapes: list[tuple[str, Ring]] = [
        ("polygon", [[2.2, 1.3], [8.1, 2], [6, 7.7]]),
        ("rectangle", [[12, 2], [12, 6], [17, 6], [17, 2]]),
        ("ellipse", turned.tolist()),
        ("path", [[1, 1], [2, 2], [3, 1]]),
    ]
    found = read_outlines(write_napari(tmp_path / "a.csv", shapes, planes), SIZE)
    corners = [[(x + 0.5, y + 0.5) for y, x in ring] for _, ring in shapes]
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    centre, one, other = turned.mean(axis=0), (turned[1] - turned[0]) / 2, (turned[3] - turned[0]) / 2
    along = np.linalg.solve(np.stack([one, other], axis=1), np.stack([y - centre[0], x - centre[1]]).reshape(2, -1))
    ellipse = ((along**2).sum(axis=0) < 1).reshape(SIZE)
    np.testing.assert_array_equal(
        found.labels, as_labels(drawn([corners[0]], SIZE), drawn([corners[1]], SIZE), ellipse)
    )
    assert (found.labels == 2).sum() == 20  # 5 rows times 4 columns, its area
    assert found.notes == (f"{tmp_path}/a.csv: 1 outline left out: a path (shape 3)",)


def test_labelme(tmp_path: Path) -> None:
    mask = np.zeros((4, 6), bool)
    mask[1:, 2:] = True
    buffer = io.BytesIO()
    Image.fromarray(mask).save(buffer, "PNG")
    picture = base64.b64encode(buffer.getvalue()).decode()
    shapes: list[dict[str, Any]] = [
        {"points": BLOB},
        {"points": [[18, 8], [14, 4]], "shape_type": "rectangle"},
        {"points": [[8, 15], [8, 19.2]], "shape_type": "circle"},
        {"points": [[19, 1], [24, 4]], "shape_type": "mask", "mask": picture},
        {"points": SECOND, "group_id": 1},
        {"points": [[1, 12], [3, 12], [3, 14], [1, 14]], "group_id": 1},
        {"points": [[1, 1]], "shape_type": "point"},
    ]
    found = read_outlines(write_labelme(tmp_path / "a.json", shapes, SIZE))
    placed = np.zeros(SIZE, bool)
    placed[1:5, 19:25] = mask
    grouped = drawn([SECOND], SIZE) | drawn([shapes[5]["points"]], SIZE)
    circle, box = drawn_ellipse(8, 15, 4.2, 4.2, SIZE), drawn([[[14, 4], [18, 4], [18, 8], [14, 8]]], SIZE)
    np.testing.assert_array_equal(found.labels, as_labels(drawn([BLOB], SIZE), box, circle, placed, grouped))
    assert found.notes == (f"{tmp_path}/a.json: 1 outline left out: a point (cell)",)


def test_coco_of_several_images(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    masks = [np.kron(rng.random((5, 13)) < 0.4, np.ones((4, 2), bool)) for _ in range(2)]
    masks[0][:8], masks[1][8:] = False, False
    flat = [[n for point in ring for n in point] for ring in (BLOB, SECOND)]
    path = write_coco(
        tmp_path / "instances.json",
        {
            "train/a.tif": [{"segmentation": flat}, {"segmentation": [], "bbox": [1, 1, 4, 4]}],
            "b.png": [
                {"segmentation": {"counts": run_lengths(masks[0]), "size": list(SIZE)}},
                {"segmentation": {"counts": compressed(run_lengths(masks[1])), "size": list(SIZE)}},
            ],
            "c.png": [],
        },
        SIZE,
    )
    found = read_outlines(path, SIZE, "a")
    np.testing.assert_array_equal(found.labels > 0, drawn([BLOB], SIZE) | drawn([SECOND], SIZE))
    assert found.names == {1: "cell 1"}
    assert found.notes == (f"{path}: 1 outline left out: a box without an outline (cell 2)",)
    np.testing.assert_array_equal(read_outlines(path, image="b").labels, as_labels(*masks))
    assert [file.stem for file in find_outlines(path)] == ["a", "b", "c"]
    for image, said in (
        (None, "outlines of 3 images, one is needed"),
        ("d", "no image called d"),
        ("c", "no outlined"),
    ):
        with pytest.raises(RlsegError, match=said):
            read_outlines(path, SIZE, image)


def test_compressed_runs_of_a_known_text() -> None:
    # of cocoapi's own documentation of the idea: differences from the fourth number on, 5 bits a letter
    counts = [0, 1, 40, 5, 40, 4, 1000, 3]
    from rlseg.io.outlines.rle import run_lengths as read

    assert compressed(counts[:3]) == "01X1"
    assert read(compressed(counts)) == counts
    with pytest.raises(ValueError, match="no run lengths"):
        read("01X")


def test_label_images(tmp_path: Path) -> None:
    labels = as_labels(drawn([BLOB, HOLE], SIZE), drawn([SECOND], SIZE)).astype(np.uint16) * 300
    tifffile.imwrite(tmp_path / "a_cp_masks.tif", labels, compression="zlib")
    found = read_outlines(tmp_path / "a_cp_masks.tif", SIZE)
    np.testing.assert_array_equal(found.labels, labels)
    assert found.kind == "label image"
    with pytest.raises(RlsegError, match=r"has shape \(20, 26\), its image has shape \(3, 3\)"):
        read_outlines(tmp_path / "a_cp_masks.tif", (3, 3))


@pytest.mark.parametrize("name", sorted({*FORMATS} - {"inside"}))  # which has a place in images alone
def test_what_rlseg_writes(name: str, tmp_path: Path) -> None:
    labels = as_labels(drawn([BLOB, HOLE], SIZE), drawn([SECOND], SIZE))
    labels[0, 0], labels[19, 25] = 4, 4
    labels[labels == 2] = 70
    path = tmp_path / f"a{FORMATS[name].suffix}"
    FORMATS[name].write(path, labels)
    np.testing.assert_array_equal(read_outlines(path, SIZE).labels, labels)
    if name != "rois":  # regions know nothing of their image
        np.testing.assert_array_equal(read_outlines(path).labels, labels)
    assert [(file.stem, file.path) for file in find_outlines(tmp_path)] == [("a", path)]


def test_without_a_size_the_image_is_just_large_enough(tmp_path: Path) -> None:
    found = read_outlines(write_geojson(tmp_path / "a.geojson", [[BLOB]]))
    assert found.labels.shape == (13, 16)
    np.testing.assert_array_equal(found.labels > 0, drawn([BLOB], (13, 16)))


def test_labels_of_others_are_no_numbers_of_objects(tmp_path: Path) -> None:
    two = [drawn([BLOB], SIZE), drawn([SECOND], SIZE)]
    counts = [{"segmentation": {"size": list(SIZE), "counts": run_lengths(mask)}, "label": 3} for mask in two]
    found = read_outlines(write_coco(tmp_path / "a.json", {"a.tif": counts}, SIZE))
    np.testing.assert_array_equal(found.labels, as_labels(*two))
    shapes = [{"points": ring, "number": 3} for ring in (BLOB, SECOND)]
    found = read_outlines(write_labelme(tmp_path / "b.json", shapes, SIZE))
    assert np.unique(found.labels).tolist() == [0, 1, 2]
