"""CZI of Zeiss, by its own library, pylibCZIrw: the plugin of bioio takes scenes without a name for one."""

from __future__ import annotations

import math
from importlib import import_module
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt

from rlseg.errors import RlsegError
from rlseg.io.decode.base import Decoder
from rlseg.io.decode.content import Content, Wanted, check_size, pick
from rlseg.io.decode.failures import broken
from rlseg.io.decode.plugin import known_size, missing

_STACK = "TCZ"
_LIBRARY = "pylibCZIrw"


class CziDecoder(Decoder):
    """Scenes are the images of a file; tiles of one are stitched, and what none of them covers is 0.

    The size of a scene is known before its pixels are read, and checked. What the library does before that, with the
    header of a file, and how far a compressed piece inflates, is its own: neither is bounded here.
    """

    kind = "CZI"
    suffixes = (".czi",)
    several = True

    @property
    def installed(self) -> bool:
        """Whether the library is there."""
        return find_spec(_LIBRARY) is not None

    def recognises(self, path: Path, start: bytes) -> bool:
        """By its first bytes."""
        return start.startswith(b"ZISRAWFILE")

    def decode(self, path: Path, start: bytes, wanted: Wanted) -> Content:
        """Read one scene whole: all its channels, planes and times.

        Raises:
            RlsegError: the library is missing; see `rlseg.io.decode.decode`.
        """
        try:
            library = import_module(f"{_LIBRARY}.czi")
        except ImportError:
            raise missing(path, self.kind) from None
        try:
            with library.open_czi(str(path)) as file:
                return _decode(path, file, wanted)
        except RlsegError:
            raise
        except Exception as error:  # the library raises whatever it meets in a damaged file
            raise broken(path, error, _LIBRARY) from None


def _decode(path: Path, file: Any, wanted: Wanted) -> Content:
    described = ElementTree.fromstring(file.raw_metadata) if file.raw_metadata else ElementTree.Element("none")
    box = file.total_bounding_box_no_pyramid
    scenes = file.scenes_bounding_rectangle_no_pyramid or {None: file.total_bounding_rectangle_no_pyramid}
    numbers = list(scenes)
    names = {
        scene.get("Index"): scene.get("Name", "")
        for scene in described.findall("./Metadata/Information/Image/Dimensions/S/Scenes/Scene")
    }
    scene = numbers[pick(path, [names.get(str(number), "") for number in numbers], wanted, "scenes")]
    other = [f"{name} ({end - begin})" for name, (begin, end) in box.items() if name not in "TCZXY" and end - begin > 1]
    if other:
        raise RlsegError(f"{path} has axes that are not read: {', '.join(other)}", "save it without them")
    ranges = _ranges(path, file, scene)
    kinds = {channel: _kind(path, file.get_channel_pixel_type(channel)) for channel in ranges[1]}
    samples = {count for _, count in kinds.values()}
    if len(samples) > 1:
        raise RlsegError(f"{path} has gray and coloured channels", "save them in separate files")
    (count,) = samples
    shape = (*(len(numbers) for numbers in ranges), scenes[scene].h, scenes[scene].w, count)
    check_size(path, shape, wanted.max_pixels)
    values = np.empty(shape, np.result_type(*(kind for kind, _ in kinds.values())))
    for place in product(*(range(len(numbers)) for numbers in ranges)):
        plane = {axis: numbers[i] for axis, numbers, i in zip(_STACK, ranges, place, strict=True)}
        values[place] = file.read(plane=plane, scene=scene)[..., ::-1]  # blue comes first there
    called = _channels(described, len(ranges[1]))
    if count == 1:
        return Content(values[..., 0], "TCZYX", known_size(*_size(described)), channels=called)
    return Content(values, "TCZYXS", known_size(*_size(described)), channels=called)


def _ranges(path: Path, file: Any, scene: int | None) -> list[list[int]]:
    """Which times, channels and planes a scene has, as its tiles say: the box of the library begins at 0 always.

    Raises:
        RlsegError: one of them is missing, for which the library gives zeros.
    """
    tiles: dict[int | None, set[tuple[int, ...]]] = {}

    def note(_: int, tile: Any) -> bool:
        at = tile.coordinate.to_dict()
        tiles.setdefault(at.get("S"), set()).add(tuple(at.get(axis, 0) for axis in _STACK))
        return True

    file.enumerate_subblocks_subset(note, only_layer0=True)
    everywhere = set().union(*tiles.values())
    here = everywhere if scene is None else tiles[scene]
    times, _, planes = (sorted(set(numbers)) for numbers in zip(*here, strict=True))
    ranges = [times, sorted({channel for _, channel, _ in everywhere}), planes]
    count = math.prod(len(numbers) for numbers in ranges)
    if count > len(here):
        raise RlsegError(
            f"{path} declares {count} planes and lacks {count - len(here)} of them",
            "was the recording broken off? Save the planes that are there",
        )
    return ranges


def _kind(path: Path, name: str) -> tuple[npt.DTypeLike, int]:
    """Type and number of the values of a pixel."""
    kinds: dict[str, tuple[npt.DTypeLike, int]] = {
        "Gray8": (np.uint8, 1), "Gray16": (np.uint16, 1), "Gray32Float": (np.float32, 1),
        "Bgr24": (np.uint8, 3), "Bgr48": (np.uint16, 3), "Bgr96Float": (np.float32, 3),
    }  # fmt: skip
    if name not in kinds:
        raise RlsegError(f"{path} holds values of type {name}", "save integers or floats")
    return kinds[name]


def _size(described: ElementTree.Element) -> tuple[float | None, float | None, float | None]:
    """Height and width of a pixel and how far planes are apart, in um, as the file says them, in metres."""
    found: dict[str, float] = {}
    for distance in described.findall("./Metadata/Scaling/Items/Distance"):
        value = distance.findtext("Value")
        if value:
            found[distance.get("Id", "")] = float(value) * 1e6
    return found.get("Y"), found.get("X"), found.get("Z")


def _channels(described: ElementTree.Element, count: int) -> tuple[str, ...]:
    """The names of all channels, where each has one."""
    for place in ("Information/Image/Dimensions", "DisplaySetting"):
        names = [channel.get("Name") for channel in described.findall(f"./Metadata/{place}/Channels/Channel")]
        if len(names) == count and all(names):
            return tuple(str(name) for name in names)
    return ()
