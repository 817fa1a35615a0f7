"""What headers say of the channels is what reading the pixels says, or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from rlseg.errors import RlsegError
from rlseg.io.decode.headers import channels_in_header
from rlseg.io.read import common_channels, read_image
from rlseg.io.read_options import Reading

RNG = np.random.default_rng(0)
GRAY = RNG.integers(0, 250, (6, 7)).astype(np.uint8)


def tiff(path: Path, values: np.ndarray, **more: Any) -> Path:
    tifffile.imwrite(path, values, **more)
    return path


def png(path: Path, values: np.ndarray, mode: str | None = None) -> Path:
    image = Image.fromarray(values)
    (image if mode is None else image.convert(mode)).save(path)
    return path


STACK = np.stack([GRAY] * 5)
PALETTE = np.stack([np.arange(256)[::-1]] * 3).astype(np.uint16) * 257
# name -> how it is written, what its header says
FILES: dict[str, tuple[Any, int | None]] = {
    "gray.png": (lambda p: png(p, GRAY), 1),
    "gray16.png": (lambda p: png(p, GRAY.astype(np.uint16)), 1),
    "rgb.png": (lambda p: png(p, np.stack([GRAY, GRAY, GRAY // 2], -1)), None),
    "gray_in_rgb.png": (lambda p: png(p, np.stack([GRAY] * 3, -1)), None),
    "rgba.png": (lambda p: png(p, GRAY, "RGBA"), None),
    "gray_alpha.png": (lambda p: png(p, GRAY, "LA"), None),
    "palette.png": (lambda p: png(p, GRAY, "P"), None),
    "gray.tif": (lambda p: tiff(p, GRAY), 1),
    "float.tif": (lambda p: tiff(p, GRAY.astype(np.float32)), 1),
    "white.tif": (lambda p: tiff(p, GRAY, photometric="miniswhite"), 1),
    "palette.tif": (lambda p: tiff(p, GRAY, photometric="palette", colormap=PALETTE), None),
    "rgb.tif": (lambda p: tiff(p, np.stack([GRAY] * 3, -1), photometric="rgb"), None),
    "two.tif": (lambda p: tiff(p, STACK[:2], photometric="minisblack", metadata={"axes": "CYX"}), 2),
    "three.tif": (lambda p: tiff(p, STACK[:3], photometric="minisblack", metadata={"axes": "CYX"}), None),
    "five.ome.tif": (lambda p: tiff(p, STACK, photometric="minisblack", metadata={"axes": "CYX"}), 5),
    "one.ome.tif": (lambda p: tiff(p, GRAY[None], photometric="minisblack", metadata={"axes": "CYX"}), 1),
}


@pytest.mark.parametrize("name", FILES)
def test_as_the_pixels_say(tmp_path: Path, name: str) -> None:
    write, told = FILES[name]
    path = write(tmp_path / name)
    assert channels_in_header(path) == told
    counts = {count for count in range(1, 7) if can_be_read(path, count)}
    if told is not None:
        assert counts == {told}
    assert common_channels([path]) == min(counts)


def can_be_read(path: Path, channels: int) -> bool:
    try:
        read_image(path, channels)
    except RlsegError:
        return False
    return True


@pytest.mark.parametrize(
    "name",
    ["bool.tif", "bool.png", "stack.tif", "unnamed.tif", "two_images.tif", "short.png", "damaged.tif", "gone.tif"],
)
def test_what_is_wrong_is_left_to_those_who_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    match name:
        case "bool.tif":
            tifffile.imwrite(path, GRAY > 99)
        case "bool.png":
            png(path, GRAY > 99)
        case "stack.tif":
            tifffile.imwrite(path, STACK, photometric="minisblack", metadata={"axes": "ZYX"})
        case "unnamed.tif":
            tifffile.imwrite(path, STACK, photometric="minisblack", metadata=None)
        case "two_images.tif":
            tifffile.imwrite(path, GRAY)
            tifffile.imwrite(path, GRAY[:3], append=True)
        case "short.png":
            path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
        case "damaged.tif":
            path.write_bytes(b"II*\0" + bytes(RNG.integers(0, 255, 60).astype(np.uint8)))
    assert channels_in_header(path) is None
    with pytest.raises(RlsegError, match=name):
        common_channels([path])


def test_axes_and_channels_that_are_given_go_first(tmp_path: Path) -> None:
    path = tiff(tmp_path / "a.tif", STACK, photometric="minisblack", metadata={"axes": "CYX"})
    assert channels_in_header(path) == 5
    assert common_channels([path], Reading(channel=2)) == 1
    with pytest.raises(RlsegError, match="stack"):
        common_channels([path], Reading(axes="ZYX"))
    assert channels_in_header(tmp_path) is None
