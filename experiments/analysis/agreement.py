"""How far models agree on images without labels: objects found, AP50 and variation of information of two models.

python -m experiments.analysis.agreement runs/embryo_real/rules/seed_?/checkpoints/best.ckpt experiments/data/embryo
"""

from __future__ import annotations

import argparse
import sys
from itertools import combinations
from pathlib import Path

import numpy as np

from experiments.results.command import one_line_errors
from experiments.results.score_table import ScoreTable, run_of
from rlseg.io import find_images, read_image
from rlseg.metrics import by_image, score_image
from rlseg.prediction import Predictor

COLUMNS = ("objects", "other_objects", "ap50", "vi")


def report(checkpoints: list[Path], folder: Path) -> ScoreTable:
    """A line for each pair of models, means over the images; the second model is the truth of the first."""
    found = {}
    files = find_images(folder / "images")
    for path in checkpoints:
        predictor = Predictor(path, device="cpu")
        found[path] = [predictor(read_image(file.image, predictor.channels).pixels).labels for file in files]
    table = ScoreTable(COLUMNS)
    for one, other in combinations(found, 2):
        scores = by_image([score_image(a, b) for a, b in zip(found[one], found[other], strict=True)])
        counts = [float(np.mean([labels.max() for labels in found[path]])) for path in (one, other)]
        values = (*counts, scores.ap50, scores.vi_split + scores.vi_merge)
        names = " and ".join("/".join(run_of(path)) for path in (one, other))
        table.add(names, dict(zip(COLUMNS, values, strict=True)))
    return table


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Run the script; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("checkpoints", type=Path, nargs="+")
    parser.add_argument("folder", type=Path, help="with images/")
    parser.add_argument("--json", type=Path, help="file for the rows of the table")
    options = parser.parse_args(arguments)
    report(options.checkpoints, options.folder).write(options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
