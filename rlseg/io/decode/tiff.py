"""TIFF, OME-TIFF and ImageJ TIFF."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from rlseg.errors import RlsegError
from rlseg.io.codecs import check_pieces
from rlseg.io.decode.base import Decoder
from rlseg.io.decode.content import Content, Wanted, check_size, pick
from rlseg.io.decode.failures import broken
from rlseg.io.decode.shown import as_shown
from rlseg.io.pixel_size import PixelSize, pixel_size

TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

# what it finds odd in a damaged file goes to whoever asks for it and not, as a last resort, to the console
logging.getLogger("tifffile").addHandler(logging.NullHandler())


class TiffDecoder(Decoder):
    """See `decode_tiff`."""

    kind = "TIFF"
    suffixes = (".tif", ".tiff")
    several = True

    def recognises(self, path: Path, start: bytes) -> bool:
        """By its first bytes."""
        return start.startswith(TIFF)

    def decode(self, path: Path, start: bytes, wanted: Wanted) -> Content:
        """See `decode_tiff`."""
        return decode_tiff(path, wanted)


def decode_tiff(path: Path, wanted: Wanted) -> Content:
    """Read one series of a TIFF file as it is shown; other files that it names are not looked at.

    Numbers of which 0 is white are turned round, and a palette gives its colours, see `as_shown`; labels leave both.

    Raises:
        RlsegError: see `decode`.
    """
    try:
        with _alone(path) as tiff:
            # OME and ImageJ name their images, other series are called by the way they are stored
            number = pick(path, [series.name if tiff.is_ome else "" for series in tiff.series], wanted)
            series = tiff.series[number]
            check_size(path, series.shape, wanted.max_pixels)
            if series.keyframe.is_tiled:
                check_size(path, series.keyframe.chunks, wanted.max_pixels)
            lost = sum(page is None for page in series.pages)
            if lost:  # tifffile would make them up, as zeros
                raise RlsegError(
                    f"{path} declares {len(series.pages)} planes and lacks {lost} of them",
                    "was the recording broken off? Save the planes that are there",
                )
            for page in series.pages:
                check_pieces(path, page, tiff)
            array = np.asarray(series.asarray())
            if array.shape != series.shape:  # tifffile only logs this
                raise RlsegError(f"cannot read {path}: its data do not fill its size", "copy the file again")
            notes: tuple[str, ...] = ()
            if tiff.is_ome and series.kind == "generic":  # as tifffile reads what it cannot follow to other files
                notes = (
                    f"{path}: its OME metadata lead to files that are not opened, or nowhere; read as a plain TIFF",
                )
            content = Content(array, series.axes, _pixel_size(tiff, number), notes, channels=_channels(tiff, number))
            return content if wanted.labels else as_shown(path, content, series.keyframe, wanted.max_pixels)
    except RlsegError:
        raise
    except Exception as error:  # tifffile and its codecs raise whatever they meet in a damaged file
        raise broken(path, error, "tifffile") from None


@contextmanager
def _alone(path: Path) -> Iterator[tifffile.TiffFile]:
    """A file by itself: an image may be spread over files that its metadata name, wherever they lie."""
    with tifffile.TiffFile(path, _multifile=False) as tiff:
        if not tiff.is_mmstack:
            yield tiff
            return
    # the other files of a stack of Micro-Manager are looked for all the same, by the name of this one
    with path.open("rb") as file, tifffile.TiffFile(file, name="alone", _multifile=False) as tiff:
        yield tiff


def _pixel_size(tiff: tifffile.TiffFile, number: int) -> PixelSize | None:
    """Of one series. From OME's or ImageJ's metadata, or the resolution per cm; that per inch is a printer's."""
    if tiff.is_ome:
        pixels = _ome_pixels(tiff, number)
        z, y, x = "PhysicalSizeZ", "PhysicalSizeY", "PhysicalSizeX"
        sizes, units = [pixels.get(k) for k in (y, x, z)], [pixels.get(f"{k}Unit", "µm") for k in (y, x, z)]
        return pixel_size(sizes[0], sizes[1], units[0], units[1], sizes[2], units[2])
    tags = tiff.series[number].keyframe.tags
    sizes = []
    for name in ("YResolution", "XResolution"):
        pixels, length = tags.valueof(name, default=(0, 0))
        sizes.append(length / pixels if pixels else None)
    if tiff.is_imagej:
        known = tiff.imagej_metadata or {}
        unit = known.get("unit")
        return pixel_size(sizes[0], sizes[1], unit, unit, known.get("spacing"), unit)
    else:
        unit = "cm" if tags.valueof("ResolutionUnit") == tifffile.RESUNIT.CENTIMETER else None
    return pixel_size(sizes[0], sizes[1], unit, unit)


def _channels(tiff: tifffile.TiffFile, number: int) -> tuple[str, ...]:
    """What OME's metadata call the channels of one series; none if one has no name."""
    found = _ome_pixels(tiff, number).get("Channel", []) if tiff.is_ome else []
    named = [channel.get("Name") for channel in (found if isinstance(found, list) else [found])]
    return tuple(str(name) for name in named) if all(name is not None for name in named) else ()


def _ome_pixels(tiff: tifffile.TiffFile, number: int) -> dict[str, Any]:
    """What OME's metadata say of the pixels of one series; empty where it is not known which is which."""
    images = tifffile.xml2dict(tiff.ome_metadata)["OME"].get("Image")
    images = images if isinstance(images, list) else [images]
    image = images[number] if len(images) == len(tiff.series) else None
    pixels = image.get("Pixels", {}) if isinstance(image, dict) else {}
    return pixels if isinstance(pixels, dict) else {}
