"""The table of objects that a prediction leaves beside the labels: its columns, and their file."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Labels
from rlseg.errors import RlsegError
from rlseg.io import atomic
from rlseg.prediction.parquet import SUFFIX, import_pyarrow, read_parquet, write_parquet
from rlseg.regions import slabs

Table = dict[str, npt.NDArray[np.generic]]


@dataclass(frozen=True)
class Objects:
    """The objects that were found in one image.

    Attributes:
        labels: (H, W) int32, 0 = background, objects 1..n.
        table: column name -> (n,): label; centroid_row, centroid_col and area in pixels (of a volume see
            `object_table`); the descriptors of the reward
            file in its units; reward, the reward file's score of the object, 0..1; q, what the critic expects
            around it, for models that have one; and reward_rank, the share of the objects of the training's validation
            images that were paid less, for models that know it.
    """

    labels: Labels
    table: Table


def object_table(
    labels: npt.NDArray[np.integer], descriptors: Mapping[str, npt.NDArray[np.generic]] | None = None
) -> Table:
    """Columns that describe the M objects of one image, in the order of their labels.

    Args:
        labels: (H, W) or (Z, H, W), 0 = background.
        descriptors: further columns by name, (M,) each; lengths and areas in px. Those that are there already, like the
            area, are left out.

    Returns:
        label; centroid_row, centroid_col in pixels (the centre of the first pixel is 0); area in pixels; then
        the descriptors. Of a volume centroid_slice, the mean number of the plane from 0, goes before the row, and
        voxels, their number, takes the place of area, which is a descriptor in px^3.

    Raises:
        ValueError: a descriptor has not one value per object, or takes the name of what tells objects apart.
    """
    # whole numbers, which may be added up in any order
    parts = [slice(None)] if labels.ndim == 2 else slabs(labels.shape)
    found = [_sums(labels[part], part.start or 0) for part in parts]
    ids, inverse = np.unique(np.concatenate([ids for ids, _ in found]), return_inverse=True)
    each = np.concatenate([sums for _, sums in found], axis=1)
    area, *sums = (np.bincount(inverse, values, len(ids)) for values in each)
    names = ("centroid_slice", "centroid_row", "centroid_col")[-labels.ndim :]
    middles = {name: total / area for name, total in zip(names, sums, strict=True)}
    area = area.astype(np.int64)
    table: Table = {"label": ids, **middles, "area" if labels.ndim == 2 else "voxels": area}
    for name, values in (descriptors or {}).items():
        if name in ("label", "image"):
            raise ValueError(f"a descriptor must not be called {name}")
        if values.shape != ids.shape:
            raise ValueError(f"descriptor {name} has shape {values.shape}, there are {len(ids)} objects")
        table.setdefault(name, values)
    return table


def _sums(labels: npt.NDArray[np.integer], first: int) -> tuple[npt.NDArray[np.integer], npt.NDArray[np.float64]]:
    """(M,) numbers of objects, and (1 + axes, M) how many pixels each has and the sums of their places.

    first: how many planes lie before these.
    """
    places = np.nonzero(labels)
    ids, inverse, area = np.unique(labels[places], return_inverse=True, return_counts=True)
    sums = [np.bincount(inverse, place, len(ids)) for place in places]
    sums[0] = sums[0] + first * area
    return ids, np.array([area, *sums], np.float64)


def check_table(path: Path) -> None:
    """Find out before any work that a table cannot be written.

    Raises:
        RlsegError: it is to be Parquet, and the package for it is missing.
    """
    if path.suffix.lower() == SUFFIX:
        import_pyarrow()


def write_table(path: Path, tables: Mapping[str, Table]) -> None:
    """Write the objects of all images into one file: Parquet if its name ends in .parquet, else CSV (UTF-8, header).

    Args:
        path: file to write; replaced if it exists.
        tables: `object_table` of each image by its stem, all with the same columns; the stem becomes the
            column `image`.

    Raises:
        RlsegError: the file cannot be written, or a package for it is missing.
        ValueError: no table, or columns differ.
    """
    names = [list(table) for table in tables.values()]
    if not names or any(name != names[0] for name in names):
        raise ValueError("all tables must have the same columns")
    if path.suffix.lower() == SUFFIX:
        images = np.repeat(np.array(list(tables), object), [len(table["label"]) for table in tables.values()])
        write_parquet(
            path,
            {"image": images} | {name: np.concatenate([table[name] for table in tables.values()]) for name in names[0]},
        )
        return
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
    if path.suffix.lower() == SUFFIX:
        columns = read_parquet(path)
        images = columns.pop("image")
        return {
            str(stem): {name: values[images == stem] for name, values in columns.items()}
            for stem in dict.fromkeys(images.tolist())
        }
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
