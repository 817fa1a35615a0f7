"""Files of outlines that are cut, damaged or something else: one line, never a traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
import roifile
from outline_files import write_coco, write_geojson, write_labelme, write_napari

from rlseg.errors import RlsegError
from rlseg.io import read_outlines

RING = [[2, 2], [8, 2], [8, 8], [2, 8]]
SIZE = (12, 14)


def write_roi(path: Path) -> Path:
    roifile.ImagejRoi.frompoints(np.array(RING)).tofile(path)
    return path


def write_zip(path: Path) -> Path:
    with ZipFile(path, "w") as archive:
        archive.writestr("a.roi", roifile.ImagejRoi.frompoints(np.array(RING)).tobytes())
    return path


FILES: dict[str, Callable[[Path], Path]] = {
    "a.roi": write_roi,
    "a.zip": write_zip,
    "a.geojson": lambda path: write_geojson(path, [[RING]]),
    "a.csv": lambda path: write_napari(path, [("polygon", RING)]),
    "labelme.json": lambda path: write_labelme(path, [{"points": RING}], SIZE),
    "coco.json": lambda path: write_coco(
        path, {"a.png": [{"segmentation": [[n for point in RING for n in point]]}]}, SIZE
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_no_damage_leads_to_anything_but_a_line(name: str, tmp_path: Path) -> None:
    path = FILES[name](tmp_path / name)
    whole = path.read_bytes()
    assert (read_outlines(path, SIZE).labels > 0).sum() == 36
    rng = np.random.default_rng(0)
    refused = 0
    for number in range(150):
        data = bytearray(whole)
        if number % 3:
            for place in rng.integers(0, len(data), 1 + number % 4):
                data[place] = int(rng.integers(0, 256))
        else:
            data = data[: rng.integers(1, len(data))]
        path.write_bytes(data)
        said = ""
        try:
            read_outlines(path, SIZE)
        except RlsegError as error:
            said = str(error)
        assert not said or str(path) in said
        refused += bool(said)
    assert refused > 20


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.txt", b"outlines", "holds no outlines that are known here"),
        ("a.json", b"", "is empty"),
        ("a.json", b'{"a": 1}', "holds no outlines that are known here"),
        ("a.json", b"[" * 100_000, "no JSON to its end"),
        ("a.json", b'{"type": "FeatureCollection", "features": [{"geometry": {"type": "Cube"}}]}', "feature 1 is no"),
        ("a.json", b'{"type": "FeatureCollection", "features": []}', "holds no outlined object"),
        ("a.zip", b"PK\x05\x06" + bytes(18), "without any .roi"),
        ("a.csv", b"index,shape-type,vertex-index,axis-0\n0,polygon,0,1\n", "not those of napari's shapes"),
        ("a.csv", b"index,shape-type,vertex-index,axis-0,axis-1\n0,blob,0,1,1\n", "not those of napari's shapes"),
    ],
)
def test_what_is_wrong_is_said(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RlsegError, match=said):
        read_outlines(tmp_path / name, SIZE)


def test_outlines_of_a_larger_image(tmp_path: Path) -> None:
    ring = [[x + 500, y] for x, y in RING]
    with pytest.raises(
        RlsegError, match=r"(?s)no outlined object within 12 x 14 pixels.*outside of the image \(cell 0\)"
    ):
        read_outlines(write_geojson(tmp_path / "a.geojson", [[ring]]), SIZE)
    with pytest.raises(RlsegError, match="as far as row"):
        read_outlines(write_geojson(tmp_path / "a.geojson", [[[[0, 0], [1e9, 0], [1e9, 1e9]]]]))


def test_shapes_on_several_planes(tmp_path: Path) -> None:
    path = write_napari(tmp_path / "a.csv", [("polygon", RING)], [1.0])
    other = write_napari(tmp_path / "b.csv", [("polygon", RING)], [2.0]).read_text().splitlines()[1:]
    path.write_text(path.read_text() + "\n".join(line.replace("0.0,poly", "1.0,poly") for line in other))
    with pytest.raises(RlsegError, match="lie on 2 planes"):
        read_outlines(path, SIZE)
