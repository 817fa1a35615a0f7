"""Files that napari opens by this package: projects, and objects that were outlined elsewhere or written here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np

from rlseg.errors import RlsegError
from rlseg.io import RawImage, read_image, read_labels
from rlseg.io.outlines import read_outlines
from rlseg.models import CONFIG
from rlseg.viewer.session import images_of

LayerData = tuple[Any, dict[str, Any], str]
"""Array, settings and kind of a layer, as napari takes them from plugins."""
MOST_IMAGES = 20
"""Of a project are opened: each is a layer."""
_OUTLINES = (".geojson", ".roi", ".zip")
PATH = "path"
"""Key in the metadata of the images of a project: the file."""
OUTLINES = "outlines"
"""Key in the metadata of layers that were read from outlines, which seldom say how large their image is: its file."""


def reader_of(path: str | Sequence[str]) -> Callable[[str | Sequence[str]], list[LayerData]] | None:
    """What opens a path, or several of a kind.

    Args:
        path: a project or a file in one, GeoJSON, a .roi or a RoiSet.zip.

    Returns:
        A function of the same path that gives layers; None if this is for other plugins.
    """
    paths = _several(path)
    if all(one.suffix.lower() in _OUTLINES and one.is_file() and not _of_others(one) for one in paths):
        return lambda given: [_outlines(one) for one in _several(given)]
    if all(_project(one) is not None for one in paths):
        return lambda given: [layer for one in _several(given) for layer in project_layers(one)]
    return None


def project_layers(path: Path) -> list[LayerData]:
    """The images of a project, each with its labels if it has some; the first is shown.

    Args:
        path: the project, or a file in it.

    Raises:
        RlsegError: the configuration names no images, or they cannot be read.
    """
    project = _project(path)
    if project is None:
        raise RlsegError(f"{path} is no project of rlseg: there is no {CONFIG}", "rlseg new makes one")
    layers: list[LayerData] = []
    for number, file in enumerate(images_of(project)[:MOST_IMAGES]):
        shown = {"visible": number == 0}
        layers.append(image_layer(read_image(file.image), file.stem, metadata={PATH: str(file.image)}, **shown))
        if file.labels is not None:
            layers.append((read_labels(file.labels), {"name": f"{file.stem} labels", **shown}, "labels"))
    return layers


def image_layer(image: RawImage, name: str, **settings: Any) -> LayerData:
    """An image as a layer, colours as colours, other channels along the first axis.

    Args:
        image: (C, H, W).
        name: of the layer.
        settings: more of them.
    """
    pixels = image.pixels.astype(image.dtype) if image.dtype.kind in "ui" else image.pixels
    known: dict[str, Any] = {"name": name, **settings}
    axes = 2
    if len(pixels) == 3 and pixels.dtype == np.uint8:
        pixels, known["rgb"] = np.moveaxis(pixels, 0, -1), True
    elif len(pixels) == 1:
        pixels = pixels[0]
    else:
        axes = 3
    if image.pixel_size is not None:
        size = image.pixel_size
        known["scale"] = (*(1.0,) * (axes - 2), size.row, size.column)
        known["units"] = (*("pixel",) * (axes - 2), "um", "um")
    return pixels, known, "image"


def _outlines(path: Path) -> LayerData:
    return read_outlines(path).labels, {"name": path.stem, "metadata": {OUTLINES: str(path)}}, "labels"


def _of_others(path: Path) -> bool:
    """Whether it is a zip file without regions of ImageJ."""
    if path.suffix.lower() != ".zip":
        return False
    try:
        with ZipFile(path) as content:
            return not any(name.lower().endswith(".roi") for name in content.namelist())
    except (OSError, BadZipFile):
        return True


def _project(path: Path) -> Path | None:
    """The folder of the project that a path is, or lies in."""
    folder = path.parent if path.suffix.lower() in (".yaml", ".yml") else path
    return folder if (folder / CONFIG).is_file() else None


def _several(path: str | Sequence[str]) -> list[Path]:
    return [Path(path)] if isinstance(path, str) else [Path(one) for one in path]
