"""The whole way on real nuclei: train from rules, segment unseen images, compare. Run by `make demo`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from experiments import ROOT
from experiments.baselines.classical import METHODS, load, score
from rlseg.__main__ import main as rlseg
from rlseg.data import Preparation
from rlseg.io import find_images, read_image, read_labels
from rlseg.metrics import ImageScores, by_image, pooled, score_image, superpixel_ceiling

TEST = ROOT / "experiments" / "data" / "nuclei" / "test"
RUNS = ROOT / "runs" / "nuclei"
OUTPUT = ROOT / "demo"


def newest_run() -> Path:
    """The version folder that was written last."""
    return max(RUNS.glob("version_*"), key=lambda folder: int(folder.name.removeprefix("version_")))


def predicted_scores(folder: Path) -> list[ImageScores]:
    """Scores of the label images that were written."""
    return [
        score_image(read_labels(folder / f"{file.stem}.tif"), read_labels(file.labels))
        for file in find_images(TEST / "images", TEST / "labels")
        if file.labels is not None
    ]


def ceiling_scores() -> tuple[list[ImageScores], float]:
    """Scores of the superpixels projected onto the truth, and their mean number."""
    preparation = Preparation()
    scores, counts = [], []
    for file in find_images(TEST / "images", TEST / "labels"):
        assert file.labels is not None
        truth = read_labels(file.labels)
        superpixels = preparation(read_image(file.image).pixels).superpixels
        scores.append(score_image(superpixel_ceiling(superpixels, truth), truth))
        counts.append(superpixels.max() + 1)
    return scores, float(np.mean(counts))


def line(name: str, scores: list[ImageScores]) -> str:
    """One row of the table: mAP, AP50, AP75 by image, then pooled."""
    image, pool = by_image(scores), pooled(scores)
    cells = [f"{value:7.3f}" for s in (image, pool) for value in (s.mean_ap, s.ap50, s.ap75)]
    return f"{name:44}" + "".join(cells[:3]) + "   " + "".join(cells[3:])


def run(arguments: list[str]) -> None:
    """One command of rlseg; stop if it fails."""
    print("\n$ rlseg " + " ".join(arguments), flush=True)
    code = rlseg(arguments)
    if code != 0:
        sys.exit(code)


def main() -> int:
    """Run the demo; returns the exit code."""
    began = time.time()
    run(["fit", "--config", "experiments/nuclei.yaml"])
    checkpoint = newest_run() / "checkpoints" / "best.ckpt"
    shown = [str(path.relative_to(ROOT)) for path in (checkpoint, TEST / "images", OUTPUT / "objects.csv")]
    run(["predict", shown[0], shown[1], "--output", "demo", "--overlay", "--table", shown[2]])
    print("\ncomparing with pipelines without training ...", flush=True)
    pairs = load(TEST / "images", TEST / "labels")
    ceiling, count = ceiling_scores()
    print(f"\n22 test images that training never saw{'by image':>30}{'pooled':>24}")
    print(f"{'':44}{'mAP':>7}{'AP50':>7}{'AP75':>7}   {'mAP':>7}{'AP50':>7}{'AP75':>7}")
    print(line("rlseg, rules only", predicted_scores(OUTPUT)))
    for name, method in METHODS.items():
        print(line(name, score(method, pairs)))
    print(line(f"superpixels projected to truth ({count:.0f} an image)", ceiling))
    print(
        "\nTraining saw no labels. The numbers of the reward file and of the classical pipelines were chosen with"
        "\nthe labels of the training images, none with the test images."
        f"\n{time.time() - began:.0f} s in all. Label images, overlays and objects.csv: {OUTPUT.relative_to(ROOT)}/"
        f"\nTraining, stage by stage: {(newest_run()).relative_to(ROOT)}, shown by: .venv/bin/tensorboard --logdir runs"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
