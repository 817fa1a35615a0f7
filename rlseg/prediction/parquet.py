"""The table of objects as Parquet, with the unit of each column; needs the package pyarrow."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rlseg.errors import RlsegError
from rlseg.io import atomic
from rlseg.rewards import unit_of
from rlseg.rewards.measure import DESCRIPTORS

SUFFIX = ".parquet"
_NOTE = "one row for each object; places are in pixels, the centre of the first pixel at 0, 0"
_NAMES = ("image", "label")


def import_pyarrow() -> tuple[Any, Any]:
    """The package and its part for Parquet, which are not installed by default and take long to import.

    Raises:
        RlsegError: it is missing.
    """
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise RlsegError("Parquet needs a package that is missing", 'pip install "rlseg[formats]"') from None


def unit_of_column(name: str) -> str:
    """The unit of a column of the table: "px", "px2", "um", "um2", "deg", "intensity", or "1" for none.

    Descriptors of other channels than the first are called like those of the first, with the channel behind it.
    """
    for unit in ("um2", "um"):
        if name.endswith(f"_{unit}"):
            return unit
    known = [found for found in DESCRIPTORS if name == found or name.startswith(f"{found}_")]
    return unit_of(max(known, key=len)) if known else "1"


def write_parquet(path: Path, columns: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write columns of equal length into one file; the metadata of each has its `unit`.

    Raises:
        RlsegError: the file cannot be written, or pyarrow is missing.
    """
    pyarrow, parquet = import_pyarrow()
    arrays = [pyarrow.array(values) for values in columns.values()]
    fields = [
        pyarrow.field(name, array.type, metadata=None if name in _NAMES else {"unit": unit_of_column(name)})
        for name, array in zip(columns, arrays, strict=True)
    ]
    table = pyarrow.Table.from_arrays(arrays, schema=pyarrow.schema(fields, metadata={"rlseg": _NOTE}))
    with atomic(path) as file:
        parquet.write_table(table, file)


def read_parquet(path: Path) -> dict[str, npt.NDArray[Any]]:
    """The columns of a file that `write_parquet` has written.

    Raises:
        RlsegError: it cannot be read, is no such table, or pyarrow is missing.
    """
    pyarrow, parquet = import_pyarrow()
    try:
        table = parquet.read_table(path)
        found = {name: np.asarray(table.column(name)) for name in table.column_names}
    except (OSError, ValueError, pyarrow.ArrowException) as error:
        words = " ".join(str(error).split())[:200]
        raise RlsegError(f"cannot read the table {path}: {words}", "remove it, or name another file") from error
    numbers = all(values.dtype.kind in "if" for name, values in found.items() if name != "image")
    if tuple(found)[:2] != _NAMES or not numbers:
        raise RlsegError(f"{path} is no table of objects", "remove it, or name another file")
    return found
