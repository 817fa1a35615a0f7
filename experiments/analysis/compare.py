"""Is one method better than another on the same images? Mean difference, 95 % interval and p, over images and seeds.

    python -m experiments.analysis.compare runs/nuclei/raw/policy_gradient runs/results/nuclei/baselines.json:local

A folder of `results/seeds.py` has scores of several seeds. In a JSON file of baselines, or of `seed_scores.py`, what
follows the colon is the name of a method or a part that only one name has; without it the file must hold one method.
Its scores are those of the images of --test, sorted by name. A file of `scoreboard.py`, `embryo_report.py` or
`cells_report.py` names its images itself, and there the whole name is asked for; --score says which score:

    python -m experiments.analysis.compare S.json:rlseg "S.json:search alone" --score ap50

What is drawn how often, and how far the interval can be trusted, is said in `results/differences.py`.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from experiments.results.command import one_line_errors
from experiments.results.differences import Difference, Scores, compare_scores
from experiments.results.score_table import write_rows
from experiments.results.seeds import TEST
from rlseg.errors import RlsegError
from rlseg.io import find_images


def read_scores(source: str, test: Path, key: str = "mean_ap") -> Scores:
    """A score of each image, of a folder of seeds or of a method in a JSON file.

    Args:
        source: FOLDER, or FILE.json:METHOD; upper and lower case are the same.
        test: folder with the images/ that the scores of a file are of, where it does not name them.
        key: the score; folders of seeds and files of baselines have mAP alone.

    Raises:
        RlsegError: there are no such scores.
    """
    if Path(source).is_dir():
        if key != "mean_ap":
            raise RlsegError(f"{source} has mAP by image and not {key}", "name a file of scoreboard.py, for example")
        seeds = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(Path(source).glob("seed_*.json"))]
        try:
            return Scores.of_results(seeds)
        except RlsegError as error:
            raise RlsegError(
                f"{source} holds no seed_*.json of the same images", "train with experiments.results.seeds"
            ) from error
    path, _, method = source.partition(":")
    if not Path(path).is_file():
        raise RlsegError(f"{path} is neither a folder of seeds nor a JSON file")
    rows = json.loads(Path(path).read_text(encoding="utf-8"))["rows"]
    kept = Scores.of_rows(rows, method, key)
    if kept is not None:
        return kept
    # a whole name may be a part of another one
    whole = [row for row in rows if method.lower() == row["method"].lower()]
    rows = whole or [row for row in rows if method.lower() in row["method"].lower()]
    if len(rows) != 1:
        raise RlsegError(
            f"{len(rows)} methods of {path} have {method!r} in their name", "write FILE.json:ITS_NAME or a part of it"
        )
    if key != "mean_ap" or not isinstance(rows[0].get("images"), list):
        raise RlsegError(
            f"{path} keeps no {key} by image of {rows[0]['method']!r}", "write it anew: older files do not have them"
        )
    names = [file.stem for file in find_images(test / "images")]
    if len(names) != len(rows[0]["images"]):
        raise RlsegError(
            f"{path} has scores of {len(rows[0]['images'])} images, {test} holds {len(names)}",
            "name the folder of its images with --test",
        )
    if "of_seeds" not in rows[0]:
        return Scores.of_method(dict(zip(names, rows[0]["images"], strict=True)))
    by_seed = rows[0]["of_seeds"].items()
    return Scores.of_seeds({int(seed): dict(zip(names, values, strict=True)) for seed, values in by_seed})


def compare(first: str, second: str, test: Path, key: str = "mean_ap") -> Difference:
    """Compare two sources, see `read_scores`.

    Raises:
        RlsegError: there are no scores, or they are not of the same images.
    """
    left, right = read_scores(first, test, key), read_scores(second, test, key)
    if left.images != right.images:
        raise RlsegError(f"{first} and {second} are not about the same images")
    return compare_scores(left, right)


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Run the script; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("first", help="folder of seeds, or FILE.json:METHOD")
    parser.add_argument("second", nargs="+", help="what it is compared with, likewise")
    parser.add_argument("--test", type=Path, default=TEST, help="folder of the images/ that the scores are of")
    parser.add_argument("--score", default="mean_ap", help="which one; ap50, vi, ... where a file has it by image")
    parser.add_argument("--json", type=Path, help="file for the rows")
    options = parser.parse_args(arguments)
    rows = []
    name = "mAP" if options.score == "mean_ap" else options.score
    print(f"| compared with | {name} | its {name} | difference | 95 % | p | more on | seeds |\n" + "| --- " * 8 + "|")
    for other in options.second:
        result = compare(options.first, other, options.test, options.score)
        rows.append({"method": options.first, "other": other, "score": options.score, **asdict(result)})
        cells = [f"{result.first:.3f}", f"{result.second:.3f}", f"{result.difference:+.3f}"]
        cells += [
            f"{result.low:+.3f} to {result.high:+.3f}",
            f"{result.p:.4f}",
            f"{result.better} of {result.images}",
            f"{result.seeds}, in pairs" if result.paired else f"{result.seeds}, {result.other_seeds}",
        ]
        print(f"| {other} | " + " | ".join(cells) + " |")
    write_rows(options.json, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
