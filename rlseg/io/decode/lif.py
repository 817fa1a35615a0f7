"""LIF of Leica, by bioio-lif."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from rlseg.io.decode.plugin import PluginDecoder


class LifDecoder(PluginDecoder):
    """Images of a file are its scenes."""

    kind = "LIF"
    suffixes = (".lif",)
    package = "bioio-lif"

    def recognises(self, path: Path, start: bytes) -> bool:
        """By the two marks at its beginning."""
        return start.startswith(b"\x70\0\0\0") and start[8:9] == b"\x2a"

    def size(self, reader: Any, path: Path) -> tuple[float | None, float | None, float | None]:
        """The length of an axis is taken only if it is in metres: the plugin gives it without its unit, whatever that.

        It is between the centres of the first and the last pixel, so that one pixel alone has none.
        """
        found: dict[str, float] = {}
        with import_module("liffile").LifFile(path) as file:
            image = file.images[reader.current_scene_index].xml_element
        for axis in image.findall(".//DimensionDescription"):
            number = int(axis.attrib["NumberOfElements"])
            if axis.attrib.get("Unit") == "m" and number > 1:
                found[axis.attrib["DimID"]] = abs(float(axis.attrib["Length"])) * 1e6 / (number - 1)
        return found.get("2"), found.get("1"), found.get("3")

    def lacks(self, reader: Any, path: Path) -> int:
        """Its library raises where data are missing."""
        return 0
