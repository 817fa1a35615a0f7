"""What TIFF files say beside their pixels, and what hostile ones claim."""

from __future__ import annotations

import io
import logging
import lzma
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from micromanager_file import write_micromanager
from PIL import Image

from rlseg.errors import RlsegError
from rlseg.io.decode import decode
from rlseg.io.pixel_size import PixelSize
from rlseg.io.read import read_image, read_labels
from rlseg.io.read_options import Reading

OME = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
gray = np.arange(30, dtype=np.uint8).reshape(5, 6)


def write(path: Path, array: np.ndarray = gray, **options: Any) -> Path:
    tifffile.imwrite(path, array, photometric="minisblack", **options)
    return path


def ome(**metadata: Any) -> dict[str, Any]:
    return {"ome": True, "metadata": {"axes": "YX", **metadata}}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (ome(PhysicalSizeX=0.5, PhysicalSizeY=0.25), PixelSize(0.25, 0.5)),
        (ome(PhysicalSizeX=65, PhysicalSizeXUnit="nm", PhysicalSizeY=0.1), PixelSize(0.1, 0.065)),
        (ome(PhysicalSizeX=0.5), None),
        (ome(PhysicalSizeX=0.5, PhysicalSizeY=-1), None),
        (ome(PhysicalSizeX=1, PhysicalSizeXUnit="pixel", PhysicalSizeY=1, PhysicalSizeYUnit="pixel"), None),
        (ome(), None),
        ({"imagej": True, "resolution": (4, 2), "metadata": {"unit": "micron"}}, PixelSize(0.5, 0.25)),
        ({"imagej": True, "resolution": (4, 2), "metadata": {"unit": "\\u00B5m"}}, PixelSize(0.5, 0.25)),
        ({"imagej": True, "resolution": (4, 2), "metadata": {"unit": "pixel"}}, None),
        ({"imagej": True}, None),
        ({"resolution": (1e4, 2e4), "resolutionunit": "CENTIMETER"}, PixelSize(0.5, 1.0)),
        ({"resolution": (300, 300), "resolutionunit": "INCH"}, None),  # a printer's
        ({}, None),
    ],
)  # fmt: skip
def test_75_pixel_sizes_that_files_declare(options: dict[str, Any], expected: PixelSize | None, tmp_path: Path) -> None:
    found = decode(write(tmp_path / "a.tif", **options))
    if expected is None:
        assert found.pixel_size is None
    else:
        assert found.pixel_size is not None
        assert found.pixel_size.row == pytest.approx(expected.row)
        assert found.pixel_size.column == pytest.approx(expected.column)
    assert read_image(tmp_path / "a.tif").pixel_size == found.pixel_size


