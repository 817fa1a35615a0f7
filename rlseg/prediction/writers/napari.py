"""Tracks as napari draws them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rlseg.io import atomic

if TYPE_CHECKING:
    from rlseg.prediction.tracking import Film


def write_napari(path: Path, film: Film) -> None:
    """Write a CSV file with the columns of a Tracks layer: track_id, t, y, x in pixels, by track and then by frame.

    Of volumes they are track_id, t, z, y, x, and z is the number of the plane.

    Raises:
        RlsegError: the file cannot be written.
    """
    found = film.objects
    rows = sorted(zip(found.track.tolist(), found.frame.tolist(), film.places.tolist(), strict=True))
    head = "track_id,t,y,x" if film.labels.ndim == 3 else "track_id,t,z,y,x"
    lines = [head, *(",".join([f"{track},{frame}", *(f"{x:.9g}" for x in place)]) for track, frame, place in rows)]
    with atomic(path) as file:
        file.write(("\n".join(lines) + "\n").encode())
