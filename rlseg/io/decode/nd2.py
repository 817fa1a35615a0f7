"""ND2 of Nikon, by bioio-nd2."""

from __future__ import annotations

import math
import mmap
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from rlseg.io.decode.plugin import PluginDecoder

# in the map of a file, which is at its end: number, place and length of each frame
_FRAME = re.compile(rb"ImageDataSeq\|(\d+)!(.{8}).{8}", re.DOTALL)
_HEAD = 4096  # bytes before the pixels of a frame


class Nd2Decoder(PluginDecoder):
    """Positions of a file are its scenes."""

    kind = "ND2"
    suffixes = (".nd2",)
    package = "bioio-nd2"

    def recognises(self, path: Path, start: bytes) -> bool:
        """By its first bytes; those of before 2010 are no ND2 of today."""
        return start.startswith(b"\xda\xce\xbe\n")

    def size(self, reader: Any, path: Path) -> tuple[float | None, float | None, float | None]:
        """Where the file says that an axis is calibrated: else the plugin gives 1."""
        with import_module("nd2").ND2File(path) as file:
            channels = file.metadata.channels or () if hasattr(file.metadata, "channels") else ()
        if not channels:
            return None, None, None
        volume = channels[0].volume
        sides = zip(volume.axesCalibration, volume.axesCalibrated, strict=True)
        width, height, depth = (side if known else None for side, known in sides)
        return height, width, depth

    def lacks(self, reader: Any, path: Path) -> int:
        """Planes of frames that are not in the map of the file, or end beyond the file.

        That they are 0 throughout does not say so: a confocal microscope gives 0 where there is no light.
        """
        with import_module("nd2").ND2File(path) as file:
            sizes, known = dict(file.sizes), file.attributes
        loops = {axis: count for axis, count in sizes.items() if axis not in "CYXS"}
        frames = np.arange(math.prod(loops.values())).reshape(tuple(loops.values()))
        if "P" in loops:
            frames = frames.take(reader.current_scene_index, axis=list(loops).index("P"))
        pixels = known.heightPx * known.widthBytes if known.compressionType is None else 0
        there = _frames(path, pixels)
        return sizes.get("C", 1) * sum(int(frame) not in there for frame in frames.flat)


def _frames(path: Path, pixels: int) -> set[int]:
    """The numbers of the frames that are in a file, each with at least so many bytes of pixels."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        place = int.from_bytes(data[-8:], "little")
        return {
            int(frame[1])
            for frame in _FRAME.finditer(data, min(place, len(data)))
            if int.from_bytes(frame[2], "little") + _HEAD + pixels <= len(data)
        }
