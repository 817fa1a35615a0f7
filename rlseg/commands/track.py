"""`rlseg track`: objects of a film keep their number, from label images alone or found by a search."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rlseg.arrays import AnyLabels
from rlseg.data import Preparation
from rlseg.errors import RlsegError
from rlseg.io import Bars, PixelSize, Reading, read_film, read_label_film, square_pixels
from rlseg.metrics import Lineage, score_tracks
from rlseg.prediction import search_image
from rlseg.prediction.tracking import (
    Film,
    Found,
    check_frames,
    distance_of_planes,
    doubtful_from,
    film_table,
    left_alone,
    link_by,
    link_found,
    read_lineage,
    search_film,
    write_results,
)
from rlseg.rewards.language import RewardFile, load_reward

__all__ = ["main"]

MIN_SCORE = 0.3
"""What an object that a search finds is paid at least, as in `rlseg.search_image`."""
Columns = Mapping[str, npt.NDArray[np.generic]]


def main(args: list[str]) -> int:
    """Run `rlseg track ARGS`.

    Args:
        args: what follows `rlseg track`.

    Returns:
        0.

    Raises:
        RlsegError: something given cannot be used.
        SystemExit: the command line is wrong (exit code 2).
    """
    options = _parser().parse_args(args)
    rules = load_reward(options.rules, allow=options.allow)
    given = None if options.pixel_size is None else square_pixels(options.pixel_size)
    if options.output.exists() and not options.output.is_dir():
        raise RlsegError(f"--output {options.output} is a file", "name a folder")
    truth = None if options.truth is None else read_lineage(options.truth, rules.volumes)
    name = options.labels.name
    for suffix in (".tif", ".tiff", ".ome", ".gz", ".nii"):
        name = name.removesuffix(suffix)
    name = name or "film"
    if options.search:
        film, columns, size = _searched(options.labels, options.axes, rules, given, options.plane_distance)
    else:
        labels, size = read_label_film(options.labels, options.axes)
        size, columns = size if options.pixel_size is None else square_pixels(options.pixel_size, size), []
        film = link_by(rules, list(labels), size, str(options.labels), options.plane_distance)
    if (options.output / f"{name}.tif").resolve() == options.labels.resolve():
        raise RlsegError(f"{options.labels} would be replaced", "choose another --output folder")
    left_out = write_results(options.output, name, film, film_table(film, columns), size)
    if left_out is not None:
        print(f"rlseg: warning: {left_out}", file=sys.stderr)
    print(_summary(film, options.output))
    if truth is not None:
        print(_scores(film, truth, options.truth))
    return 0


def _searched(
    path: Path, axes: str | None, rules: RewardFile, given: PixelSize | None, plane_distance: float | None
) -> tuple[Film, list[Columns], PixelSize | None]:
    """A film whose objects are those that a search finds in each frame, and what is known of them."""
    images = read_film(path, reading=Reading(axes=axes), volume=rules.volumes)
    shapes, sizes = zip(*((image.pixels.shape, image.pixel_size) for image in images), strict=True)
    check_frames(
        [shape[1:] for shape in shapes],
        str(path),
        sizes if plane_distance is None else (),
        [shape[0] for shape in shapes] if rules.volumes else (),
    )
    size = sizes[0] if given is None else square_pixels(given.row, sizes[0])
    um = None if size is None or rules.units.length == "px" else size.side
    preparation = Preparation()
    if rules.volumes:
        plane_distance = distance_of_planes(size, str(path), plane_distance)
        size = None if size is None else replace(size, plane=plane_distance * size.column)
        preparation = Preparation(volume=True, plane_distance=plane_distance)
        preparation.spacing(size)  # which refuses pixels that are not square

    if rules.tracks is not None and rules.tracks.joint:
        chosen, unsolved = search_film(rules, images, MIN_SCORE, size)
        if unsolved:
            print(f"rlseg: warning: {path}: {left_alone(unsolved)}", file=sys.stderr)
        return link_by(rules, [one.labels for one in chosen], size, str(path)), [one.columns for one in chosen], size

    lowest = doubtful_from(rules, MIN_SCORE)
    scores = [MIN_SCORE] if lowest is None else [MIN_SCORE, lowest]
    found: list[list[Found]] = []
    with Bars() as bars:
        bar = bars.add(path.name, len(scores) * len(images))
        for least in scores:
            found.append([])
            for image in images:
                one = search_image(rules, image.pixels, preparation, least, um)
                found[-1].append(Found(one.labels, one.table))
                bar.advance()
    doubtful = found[1] if len(found) > 1 else []
    film, kept = link_found(rules, found[0], doubtful, size, str(path), plane_distance)
    return film, [one.columns for one in kept], size


def _summary(film: Film, output: Path) -> str:
    frames, objects, tracks = len(film.labels), len(film.objects.frame), len(film.first)
    empty = sum(1 for image in film.labels if not image.any())
    moved = np.hypot(*film.drift.T).max()
    more = f", {empty} of the frames empty" if empty else ""
    more += f"; the picture moves by up to {moved:.0f} px a frame" if moved else ""
    return f"{frames} frames, {objects} objects, {tracks} tracks, {film.divisions} divisions{more}; written to {output}"


def _scores(film: Film, truth: Lineage, path: Path) -> str:
    found = Lineage(film.labels, {n: int(one) for n, one in enumerate(film.parent, start=1) if one})
    _check_sizes(found.labels, truth.labels, path)
    scores = score_tracks(found, truth)
    right = scores.edges - scores.edges_missed - scores.edges_of_other_kind
    return (
        f"SEG {scores.seg:.3f}, DET {scores.det:.3f}, TRA {scores.tra:.3f}; "
        f"{right} of {scores.edges} links right ({scores.edges_held} of all are between objects that were found), "
        f"{scores.edges_wrong} more that should not be"
    )


def _check_sizes(found: AnyLabels | Sequence[AnyLabels], truth: AnyLabels | Sequence[AnyLabels], path: Path) -> None:
    ours, theirs = (" x ".join(map(str, (len(labels), *labels[0].shape))) for labels in (found, truth))
    if ours != theirs:
        axes = "frames, rows, columns" if found[0].ndim == 2 else "frames, planes, rows, columns"
        raise RlsegError(f"the film is {ours} ({axes}), the truth in {path} is {theirs}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rlseg track",
        description="Give the objects of a film numbers that last. Writes NAME.tif (label stack), NAME_objects.csv, "
        "NAME_napari.csv, and NAME_RES in the layout of the Cell Tracking Challenge.",
    )
    text = "label stack with an axis T, or folder with a label image for each frame; with --search images"
    parser.add_argument("labels", type=Path, metavar="LABELS", help=text)
    parser.add_argument("--rules", type=Path, required=True, metavar="REWARD", help="reward file with a section tracks")
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="folder for the results")
    text = (
        "LABELS is a film of images or volumes: take the best-paid objects of each frame by the rules, nothing learned"
    )
    parser.add_argument("--search", action="store_true", help=text)
    parser.add_argument("--axes", help="axes of the stack if the file does not say them, slowest first, like TYX")
    parser.add_argument("--pixel-size", type=float, metavar="UM", help="um per pixel, instead of what the file says")
    text = "how far planes of volumes (TZYX) are apart, in sides of a pixel, instead of what the file says"
    parser.add_argument("--plane-distance", type=float, metavar="PX", help=text)
    text = "compare with tracks in the challenge's layout: label images and man_track.txt or res_track.txt"
    parser.add_argument("--truth", type=Path, metavar="FOLDER", help=text)
    text = "package whose terms the reward file may import (class_path); can be given several times"
    parser.add_argument("--allow", action="append", default=[], metavar="PACKAGE", help=text)
    return parser
