"""What is written of a film whose objects are linked, and how a film in the challenge's layout is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rlseg.errors import RlsegError
from rlseg.io import PixelSize, make_folder, read_label_film
from rlseg.metrics import Lineage
from rlseg.prediction.table import Table, write_table
from rlseg.prediction.tracking.film import Film
from rlseg.prediction.writers import write_challenge, write_film, write_napari

LISTS = ("man_track.txt", "res_track.txt")
Columns = Mapping[str, npt.NDArray[np.generic]]


def film_table(film: Film, columns: Sequence[Columns] = ()) -> Table:
    """`Film.table`, and what else is known of the objects.

    Args:
        film: with its tracks.
        columns: of each frame: name -> (n,) values of the objects with the labels 1..n. Names that the table has
            already are left out.
    """
    table: Table = film.table()
    frame, label = film.objects.frame, film.objects.label
    for name in columns[0] if columns else ():
        if name not in table:
            start = np.cumsum([0, *(len(one[name]) for one in columns)])
            table[name] = np.concatenate([one[name] for one in columns])[start[frame] + label - 1]
    return table


def write_results(folder: Path, name: str, film: Film, table: Table, pixel_size: PixelSize | None = None) -> str | None:
    """Write NAME.tif (label stack), NAME_objects.csv, NAME_napari.csv, and NAME_RES in the challenge's layout.

    Args:
        folder: made if needed; files of these names are replaced.
        name: of the film, perhaps with folders before it.
        film: with its tracks.
        table: see `film_table`.
        pixel_size: if it is known.

    Returns:
        A line about what is left out: the challenge's masks hold 65,535 tracks.

    Raises:
        RlsegError: something cannot be written, or NAME_RES is a folder of something else.
    """
    target = folder / name
    make_folder(target.parent)
    left_out = write_challenge(target.with_name(f"{target.name}_RES"), film)
    write_napari(target.with_name(f"{target.name}_napari.csv"), film)
    write_table(target.with_name(f"{target.name}_objects.csv"), {name: table})
    write_film(target.with_name(f"{target.name}.tif"), film.labels, pixel_size, film.plane_distance)
    return left_out


def read_lineage(folder: Path, volumes: bool = False) -> Lineage:
    """Read tracks in the challenge's layout.

    Args:
        folder: a label image for each frame, and man_track.txt or res_track.txt with a line for each track: number,
            first frame, last frame, parent or 0.
        volumes: whether the frames are volumes; the challenge's files do not say which of their axes is what.

    Raises:
        RlsegError: it is no such folder, or list and images do not agree.
    """
    path = next((folder / name for name in LISTS if (folder / name).is_file()), None)
    if path is None:
        raise RlsegError(
            f"{folder} has no {' or '.join(LISTS)}", "the layout of the Cell Tracking Challenge: masks and a list"
        )
    try:
        lines = [[int(word) for word in line.split()] for line in path.read_text(encoding="ascii").splitlines()]
    except (OSError, ValueError) as error:
        raise RlsegError(f"{path} is no list of tracks: {error}") from None
    lines = [line for line in lines if line]
    if any(len(line) != 4 for line in lines):
        raise RlsegError(f"{path} is no list of tracks", "a line is: number, first frame, last frame, parent or 0")
    labels, _ = read_label_film(folder, "ZYX" if volumes else None)
    found = Lineage(labels, {line[0]: line[3] for line in lines if line[3]})
    there = {number for _, number in found.nodes()}
    if there != {line[0] for line in lines}:
        odd = min(there ^ {line[0] for line in lines})
        where = "the list" if odd in there else "the images"
        raise RlsegError(f"{folder}: track {odd} is not in {where}", "images and list must belong together")
    try:
        found.edges()
    except ValueError as error:
        raise RlsegError(f"{path}: {error}") from None
    return found
