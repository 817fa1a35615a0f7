"""How well the scores in the table of objects tell wrong objects from right ones, on images with labels.

    python -m experiments.analysis.confidence runs/nuclei/version_0/checkpoints/best.ckpt experiments/data/nuclei/test

An object is wrong if its best intersection over union with a true object is below 0.5. AUROC: the probability that a
wrong object scores less than a right one (ties count half), over the objects of all images; 0.5 is chance.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.stats import mannwhitneyu

from experiments.results.command import one_line_errors
from experiments.results.score_table import ScoreTable, run_of
from rlseg.io import find_images, read_image, read_labels
from rlseg.metrics import Contingency
from rlseg.prediction import Predictor, object_columns

SCORES = {"reward": "the reward file's score of the object", "q": "the critic's Q around the object"}
WRONG_BELOW = 0.5


def auroc(score: npt.NDArray[np.floating], wrong: npt.NDArray[np.bool_]) -> float:
    """Probability that a wrong object scores less than a right one; NaN if there are no objects of one kind."""
    if wrong.all() or not wrong.any():
        return float("nan")
    statistic = mannwhitneyu(score[~wrong], score[wrong]).statistic
    return float(statistic / (np.count_nonzero(wrong) * np.count_nonzero(~wrong)))


def best_iou(labels: npt.NDArray[np.integer], truth: npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
    """(n,) largest intersection over union of each object 1..n with any true object; labels and truth: (H, W)."""
    table = Contingency.count(labels, truth)
    best = np.zeros(int(labels.max()) + 1)
    np.maximum.at(best, table.prediction_labels[table.prediction], table.iou)
    return best[1:]


def add_checkpoint(table: ScoreTable, checkpoint: Path, folder: Path) -> None:
    """A line for each score that the table of objects has with this checkpoint."""
    predictor = Predictor(checkpoint, device="cpu")
    overlap, scores = [], []
    for file in find_images(folder / "images", folder / "labels"):
        assert file.labels is not None  # find_images refuses images without labels
        found = predictor(read_image(file.image, predictor.channels).pixels, file.stem)
        overlap.append(best_iou(found.labels, read_labels(file.labels, found.labels.shape)))
        scores.append(object_columns(predictor.module, found))
    wrong = np.concatenate(overlap) < WRONG_BELOW
    run, seed = run_of(checkpoint)
    for name, title in SCORES.items():
        if name not in scores[0]:
            continue
        values = np.concatenate([columns[name] for columns in scores])
        better = values >= np.median(values) if len(values) else wrong
        row = {
            "auroc": auroc(values, wrong),
            "wrong": share(wrong),
            "wrong_better_half": share(wrong[better]),
            "wrong_worse_half": share(wrong[~better]),
        }
        table.add(title, row, f"{len(wrong)} objects of {run}, {seed}", score=name, run=run, seed=seed)


def share(wrong: npt.NDArray[np.bool_]) -> float:
    """Of how many that is true; NaN of none."""
    return float(wrong.mean()) if len(wrong) else float("nan")


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Print the table; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("checkpoints", type=Path, nargs="+", help="of rlseg fit")
    parser.add_argument("folder", type=Path, help="with images/ and labels/")
    parser.add_argument("--json", type=Path, help="also write the table there")
    options = parser.parse_args(arguments)
    table = ScoreTable(("auroc", "wrong", "wrong_better_half", "wrong_worse_half"))
    for checkpoint in options.checkpoints:
        add_checkpoint(table, checkpoint, options.folder)
    table.write(options.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
