"""Sample images of the plugin, each with a few of its objects outlined; README.md says where they are from."""

from __future__ import annotations

from pathlib import Path

from rlseg.io import read_image, read_labels
from rlseg.viewer.readers import LayerData, image_layer

__all__ = ["discs", "nuclei"]

_HERE = Path(__file__).parent


def nuclei() -> list[LayerData]:
    """Fluorescent nuclei, and a labels layer with ten of them."""
    return _sample("nuclei")


def discs() -> list[LayerData]:
    """Drawn discs on stripes, in colour, and a labels layer with five of them."""
    return _sample("discs")


def _sample(name: str) -> list[LayerData]:
    outlined = read_labels(_HERE / f"{name}_outlined.png")
    return [image_layer(read_image(_HERE / f"{name}.png"), name), (outlined, {"name": f"{name} outlined"}, "labels")]
