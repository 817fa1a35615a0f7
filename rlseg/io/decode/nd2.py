"""ND2 of Nikon, by bioio-nd2."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from rlseg.io.decode.plugin import PluginDecoder


class Nd2Decoder(PluginDecoder):
    """Positions of a file are its scenes."""

    kind = "ND2"
    suffixes = (".nd2",)
    package = "bioio-nd2"
    makes_up = True

    def recognises(self, path: Path, start: bytes) -> bool:
        """By its first bytes; those of before 2010 are no ND2 of today."""
        return start.startswith(b"\xda\xce\xbe\n")

    def size(self, reader: Any, path: Path) -> tuple[float, float] | None:
        """Where the file says that it is calibrated: else the plugin gives 1."""
        with import_module("nd2").ND2File(path) as file:
            channels = file.metadata.channels or () if hasattr(file.metadata, "channels") else ()
        if not channels or not all(channels[0].volume.axesCalibrated[:2]):
            return None
        width, height = channels[0].volume.axesCalibration[:2]
        return float(height), float(width)