def test_75_resolutions_of_nothing_are_no_pixel_size(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", resolution=(1, 1), resolutionunit="CENTIMETER")
    with tifffile.TiffFile(path, mode="r+") as file:
        file.pages[0].tags["XResolution"].overwrite((0, 1))
    assert decode(path).pixel_size is None


def bomb(path: Path, piece: bytes, compression: str) -> Path:
    """An image of 10 x 10 pixels whose only piece is something else."""
    tifffile.imwrite(path, iter([piece]), shape=(10, 10), dtype=np.uint8, rowsperstrip=10, compression=compression)
    return path


@pytest.mark.parametrize(("pack", "name"), [(zlib.compress, "zlib"), (lzma.compress, "lzma")])
def test_23_pieces_that_inflate_are_found_before_they_do(pack: Any, name: str, tmp_path: Path) -> None:
    assert (decode(bomb(tmp_path / "good.tif", pack(bytes(range(100))), name)).values.ravel() == range(100)).all()
    path = bomb(tmp_path / "a.tif", pack(bytes(10**8)), name)
    assert path.stat().st_size < 200_000
    tracemalloc.start()
    with pytest.raises(RlsegError, match="inflates to more than the size it claims"):
        read_image(path)
    assert tracemalloc.get_traced_memory()[1] < 30 * 2**20
    tracemalloc.stop()


def test_22_tiles_that_are_larger_than_any_image(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", tile=(16, 16))
    np.testing.assert_array_equal(read_image(path).pixels[0], gray)
    with tifffile.TiffFile(path, mode="r+") as file:
        for tag in ("TileWidth", "TileLength"):
            file.pages[0].tags[tag].overwrite(16_000_000, dtype="I")
    with pytest.raises(RlsegError, match="claims 16000000 x 16000000 values"):
        read_image(path)


def test_26_files_that_metadata_name_are_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "secret.tif", gray + 100)
    (tmp_path / "in").mkdir()
    pixels = (
        '<Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint8" SizeX="6" SizeY="5" SizeC="2" SizeZ="1" SizeT="1">'
        '<TiffData FirstC="0" IFD="0"><UUID FileName="a.tif">urn:uuid:1</UUID></TiffData>'
        '<TiffData FirstC="1" IFD="0"><UUID FileName="../secret.tif">urn:uuid:2</UUID></TiffData></Pixels>'
    )
    text = f'<OME xmlns="{OME}" UUID="urn:uuid:1"><Image>{pixels}</Image></OME>'
    path = write(tmp_path / "in" / "a.tif", description=text, metadata=None)
    with tifffile.TiffFile(path) as file:
        assert file.series[0].shape == (2, 5, 6)  # what the library does by itself
    found = read_image(path)
    np.testing.assert_array_equal(found.pixels, gray[None])
    assert "lead to files that are not opened" in found.notes[0]
    assert read_image(write(tmp_path / "b.tif", **ome())).notes == ()
    # a position a file, of several channels: which axis is what is not said then
    two = gray + np.arange(2, dtype=np.uint8)[:, None, None]
    path = write(tmp_path / "in" / "a.tif", two, description=text.replace("<Image>", "<Image/><Image>"), metadata=None)
    with pytest.raises(RlsegError, match="does not say which one is the channel"):
        read_image(path)
    found = read_image(path, reading=Reading(axes="CYX"))
    np.testing.assert_array_equal(found.pixels, two)
    assert found.pixel_size is None
    assert len(found.notes) == 1


def test_positions_of_micro_manager_are_read_by_themselves(tmp_path: Path) -> None:
    """tifffile puts all files of a stack together, whatever it is told, and calls their axis R."""
    pixels = np.random.default_rng(0).integers(1, 60_000, (2, 3, 5, 6)).astype(np.uint16)
    for position, image in enumerate(pixels):
        write_micromanager(tmp_path / f"x_MMStack_Pos{position}.tif", image, position, 2)
    with tifffile.TiffFile(tmp_path / "x_MMStack_Pos0.tif", _multifile=False) as file:
        assert (file.series[0].axes, file.series[0].shape) == ("RCYX", pixels.shape)
    for position, image in enumerate(pixels):
        found = read_image(tmp_path / f"x_MMStack_Pos{position}.tif")
        np.testing.assert_array_equal(found.pixels, image)
    path = write_micromanager(tmp_path / "y_MMStack.tif", pixels[0], 0, 1)
    np.testing.assert_array_equal(read_image(path).pixels, pixels[0])


def test_20_damaged_files_are_one_line_on_the_console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = write(tmp_path / "a.tif", np.zeros((40, 50), np.uint8), imagej=True).read_bytes()
    (tmp_path / "a.tif").write_bytes(content[: len(content) // 2])
    console = io.StringIO()
    monkeypatch.setattr(logging, "lastResort", logging.StreamHandler(console))
    monkeypatch.setattr(logging.root, "handlers", [])
    with pytest.raises(RlsegError, match="cannot read"):
        read_image(tmp_path / "a.tif")
    assert console.getvalue() == ""


def test_20_ome_metadata_of_several_images_for_one(tmp_path: Path) -> None:
    text = f'<OME xmlns="{OME}"><Image/><Image/></OME>'
    found = decode(write(tmp_path / "a.tif", description=text, metadata=None))
    np.testing.assert_array_equal(found.values, gray)
    assert found.pixel_size is None


def test_79_numbers_of_which_0_is_white_are_turned_round(tmp_path: Path) -> None:
    """As every viewer shows them; in 8 and 16 bits, with a word; labels are numbers and stay."""
    for dtype in (np.uint8, np.uint16):
        most = np.iinfo(dtype).max
        shown = (gray.astype(dtype) * 7) % most
        path = tmp_path / "a.tif"
        tifffile.imwrite(path, most - shown, photometric="miniswhite")
        found = read_image(path)
        np.testing.assert_array_equal(found.pixels[0], shown)
        assert found.notes == (f"{path}: 0 is white in it, its values are turned round",)
    tifffile.imwrite(path, gray, photometric="miniswhite")
    np.testing.assert_array_equal(read_labels(path), gray)
    tifffile.imwrite(path, gray.astype(np.float32), photometric="miniswhite")
    with pytest.raises(RlsegError, match="0 is white, but its values are float32"):
        read_image(path)


def palette(*channels: np.ndarray) -> np.ndarray:
    return np.stack([np.asarray(channel, np.uint16) * 257 for channel in channels])


RAMP, NOTHING = np.arange(256), np.zeros(256, int)


@pytest.mark.parametrize(
    ("colours", "channels", "says"),
    [
        ((RAMP, RAMP, RAMP), 1, ()),  # gray
        ((NOTHING, RAMP, NOTHING), 1, ()),  # ImageJ's green: a way to show intensities
        ((np.minimum(2 * RAMP, 255), RAMP, RAMP // 2), 1, ()),
        ((255 - RAMP,) * 3, 1, ("colours of its palette",)),  # shown turned round: gray again, as colours
        ((RAMP, 255 - RAMP, NOTHING), 3, ("colours of its palette",)),
        ((RAMP * 91 % 256, RAMP * 57 % 256, RAMP * 13 % 256), 3, ("colours of its palette",)),
    ],
)
def test_79_a_palette_gives_its_colours_unless_it_only_shows_intensities(
    colours: tuple[np.ndarray, ...], channels: int, says: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, gray, photometric="palette", colormap=palette(*colours))
    found = read_image(path)
    assert found.pixels.shape == (channels, 5, 6)
    stacked = np.stack([channel[gray] for channel in colours])
    np.testing.assert_array_equal(found.pixels, stacked[:channels] if says else gray[None])
    assert len(found.notes) == len(says)
    assert all(said in note for said, note in zip(says, found.notes, strict=True))
    np.testing.assert_array_equal(read_labels(path), gray)
    with Image.open(path) as image:
        shown = np.asarray(image.convert("RGB")).transpose(2, 0, 1)
    if says:
        np.testing.assert_array_equal(found.pixels, shown[:channels])


@pytest.mark.parametrize(("c", "t", "axes"), [(1, 4, "T"), (3, 1, "C"), (2, 3, "TC")])
def test_80_planes_that_are_declared_and_not_there_are_not_made_up(c: int, t: int, axes: str, tmp_path: Path) -> None:
    channels = "".join(f'<Channel ID="Channel:0:{i}" SamplesPerPixel="1"/>' for i in range(c))
    xml = (
        f'<?xml version="1.0" encoding="UTF-8"?><OME xmlns="{OME}"><Image ID="Image:0"><Pixels ID="Pixels:0" '
        f'DimensionOrder="XYCZT" Type="uint8" SizeX="6" SizeY="5" SizeC="{c}" SizeZ="1" SizeT="{t}">'
        f"{channels}<TiffData/>"
        "</Pixels></Image></OME>"
    )
    path = tmp_path / "broken_off.ome.tif"
    with tifffile.TiffWriter(path) as writer:
        writer.write(gray, description=xml, metadata=None)
        writer.write(gray, metadata=None)
    with pytest.raises(RlsegError, match=rf"declares {c * t} planes and lacks {c * t - 2} of them"):
        decode(path)
