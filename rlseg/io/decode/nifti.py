"""NIfTI 1 and 2, in one file (`.nii`), also compressed (`.nii.gz`); a header of fixed places, then the values.

Its places are those of nifti1.h and nifti2.h (https://nifti.nimh.nih.gov). Where a head lies (qform, sform) is not
applied: voxels come as they are stored.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

import numpy as np
import numpy.typing as npt

from rlseg.errors import RlsegError
from rlseg.io.decode.base import Decoder
from rlseg.io.decode.content import Array, Content, Wanted, check_size
from rlseg.io.decode.failures import broken
from rlseg.io.pixel_size import PixelSize, pixel_size

_GZIP = b"\x1f\x8b"
_BEGINNING = 2**14  # bytes of a compressed file in which it is
_AXES = "XYZTC"
_UNITS = {1: "m", 2: "mm", 3: "um"}
_LABELS = 1002  # what numbers mean: NIFTI_INTENT_LABEL
_TYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8"}
_OTHER_TYPES = {1: "single bits", 32: "complex values", 128: "colours", 1792: "complex values", 2304: "colours"}
# version -> name -> format of struct and place
_PLACES: dict[int, dict[str, tuple[str, int]]] = {
    1: {
        "size": ("i", 0), "dim": ("8h", 40), "intent": ("h", 68), "type": ("h", 70), "bits": ("h", 72),
        "steps": ("8f", 76), "offset": ("f", 108), "scale": ("2f", 112), "units": ("B", 123), "shown": ("2f", 124),
        "magic": ("4s", 344),
    },
    2: {
        "size": ("i", 0), "magic": ("8s", 4), "type": ("h", 12), "bits": ("h", 14), "dim": ("8q", 16),
        "steps": ("8d", 104), "offset": ("q", 168), "scale": ("2d", 176), "shown": ("2d", 192), "units": ("i", 500),
        "intent": ("i", 504),
    },
}  # fmt: skip
_SIZES = {1: 348, 2: 540}
_ORDERS: tuple[Literal["<"], Literal[">"]] = ("<", ">")
_STARTS = (_GZIP, *(struct.pack(f"{order}i", size) for size in _SIZES.values() for order in _ORDERS))
_MAGIC = {1: b"n+1\0", 2: b"n+2\0\r\n\x1a\n"}


@dataclass(frozen=True)
class NiftiHeader:
    """The header of a NIfTI file.

    Attributes:
        version: 1 or 2.
        order: of its bytes.
        raw: its 348 or 540 bytes.
    """

    version: int
    order: Literal["<", ">"]
    raw: bytes

    @classmethod
    def of(cls, raw: bytes) -> NiftiHeader | None:
        """Of the first bytes of a file; None if it is none."""
        for version, size in _SIZES.items():
            for order in _ORDERS:
                if len(raw) >= size and raw[:4] == struct.pack(f"{order}i", size):
                    found = cls(version, order, raw[:size])
                    return found if found.get("magic")[0][:3] in (b"n+1", b"ni1", b"n+2", b"ni2") else None
        return None

    @classmethod
    def new(cls, size: PixelSize | None, version: int) -> NiftiHeader:
        """One that says how large pixels are, if that is known, and nothing else."""
        known = cls(version, "<", bytes(_SIZES[version])).put("size", _SIZES[version]).put("steps", *[1.0] * 8)
        if size is None:
            return known
        return known.put("steps", 1.0, size.column, size.row, size.plane or 1.0, *[1.0] * 4).put("units", 3)

    def get(self, name: str) -> tuple[Any, ...]:
        """The values at a place."""
        kind, place = _PLACES[self.version][name]
        return struct.unpack_from(self.order + kind, self.raw, place)

    def put(self, name: str, *values: Any) -> NiftiHeader:
        """The same with other values at a place."""
        kind, place = _PLACES[self.version][name]
        raw = bytearray(self.raw)
        struct.pack_into(self.order + kind, raw, place, *values)
        return NiftiHeader(self.version, self.order, bytes(raw))

    @property
    def shape(self) -> tuple[int, ...]:
        """Along x, y, z, t, ...; empty if it is not possible."""
        count, *sides = self.get("dim")
        return tuple(sides[:count]) if 1 <= count <= 7 and min(sides[:count]) > 0 else ()

    def for_labels(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NiftiHeader:
        """The same for labels in the place of the image: size of pixels and place of the head stay.

        Args:
            shape: (H, W) or (Z, H, W).
            dtype: an unsigned type of integers.
        """
        sides = [*shape[::-1], *[1] * (7 - len(shape))]
        code = next(code for code, kind in _TYPES.items() if np.dtype(kind) == dtype)
        changed = self.put("dim", len(shape), *sides).put("steps", *self.get("steps")[:4], *[1.0] * 4)
        changed = changed.put("type", code).put("bits", 8 * dtype.itemsize).put("intent", _LABELS)
        changed = changed.put("scale", 1.0, 0.0).put("shown", 0.0, 0.0).put("magic", _MAGIC[self.version])
        return changed.put("offset", _SIZES[self.version] + 4)  # four bytes say that no extension follows


def nifti_header(path: Path) -> NiftiHeader | None:
    """The header of a file; None if it is no NIfTI file, or cannot be read."""
    try:
        with path.open("rb") as file:
            start = file.read(_BEGINNING)
        if start.startswith(_GZIP):
            # no more is inflated, and no sum compared: that it is wrong in a damaged file is said when it is decoded
            first = zlib.decompressobj(31).decompress(start, 4)
            long = first in [struct.pack(f"{order}i", _SIZES[2]) for order in _ORDERS]
            start = zlib.decompressobj(31).decompress(start, _SIZES[2 if long else 1])
        return NiftiHeader.of(start)
    except (OSError, zlib.error):
        return None


def _opened(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
    return cast("BinaryIO", gzip.open(path, "rb")) if packed else path.open("rb")


class NiftiDecoder(Decoder):
    """See `decode_nifti`."""

    kind = "NIfTI"
    suffixes = (".nii", ".nii.gz")

    def recognises(self, path: Path, start: bytes) -> bool:
        """By the size of its header and the mark in it."""
        return start.startswith(_STARTS) and nifti_header(path) is not None

    def decode(self, path: Path, start: bytes, wanted: Wanted) -> Content:
        """See `decode_nifti`."""
        return decode_nifti(path, wanted)


def decode_nifti(path: Path, wanted: Wanted) -> Content:
    """Read the values of a NIfTI file, scaled as its header says, with the axes (C, T, Z, Y, X), x fastest.

    Of a compressed file no more is inflated than the header promises.

    Raises:
        RlsegError: see `decode`; also if the values lie in another file, or are no numbers.
    """
    header = nifti_header(path)
    assert header is not None, "recognised"
    dtype, offset = _checked(path, header, wanted)
    count = math.prod(header.shape) * dtype.itemsize
    try:
        with _opened(path) as file:
            file.seek(offset)
            stored = file.read(count)
            file.read(1)  # gzip compares its sum at the end alone
    except gzip.BadGzipFile:
        raise broken(path, EOFError(), "numpy") from None
    except Exception as error:  # gzip and zlib raise whatever they meet in a damaged file
        raise broken(path, error, "numpy") from None
    if len(stored) < count:
        raise RlsegError(f"cannot read {path}: its data do not fill its size", "copy the file again")
    values = _scaled(path, np.frombuffer(stored, dtype).reshape(header.shape[::-1]), header)
    steps, unit = header.get("steps"), _UNITS.get(header.get("units")[0] & 7)
    axes = "".join(_AXES[n] if n < len(_AXES) else "Q" for n in range(len(header.shape)))
    size = pixel_size(steps[2], steps[1], unit, unit, steps[3] if len(header.shape) > 2 else None, unit)
    return Content(values, axes[::-1], size)


def _checked(path: Path, header: NiftiHeader, wanted: Wanted) -> tuple[np.dtype[Any], int]:
    """The type of the values and where they begin, if the header can be true."""
    if header.get("magic")[0][:2] == b"ni":
        raise RlsegError(f"{path} is the header of a NIfTI image in two files", "save it as one file, .nii or .nii.gz")
    if not header.shape:
        raise RlsegError(f"cannot read {path}: its header says no size", "copy the file again")
    check_size(path, header.shape[::-1], wanted.max_pixels)
    code = header.get("type")[0]
    if code not in _TYPES:
        what = _OTHER_TYPES.get(code, f"values of the type {code}")
        raise RlsegError(f"{path} holds {what}", "save integers or floats")
    offset = header.get("offset")[0]
    if not (math.isfinite(offset) and 0 <= offset < 2**62):
        raise RlsegError(f"cannot read {path}: its header does not say where its values are", "copy the file again")
    return np.dtype(_TYPES[code]).newbyteorder(header.order), max(int(offset), _SIZES[header.version] + 4)


def _scaled(path: Path, values: Array, header: NiftiHeader) -> Array:
    """Values times the slope plus the intercept; a slope of 0, or one that is no number, scales nothing."""
    slope, shift = header.get("scale")
    if not math.isfinite(slope) or slope == 0 or (slope == 1 and shift == 0):
        return values
    if not math.isfinite(shift):
        raise RlsegError(f"cannot read {path}: its header shifts values by {shift}", "copy the file again")
    floats: npt.NDArray[Any] = np.empty(values.shape, np.float32 if values.dtype.itemsize <= 2 else np.float64)
    for one, plane in zip(floats, values, strict=True):  # of which each is exact before it is rounded
        one[:] = plane.astype(np.float64) * slope + shift
    return floats
