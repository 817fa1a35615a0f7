"""NIfTI files made by hand, after the tables of nifti1.h and nifti2.h."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np

CODES = {"u1": 2, "i2": 4, "i4": 8, "f4": 16, "f8": 64, "i1": 256, "u2": 512, "u4": 768, "i8": 1024, "u8": 1280}


def write_nifti(
    path: Path,
    values: np.ndarray,
    steps: tuple[float, ...] = (1.0, 1.0, 1.0),
    units: int = 2,
    scale: tuple[float, float] = (0.0, 0.0),
    version: int = 1,
    order: str = "<",
    **changes: Any,
) -> Path:
    """values: slowest axis first; steps along x, y, z. changes: magic, offset and code of the header."""
    kind = values.dtype.str[1:]
    sides = [values.ndim, *values.shape[::-1], *[1] * (7 - values.ndim)]
    wide = [1.0, *steps, *[1.0] * (7 - len(steps))]
    start = {1: 352, 2: 544}[version]
    offset, code = changes.get("offset", start), changes.get("code", CODES[kind])
    bits = 8 * values.dtype.itemsize
    head = bytearray(start)
    if version == 1:
        struct.pack_into(f"{order}i", head, 0, 348)
        struct.pack_into(f"{order}8h", head, 40, *sides)
        struct.pack_into(f"{order}2h", head, 70, code, bits)
        struct.pack_into(f"{order}11f", head, 76, *wide, offset, *scale)
        head[123] = units
        head[344:348] = changes.get("magic", b"n+1\0")
    else:
        struct.pack_into(f"{order}i8s2h", head, 0, 540, changes.get("magic", b"n+2\0\r\n\x1a\n"), code, bits)
        struct.pack_into(f"{order}8q8dq2d", head, 16, *sides, *[0.0] * 8, 0, 0.0, 0.0)
        struct.pack_into(f"{order}8dq2d", head, 104, *wide, offset, *scale)
        struct.pack_into(f"{order}i", head, 500, units)
    content = bytes(head) + bytes(max(offset - start, 0)) + values.astype(values.dtype.newbyteorder(order)).tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path
