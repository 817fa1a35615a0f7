"""Compare SEG, DET and TRA with those of py-ctcmetrics, on drawn films whose tracks were damaged at random.

    pip install py-ctcmetrics==1.3.3
    python -m experiments.analysis.challenge_scores --count 40

Says the largest difference, and ends with 1 if it is more than 1e-9.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tifffile

from experiments.drawings.films import draw_film
from experiments.results.command import one_line_errors
from rlseg.errors import RlsegError
from rlseg.metrics import Lineage, score_tracks

SCORES = ("SEG", "DET", "TRA")


def damaged(truth: Lineage, rng: np.random.Generator) -> Lineage:
    """Tracks with objects that are missing, made up, merged, eaten away, renamed, and with parents that are wrong."""
    labels = np.array(truth.labels)
    parent = dict(truth.parent)
    for image in labels:
        for number in np.unique(image[image > 0]):
            fate = rng.random()
            rows, columns = np.nonzero(image == number)
            if fate < 0.05:
                image[rows, columns] = 0
            elif fate < 0.1:
                image[rows, columns] = rng.choice(image[image > 0])
            elif fate < 0.2:
                half = columns < np.median(columns) + rng.integers(-4, 5)
                image[rows[half], columns[half]] = 0
        if rng.random() < 0.3:
            row, column = rng.integers(0, image.shape[0] - 8, 2)
            image[row : row + 8, column : column + 8] = rng.choice(image[image > 0])
    newest = int(labels.max())
    for number in np.unique(labels[labels > 0]):
        if rng.random() < 0.3:  # the rest of the track is another one, perhaps its child
            later = labels[rng.integers(1, len(labels)) :]
            newest += 1
            later[later == number] = newest
            for child in [child for child, one in parent.items() if one == number]:
                parent[child] = newest
            if rng.random() < 0.5:
                parent[newest] = int(number)
    return _possible(labels, parent)


def _possible(labels: npt.NDArray[np.int32], parent: dict[int, int]) -> Lineage:
    """Without gaps in tracks, which the challenge does not know, and without parents that last too long."""
    newest = int(labels.max())
    for number in np.unique(labels[labels > 0]):
        there = np.flatnonzero((labels == number).any(axis=(1, 2)))
        for start in there[1:][np.diff(there) > 1][::-1]:
            newest += 1
            later = labels[start:]
            later[later == number] = newest
    spans = {
        int(n): np.flatnonzero((labels == n).any(axis=(1, 2)))[[0, -1]].tolist() for n in np.unique(labels[labels > 0])
    }
    kept = {
        child: one
        for child, one in parent.items()
        if child in spans and one in spans and spans[child][0] > spans[one][1]
    }
    return Lineage(labels, kept)


def write(folder: Path, one: Lineage, mask: str, names: str) -> None:
    """Write label images and the list of tracks in the challenge's layout."""
    folder.mkdir(parents=True)
    lines = []
    labels = np.array(one.labels)
    for number in np.unique(labels[labels > 0]).tolist():
        there = np.flatnonzero((labels == number).any(axis=(1, 2)))
        lines.append(f"{number} {there[0]} {there[-1]} {one.parent.get(number, 0)}")
    (folder / names).write_text("\n".join(lines) + "\n", encoding="ascii")
    for frame, image in enumerate(labels):
        tifffile.imwrite(folder / f"{mask}{frame:03d}.tif", image.astype(np.uint16))


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Run the script; returns the exit code."""
    try:
        from ctc_metrics.scripts.evaluate import evaluate_sequence
    except ImportError:
        raise RlsegError("py-ctcmetrics is not installed", "pip install py-ctcmetrics==1.3.3") from None
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=40, help="number of films")
    options = parser.parse_args(arguments)
    worst = dict.fromkeys(SCORES, 0.0)
    lowest = dict.fromkeys(SCORES, 1.0)
    for seed in range(options.count):
        rng = np.random.default_rng(seed)
        film = draw_film(seed, frames=8, size=120, count=8)
        truth = Lineage(film.labels, film.parent)
        found = damaged(truth, rng) if seed else truth
        mine = score_tracks(found, truth)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write(folder / "01_RES", found, "mask", "res_track.txt")
            write(folder / "01_GT" / "TRA", truth, "man_track", "man_track.txt")
            write(folder / "01_GT" / "SEG", truth, "man_seg", "unused.txt")
            with contextlib.redirect_stdout(io.StringIO()):  # it talks
                theirs = evaluate_sequence(str(folder / "01_RES"), str(folder / "01_GT"), list(SCORES), threads=1)
        for score, value in zip(SCORES, (mine.seg, mine.det, mine.tra), strict=True):
            worst[score] = max(worst[score], abs(value - theirs[score]))
            lowest[score] = min(lowest[score], value)
    for score in SCORES:
        print(f"{score}: {options.count} films from {lowest[score]:.3f} to 1, largest difference {worst[score]:.1e}")
    return int(max(worst.values()) > 1e-9)


if __name__ == "__main__":
    raise SystemExit(main())
