"""Zarr arrays and OME-Zarr images (NGFF 0.4 and 0.5), which are folders."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from rlseg.errors import RlsegError
from rlseg.io.decode.base import Decoder
from rlseg.io.decode.container import choose
from rlseg.io.decode.content import Content, Wanted, check_size
from rlseg.io.decode.failures import broken
from rlseg.io.links import leads_out
from rlseg.io.pixel_size import PixelSize, pixel_size

_MARKS = ("zarr.json", ".zarray", ".zgroup")


def is_zarr(path: Path) -> bool:
    """Whether a folder is one image instead of a folder of images."""
    return path.is_dir() and (path.suffix.lower() == ".zarr" or any((path / mark).is_file() for mark in _MARKS))


def import_zarr() -> Any:
    """The package, which is not installed by default and takes long to import.

    Raises:
        RlsegError: it is missing.
    """
    try:
        return import_module("zarr")
    except ImportError:
        raise RlsegError("Zarr needs a package that is missing", 'pip install "rlseg[formats]"') from None


class ZarrDecoder(Decoder):
    """See `decode_zarr`."""

    kind = "Zarr"
    suffixes = (".zarr",)
    folders = True
    several = True

    def recognises(self, path: Path, start: bytes) -> bool:
        """By its name or its description."""
        return is_zarr(path)

    def decode(self, path: Path, start: bytes, wanted: Wanted) -> Content:
        """See `decode_zarr`."""
        return decode_zarr(path, wanted)


def decode_zarr(path: Path, wanted: Wanted) -> Content:
    """Read a Zarr array, or the finest resolution of an OME-Zarr image; of a container, the one that is wanted.

    Missing pieces are 0: the format leaves out pieces of the fill value, so it cannot tell them from lost ones.

    Raises:
        RlsegError: see `decode`; also for links that lead out of the folder.
    """
    zarr = import_zarr()
    _refuse_links(path)
    if not any((path / mark).is_file() for mark in _MARKS):
        hint = "is it a folder of images? Then it must not be called .zarr. Or copy it again"
        raise RlsegError(f"cannot read {path}: there is none of the files {', '.join(_MARKS)} in it", hint)
    bounds = import_module("rlseg.io.codecs.zarr_codecs")
    try:
        return _decode(zarr, bounds, path, wanted)
    except RlsegError:
        raise
    except Exception as error:  # zarr and its codecs raise whatever they meet in a damaged file
        raise broken(path, error, "zarr") from None


def image_group(path: Path) -> tuple[Path, dict[str, Any]]:
    """The folder and the description (multiscale) of the one image of an OME-Zarr folder.

    Raises:
        RlsegError: it is none, holds several or labels, or cannot be read.
    """
    if not is_zarr(path):
        raise RlsegError(f"{path} is no OME-Zarr image", "labels can be inside of these alone")
    zarr = import_zarr()
    _refuse_links(path)
    try:
        node = zarr.open(store=str(path), mode="r")
        if not isinstance(node, zarr.Group):
            raise RlsegError(f"{path} is a Zarr array and no OME-Zarr image", "labels can be inside of these alone")
        image = choose(path, node, Wanted())
    except RlsegError:
        raise
    except Exception as error:  # zarr raises whatever it meets in a damaged file
        raise broken(path, error, "zarr") from None
    if image.labels:
        raise RlsegError(f"{path} says that it holds labels, not an image", "give the image that they belong to")
    return path / image.place, image.multiscale


def _decode(zarr: Any, bounds: Any, path: Path, wanted: Wanted) -> Content:
    node = zarr.open(store=str(path), mode="r")
    axes, size, labels = "", None, False
    channels: tuple[str, ...] = ()
    if isinstance(node, zarr.Group):
        image = choose(path, node, wanted)
        node, labels, channels = image.array, image.labels, image.channels
        axes = "".join(axis["name"] for axis in image.multiscale["axes"]).upper()
        size = _pixel_size(path, image.multiscale, image.finest, axes)
    for shape in (node.shape, node.chunks, node.shards or ()):
        check_size(path, shape, wanted.max_pixels)
    names = getattr(node.metadata, "dimension_names", None)
    if not axes and names:
        axes = "".join(name if name and len(name) == 1 else "Q" for name in names).upper()
    axes = axes or "Q" * (node.ndim - 2) + "YX"[-node.ndim :]
    if len(axes) != node.ndim:
        raise RlsegError(f"{path} names {len(axes)} axes ({axes}) of {node.ndim}", "save it again")
    return Content(np.asarray(bounds.bounded(path, node)[...]), axes, size, labels=labels, channels=channels)


def _pixel_size(path: Path, multiscale: dict[str, Any], finest: dict[str, Any], axes: str) -> PixelSize | None:
    if not {"Y", "X"} <= set(axes):
        raise RlsegError(f"cannot read {path}: its axes are {axes}, without y or x", "correct its description")
    scale = np.ones(len(axes))
    for step in (*finest.get("coordinateTransformations", ()), *multiscale.get("coordinateTransformations", ())):
        scale = scale * np.asarray(step.get("scale", 1.0), float)
    places = [axes.index(letter) for letter in "YXZ" if letter in axes]
    sizes, units = [float(scale[i]) for i in places], [multiscale["axes"][i].get("unit") for i in places]
    return pixel_size(*sizes[:2], *units[:2], *sizes[2:], *units[2:])


def _refuse_links(path: Path) -> None:
    """A piece of an image may not be any other file of this computer."""
    for folder, folders, files in os.walk(path):
        for name in (*folders, *files):
            inside = Path(folder, name)
            if leads_out(inside, path):
                raise RlsegError(f"{inside} is a link that leads out of {path}", "copy what it leads to")
