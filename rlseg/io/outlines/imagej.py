"""Regions of ImageJ and Fiji: a `.roi`, a `RoiSet.zip`, or a folder of `.roi` files."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import roifile
from roifile import ROI_SUBTYPE, ROI_TYPE, ImagejRoi

from rlseg.errors import RlsegError
from rlseg.io.outlines.base import OutlineFormat, broken
from rlseg.io.outlines.imagej_paths import rings_of_path
from rlseg.io.outlines.shapes import Found, ellipse, rectangle
from rlseg.io.outlines.source import Source

_MARK = b"Iout"
_LARGEST = 2**26  # bytes of one region: 8 million corners
_POLYGONS = (ROI_TYPE.POLYGON, ROI_TYPE.FREEHAND, ROI_TYPE.TRACED)
_NO_OBJECTS = {
    ROI_TYPE.LINE: "a line",
    ROI_TYPE.POLYLINE: "a line",
    ROI_TYPE.FREELINE: "a line",
    ROI_TYPE.ANGLE: "an angle",
    ROI_TYPE.POINT: "a point",
    ROI_TYPE.NOROI: "empty",
}
_NO_OUTLINES = {ROI_SUBTYPE.TEXT: "a text", ROI_SUBTYPE.ARROW: "an arrow", ROI_SUBTYPE.IMAGE: "a picture"}


class ImagejRegions(OutlineFormat):
    """Coordinates are x, y in pixels; the outer corner of the first pixel is 0, 0."""

    kind = "ImageJ regions"
    suffixes = (".roi", ".zip")

    def recognises(self, source: Source) -> bool:
        """By the first bytes of a region or of a ZIP archive; a folder by a .roi file in it."""
        if source.path.is_dir():
            return any(_regions_in(source.path))
        return source.start.startswith((_MARK, b"PK"))

    def read(self, source: Source) -> Found:
        """All regions of the file, the archive or the folder, in the order of their names."""
        found = Found()
        planes = set()
        for name, data in _contents(source):
            try:
                region = ImagejRoi.frombytes(data)
                _add(found, region, region.name or name.removesuffix(".roi"))
            except Exception as error:  # roifile raises what comes: struct.error, TypeError, ValueError, ...
                what = " ".join(str(error).split())[:100] or type(error).__name__
                raise broken(source, f"the region {name} is broken (roifile {roifile.__version__}: {what})") from None
            planes.add((region.position, region.z_position, region.t_position))
        if len(planes) > 1:
            found.notes.append(f"its regions lie on {len(planes)} planes of a stack; all are taken for this image")
        return found


def _regions_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() == ".roi" and not path.name.startswith("."))


def _contents(source: Source) -> list[tuple[str, bytes]]:
    """The name and the bytes of each region."""
    path = source.path
    try:
        if path.is_dir():
            return [(file.name, file.read_bytes()) for file in _regions_in(path)]
        if source.start.startswith(_MARK):
            return [(path.name, path.read_bytes())]
        with ZipFile(path) as archive:
            names = [info for info in archive.infolist() if info.filename.lower().endswith(".roi")]
            if all(info.file_size <= _LARGEST for info in names):
                contents = [(info.filename, archive.read(info)) for info in names]
    except OSError as error:
        raise broken(source, error.strerror or "it is no whole ZIP archive") from None
    except Exception as error:  # BadZipFile, zlib.error, NotImplementedError, ... of archives whose bytes are wrong
        what = " ".join(str(error).split())[:80] or type(error).__name__
        raise broken(source, f"it is no whole ZIP archive ({what})") from None
    if not names:
        raise RlsegError(f"{path} is a ZIP archive without any .roi in it", "save a RoiSet.zip in ImageJ")
    if any(info.file_size > _LARGEST for info in names):
        raise broken(source, f"one of its regions claims more than {_LARGEST} bytes")
    return contents


def _add(found: Found, region: ImagejRoi, name: str) -> None:
    if region.subtype in _NO_OUTLINES or region.roitype in _NO_OBJECTS:
        found.leave(_NO_OUTLINES.get(region.subtype) or _NO_OBJECTS[region.roitype], name)
        return
    label = region.properties.get("label") if region.props else None
    number = label if isinstance(label, int) and label > 0 else None
    if region.composite:
        found.add(name, rings_of_path(region.multi_coordinates.tolist()), number)  # type: ignore[union-attr]
    elif region.roitype in _POLYGONS:
        found.add(name, [region.coordinates()], number)
    elif region.roitype in (ROI_TYPE.RECT, ROI_TYPE.OVAL):
        left, top, right, bottom = _box(region)
        if region.roitype == ROI_TYPE.RECT:
            found.add(name, [rectangle(left, top, right, bottom)], number)
        else:
            centre = (left + right) / 2, (top + bottom) / 2
            found.add(name, [ellipse(centre, ((right - left) / 2, 0), (0, (bottom - top) / 2))], number)
    else:
        raise ValueError(f"unknown kind of region {int(region.roitype)}")


def _box(region: ImagejRoi) -> tuple[float, float, float, float]:
    """Left, top, right, bottom."""
    if region.subpixelrect and (region.widthd or region.heightd):
        return region.xd, region.yd, region.xd + region.widthd, region.yd + region.heightd
    return region.left, region.top, region.right, region.bottom
