"""The final test: trained models, search alone and pipelines without training on drawings that no decision has seen.

    python -m experiments.analysis.sealed circles runs/data/sealed/circles \\
        "policy gradient=runs/circles/policy_gradient" --record docs/results/sealed/circles.json

The drawings are those of `experiments.drawings KIND --sealed`. Each scoring is added to the record with its date, its
commit and hashes of the drawings and of the models. Nothing there is ever replaced, so the record says how often
anybody has looked; and what is recorded for this commit and these models is read, not scored again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from experiments.analysis.scoreboard import CEILING, SEARCH, Found, ceiling, prepared, searched
from experiments.drawings.__main__ import SEALED, draw, write
from experiments.results.command import one_line_errors
from experiments.results.differences import Scores, compare_scores
from experiments.results.score_table import write_rows
from experiments.results.seeds import score_checkpoint
from experiments.results.working_copy import git
from rlseg.errors import RlsegError
from rlseg.graph import Sample
from rlseg.metrics import ImageScores, by_image, score_image
from rlseg.prediction import Predictor

COLUMNS = ("mean_ap", "ap50", "ap75")
Row = dict[str, Any]
Scored = Mapping[str, ImageScores]
"""By the name of the image."""


def models_of(sources: Mapping[str, Path]) -> dict[str, list[Path]]:
    """The best checkpoints of each training, one a seed.

    Args:
        sources: title -> folder of `experiments.results.seeds`.

    Raises:
        RlsegError: a folder has none.
    """
    found = {title: sorted(folder.glob("seed_*/checkpoints/best.ckpt")) for title, folder in sources.items()}
    for title, checkpoints in found.items():
        if not checkpoints:
            advice = "train with experiments.results.seeds"
            raise RlsegError(f"{sources[title]} holds no seed_*/checkpoints/best.ckpt", advice)
    return found


def fingerprint(files: Sequence[Path]) -> str:
    """The first 16 digits of a SHA-256 of the contents, in this order."""
    return hashlib.sha256(b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files)).hexdigest()[:16]


def commit() -> str:
    """The commit of the working copy, with a + where what decides over results differs from it; or "unknown"."""
    found = git("rev-parse", "--short", "HEAD")
    if not found:
        return "unknown"
    return found + ("+" if git("status", "--porcelain", "--", "rlseg", "rewards", "experiments") else "")


def row(title: str, seeds: Sequence[Scored]) -> Row:
    """Mean (and standard deviation, <score>_sd) over seeds, and `images`: for each seed the mAP of each by its name."""
    means = [by_image(list(scores.values())).as_dict() for scores in seeds]
    values = np.array([[mean[name] for name in COLUMNS] for mean in means])
    result: Row = {
        "method": title,
        "seeds": len(seeds),
        **dict(zip(COLUMNS, values.mean(axis=0).tolist(), strict=True)),
    }
    if len(seeds) > 1:
        result |= {f"{n}_sd": v for n, v in zip(COLUMNS, values.std(axis=0, ddof=1).tolist(), strict=True)}
    images = [{name: round(one.summary.mean_ap, 4) for name, one in sorted(scores.items())} for scores in seeds]
    return result | {"images": images}


def untrained(checkpoint: Path, folder: Path) -> list[Row]:
    """The ceiling of the superpixels, and the search alone, with the rules and the preparation of a training."""
    predictor = Predictor(checkpoint, device="cpu")
    samples = prepared(predictor, folder)

    def score(find: Found, sample: Sample) -> ImageScores:
        assert sample.truth is not None  # drawings have one
        return score_image(find(sample), sample.truth)

    methods = {CEILING: ceiling, SEARCH: searched(predictor, folder)}
    return [row(name, [{sample.name: score(find, sample) for sample in samples}]) for name, find in methods.items()]


def scoring(folder: Path, models: Mapping[str, Sequence[Path]], baselines: Sequence[Row]) -> dict[str, Any]:
    """All rows, and what each training adds to the search alone.

    Args:
        folder: with images/ and labels/.
        models: see `models_of`; the first says the superpixels of search and ceiling.
        baselines: rows of pipelines without training on the same images; their constants come from training drawings.

    Returns:
        rows: see `row`, those of the baselines with what they have of COLUMNS; differences: of mAP, of each training
        to the search, with a 95 % interval over images and seeds.

    Raises:
        RlsegError: something cannot be read.
    """
    trained = [row(name, [score_checkpoint(path, folder).found for path in paths]) for name, paths in models.items()]
    first = next(iter(models.values()))[0]
    others = untrained(first, folder)
    known = [{"method": each["method"], **{n: each[n] for n in COLUMNS if n in each}} for each in baselines]
    (search,) = (Scores.of_method(each["images"][0]) for each in others if each["method"] == SEARCH)
    added = []
    for each in trained:
        found = compare_scores(Scores.of_seeds(dict(enumerate(each["images"]))), search)
        added.append({"method": each["method"], "other": SEARCH, **asdict(found)})
    return {"rows": [*trained, *others, *known], "differences": added}


def read_record(file: Path) -> list[dict[str, Any]]:
    """The scorings so far, the earliest first; none without a file.

    Raises:
        RlsegError: the file is something else.
    """
    if not file.is_file():
        return []
    try:
        return list(json.loads(file.read_text(encoding="utf-8"))["rows"])
    except (ValueError, KeyError, TypeError):
        raise RlsegError(f"{file} is no record of scorings", "name another file, or restore it from git") from None


def show(scored: Mapping[str, Any]) -> None:
    """Print one scoring."""
    print(f"{scored['kind']}, {scored['images']} sealed drawings, commit {scored['commit']}, {scored['date']}")
    print("| method | seeds | mAP | AP50 | AP75 |\n" + "| --- " * 5 + "|")
    for each in scored["rows"]:
        cells = [f"{each[name]:.3f}" if name in each else "" for name in COLUMNS]
        print(f"| {each['method']} | {each.get('seeds', '')} | {' | '.join(cells)} |")


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Run the script; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("kind", choices=sorted(SEALED))
    parser.add_argument("folder", type=Path, help="of the drawings; they are drawn if they are not there")
    parser.add_argument("models", nargs="+", metavar="TITLE=FOLDER", help="a folder of experiments.results.seeds")
    parser.add_argument("--baselines", type=Path, nargs="*", default=[], help="JSON files of methods without training")
    parser.add_argument("--record", type=Path, required=True, help="file that this scoring is added to")
    parser.add_argument("--json", type=Path, help="file for all scorings in the record")
    options = parser.parse_args(arguments)
    seed, count = SEALED[options.kind]
    write(draw(options.kind, count, seed), options.folder)  # refuses other drawings
    models = models_of({title: Path(folder) for title, _, folder in (word.partition("=") for word in options.models)})
    about = {
        "kind": options.kind,
        "commit": commit(),
        "images": count,
        "drawings": fingerprint(sorted(path for path in options.folder.rglob("*.png"))),
        "models": fingerprint([path for paths in models.values() for path in paths]),
    }
    record = read_record(options.record)
    same = [each for each in record if about.items() <= each.items()]
    if same and about["commit"] != "unknown" and not str(about["commit"]).endswith("+"):
        print("scored before at this commit with these models; read from the record")
    else:
        baselines = [each for file in options.baselines for each in json.loads(file.read_text("utf-8"))["rows"]]
        scored = scoring(options.folder, models, baselines)
        same = [{**about, "date": time.strftime("%Y-%m-%d %H:%M", time.gmtime()), **scored}]
        record = [*record, *same]
        write_rows(options.record, record)
    show(same[-1])
    write_rows(options.json, record)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
