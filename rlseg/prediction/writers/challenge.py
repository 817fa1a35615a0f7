"""Tracks in the layout of the Cell Tracking Challenge."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import tifffile

from rlseg.arrays import Ints
from rlseg.errors import RlsegError
from rlseg.io import atomic_folder

if TYPE_CHECKING:
    from rlseg.prediction.tracking import Film

LIST = "res_track.txt"
MOST = 2**16 - 1
"""Tracks that masks of 16 bits hold."""


def write_challenge(folder: Path, film: Film) -> str | None:
    """Write mask000.tif, mask001.tif, ... of 16 bits and res_track.txt: number, first frame, last frame, parent or 0.

    The challenge knows no track that is not in every frame between its first and its last: what is missed for some
    frames goes on under a new number, whose parent is the one before.

    Args:
        folder: to write; a folder of such results is replaced.
        film: with its tracks.

    Returns:
        A line if nothing is written, for there are more than 65535 tracks; what was there before is left alone.

    Raises:
        RlsegError: the folder cannot be written or holds something else.
    """
    if folder.exists() and not (folder / LIST).is_file():
        raise RlsegError(f"{folder} is there and has no {LIST}: it is not replaced", "choose another output folder")
    labels, lines = without_gaps(film)
    if len(lines) > MOST:
        return f"{folder} is left out: the film has {len(lines)} tracks, and the challenge's masks hold {MOST}"
    digits = max(3, len(str(len(labels) - 1)))
    with atomic_folder(folder) as inside:
        for frame, image in enumerate(labels):
            tifffile.imwrite(
                inside / f"mask{frame:0{digits}d}.tif",
                image.astype(np.uint16),
                compression="zlib",
                photometric="minisblack",
                metadata=None,
            )
        text = "".join(" ".join(map(str, line)) + "\n" for line in lines.tolist())
        (inside / LIST).write_text(text, encoding="ascii")
    return None


def without_gaps(film: Film) -> tuple[npt.NDArray[np.int32], Ints]:
    """The tracks of a film cut where they are missed.

    Returns:
        (T, H, W) labels; and (N, 4) number, first and last frame, and parent or 0 of each, by their numbers. The first
        part of a track keeps its number.
    """
    labels = film.labels.copy()
    ends = zip(film.first.tolist(), film.last.tolist(), film.parent.tolist(), strict=True)
    lines = [[track, *line] for track, line in enumerate(ends, start=1)]
    newest = list(range(len(lines) + 1))
    found = np.bincount(film.objects.track, minlength=len(film.first) + 1)[1:]
    for track in (np.flatnonzero(found <= film.last - film.first) + 1).tolist():
        there = film.objects.frame[film.objects.track == track].tolist()
        for before, after in pairwise(there):
            if after > before + 1:
                lines[newest[track] - 1][2] = before
                lines.append([len(lines) + 1, after, int(film.last[track - 1]), newest[track]])
                newest[track] = len(lines)
                later = labels[after:]
                later[later == track] = newest[track]
    for line in lines[: len(film.first)]:
        line[3] = newest[line[3]]
    return labels, np.array(lines, np.int64).reshape(-1, 4)
