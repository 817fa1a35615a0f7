"""Files of microscopes: CZI that Zeiss's own library wrote, ND2 and LIF made by hand, ND2 of a Nikon microscope."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from lif_file import write_lif
from nd2_file import write_nd2

from rlseg.errors import RlsegError
from rlseg.io.decode import Wanted, decode
from rlseg.io.pixel_size import PixelSize
from rlseg.io.read import read_image, read_planes
from rlseg.io.read_options import Reading

pytestmark = [pytest.mark.programs, pytest.mark.filterwarnings("default")]
PIXELS = np.random.default_rng(0).integers(0, 60_000, (3, 2, 4, 5, 20, 30)).astype(np.uint16)  # scene, T, C, Z, Y, X


def write_czi(path: Path, pixels: np.ndarray, **metadata: Any) -> Path:
    """Scene, T, C, Z, Y, X[, 3]."""
    czi = pytest.importorskip("pylibCZIrw.czi")
    with czi.create_czi(str(path)) as file:
        for scene, t, c, z in np.ndindex(*pixels.shape[:4]):
            plane = pixels[scene, t, c, z]
            plane = plane if plane.ndim == 3 else plane[..., None]
            file.write(plane, plane={"T": t, "C": c, "Z": z}, scene=scene, location=(100 * scene, 0))
        if metadata:
            file.write_metadata("a", **metadata)
    return path


@pytest.fixture
def make() -> Callable[..., Path]:
    pytest.importorskip("pylibCZIrw")
    return write_czi


SIZED = {"scale_x": 0.25e-6, "scale_y": 0.5e-6, "channel_names": {0: "DAPI", 1: "GFP"}}


def test_channels_of_czi(make: Callable[..., Path], tmp_path: Path) -> None:
    path = make(tmp_path / "a.czi", PIXELS[:1, :1, :2, :1], **SIZED)
    found = read_image(path)
    np.testing.assert_array_equal(found.pixels, PIXELS[0, 0, :2, 0])
    assert found.pixel_size == PixelSize(0.5, 0.25)
    np.testing.assert_array_equal(read_image(path, reading=Reading(channel="GFP")).pixels, PIXELS[0, 0, 1:2, 0])
    for channel in (2, "Cy5"):
        with pytest.raises(RlsegError, match="has no channel"):
            read_image(path, reading=Reading(channel=channel))


def test_scenes_and_planes_of_czi(make: Callable[..., Path], tmp_path: Path) -> None:
    path = make(tmp_path / "a.czi", PIXELS, scale_z=2e-6, **SIZED)
    with pytest.raises(RlsegError, match="holds 3 scenes"):
        read_image(path)
    for scene in range(3):
        planes = read_planes(path, reading=Reading(series=scene + 1))
        assert len(planes) == 10
        assert planes["t1_z1"].pixel_size == PixelSize(0.5, 0.25, 2.0)
        for t in range(2):
            for z in range(5):
                np.testing.assert_array_equal(planes[f"t{t + 1}_z{z + 1}"].pixels, PIXELS[scene, t, :, z])
    with pytest.raises(RlsegError, match="is a stack"):
        read_image(path, reading=Reading(series=1))
    with pytest.raises(RlsegError, match="values, at most 23999 are allowed"):
        decode(path, Wanted(max_pixels=23_999, series=1))


def test_planes_that_a_czi_lacks(tmp_path: Path) -> None:
    """The library counts from 0 whatever the numbers are, and gives zeros for what is not there."""
    czi = pytest.importorskip("pylibCZIrw.czi")

    def write(places: list[tuple[int, int, int]]) -> Path:
        """Scene, T, Z."""
        path = tmp_path / "a.czi"
        with czi.create_czi(str(path), exist_ok=True) as file:
            for scene, t, z in places:
                plane = PIXELS[scene, t, 0, z][..., None]
                file.write(plane, plane={"T": t, "C": 0, "Z": z}, scene=scene, location=(100 * scene, 0))
        return path

    late = read_planes(write([(0, 1, z) for z in (2, 3, 4)]))
    assert list(late) == ["z1", "z2", "z3"]
    np.testing.assert_array_equal([image.pixels[0] for image in late.values()], PIXELS[0, 1, 0, 2:])
    # a scene of fewer planes than another one is whole
    path = write([(0, 0, z) for z in range(5)] + [(1, 0, z) for z in range(2)])
    assert [len(read_planes(path, reading=Reading(series=scene))) for scene in (1, 2)] == [5, 2]
    path = write([(0, 0, 0), (0, 0, 1), (0, 1, 0)])
    with pytest.raises(RlsegError, match="declares 4 planes and lacks 1 of them"):
        read_planes(path)


@pytest.mark.parametrize("way", ["zstd0:ExplicitLevel=3", "zstd1:ExplicitLevel=3;PreProcess=HiLoByteUnpack"])
def test_compressed_tiles_of_czi(way: str, tmp_path: Path) -> None:
    """Two tiles with a gap, which is 0."""
    czi = pytest.importorskip("pylibCZIrw.czi")
    tiles = PIXELS[:2, 0, 0, 0] // 256 + 1
    for kind in (np.uint8, np.uint16, np.float32):
        path = tmp_path / f"{kind.__name__}.czi"
        with czi.create_czi(str(path), compression_options=way) as file:
            for tile, place in zip(tiles, ((-10, 3), (40, 8)), strict=True):
                file.write(tile.astype(kind)[..., None], location=place)
        expected = np.zeros((1, 25, 80))
        expected[0, :20, :30], expected[0, 5:, 50:] = tiles
        np.testing.assert_array_equal(read_image(path).pixels, expected)


def test_czi_without_a_pixel_size(make: Callable[..., Path], tmp_path: Path) -> None:
    path = make(tmp_path / "a.czi", PIXELS[:1, :1, :2, :1])
    assert read_image(path).pixel_size is None
    path = make(tmp_path / "b.czi", PIXELS[:1, :1, :2, :1], channel_names={0: "DAPI"})
    assert read_image(path).pixel_size is None


def test_colours_of_czi(make: Callable[..., Path], tmp_path: Path) -> None:
    """Zeiss stores blue first."""
    colours = np.zeros((1, 1, 1, 1, 20, 30, 3), np.uint8)
    colours[..., 0] = np.arange(30)  # what is written first, blue
    colours[..., 2] = np.arange(20)[:, None] + 100
    found = read_image(make(tmp_path / "a.czi", colours, scale_x=1e-6, scale_y=1e-6))
    assert found.pixels.shape == (3, 20, 30)
    print(found.pixels[:, 1, 2])
    np.testing.assert_array_equal(found.pixels[:, 1, 2], [101, 0, 2])


def test_broken_czi(make: Callable[..., Path], tmp_path: Path) -> None:
    whole = make(tmp_path / "a.czi", PIXELS[:1, :1, :2, :1], **SIZED).read_bytes()
    path = tmp_path / "b.czi"
    for length in (30, 500, len(whole) // 2, len(whole) - 100):
        path.write_bytes(whole[:length])
        with pytest.raises(RlsegError, match=r"cannot read .*b\.czi"):
            read_image(path)


def test_lif(tmp_path: Path) -> None:
    pytest.importorskip("bioio_lif")
    images = [PIXELS[0, 0, :2, 0], PIXELS[1, 0, :3, 0]]
    path = write_lif(tmp_path / "a.lif", images)
    with pytest.raises(RlsegError, match=r"holds 2 scenes"):
        read_image(path)
    for number, image in enumerate(images, start=1):
        found = read_image(path, reading=Reading(series=number))
        np.testing.assert_array_equal(found.pixels, image)
        assert found.pixel_size is not None
        assert (found.pixel_size.row, found.pixel_size.column) == pytest.approx((0.5, 0.25))
    green = read_image(path, reading=Reading(series=2, channel="Green"))
    np.testing.assert_array_equal(green.pixels, images[1][1:2])
    for unit, size in (("inch", (0.5, 0.25)), ("", (1e6, 1e6)), ("m", (0.0, 0.0))):
        assert read_image(write_lif(tmp_path / "b.lif", images[:1], unit, size)).pixel_size is None
    with pytest.raises(RlsegError, match="values, at most 9 are allowed"):
        decode(path, Wanted(max_pixels=9, series=1))
    whole = path.read_bytes()
    for length in (40, len(whole) // 3, len(whole) - 10):
        path.write_bytes(whole[:length])
        with pytest.raises(RlsegError, match=r"cannot read .*a\.lif"):
            read_image(path, reading=Reading(series=2))


def test_nd2(tmp_path: Path) -> None:
    pytest.importorskip("bioio_nd2")
    images = PIXELS[:, 0, :3, 0]
    path = write_nd2(tmp_path / "a.nd2", images, 0.325, calibrated=True)
    with pytest.raises(RlsegError, match=r"holds 3 scenes"):
        read_image(path)
    for number, image in enumerate(images, start=1):
        found = read_image(path, reading=Reading(series=number))
        np.testing.assert_array_equal(found.pixels, image)
        assert found.pixel_size == PixelSize(0.325, 0.325)
    green = read_image(path, reading=Reading(series=3, channel="gfp"))
    np.testing.assert_array_equal(green.pixels, images[2][1:2])
    broken_off = write_nd2(tmp_path / "c.nd2", images, 0.325, calibrated=True, lost=1)
    np.testing.assert_array_equal(read_image(broken_off, reading=Reading(series=2)).pixels, images[1])
    with pytest.raises(RlsegError, match="declares 3 planes and lacks 3 of them"):
        read_image(broken_off, reading=Reading(series=3))
    # a confocal microscope gives 0 where there is no light
    dark = np.where(np.arange(3)[:, None, None] == 1, 0, images[:1])
    np.testing.assert_array_equal(
        read_image(write_nd2(tmp_path / "d.nd2", dark, 0.325, calibrated=True)).pixels, dark[0]
    )
    # bioio gives 1 here
    assert read_image(write_nd2(tmp_path / "b.nd2", images[:1], 1.0, calibrated=False)).pixel_size is None
    with pytest.raises(RlsegError, match="values, at most 9 are allowed"):
        decode(path, Wanted(max_pixels=9, series=1))
    whole = path.read_bytes()
    for length in (40, len(whole) // 3, len(whole) - 10):
        path.write_bytes(whole[:length])
        with pytest.raises(RlsegError, match=r"cannot read .*a\.nd2"):
            read_image(path, reading=Reading(series=2))


# the axes of the pixels, and what NIS-Elements calls the channels
NIKON = {
    "cerevisiae": ("CYX", (2, 256, 256), ("DIC", "FITC BP")),
    "pbmc": ("CYX", (4, 256, 256), ("Mono", "DAPI", "FITC BP", "TRITC BP")),
    "multichannel": ("CYX", (4, 256, 256), ("Mono", "DAPI", "FITC BP", "TRITC BP")),
    "timelapse": ("CTYX", (1, 53, 64, 64), ("GFP 488 nm",)),
    "zstack": ("CZYX", (1, 11, 128, 128), ("FITC BP",)),
}


@pytest.mark.parametrize("name", NIKON)
def test_nd2_of_a_microscope(name: str) -> None:
    """Nikon Ti2-E, version 3.0; the package says what NIS-Elements says of them."""
    pytest.importorskip("bioio_nd2")
    package = find_spec("arcadia_microscopy_tools")
    if package is None or not package.submodule_search_locations:
        pytest.skip("no arcadia-microscopy-tools")
    folder = Path(package.submodule_search_locations[0]) / "tests" / "data"
    path = folder / f"example-{name}.nd2"
    axes, shape, channels = NIKON[name]
    found = decode(path, Wanted())
    assert (found.axes, found.values.shape, found.channels) == (axes, shape, channels)
    known = yaml.safe_load((folder / "known-metadata.yml").read_text()).get(path.name)
    if known:
        first = next(iter(known.values()))["resolution"]
        side, apart = first["xy_step_um"], first["z_step_um"] if "Z" in axes else None
        assert found.pixel_size == PixelSize(side, side, apart)
    # frames as they are stored, without the library: channels side by side
    data = path.read_bytes()
    frames = found.values.reshape(shape[0], -1, *shape[-2:])
    for number in range(frames.shape[1]):
        entry = data.rindex(f"ImageDataSeq|{number}!".encode()) + len(f"ImageDataSeq|{number}!")
        start = int.from_bytes(data[entry : entry + 8], "little") + 4096
        stored = np.frombuffer(data, "<u2", frames[:, 0].size, start).reshape(*shape[-2:], shape[0])
        np.testing.assert_array_equal(frames[:, number], np.moveaxis(stored, -1, 0))
