"""Formats that keep every pixel of an object in a mask of its own: JSON of COCO and of LabelMe; and Cellpose's name."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import outline_files
import pytest

from rlseg.io.outlines import find_outlines, read_outlines, run_lengths_text, runs_of_objects
from rlseg.io.outlines.rle import run_lengths
from rlseg.io.pixel_size import PixelSize
from rlseg.prediction.table import object_table
from rlseg.prediction.writers import FORMATS
from rlseg.prediction.writers.coco import write_coco
from rlseg.prediction.writers.labelme import write_labelme

both = pytest.mark.parametrize("name", ["coco", "labelme"])


@both
def test_masks_come_back_as_they_were(name: str, hard: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / f"a{FORMATS[name].suffix}"
    FORMATS[name].write(path, hard, PixelSize(0.3, 0.2))
    if hard.any():
        np.testing.assert_array_equal(read_outlines(path, hard.shape).labels, hard)
    else:
        found = json.loads(path.read_text())
        assert [found.get("annotations", []), found.get("shapes", [])] == [[], []]


def test_run_lengths_are_those_of_a_slow_count(hard: np.ndarray) -> None:
    expected = {int(n): outline_files.run_lengths(hard == n) for n in np.unique(hard[hard > 0])}
    assert runs_of_objects(hard) == expected
    for runs in expected.values():
        text = run_lengths_text(runs)
        assert text == outline_files.compressed(runs)
        assert run_lengths(text) == runs


def test_run_lengths_of_many_digits() -> None:
    for runs in ([0, 1], [31, 1, 32, 2**31], [5, 2**40, 1, 1, 0, 7, 2**20], [10, 3, 9, 2, 8, 1]):
        text = run_lengths_text(runs)
        assert text == outline_files.compressed(runs)
        if max(runs) < 2**31:
            assert run_lengths(text) == runs


def test_annotations_of_coco(hard: np.ndarray, tmp_path: Path) -> None:
    reward = np.linspace(0.1, 0.9, len(np.unique(hard[hard > 0])))
    table = object_table(hard, {"reward": reward, "q": np.full(len(reward), np.nan)})
    write_coco(tmp_path / "a.coco.json", hard, PixelSize(0.3, 0.2), table, tmp_path / "images" / "a.ome.tif")
    found = json.loads((tmp_path / "a.coco.json").read_text())
    (image,) = found["images"]
    assert image == {"id": 1, "file_name": "a.ome.tif", "height": hard.shape[0], "width": hard.shape[1]} | {
        "pixel_size": [0.3, 0.2]
    }
    labels = [int(n) for n in np.unique(hard[hard > 0])]
    assert [each["id"] for each in found["annotations"]] == labels
    for each, paid in zip(found["annotations"], reward, strict=True):
        rows, columns = np.nonzero(hard == each["label"])
        assert each["area"] == len(rows)
        assert each["bbox"] == [columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1]
        assert each["score"] == paid == each["measurements"]["reward"]
        assert "q" not in each["measurements"]
        assert (each["category_id"], each["image_id"], each["iscrowd"]) == (1, 1, 0)


@both
def test_outlines_are_found_beside_their_images(name: str, tmp_path: Path) -> None:
    from rlseg.prediction.writers import write_labels

    (tmp_path / "images").mkdir()
    image = tmp_path / "images" / "a.tif"
    write_labels(image, np.eye(5, dtype=int))
    path = tmp_path / f"a{FORMATS[name].suffix}"
    FORMATS[name].write(path, np.eye(5, dtype=int), None, None, image)
    (found,) = find_outlines(tmp_path, tmp_path / "images")
    assert (found.stem, found.path, found.image) == ("a", path, image)


def test_labelme_finds_the_image(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    write_labelme(tmp_path / "out" / "a.json", np.eye(3, dtype=int), tmp_path / "images" / "a.png")
    found = json.loads((tmp_path / "out" / "a.json").read_text())
    assert (found["imageHeight"], found["imageWidth"], found["imageData"]) == (3, 3, None)
    assert found["imagePath"] == "../images/a.png"
    (shape,) = found["shapes"]
    assert (shape["shape_type"], shape["group_id"], shape["points"]) == ("mask", 1, [[0, 0], [2, 2]])


def test_masks_by_cellposes_name_are_the_label_tiff(tmp_path: Path) -> None:
    labels = np.kron(np.arange(6).reshape(2, 3), np.ones((4, 4), int))
    for name in ("tiff", "cellpose"):
        FORMATS[name].write(tmp_path / f"a{FORMATS[name].suffix}", labels, PixelSize(0.3, 0.2))
    assert (tmp_path / "a_cp_masks.tif").read_bytes() == (tmp_path / "a.tif").read_bytes()
