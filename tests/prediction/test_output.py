"""Files a prediction leaves behind: round trips, and nothing half written."""

import csv
import os
import stat

import numpy as np
import pytest
from PIL import Image
from skimage.measure import regionprops

from rlseg.errors import RlsegError
from rlseg.io.atomic_files import atomic, atomic_folder
from rlseg.pictures.overlay import draw_overlay, write_overlay
from rlseg.prediction.table import object_table, read_table, write_table

rng = np.random.default_rng(0)
labels = np.kron(rng.integers(0, 5, (4, 5)), np.ones((6, 7), int)).astype(np.int32)


def write(path, text="new"):
    with atomic(path) as file:
        file.write(text.encode())


def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a"
    write(path, "old")

    def interrupted():
        with atomic(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
    assert path.read_text() == "old"


def fill(path, text):
    with atomic_folder(path) as folder:
        (folder / text).write_text(text)
        if text == "half":
            raise KeyboardInterrupt


def test_folders_are_whole_or_as_before(tmp_path, monkeypatch):
    path = tmp_path / "a"
    for text in ("old", "newer"):
        fill(path, text)
        assert [p.name for p in path.iterdir()] == [text]
    with pytest.raises(KeyboardInterrupt):
        fill(path, "half")
    replace, moved = os.replace, []

    def second_fails(source, target):
        moved.append(target)
        if len(moved) == 2:
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", second_fails)
    with pytest.raises(RlsegError, match=r"cannot write .*a: No space left"):
        fill(path, "newest")
    assert len(moved) == 3  # away, in place, back
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
    assert [p.name for p in path.iterdir()] == ["newer"]
    with pytest.raises(RlsegError, match="cannot write"):
        fill(tmp_path / "none" / "a", "new")


def test_54_a_full_disk_is_one_clean_error_and_no_empty_file(tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RlsegError, match=r"cannot write .*a: No space left"):
        write(tmp_path / "a")
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_a_clean_error(tmp_path):
    with pytest.raises(RlsegError, match="cannot write"):
        write(tmp_path / "none" / "a")


def test_files_get_the_usual_permissions(tmp_path):
    write(tmp_path / "a")
    (tmp_path / "plain").write_bytes(b"")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_overlay_is_the_image_with_coloured_outlines(tmp_path, channels):
    image = np.zeros((channels, *labels.shape), np.float32)
    image[:, ::2] = 0.8
    picture = draw_overlay(image, labels, scale=3)
    plain = draw_overlay(image, np.zeros_like(labels), scale=3)
    assert picture.shape == (3 * labels.shape[0], 3 * labels.shape[1], 3)
    large = labels.repeat(3, 0).repeat(3, 1)
    changed = (picture != plain).any(axis=-1)
    inner = np.zeros_like(changed)  # pixels whose 3 x 3 surroundings hold one label keep the image
    same = np.ones_like(large[1:-1, 1:-1], bool)
    for row in range(3):
        for column in range(3):
            same &= large[1:-1, 1:-1] == large[row : large.shape[0] - 2 + row, column : large.shape[1] - 2 + column]
    inner[1:-1, 1:-1] = same
    assert not (changed & inner).any()
    assert changed.any()
    saturation = np.ptp(picture[changed].astype(int), axis=-1)
    assert saturation.min() > 50  # colours, not gray
    write_overlay(tmp_path / "a.png", image, labels, scale=3)
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "a.png")), picture)


def test_overlay_with_ids_writes_inside_the_objects():
    image = np.zeros((1, *labels.shape), np.float32)
    with_ids = draw_overlay(image, labels, scale=4, ids=True)
    without = draw_overlay(image, labels, scale=4)
    assert with_ids.shape == without.shape
    assert ((with_ids > 180).all(axis=-1) & ~(without > 180).all(axis=-1)).any()  # white digits
    empty = np.zeros_like(labels)
    np.testing.assert_array_equal(draw_overlay(image, empty, ids=True), draw_overlay(image, empty))


@pytest.mark.parametrize("shape", [(1, 1), (1, 8), (3, 2)])
def test_overlay_of_tiny_images(shape):
    for image_labels in (np.zeros(shape, int), np.ones(shape, int)):
        assert draw_overlay(np.zeros((1, *shape)), image_labels, ids=True).shape == (
            2 * shape[0],
            2 * shape[1],
            3,
        )


def test_table_agrees_with_regionprops_and_survives_the_round_trip(tmp_path):
    sparse = labels * 1000  # ids need not be consecutive
    props = regionprops(sparse)
    table = object_table(sparse, {"score": rng.random(len(props)), "rank": np.arange(len(props))})
    np.testing.assert_array_equal(table["label"], [p.label for p in props])
    np.testing.assert_array_equal(table["area"], [p.area for p in props])
    np.testing.assert_allclose(table["centroid_row"], [p.centroid[0] for p in props])
    np.testing.assert_allclose(table["centroid_col"], [p.centroid[1] for p in props])
    empty = object_table(np.zeros((3, 3), int), {"score": np.zeros(0), "rank": np.zeros(0, int)})
    write_table(tmp_path / "t.csv", {"Zelle 1, µm": table, "none": empty, "b": table})
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["image", "label", "centroid_row", "centroid_col", "area", "score", "rank"]
    assert [row["image"] for row in rows] == ["Zelle 1, µm"] * len(props) + ["b"] * len(props)
    assert [int(row["rank"]) for row in rows] == [*range(len(props))] * 2
    np.testing.assert_allclose([float(r["score"]) for r in rows[: len(props)]], table["score"], rtol=1e-8)


def test_a_table_is_read_back_as_it_was_written(tmp_path):
    labels = np.zeros((9, 9), int)
    labels[2:5, 1:4], labels[6:8, 6:9] = 1, 2
    table = object_table(labels, {"score": np.array([1 / 3, np.nan])})
    write_table(tmp_path / "t.csv", {"a": table, "b": table})
    found = read_table(tmp_path / "t.csv")
    assert list(found) == ["a", "b"]
    for name, values in table.items():
        np.testing.assert_allclose(found["a"][name], values, rtol=1e-8)
    assert found["b"]["label"].dtype.kind == "i"
    write_table(tmp_path / "again.csv", found)
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "t.csv").read_bytes()


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "image,label\nx\n", "image,label\nx,y\n", "\0"])
def test_other_tables_are_refused(tmp_path, text):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(RlsegError, match="table"):
        read_table(tmp_path / "t.csv")


def test_tables_that_do_not_fit_are_refused(tmp_path):
    with pytest.raises(ValueError, match="there are"):
        object_table(labels, {"score": np.zeros(99)})
    with pytest.raises(ValueError, match="must not be called label"):
        object_table(labels, {"label": np.zeros(4)})
    with pytest.raises(ValueError, match="same columns"):
        write_table(tmp_path / "t.csv", {"a": object_table(labels), "b": {"label": np.zeros(0)}})
    with pytest.raises(ValueError, match="same columns"):
        write_table(tmp_path / "t.csv", {})
