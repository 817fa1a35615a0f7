"""Files of microscopes, read by plugins of bioio: stand-ins here, the real ones in tests/programs."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import tifffile
import zarr
from nd2_file import write_nd2

from rlseg.errors import RlsegError
from rlseg.io.decode import DECODERS, Wanted, decode
from rlseg.io.decode.nd2 import Nd2Decoder
from rlseg.io.find import find_images
from rlseg.io.pixel_size import PixelSize
from rlseg.io.read import read_image
from rlseg.io.read_options import Reading

LIF = b"\x70\0\0\0\x0b\0\0\0\x2a" + bytes(20)


class Reader:
    """Two scenes of 2 channels, 3 x 4 pixels."""

    scenes = ("left", "right")
    channel_names = ("DAPI", "488")
    sizes: tuple[float, float] = (0.5e-6 * 2, 0.25e-6 * 3)  # from the first to the last pixel
    unit = "m"
    order = "TCZYX"
    shape = (1, 2, 1, 3, 4)
    read = 0

    def __init__(self, path: str) -> None:
        assert Path(path).is_absolute()  # a relative one may look like an address
        self.scene = -1

    def set_scene(self, scene: int) -> None:
        self.scene = self.current_scene_index = scene

    @property
    def dims(self) -> Any:
        return SimpleNamespace(order=self.order, shape=self.shape)

    @property
    def data(self) -> np.ndarray:
        type(self).read += 1
        return np.arange(np.prod(self.shape), dtype=np.uint16).reshape(self.shape) + 100 * self.scene


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> type[Reader]:
    """A plugin for LIF."""
    kind = type("Reader", (Reader,), {})
    module = ModuleType("bioio_lif")
    module.Reader = kind  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "bioio_lif", module)

    def images(path: Path) -> Any:
        axis = '<DimensionDescription DimID="{}" NumberOfElements="{}" Length="{}" Unit="{}"/>'
        both = axis.format(1, 4, kind.sizes[1], kind.unit) + axis.format(2, 3, kind.sizes[0], kind.unit)
        both += axis.format(3, 5, 8e-6, kind.unit) * (kind.shape[2] == 5)
        described = SimpleNamespace(xml_element=ElementTree.fromstring(f"<Image>{both}</Image>"))
        return nullcontext(SimpleNamespace(images=[described] * 2))

    library = ModuleType("liffile")
    library.LifFile = images  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "liffile", library)
    return kind


@pytest.fixture
def lif(tmp_path: Path) -> Path:
    path = tmp_path / "a.lif"
    path.write_bytes(LIF)
    return path


def test_scenes_and_channels_by_name(reader: type[Reader], lif: Path) -> None:
    with pytest.raises(RlsegError, match=r"holds 2 scenes \(left, right\)") as error:
        read_image(lif)
    assert "--series 1 ... 2" in error.value.hint
    whole = read_image(lif, reading=Reading(series=2))
    assert whole.pixel_size == PixelSize(0.5, 0.25)
    np.testing.assert_array_equal(whole.pixels, np.arange(24).reshape(2, 3, 4) + 100)
    for channel in (1, "488", 488, "dapi"):
        place = 0 if channel == "dapi" else 1
        one = read_image(lif, reading=Reading(series=2, channel=channel))
        np.testing.assert_array_equal(one.pixels, whole.pixels[place : place + 1])
    for channel in (2, "GFP"):
        with pytest.raises(RlsegError, match=f"has no channel {channel}") as error:
            read_image(lif, reading=Reading(series=1, channel=channel))
        assert "it has 2, counted from 0, called DAPI, 488" in error.value.hint
    with pytest.raises(RlsegError, match="has 2 channels, 1 expected") as error:
        read_image(lif, channels=1, reading=Reading(series=1))
    assert error.value.hint == "choose one of them: --channel 0 ... 1, or by name: DAPI, 488"
    reader.channel_names = ("DAPI", "dapi")
    with pytest.raises(RlsegError, match="has 2 channels DAPI"):
        read_image(lif, reading=Reading(series=1, channel="DAPI"))


@pytest.mark.parametrize(
    ("sizes", "unit"), [((0.0, 0.0), "m"), ((3.0, 2.0), "m"), ((np.nan, 1e-6), "m"), ((1.0, 1.0), "inch")]
)
def test_no_pixel_size_is_made_up(sizes: Any, unit: str, reader: type[Reader], lif: Path) -> None:
    reader.sizes, reader.unit = sizes, unit
    assert decode(lif, Wanted(series=1)).pixel_size is None


def test_how_far_planes_are_apart(reader: type[Reader], lif: Path) -> None:
    reader.shape = (1, 2, 5, 3, 4)
    assert decode(lif, Wanted(series=1)).pixel_size == PixelSize(0.5, 0.25, 2.0)


def test_size_is_checked_before_pixels_are_read(reader: type[Reader], lif: Path) -> None:
    with pytest.raises(RlsegError, match="claims 1 x 2 x 1 x 3 x 4 values, at most 23 are allowed"):
        decode(lif, Wanted(max_pixels=23, series=1))
    reader.order, reader.shape = "MTCYX", (7, 1, 2, 3, 4)
    with pytest.raises(RlsegError, match="is a mosaic of 7 tiles"):
        decode(lif, Wanted(series=1))
    assert reader.read == 0


def test_planes_that_an_nd2_lacks_are_counted_in_its_map(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.zeros((3, 2, 4, 5), np.uint16)  # dark planes are there all the same
    known = SimpleNamespace(heightPx=4, widthBytes=20, compressionType=None)
    opened = SimpleNamespace(sizes={"P": 3, "C": 2, "Y": 4, "X": 5}, attributes=known)
    library = ModuleType("nd2")
    library.ND2File = lambda path: nullcontext(opened)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "nd2", library)
    (nd2,) = [decoder for decoder in DECODERS if isinstance(decoder, Nd2Decoder)]

    def lacks(path: Path) -> list[int]:
        return [nd2.lacks(SimpleNamespace(current_scene_index=scene), path) for scene in range(3)]

    whole = write_nd2(tmp_path / "a.nd2", pixels, 0.5, calibrated=True)
    assert lacks(whole) == [0, 0, 0]
    assert lacks(write_nd2(tmp_path / "b.nd2", pixels, 0.5, calibrated=True, lost=2)) == [0, 2, 2]
    opened.sizes = {"P": 3, "T": 1, "Z": 2, "C": 2, "Y": 4, "X": 5}
    assert lacks(whole) == [0, 2, 4]
    known.heightPx = whole.stat().st_size // 20  # frames that would end beyond the file
    assert lacks(whole) == [4, 4, 4]


def test_what_libraries_raise_is_one_line(reader: type[Reader], lif: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Any) -> None:
        raise RuntimeError("Illegal segment-directory")

    reader.data = property(broken)  # type: ignore[assignment,method-assign]
    monkeypatch.setattr("rlseg.io.decode.failures.version", lambda package: f"of {package}")
    with pytest.raises(RlsegError, match="bioio-lif of bioio-lif gives up with RuntimeError: Illegal segment"):
        decode(lif, Wanted(series=1))


@pytest.mark.parametrize(
    ("start", "kind"),
    [(b"ZISRAWFILE" + bytes(20), "CZI"), (b"\xda\xce\xbe\n" + bytes(30), "ND2"), (LIF, "LIF")],
)
def test_without_its_plugin(start: bytes, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pylibCZIrw", "bioio_nd2", "bioio_lif"):
        monkeypatch.setitem(sys.modules, name, None)
    path = tmp_path / f"a.{kind.lower()}"
    path.write_bytes(start)
    with pytest.raises(RlsegError, match=f"{kind} needs a package that is missing") as error:
        read_image(path)
    assert f'pip install "rlseg[{kind.lower()}]"' in error.value.hint
    (decoder,) = [decoder for decoder in DECODERS if decoder.kind == kind]
    assert decoder.recognises(path, start[:26])


def test_files_in_folders_are_left_out_where_there_is_no_plugin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.lif").write_bytes(LIF)
    tifffile.imwrite(tmp_path / "b.tif", np.eye(4, dtype=np.uint8))
    (lif,) = [decoder for decoder in DECODERS if decoder.kind == "LIF"]
    others = [decoder for decoder in DECODERS if decoder.kind in ("PNG", "TIFF", "Zarr")]
    for known, stems in ((others, ["b"]), ([*others, lif], ["a", "b"])):
        monkeypatch.setattr("rlseg.io.folder._READ", known)
        said: list[str] = []
        assert [file.stem for file in find_images(tmp_path, say=said.append)] == stems
        assert len(said) == (1 if known is others else 0)


def test_names_of_channels_in_ome_files(tmp_path: Path) -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    named = {"axes": "CYX", "Channel": {"Name": ["DAPI", "GFP"]}}
    tifffile.imwrite(tmp_path / "a.ome.tif", pixels, ome=True, photometric="minisblack", metadata=named)
    axes = [{"name": name, "type": "channel" if name == "c" else "space"} for name in "cyx"]
    ome: dict[str, Any] = {"version": "0.5", "multiscales": [{"axes": axes, "datasets": [{"path": "0"}]}]}
    ome["omero"] = {"channels": [{"label": "DAPI"}, {"label": "GFP"}]}
    zarr.create_group(store=str(tmp_path / "a.zarr"), attributes={"ome": ome}).create_array("0", data=pixels)
    for name in ("a.ome.tif", "a.zarr"):
        found = read_image(tmp_path / name, reading=Reading(channel="GFP"))
        np.testing.assert_array_equal(found.pixels, pixels[1:])
    tifffile.imwrite(tmp_path / "b.tif", pixels, photometric="minisblack", metadata={"axes": "CYX"})
    with pytest.raises(RlsegError, match="has no channel GFP") as error:
        read_image(tmp_path / "b.tif", reading=Reading(channel="GFP"))
    assert "without names" in error.value.hint
