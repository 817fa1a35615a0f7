"""What a prediction leaves behind beside labels: overlay PNGs, a table of objects; each file is whole or absent."""

from __future__ import annotations

import csv
import io
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from rlseg.errors import RlsegError
from rlseg.pictures.drawing import Rgb, enlarge, object_colours, outlines, stretch

Table = dict[str, npt.NDArray[np.generic]]


@contextmanager
def atomic(path: Path) -> Iterator[BinaryIO]:
    """Write a file under another name beside it and rename it at the end: it is whole or as it was before.

    Raises:
        RlsegError: the file cannot be written (folder missing or read-only, disk full).
    """
    temporary = path.parent / f".{uuid.uuid4().hex}.tmp"
    try:
        try:
            with temporary.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, unless they are there.

    Raises:
        RlsegError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RlsegError(f"cannot make the folder {folder}: {error.strerror}", "choose another one") from error


def _unwritable(path: Path, error: OSError) -> RlsegError:
    hint = "check the folder, its permissions and the free space"
    return RlsegError(f"cannot write {path}: {error.strerror or error}", hint)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Write a folder under another name beside it and rename it at the end, see `atomic`.

    A folder that it replaces is moved away first, and back if that fails.

    Raises:
        RlsegError: the folder cannot be written.
    """
    temporary = path.parent / f".{uuid.uuid4().hex}.tmp"
    old = temporary.with_suffix(".old")
    try:
        try:
            temporary.mkdir()
            yield temporary
            if path.exists():
                os.replace(path, old)
            os.replace(temporary, path)
        finally:
            if old.exists() and not path.exists():
                os.replace(old, path)
            shutil.rmtree(temporary, ignore_errors=True)
            shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise _unwritable(path, error) from error


def draw_overlay(
    image: npt.NDArray[np.floating], labels: npt.NDArray[np.integer], scale: int = 2, ids: bool = False
) -> Rgb:
    """The image, contrast stretched, with the outline of each object in its own colour.

    Args:
        image: (C, H, W); three channels are shown in colour, otherwise the first one in gray.
        labels: (H, W), 0 = background.
        scale: enlargement; outlines are two pixels of the enlarged picture wide.
        ids: write each object's label at its centre.

    Returns:
        (scale * H, scale * W, 3) uint8.
    """
    height, width = labels.shape
    size = (width * scale, height * scale)
    picture = np.array(Image.fromarray(stretch(image)).resize(size, Image.Resampling.BICUBIC))
    outline = outlines(enlarge(labels, scale))
    picture[outline > 0] = object_colours(labels)[outline[outline > 0]]
    if not ids:
        return picture
    canvas = Image.fromarray(picture)
    draw = ImageDraw.Draw(canvas)
    table = object_table(labels)
    for label, row, column in zip(table["label"], table["centroid_row"], table["centroid_col"], strict=True):
        place = ((column + 0.5) * scale, (row + 0.5) * scale)
        draw.text(place, str(label), fill="white", anchor="mm", stroke_width=1, stroke_fill="black")
    return np.asarray(canvas)


def write_overlay(
    path: Path,
    image: npt.NDArray[np.floating],
    labels: npt.NDArray[np.integer],
    scale: int = 2,
    ids: bool = False,
) -> None:
    """Write `draw_overlay` as PNG.

    Raises:
        RlsegError: the file cannot be written.
    """
    buffer = io.BytesIO()
    Image.fromarray(draw_overlay(image, labels, scale, ids)).save(buffer, format="png")
    with atomic(path) as file:
        file.write(buffer.getbuffer())


def object_table(
    labels: npt.NDArray[np.integer], descriptors: Mapping[str, npt.NDArray[np.generic]] | None = None
) -> Table:
    """Columns that describe the M objects of one image, in the order of their labels.

    Args:
        labels: (H, W), 0 = background.
        descriptors: further columns by name, (M,) each; one named area takes the place of the counted one.

    Returns:
        label; centroid_row, centroid_col in pixels (the centre of the first pixel is 0); area in pixels; then
        the descriptors.

    Raises:
        ValueError: a descriptor has not one value per object, or has the name of another column.
    """
    rows, columns = np.nonzero(labels)
    ids, inverse, area = np.unique(labels[rows, columns], return_inverse=True, return_counts=True)
    table: Table = {
        "label": ids,
        "centroid_row": np.bincount(inverse, rows, len(ids)) / area,
        "centroid_col": np.bincount(inverse, columns, len(ids)) / area,
        "area": area,
    }
    for name, values in (descriptors or {}).items():
        if name in ("label", "centroid_row", "centroid_col", "image"):
            raise ValueError(f"a descriptor must not be called {name}")
        if values.shape != ids.shape:
            raise ValueError(f"descriptor {name} has shape {values.shape}, there are {len(ids)} objects")
        table[name] = values
    return table


def write_table(path: Path, tables: Mapping[str, Table]) -> None:
    """Write the objects of all images into one CSV file (UTF-8, header, one line per object).

    Args:
        path: file to write; replaced if it exists.
        tables: `object_table` of each image by its stem, all with the same columns; the stem becomes the
            column `image`.

    Raises:
        RlsegError: the file cannot be written.
        ValueError: no table, or columns differ.
    """
    names = [list(table) for table in tables.values()]
    if not names or any(name != names[0] for name in names):
        raise ValueError("all tables must have the same columns")
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["image", *names[0]])
    for stem, table in tables.items():
        for row in zip(*table.values(), strict=True):
            writer.writerow([stem, *(_format(value) for value in row)])
    with atomic(path) as file:
        file.write(text.getvalue().encode())


def read_table(path: Path) -> dict[str, Table]:
    """Read what `write_table` has written: `object_table` of each image by its stem.

    Raises:
        RlsegError: the file cannot be read, or is no such table.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            header, *lines = csv.reader(file)
    except (OSError, ValueError, csv.Error) as error:
        raise RlsegError(f"cannot read the table {path}: {error}", "remove it, or name another file") from error
    if header[:2] != ["image", "label"] or any(len(line) != len(header) for line in lines):
        raise RlsegError(f"{path} is no table of objects", "remove it, or name another file")
    rows: dict[str, list[list[str]]] = {}
    for line in lines:
        rows.setdefault(line[0], []).append(line[1:])
    return {
        stem: {name: _numbers(path, values) for name, values in zip(header[1:], zip(*found, strict=True), strict=True)}
        for stem, found in rows.items()
    }


def _numbers(path: Path, texts: Sequence[str]) -> npt.NDArray[np.generic]:
    try:
        return np.array([int(text) for text in texts])
    except ValueError:
        pass
    try:
        return np.array([float(text) for text in texts])
    except ValueError:
        raise RlsegError(f"{path} is no table of objects: {texts[0]!r}", "remove it, or name another file") from None


def _format(value: np.generic) -> str:
    return str(value) if np.issubdtype(value.dtype, np.integer) else format(float(value), ".9g")
