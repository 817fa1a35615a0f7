"""Films as stacks and as folders of frames, and what is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from rlseg.errors import RlsegError
from rlseg.io import frames_of, in_time, read_film, read_label_film

LABELS = np.zeros((3, 6, 8), np.uint8)
LABELS[:, 1:3, 1:3] = 1
LABELS[:, 4:6, 4:7] = 2


def test_a_stack_with_an_axis_of_times(tmp_path: Path) -> None:
    path = tmp_path / "film.tif"
    tifffile.imwrite(path, LABELS, metadata={"axes": "TYX"}, ome=True)
    labels, size = read_label_film(path)
    np.testing.assert_array_equal(labels, LABELS)
    assert labels.dtype == np.int32
    assert size is None
    frames = read_film(path)
    assert [frame.pixels.shape for frame in frames] == [(1, 6, 8)] * 3
    np.testing.assert_array_equal(np.stack([frame.pixels[0] for frame in frames]), LABELS)


def test_a_folder_of_frames_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for number in (0, 2, 10):
        tifffile.imwrite(tmp_path / f"t{number}.tif", LABELS[0] * (number + 1))
    (tmp_path / "man_track.txt").write_text("1 0 2 0\n")
    labels, _ = read_label_film(tmp_path)
    assert labels.max(axis=(1, 2)).tolist() == [2, 6, 22]
    names = [Path(name) for name in ("b2.tif", "a10.tif", "a9.tif")]
    assert [path.name for path in in_time(names)] == ["a9.tif", "a10.tif", "b2.tif"]


def test_the_user_says_what_the_axes_are(tmp_path: Path) -> None:
    path = tmp_path / "film.tif"
    tifffile.imwrite(path, LABELS, metadata={"axes": "ZYX"}, ome=True)
    with pytest.raises(RlsegError, match="is a stack of planes Z, a film of images has the axis T alone") as caught:
        read_label_film(path)
    assert caught.value.hint == "if its planes are frames, say so: --axes TYX"
    with pytest.raises(RlsegError, match="is a stack of planes Z"):
        read_film(path)
    np.testing.assert_array_equal(read_label_film(path, "TYX")[0], LABELS)


@pytest.mark.parametrize(
    ("axes", "shape", "message"),
    [
        ("YX", (6, 8), "is one image, a film has two or more frames"),
        ("ZYX", (2, 6, 8), "is a stack of planes Z"),
        ("TCYX", (3, 2, 6, 8), "has channels"),
    ],
)
def test_what_is_no_film_of_labels(axes: str, shape: tuple[int, ...], message: str, tmp_path: Path) -> None:
    values = np.arange(np.prod(shape)).reshape(shape).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", values, metadata={"axes": axes}, ome=True)
    with pytest.raises(RlsegError, match=message):
        read_label_film(tmp_path / "a.tif")


@pytest.mark.parametrize("axes", ["TZYX", "ZTYX"])
def test_films_of_volumes_have_the_time_first(axes: str, tmp_path: Path) -> None:
    values = np.arange(2 * 3 * 6 * 8).reshape(2, 3, 6, 8).astype(np.uint16)
    stored = values if axes == "TZYX" else values.swapaxes(0, 1)
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="minisblack")
    np.testing.assert_array_equal(read_label_film(tmp_path / "a.tif", axes)[0], values)


def test_volumes_are_read_when_they_are_asked_for(tmp_path: Path) -> None:
    values = np.arange(2 * 3 * 6 * 8, dtype=np.uint16).reshape(2, 3, 6, 8)
    tifffile.imwrite(tmp_path / "a.tif", values, ome=True, metadata={"axes": "TZYX"})
    found = read_film(tmp_path / "a.tif", volume=True)
    np.testing.assert_array_equal(np.stack([one.pixels[0] for one in found]), values)
    assert found[1].pixels.shape == found[-1].pixels.shape == (1, 3, 6, 8)
    with pytest.raises(RlsegError, match="a film of images has the axis T alone"):
        read_film(tmp_path / "a.tif")
    frames = frames_of([tmp_path / "there_is_none.tif"] * 3, volume=True)
    assert (len(frames), len(frames[1:])) == (3, 2)
    with pytest.raises(RlsegError, match="cannot read"):
        frames[0]


def test_a_folder_of_other_stacks_is_no_film(tmp_path: Path) -> None:
    for name in ("t1.tif", "t2.tif"):
        tifffile.imwrite(tmp_path / name, np.ones((2, 6, 8), np.uint16), metadata={"axes": "TYX"}, ome=True)
    with pytest.raises(RlsegError, match=r"t1.tif is a stack with the axes T, not a frame of a film"):
        read_label_film(tmp_path)


def test_a_mask_is_no_label_stack(tmp_path: Path) -> None:
    mask = np.zeros((2, 9, 9), np.uint8)
    mask[:, ::3, ::3] = 255
    tifffile.imwrite(tmp_path / "a.tif", mask, metadata={"axes": "TYX"}, ome=True)
    with pytest.raises(RlsegError, match="is a mask: 9 separate objects all have the label 255"):
        read_label_film(tmp_path / "a.tif")
    # one object that moves is no mask
    mask[:] = 0
    mask[0, 1:3, 1:3] = mask[1, 2:4, 2:4] = 1
    tifffile.imwrite(tmp_path / "b.tif", mask, metadata={"axes": "TYX"}, ome=True)
    assert read_label_film(tmp_path / "b.tif")[0].max() == 1


def test_frames_of_different_sizes(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "t1.tif", LABELS[0])
    tifffile.imwrite(tmp_path / "t2.tif", LABELS[0, :5])
    with pytest.raises(RlsegError, match=r"differ in size: t1.tif is 6 x 8 px, t2.tif is 5 x 8 px"):
        read_label_film(tmp_path)


def test_labels_that_are_none(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", LABELS + np.float32(0.5), metadata={"axes": "TYX"}, ome=True)
    with pytest.raises(RlsegError, match="labels that are not whole numbers"):
        read_label_film(tmp_path / "a.tif")
