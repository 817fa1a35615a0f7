"""Is one method better than another on the same images? Mean difference, 95 % interval and p by a paired bootstrap.

    python -m experiments.analysis.compare runs/nuclei/raw/policy_gradient runs/results/nuclei/baselines.json:local

A folder of `results/seeds.py` stands for the mean over its seeds. In a JSON file of baselines, or of `seed_scores.py`,
what follows the colon is the name of a method or a part that only one name has; without it the file must hold one
method. Its scores are those of the images of --test, sorted by name.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.stats import bootstrap

from experiments.results.command import one_line_errors
from experiments.results.score_table import write_rows
from experiments.results.seeds import TEST
from rlseg.errors import RlsegError
from rlseg.io import find_images

RESAMPLES = 9999


@dataclass(frozen=True)
class Comparison:
    """Two methods on the same images.

    Attributes:
        first, second: mean mAP by image of each.
        difference: first minus second.
        low, high: 95 % interval of the difference, percentiles of the bootstrap.
        p: of no difference, two-sided: how often resampled images turn the difference round, times two.
        images: number of images.
        better: number of images on which the first is better.
    """

    first: float
    second: float
    difference: float
    low: float
    high: float
    p: float
    images: int
    better: int


def paired_bootstrap(first: npt.NDArray[np.floating], second: npt.NDArray[np.floating]) -> Comparison:
    """Compare (N,) scores of two methods on N >= 2 images, resampling images (B. Efron, 1979), seed 0."""
    difference = np.asarray(first, float) - np.asarray(second, float)
    drawn = bootstrap((difference,), np.mean, n_resamples=RESAMPLES, method="percentile", rng=0)
    interval, means = drawn.confidence_interval, drawn.bootstrap_distribution
    turned = min(np.count_nonzero(means <= 0), np.count_nonzero(means >= 0))
    return Comparison(
        first=float(np.mean(first)),
        second=float(np.mean(second)),
        difference=float(difference.mean()),
        low=float(interval.low),
        high=float(interval.high),
        p=min(1.0, 2 * (turned + 1) / (RESAMPLES + 1)),
        images=len(difference),
        better=int(np.count_nonzero(difference > 0)),
    )


def read_scores(source: str, test: Path) -> dict[str, float]:
    """mAP of each image by its name, of a folder of seeds (their mean) or of a method in a JSON file.

    Args:
        source: FOLDER, or FILE.json:METHOD; upper and lower case are the same.
        test: folder with the images/ that the scores of a file are of.

    Raises:
        RlsegError: there are no such scores.
    """
    if Path(source).is_dir():
        seeds = [
            json.loads(file.read_text(encoding="utf-8"))["images"] for file in sorted(Path(source).glob("seed_*.json"))
        ]
        if not seeds or any(seed.keys() != seeds[0].keys() for seed in seeds):
            raise RlsegError(
                f"{source} holds no seed_*.json of the same images", "train with experiments.results.seeds"
            )
        return {name: float(np.mean([seed[name] for seed in seeds])) for name in seeds[0]}
    path, _, method = source.partition(":")
    if not Path(path).is_file():
        raise RlsegError(f"{path} is neither a folder of seeds nor a JSON file")
    rows = json.loads(Path(path).read_text(encoding="utf-8"))["rows"]
    # a whole name may be a part of another one
    whole = [row for row in rows if method.lower() == row["method"].lower()]
    rows = whole or [row for row in rows if method.lower() in row["method"].lower()]
    if len(rows) != 1:
        raise RlsegError(
            f"{len(rows)} methods of {path} have {method!r} in their name", "write FILE.json:ITS_NAME or a part of it"
        )
    names = [file.stem for file in find_images(test / "images")]
    if len(names) != len(rows[0]["images"]):
        raise RlsegError(
            f"{path} has scores of {len(rows[0]['images'])} images, {test} holds {len(names)}",
            "name the folder of its images with --test",
        )
    return dict(zip(names, rows[0]["images"], strict=True))


def compare(first: str, second: str, test: Path) -> Comparison:
    """Compare two sources, see `read_scores`.

    Raises:
        RlsegError: there are no scores, or they are not of the same images.
    """
    left, right = read_scores(first, test), read_scores(second, test)
    if left.keys() != right.keys():
        raise RlsegError(f"{first} and {second} are not about the same images")
    names = sorted(left)
    return paired_bootstrap(np.array([left[n] for n in names]), np.array([right[n] for n in names]))


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Run the script; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("first", help="folder of seeds, or FILE.json:METHOD")
    parser.add_argument("second", nargs="+", help="what it is compared with, likewise")
    parser.add_argument("--test", type=Path, default=TEST, help="folder of the images/ that the scores are of")
    parser.add_argument("--json", type=Path, help="file for the rows")
    options = parser.parse_args(arguments)
    rows = []
    print("| compared with | mAP | its mAP | difference | 95 % | p | better on |\n" + "| --- " * 7 + "|")
    for other in options.second:
        result = compare(options.first, other, options.test)
        rows.append({"method": options.first, "other": other, **asdict(result)})
        cells = [f"{result.first:.3f}", f"{result.second:.3f}", f"{result.difference:+.3f}"]
        cells += [
            f"{result.low:+.3f} to {result.high:+.3f}",
            f"{result.p:.4f}",
            f"{result.better} of {result.images}",
        ]
        print(f"| {other} | " + " | ".join(cells) + " |")
    write_rows(options.json, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
