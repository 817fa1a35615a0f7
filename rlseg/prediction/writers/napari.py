"""Tracks as napari draws them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rlseg.io import atomic

if TYPE_CHECKING:
    from rlseg.prediction.tracking import Film


def write_napari(path: Path, film: Film) -> None:
    """Write a CSV file with the columns of a Tracks layer: track_id, t, y, x in pixels, by track and then by frame.

    Raises:
        RlsegError: the file cannot be written.
    """
    found = film.objects
    rows = sorted(zip(found.track.tolist(), found.frame.tolist(), found.centroid.tolist(), strict=True))
    lines = ["track_id,t,y,x", *(f"{track},{frame},{row:.9g},{column:.9g}" for track, frame, (row, column) in rows)]
    with atomic(path) as file:
        file.write(("\n".join(lines) + "\n").encode())
