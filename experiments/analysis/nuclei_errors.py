"""Where a model of nuclei loses: blurred and sharp images, grouping and outlines, and the kinds of its errors.

    python -m experiments.analysis.nuclei_errors runs/nuclei/raw/policy_gradient/seed_0/checkpoints/best.ckpt

On all images of the training folder, whose labels a training from rules never sees. Compared with the strongest
pipeline of baselines.py, with the superpixels projected to the truth (perfect grouping), and with these after the
outlines have been refined as those of the model are (perfect grouping, the outlines of the image). The last column is
what the reward file of the model pays an object: where the true objects are not paid more than those found, it is the
rules that do not tell them apart, and a better search for reward would not find them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from experiments.baselines.classical import local_threshold
from experiments.results.command import one_line_errors
from experiments.results.score_table import write_rows
from experiments.results.seeds import TEST
from rlseg.arrays import Labels
from rlseg.data.superpixels import outline_slope, relative_brightness
from rlseg.environment import Refinement, object_scores, refine_objects
from rlseg.graph import collate
from rlseg.io import find_images, read_image, read_labels
from rlseg.metrics import ImageScores, by_image, score_image, superpixel_ceiling
from rlseg.prediction import Predictor

Judged = tuple[bool, ImageScores, dict[str, int], npt.NDArray[np.float64]]
"""One image: whether it is blurred, scores of a method, what became of the true objects, rewards of those found."""
KINDS = ("found", "merged", "split", "missed", "outline")
TRAIN = TEST.parent / "train"


def kinds_of(found: Labels, truth: Labels) -> dict[str, int]:
    """What has become of each true object: the first of these that applies, counted over the image.

    found: an object with IoU > 0.5; missed: less than 30 % of it lies in objects; merged: the object over most of it
    covers 30 % of another one too, and is less than 60 % its; split: two objects cover 15 % of it each; outline: else.
    """
    table = np.zeros((int(truth.max()) + 1, int(found.max()) + 1))
    np.add.at(table, (truth.ravel(), found.ravel()), 1)
    area, size = table.sum(axis=1), table.sum(axis=0)
    counts = dict.fromkeys(KINDS, 0)
    for i in np.flatnonzero(area[1:]) + 1:
        shares = table[i, 1:] / area[i]
        kind = "outline"
        if shares.sum() < 0.3:
            kind = "missed"
        else:
            k = int(shares.argmax()) + 1
            if table[i, k] / (area[i] + size[k] - table[i, k]) > 0.5:
                kind = "found"
            elif table[i, k] < 0.6 * size[k] and np.count_nonzero(table[1:, k] > 0.3 * np.maximum(area[1:], 1)) > 1:
                kind = "merged"
            elif np.count_nonzero(shares > 0.15) > 1:
                kind = "split"
        counts[kind] += 1
    return counts


def report(checkpoint: Path, folder: Path) -> list[dict[str, str | float]]:
    """The rows of the table: group of images, method, scores and counts."""
    predictor = Predictor(checkpoint, device="cpu")
    preparation, reward = predictor.preparation, predictor.module.reward
    scores: dict[str, list[Judged]] = {}
    for file in find_images(folder / "images", folder / "labels"):
        assert file.labels is not None  # find_images refuses images without labels
        sample = preparation(read_image(file.image, predictor.channels).pixels, file.stem)
        gray = sample.image.mean(axis=0).astype(np.float64)
        blurred = outline_slope(relative_brightness(gray).level) < preparation.blur_correction.slope
        truth = read_labels(file.labels, gray.shape)
        grouped = superpixel_ceiling(sample.superpixels, truth).astype(np.int32)
        for name, labels in {
            "rlseg": predictor.module.segment(collate([sample]))[0].labels,
            "strongest pipeline without training": local_threshold(gray),
            "superpixels projected to the truth": grouped,
            "the same, outlines refined": refine_objects(sample, grouped, reward, Refinement()),
            "true objects": truth.astype(np.int32),
        }.items():
            paid = object_scores(sample, labels, reward, int(labels.max()))
            scores.setdefault(name, []).append(
                (blurred, score_image(labels, truth), kinds_of(labels, truth), paid[np.unique(labels[labels > 0]) - 1])
            )
    kinds = {blurred for blurred, *_ in scores["rlseg"]}
    groups = ["all"] + [name for name, blurred in (("sharp", False), ("blurred", True)) if blurred in kinds]
    return [row(group, name, images) for group in groups for name, images in scores.items()]


def row(group: str, name: str, images: Sequence[Judged]) -> dict[str, str | float]:
    """Scores by image, counts and mean reward of the objects of one group of images."""
    chosen = [image for image in images if group == "all" or image[0] == (group == "blurred")]
    mean = by_image([score for _, score, *_ in chosen])
    counts: dict[str, str | float] = {kind: sum(kinds[kind] for _, _, kinds, _ in chosen) for kind in KINDS}
    paid = np.concatenate([rewards for *_, rewards in chosen])
    counts["reward"] = float(paid.mean()) if len(paid) else float("nan")
    head: dict[str, str | float] = {"images": f"{group} ({len(chosen)})", "method": name}
    return head | {"mean_ap": mean.mean_ap, "ap50": mean.ap50, "ap75": mean.ap75, "sq": mean.sq} | counts


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Run the script; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--folder", type=Path, default=TRAIN, help="with images/ and labels/")
    parser.add_argument("--json", type=Path, help="file for the rows")
    options = parser.parse_args(arguments)
    rows = report(options.checkpoint, options.folder)
    print("| " + " | ".join(rows[0]) + " |\n" + "| --- " * len(rows[0]) + "|")
    for line in rows:
        print("| " + " | ".join(f"{v:.3f}" if isinstance(v, float) else str(v) for v in line.values()) + " |")
    write_rows(options.json, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
