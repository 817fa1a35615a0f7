"""Tables of measured objects as Fiji, CellProfiler and QuPath save them: how large the objects are, in pixels."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from rlseg.arrays import Floats
from rlseg.errors import RlsegError
from rlseg.io.pixel_size import PixelSize

Columns: TypeAlias = Mapping[str, Floats]
LARGEST = 2**28  # bytes: a million objects with fifty columns
_QUPATH = re.compile(r"((?:Nucleus|Cell): )?(Area|Min diameter|Max diameter) (px|.m)(?:\^2)?")
_KNOWN = (
    "Area with Major and Minor, or with AR (Fiji: Set Measurements, Area and Fit ellipse or Shape descriptors)",
    "AreaShape_MajorAxisLength and AreaShape_MinorAxisLength (CellProfiler)",
    "Area, Min diameter and Max diameter with their unit (QuPath: Add shape features)",
)


@dataclass(frozen=True)
class MeasuredTable:
    """How large the N objects of a table are.

    Attributes:
        program: that has measured them.
        minor, major: (N,) short and long diameter, px.
        notes: lines on how the table was read.
    """

    program: str
    minor: Floats
    major: Floats
    notes: tuple[str, ...] = ()


def read_measured_table(path: Path, pixel_size: PixelSize | None) -> MeasuredTable:
    """Read a table; its columns say which program it is of.

    Args:
        path: CSV, or with tabs or semicolons between its columns.
        pixel_size: of the images, for tables in micrometres; None if they do not say it.

    Raises:
        RlsegError: it cannot be read, has not the columns that are needed, no object, or a unit that is not known.
    """
    columns = _columns(path)
    if "AreaShape_MinorAxisLength" in columns:
        needed = (columns["AreaShape_MinorAxisLength"], columns.get("AreaShape_MajorAxisLength"))
        found = MeasuredTable("CellProfiler", *_needed(path, needed))
    elif any(_QUPATH.fullmatch(name) for name in columns):
        found = _of_qupath(path, columns, pixel_size)
    elif "Area" in columns:
        found = _of_imagej(path, columns, pixel_size)
    else:
        raise _lacking(path)
    return _without_gaps(path, found)


def _of_imagej(path: Path, columns: Columns, pixel_size: PixelSize | None) -> MeasuredTable:
    """Its ellipse has the area of the object; AR is the ratio of its axes."""
    area = columns["Area"]
    if {"Major", "Minor"} <= columns.keys():
        major, minor = columns["Major"], columns["Minor"]
    elif "AR" in columns:
        with np.errstate(invalid="ignore", divide="ignore"):
            major = np.sqrt(4 / np.pi * area * columns["AR"])
            minor = major / columns["AR"]
    else:
        raise _lacking(path)
    side, note = _pixel_of_imagej(path, area, pixel_size)
    return MeasuredTable("ImageJ", minor / side, major / side, (note,))


def _pixel_of_imagej(path: Path, area: Floats, pixel_size: PixelSize | None) -> tuple[float, str]:
    """The side of a pixel in the unit of the table, which does not name it: areas are whole numbers of pixels."""
    known = area[np.isfinite(area) & (area > 0)]

    def whole(unit: float) -> bool:
        # three decimals unless the user asks for others
        return bool((np.abs(known / unit - np.round(known / unit)) <= 0.0006 / unit + 1e-6).all())

    um2 = None if pixel_size is None else pixel_size.row * pixel_size.column
    in_um = um2 is not None and um2 > 0.002 and whole(um2)
    if um2 is not None and in_um and (not whole(1.0) or abs(um2 - 1) < 1e-6):
        return float(np.sqrt(um2)), f"its areas are multiples of a pixel of {um2:.4g} um2, so it is in um"
    if whole(1.0) and not in_um:
        return 1.0, "its areas are whole numbers, so it is in pixels"
    what = "fit pixels as well as um" if in_um else "are no whole numbers of pixels"
    raise RlsegError(
        f"{path} does not say its unit, and its areas {what}",
        "measure again in pixels (Fiji: Image > Properties, unit pixel, width and height 1), or say --width",
    )


def _of_qupath(path: Path, columns: Columns, pixel_size: PixelSize | None) -> MeasuredTable:
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for name in columns:
        match = _QUPATH.fullmatch(name)
        if match:
            found.setdefault(match[1] or "", {})[match[2]] = (name, match[3])
    whose = next(
        (w for w in ("", "Nucleus: ", "Cell: ") if {"Min diameter", "Max diameter"} <= found.get(w, {}).keys()), None
    )
    if whose is None:
        raise _lacking(path)
    (minor, unit), (major, _) = found[whose]["Min diameter"], found[whose]["Max diameter"]
    notes = (f"{whose.removesuffix(': ').lower()} diameters are taken",) if whose else ()
    if unit == "px":
        return MeasuredTable("QuPath", columns[minor], columns[major], notes)
    if pixel_size is None:
        raise RlsegError(f"{path} is in um, and the images do not say how large a pixel is", "say --width in px")
    side = pixel_size.side
    return MeasuredTable("QuPath", columns[minor] / side, columns[major] / side, (*notes, f"a pixel is {side:.4g} um"))


def _needed(path: Path, columns: tuple[Floats | None, ...]) -> tuple[Floats, Floats]:
    minor, major = columns
    if minor is None or major is None:
        raise _lacking(path)
    return minor, major


def _lacking(path: Path) -> RlsegError:
    return RlsegError(f"{path} has not the columns that tell how large objects are", "; or ".join(_KNOWN))


def _without_gaps(path: Path, found: MeasuredTable) -> MeasuredTable:
    """Without rows that are no objects, which are counted."""
    good = np.isfinite(found.minor) & np.isfinite(found.major) & (found.minor > 0) & (found.major > 0)
    if not good.any():
        raise RlsegError(f"{path} has no row with the size of an object", "save the table again")
    bad = int(np.count_nonzero(~good))
    notes = (*found.notes, f"{bad} rows without a size are left out") if bad else found.notes
    return MeasuredTable(found.program, found.minor[good], found.major[good], notes)


def _columns(path: Path) -> Columns:
    """Name -> (N,) numbers, NaN where there is none."""
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise RlsegError(f"{path} has {size} bytes, a table at most {LARGEST}", "keep some of the objects")
        # names of other letters than those that are looked for may be of any encoding
        lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError as error:
        raise RlsegError(f"cannot read {path}: {error.strerror}", "check the path and its permissions") from None
    head = lines[0] if lines else ""
    mark = max("\t;,", key=head.count)
    try:
        rows = list(csv.reader(lines, delimiter=mark))
    except csv.Error as error:
        raise RlsegError(f"{path} is no table: {error}", "save it again as CSV") from None
    # CellProfiler writes whose columns they are above them, where a file is about several kinds of objects
    first = 1 if len(rows) > 1 and "AreaShape_MinorAxisLength" in rows[1] else 0
    names = [name.strip() for name in rows[first]] if rows else []
    wanted = [place for place, name in enumerate(names) if _may_count(name)]
    body = [row for row in rows[first + 1 :] if any(row)]
    return {
        names[place]: np.array([_number(row[place] if place < len(row) else "", mark) for row in body])
        for place in wanted
    }


def _may_count(name: str) -> bool:
    return name in ("Area", "Major", "Minor", "AR") or name.startswith("AreaShape_M") or bool(_QUPATH.fullmatch(name))


def _number(text: str, mark: str) -> float:
    try:
        return float(text if mark == "," else text.replace(",", "."))
    except ValueError:
        return float("nan")
