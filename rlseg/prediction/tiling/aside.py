"""What is known of a large volume, put aside in temporary files: a part is in memory while it is looked at."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import IO, Any, TypeVar
from weakref import finalize

import numpy as np
import numpy.typing as npt

from rlseg.errors import RlsegError

T = TypeVar("T")
_BLOCK = 2**20  # bytes


class ArrayAside:
    """An array in a temporary file without a name, which the system removes however the process ends.

    It is read and written by slices as arrays are; what is read is a copy. The file lies in the folder that TMPDIR
    names, or in the usual one for temporary files.

    Args:
        shape: any; zeros at first.
        dtype: of numbers.

    Raises:
        RlsegError: the disk is full.
    """

    def __init__(self, shape: Sequence[int], dtype: npt.DTypeLike) -> None:
        self.shape, self.dtype = tuple(shape), np.dtype(dtype)
        self._file = _temporary_file(self)
        left = int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize
        # written, not only made so long: to write into a hole of a mapped file on a full disk ends the process
        while left > 0:
            _write(self._file, memoryview(bytes(min(left, _BLOCK))))
            left -= _BLOCK

    @classmethod
    def of(cls, values: npt.NDArray[Any]) -> ArrayAside:
        """The same values."""
        found = cls(values.shape, values.dtype)
        found[:] = values
        return found

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, place: Any) -> npt.NDArray[Any]:
        return np.array(self._mapped("r")[place])

    def __setitem__(self, place: Any, values: npt.ArrayLike) -> None:
        self._mapped("r+")[place] = values

    def __iter__(self) -> Iterator[npt.NDArray[Any]]:
        return (self[number] for number in range(len(self)))

    def _mapped(self, mode: Any) -> npt.NDArray[Any]:
        """Mapped anew each time: what stays mapped stays in memory, where the system counts it."""
        if 0 in self.shape:
            return np.empty(self.shape, self.dtype)  # no empty file can be mapped
        return np.memmap(self._file, self.dtype, mode, shape=self.shape)


@dataclass(frozen=True)
class _Place:
    """Where an array lies in a file."""

    start: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


class Shelf:
    """Tables of the parts of an image, each put aside until it is asked for; see `ArrayAside` where they lie."""

    def __init__(self) -> None:
        self._file = _temporary_file(self)

    def put(self, tables: T) -> Callable[[], T]:
        """Put arrays aside.

        Args:
            tables: an array, or a tuple or a dataclass of arrays, of others such, and of whatever is small.

        Returns:
            What reads them again, as often as it is asked.

        Raises:
            RlsegError: the disk is full.
        """
        kept = _with_arrays(tables, np.ndarray, self._write)
        return lambda: _with_arrays(kept, _Place, self._read)

    def _write(self, values: npt.NDArray[Any]) -> _Place:
        start = self._file.seek(0, os.SEEK_END)
        if values.size:
            _write(self._file, np.ascontiguousarray(values).data.cast("B"))
        return _Place(start, values.shape, values.dtype)

    def _read(self, place: _Place) -> npt.NDArray[Any]:
        self._file.seek(place.start)
        count = int(np.prod(place.shape, dtype=np.int64))
        return np.fromfile(self._file, place.dtype, count).reshape(place.shape)


def in_memory(tables: T) -> Callable[[], T]:
    """As `Shelf.put`, of what is small."""
    return lambda: tables


def _with_arrays(tables: Any, kind: type, change: Callable[[Any], Any]) -> Any:
    """The same with what `change` makes of all that are of a kind."""
    if isinstance(tables, kind):
        return change(tables)
    if isinstance(tables, tuple):
        return tuple(_with_arrays(part, kind, change) for part in tables)
    if is_dataclass(tables) and not isinstance(tables, type):
        parts = {field.name: _with_arrays(getattr(tables, field.name), kind, change) for field in fields(tables)}
        return replace(tables, **parts)
    return tables


def _temporary_file(owner: object) -> IO[bytes]:
    """One that is closed when its owner is gone."""
    with _no_room():
        file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - open as long as anyone reads from it
    finalize(owner, file.close)
    return file


def _write(file: IO[bytes], values: memoryview) -> None:
    with _no_room():
        while values:
            values = values[file.write(values) :]


@contextmanager
def _no_room() -> Iterator[None]:
    """Says what it means if nothing can be written."""
    try:
        yield
    except OSError as error:
        what = f"cannot write temporary files in {tempfile.gettempdir()}: {error.strerror}"
        hint = "name a folder that has room with TMPDIR: a large volume needs about 30 bytes for each voxel there"
        raise RlsegError(what, hint) from error
