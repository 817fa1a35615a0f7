"""A stack file of Micro-Manager as its format is described: what is in it, and of how many positions it is one."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np

_HEAD = 162  # bytes of a directory of 13 tags, after which the pixels come


def write_micromanager(path: Path, pixels: np.ndarray, position: int, positions: int) -> Path:
    """(C, H, W) uint16, one position of so many; the name of the file is PREFIX_MMStack_..."""
    count, height, width = pixels.shape
    described = {"MicroManagerVersion": "2.0", "Frames": 1, "Channels": count, "Slices": 1, "Positions": positions}
    summary = json.dumps({**described, "Prefix": path.name.split("_MMStack")[0]}).encode()
    note = b"{}\0"
    start = 40 + len(summary) + len(summary) % 2
    length = _HEAD + 2 * height * width + len(note) + 1
    places = [start + length * number for number in range(count)]
    data = b""
    for number, place in enumerate(places):
        at = place + _HEAD
        shorts = {258: 16, 259: 1, 262: 1, 274: 1, 277: 1, 284: 1, 296: 1}
        longs = {256: width, 257: height, 273: at, 278: height, 279: 2 * height * width}
        entries = {tag: struct.pack("<HHIHH", tag, 3, 1, value, 0) for tag, value in shorts.items()}
        entries |= {tag: struct.pack("<HHII", tag, 4, 1, value) for tag, value in longs.items()}
        entries[51123] = struct.pack("<HHII", 51123, 2, len(note), at + 2 * height * width)
        after = places[number + 1] if number + 1 < count else 0
        data += struct.pack("<H", len(entries)) + b"".join(entries[tag] for tag in sorted(entries))
        data += struct.pack("<I", after) + pixels[number].astype("<u2").tobytes() + note + b"\0"
    index = start + len(data)
    head = struct.pack(
        "<2sHIIIIIIIII", b"II", 42, start, 54773648, index, 483765892, 0, 99384722, 0, 2355492, len(summary)
    )
    data += struct.pack("<II", 3453623, count)
    data += b"".join(struct.pack("<5I", number, 0, 0, position, place) for number, place in enumerate(places))
    path.write_bytes((head + summary).ljust(start, b"\0") + data)
    return path
