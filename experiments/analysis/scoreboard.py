"""What training from rules reaches on images of one kind, beside search alone, classical recipes and the ceiling.

    D=experiments/data/domains/coins; python -m experiments.analysis.scoreboard runs/coins/*/checkpoints/best.ckpt \\
        --test $D --width 42 --areas 100 4000

A folder of your own, with images/ and labels/ (which no training looks at), is trained on and scored by --train; the
configuration says everything but the images:

    python -m experiments.analysis.scoreboard --test FOLDER --width 20 --areas 30 2000 \\
        --train experiments/domains/yeast.yaml --name yeast

- rlseg: what `rlseg predict` writes; mean and standard deviation over the seeds.
- search alone: the best-paid objects by the same rules, from the same superpixels, with outlines refined as in the
  training; nothing is learned.
- the recipes of `baselines.recipes`, each in its best setting on these very images by their truth.
- superpixel ceiling: each superpixel as the true object that covers most of it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from experiments.baselines.recipes import RECIPES, Known, Score, add_options, best_setting, known_of
from experiments.results.command import one_line_errors
from experiments.results.score_table import ScoreTable, run_of
from experiments.results.seeds import Training
from rlseg.arrays import AnyLabels, Labels
from rlseg.data import Samples, prepare_files
from rlseg.environment import refine_objects
from rlseg.errors import RlsegError
from rlseg.graph import Sample, collate
from rlseg.io import find_images, read_image
from rlseg.metrics import ImageScores, score_image, superpixel_ceiling
from rlseg.prediction import Predictor, search_image

RULES, SEARCH, CEILING = "rlseg", "search alone", "superpixel ceiling"
COLUMNS = ("mean_ap", "ap50", "ap75")
Found = Callable[[Sample], AnyLabels]


def annotated_only(found: AnyLabels, truth: Labels) -> ImageScores:
    """The scores where a truth of 0 means that nobody has looked there: what is found there is left out."""
    return score_image(np.where(truth > 0, found, 0), truth)


def prepared(predictor: Predictor, folder: Path) -> Samples:
    """The images of folder/images with folder/labels, prepared as the training was.

    Raises:
        RlsegError: something is missing or cannot be read.
    """
    files = find_images(folder / "images", folder / "labels")
    return prepare_files(files, predictor.preparation, predictor.channels, workers=1)


def each(method: Found, samples: Sequence[Sample], score: Score) -> dict[str, dict[str, float]]:
    """Name of the image -> the scores of what a method finds."""
    found = {}
    for sample in samples:
        assert sample.truth is not None  # find_images refuses images without labels
        found[sample.name] = score(method(sample), sample.truth).summary.as_dict()
    return found


def trained(predictor: Predictor) -> Found:
    """What `rlseg predict` writes."""
    device = predictor.module.device
    return lambda sample: predictor.module.segment(collate([sample]).to(device))[0].labels


def searched(predictor: Predictor, folder: Path) -> Found:
    """What the search behind the start of this training finds, with its rules, superpixels and refinement."""
    module = predictor.module
    files = {file.stem: file.image for file in find_images(folder / "images")}

    def find(sample: Sample) -> AnyLabels:
        raw = read_image(files[sample.name], predictor.channels).pixels
        labels = search_image(module.reward.file, raw, predictor.preparation).labels
        if module.refinement is None:
            return labels
        return refine_objects(sample, labels, module.reward, module.refinement)

    return find


def ceiling(sample: Sample) -> AnyLabels:
    """Each superpixel as the true object that covers most of it."""
    assert sample.truth is not None
    return superpixel_ceiling(sample.superpixels, sample.truth)


def report(checkpoints: Sequence[Path], test: Path, known: Known, score: Score = score_image) -> ScoreTable:
    """Print the table, and keep the scores of each image beside the means.

    Args:
        checkpoints: of one training with several seeds; the first says the superpixels of search and ceiling.
        test: folder with images/ and labels/.
        known: of the objects, for the recipes.
        score: of found and true labels.

    Raises:
        RlsegError: something cannot be read.
    """
    table = ScoreTable(COLUMNS)
    seeds: dict[str, dict[str, float]] = {}
    samples = Samples()
    for path in checkpoints:
        predictor, (_, seed) = Predictor(path, device="cpu"), run_of(path)
        samples = prepared(predictor, test)
        if not seeds:
            superpixels = float(np.mean([sample.regions.num_nodes for sample in samples]))
            note = f"{superpixels:.0f} an image"
            table.add_images(CEILING, each(ceiling, samples, score), note, images=len(samples))
            table.add_images(SEARCH, each(searched(predictor, test), samples, score))
        seeds[seed] = table.add_images(f"{RULES}, {seed}", each(trained(predictor), samples, score), seed=seed)
    if len(seeds) == 1:
        table.add(RULES, next(iter(seeds.values())), seeds=1)
    table.add_seeds(RULES, seeds)
    pairs = [(sample.image, sample.truth) for sample in samples if sample.truth is not None]
    names = [sample.name for sample in samples if sample.truth is not None]
    for name, recipe in RECIPES.items():
        best = best_setting(recipe, pairs, known, score)
        note = f"{best.setting}: best of {best.settings}"
        images = {image: one.summary.as_dict() for image, one in zip(names, best.scores, strict=True)}
        table.add_images(name, images, note, setting=best.setting, settings=best.settings)
    return table


def train(config: Path, name: str, folder: Path, seeds: int) -> list[Path]:
    """Train on folder/images, with seeds 0, 1, ..., what is not trained yet; the best checkpoints.

    Raises:
        RlsegError: folder has no images/ or labels/.
    """
    for part in ("images", "labels"):
        if not (folder / part).is_dir():
            raise RlsegError(f"no such folder: {folder / part}", "name a folder with images/ and labels/")
    training = Training(name, config, folder, (f"--data.images={folder / 'images'}",))
    for seed in range(seeds):
        training.run(seed)
    return [training.file(seed).with_suffix("") / "checkpoints" / "best.ckpt" for seed in range(seeds)]


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Run the script; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("checkpoints", type=Path, nargs="*", help="of one training, a seed each")
    parser.add_argument("--test", type=Path, required=True, help="folder with images/ and labels/")
    parser.add_argument("--train", type=Path, metavar="CONFIG", help="train on that folder first")
    parser.add_argument("--name", default="scoreboard", help="folder of these trainings below runs/")
    parser.add_argument("--seeds", type=int, default=3, help="number of these trainings")
    parser.add_argument("--annotated", action="store_true", help="pixels without a label are not looked at")
    parser.add_argument("--json", type=Path, help="file for the rows of the table")
    add_options(parser)
    options = parser.parse_args(arguments)
    known = known_of(options)
    checkpoints = list(options.checkpoints)
    if options.train is not None:
        checkpoints += train(options.train, options.name, options.test, options.seeds)
    if not checkpoints:
        raise RlsegError("no checkpoints", "name those of a training, or its configuration with --train")
    report(checkpoints, options.test, known, annotated_only if options.annotated else score_image).write(options.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
