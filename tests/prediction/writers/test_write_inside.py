"""Labels inside the OME-Zarr image that they are about: where they lie, what they say, what else is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from ome_zarr_images import LABELS, make_image

from rlseg.errors import RlsegError
from rlseg.io.decode import decode
from rlseg.io.read import read_image, read_labels
from rlseg.prediction.writers import FORMATS
from rlseg.prediction.writers.inside import write_inside

versions = pytest.mark.parametrize("version", ["0.4", "0.5"])


@versions
@pytest.mark.parametrize("names", ["cyx", "yx", "tczyx"])
def test_labels_lie_on_their_image(version: str, names: str, tmp_path: Path) -> None:
    path = make_image(tmp_path / "a.zarr", version, names)
    before = read_image(path)
    form = FORMATS["inside"]
    assert form.place(tmp_path / "out" / "a", path) == path / "labels" / "rlseg"
    form.write(path / "labels" / "rlseg", LABELS, None, None, path)
    np.testing.assert_array_equal(read_labels(path), LABELS)
    np.testing.assert_array_equal(read_image(path).pixels, before.pixels)
    content = decode(path / "labels" / "rlseg")
    assert content.labels
    assert content.axes == names.replace("c", "").upper()
    assert content.pixel_size == before.pixel_size is not None
    group = zarr.open_group(store=str(path), mode="r")
    assert group.metadata.zarr_format == (3 if version == "0.5" else 2)
    found: Any = dict(group["labels/rlseg"].attrs)
    found = found.get("ome", found)
    for level in range(2):
        array, image = group[f"labels/rlseg/{level}"], group[str(level)]
        kept = [place for place, name in enumerate(names) if name != "c"]
        assert array.shape == tuple(image.shape[place] for place in kept)
        scale, shift = found["multiscales"][0]["datasets"][level]["coordinateTransformations"]
        assert scale["scale"][-2:] == [0.5 * 2**level, 0.25 * 2**level]
        assert shift["translation"] == [7.0 if names[place] == "y" else 0.0 for place in kept]
        assert set(np.unique(array[...])) == set(np.unique(LABELS))


@versions
def test_labels_of_others_stay_and_ours_are_replaced(version: str, tmp_path: Path) -> None:
    path = make_image(tmp_path / "a.zarr", version)
    write_inside(path, LABELS)
    (path / "labels" / "rlseg").rename(path / "labels" / "mine")
    listed = path / "labels" / ("zarr.json" if version == "0.5" else ".zattrs")
    listed.write_text(listed.read_text().replace("rlseg", "mine"))
    for labels in (LABELS, LABELS[::-1]):
        write_inside(path, labels)
        np.testing.assert_array_equal(read_labels(path / "labels" / "rlseg"), labels)
        np.testing.assert_array_equal(read_labels(path / "labels" / "mine"), LABELS)
    group: Any = dict(zarr.open_group(store=str(path), mode="r")["labels"].attrs)
    assert group.get("ome", group)["labels"] == ["mine", "rlseg"]
    assert sorted(child.name for child in (path / "labels").iterdir() if child.is_dir()) == ["mine", "rlseg"]


@versions
@pytest.mark.filterwarnings("ignore:Consolidated metadata is currently not part")  # where the test makes some
def test_consolidated_descriptions_know_them(version: str, tmp_path: Path) -> None:
    outer = tmp_path / "outer.zarr"
    zarr.create_group(store=str(outer), zarr_format=3 if version == "0.5" else 2)
    path = make_image(outer / "0", version, omero={"channels": []})
    kept = dict(zarr.open_group(store=str(path), mode="r").attrs)
    for place in (path, outer):
        zarr.consolidate_metadata(str(place), zarr_format=3 if version == "0.5" else 2)
    form = FORMATS["inside"]
    assert form.place(tmp_path / "a", outer) == path / "labels" / "rlseg"
    write_inside(outer, LABELS)
    for place, name in ((outer, "0/labels/rlseg"), (path, "labels/rlseg")):
        group = zarr.open_group(store=str(place), mode="r", use_consolidated=True)
        assert name in group
        np.testing.assert_array_equal(np.asarray(group[f"{name}/0"][...]), LABELS)
    assert dict(zarr.open_group(store=str(path), mode="r").attrs) == kept


def test_what_has_no_labels_inside(tmp_path: Path) -> None:
    place = FORMATS["inside"].place
    path = make_image(tmp_path / "a.zarr", "0.5")
    with pytest.raises(RlsegError, match=r"has shape \(2, 3\)|labels have shape \(2, 3\)"):
        write_inside(path, np.ones((2, 3), int))
    write_inside(path, LABELS)
    with pytest.raises(RlsegError, match="holds labels, not an image"):
        place(tmp_path / "x", path / "labels" / "rlseg")
    (tmp_path / "b.tif").write_bytes(b"II*\0")
    with pytest.raises(RlsegError, match=r"b\.tif is no OME-Zarr image"):
        place(tmp_path / "x", tmp_path / "b.tif")
    zarr.create_array(store=str(tmp_path / "c.zarr"), data=np.ones((2, 2)))
    with pytest.raises(RlsegError, match="Zarr array and no OME-Zarr image"):
        place(tmp_path / "x", tmp_path / "c.zarr")
    (path / "labels" / "rlseg" / "zarr.json").write_text(json.dumps({"zarr_format": 3, "node_type": "group"}))
    with pytest.raises(RlsegError, match="it is not replaced"):
        FORMATS["inside"].check(path / "labels" / "rlseg")
    with pytest.raises(RlsegError, match="it is not replaced"):
        write_inside(path, LABELS)
    other = make_image(tmp_path / "d.zarr", "0.4")
    (other / "labels").mkdir()
    (other / "labels" / ".zattrs").write_text("[1")
    with pytest.raises(RlsegError, match="no description of a group of labels"):
        write_inside(other, LABELS)
