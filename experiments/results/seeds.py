"""Train one configuration with several seeds and score each best checkpoint on the test images.

    python -m experiments.results.seeds --config experiments/nuclei.yaml --name guided --model.learner.kind guided

Everything that is not an option of this script goes to `rlseg fit`. Nothing is selected on the test images: the
checkpoint is the one with the largest validation reward, which needs no labels. Test images are prepared as the
training images were, so that superpixels cut along the true outlines stay so. A seed that is done is
not done again, unless the configuration, the reward files or the package have changed; one that was interrupted goes
on where it was. With --minutes each seed is trained for so long at most and scored as it is then; called again, it
goes on.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
import time
from dataclasses import asdict, dataclass, replace
from itertools import zip_longest
from pathlib import Path

import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from experiments import ROOT
from rlseg.__main__ import main as rlseg
from rlseg.data import Preparation, prepare_files
from rlseg.graph import collate
from rlseg.io import find_images
from rlseg.metrics import ImageScores, by_image, pooled, score_image, superpixel_ceiling
from rlseg.models import read_checkpoint
from rlseg.prediction import Predictor

TEST = ROOT / "experiments" / "data" / "nuclei" / "test"


@dataclass(frozen=True)
class SeedResult:
    """One training.

    Attributes:
        seed: of the training.
        first_reward, best_reward: validation reward after the first epoch and of the chosen checkpoint.
        all_merged, all_split: validation reward of the two degenerate partitions.
        mean_ap, ap50, ap75: on the test images, by image; pooled_ap: pooled mAP.
        ceiling: mAP by image of the superpixels projected to the truth; superpixels: mean number an image.
        seconds_to_90: from the start to the first validation with 90 % of the validation images' ceiling; NaN if never.
        seconds, cpu_seconds: of `rlseg fit`, start-up and preparation included; NaN of a training that was interrupted.
        load: running processes on the machine when the training ended, mean over a minute.
        images: name -> mAP of each test image.
        curve: of each validation: seconds since the start, reward, and mAP (None without labels).
        batches: of the training at its last validation; None in results that are older than this number.
    """

    seed: int
    first_reward: float
    best_reward: float
    all_merged: float
    all_split: float
    mean_ap: float
    ap50: float
    ap75: float
    pooled_ap: float
    ceiling: float
    superpixels: float
    seconds_to_90: float
    seconds: float
    cpu_seconds: float
    load: float
    images: dict[str, float]
    curve: list[tuple[float, float, float | None]]
    batches: int | None = None


@dataclass(frozen=True)
class TestScores:
    """Scores on each test image by its name: of the objects found, and of the best that the superpixels allow."""

    found: dict[str, ImageScores]
    ceiling: dict[str, ImageScores]
    superpixels: float


def score_checkpoint(checkpoint: Path, test: Path, cache: Path | None = None) -> TestScores:
    """Segment the images of test/images (and test/superpixels, if there are any) and compare with test/labels.

    Args:
        checkpoint: of a training.
        test: the folder.
        cache: folder of prepared images, as data.cache of a training; or None.

    Raises:
        RlsegError: something cannot be read.
    """
    predictor = Predictor(checkpoint)
    given = test / "superpixels"
    files = find_images(test / "images", test / "labels", given if given.is_dir() else None)
    preparation = Preparation.model_validate(read_checkpoint(checkpoint)["preparation"])
    found, ceiling, counts = {}, {}, []
    for sample in prepare_files(files, preparation, predictor.channels, cache, workers=2):
        assert sample.truth is not None  # find_images refuses images without labels
        result = predictor.module.segment(collate([sample]).to(predictor.module.device))[0]
        found[sample.name] = score_image(result.labels, sample.truth)
        ceiling[sample.name] = score_image(superpixel_ceiling(sample.superpixels, sample.truth), sample.truth)
        counts.append(sample.regions.num_nodes)
    return TestScores(found, ceiling, float(np.mean(counts)))


def train_seed(
    config: Path, name: str, seed: int, overrides: list[str], test: Path = TEST, resume: bool = False
) -> SeedResult:
    """Train with one seed through the command line and score the checkpoint on a folder with images and labels.

    Args:
        config, name, overrides, test: see `Training`.
        resume: go on where the training in the folder of this seed was interrupted, if one is there.
    """
    began, cpu = time.time(), os.times()
    folder = Path("runs") / name / f"seed_{seed}"
    last = folder / "checkpoints" / "last.ckpt"
    resumed = resume and last.is_file()
    if not resumed:
        shutil.rmtree(folder, ignore_errors=True)
    logger = ["--trainer.logger.init_args.name", name, "--trainer.logger.init_args.version", f"seed_{seed}"]
    logger += ["--report", "false"]  # what takes time is to be the training
    logger += ["--ckpt_path", str(last)] if resumed else []
    code = rlseg(["fit", "--config", str(config), "--seed_everything", str(seed), *logger, *overrides])
    if code != 0:
        raise SystemExit(code)
    seconds = time.time() - began
    cpu_seconds = sum(os.times()[:4]) - sum(cpu[:4])
    scores = score_checkpoint(folder / "checkpoints" / "best.ckpt", test)
    result = describe(folder, seed, scores, began)
    unknown = float("nan")
    return replace(
        result,
        seconds=unknown if resumed else seconds,
        cpu_seconds=unknown if resumed else cpu_seconds,
        seconds_to_90=unknown if resumed else result.seconds_to_90,
    )


def describe(folder: Path, seed: int, scores: TestScores, began: float | None = None) -> SeedResult:
    """What the run's folder tells of a training, beside the scores of its checkpoint; without the seconds it took.

    Args:
        folder: of the run.
        seed: of the training.
        scores: of its best checkpoint.
        began: when it did, seconds since 1970; None: with its first validation.
    """
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0}).Reload()
    rewards = events.Scalars("validation/reward")
    began = rewards[0].wall_time if began is None else began
    precisions = events.Scalars("validation/mean_ap") if "validation/mean_ap" in events.Tags()["scalars"] else []
    mean, unknown = by_image(list(scores.found.values())), float("nan")
    return SeedResult(
        seed=seed,
        first_reward=rewards[0].value,
        best_reward=max(event.value for event in rewards),
        all_merged=events.Scalars("validation/reward_all_merged")[-1].value,
        all_split=events.Scalars("validation/reward_all_split")[-1].value,
        mean_ap=mean.mean_ap,
        ap50=mean.ap50,
        ap75=mean.ap75,
        pooled_ap=pooled(list(scores.found.values())).mean_ap,
        ceiling=by_image(list(scores.ceiling.values())).mean_ap,
        superpixels=scores.superpixels,
        seconds_to_90=_first_good(events) - began,
        seconds=unknown,
        cpu_seconds=unknown,
        load=os.getloadavg()[0],
        images={name: score.summary.mean_ap for name, score in scores.found.items()},
        curve=[
            (reward.wall_time - began, reward.value, None if precision is None else precision.value)
            for reward, precision in zip_longest(rewards, precisions)
        ],
        batches=rewards[-1].step,
    )


def _first_good(events: EventAccumulator) -> float:
    """When (seconds since 1970) the validation mAP first was 90 % of its ceiling; NaN if never, or without labels."""
    if "validation/ceiling_mean_ap" not in events.Tags()["scalars"]:
        return float("nan")
    enough = 0.9 * events.Scalars("validation/ceiling_mean_ap")[-1].value
    good = [event.wall_time for event in events.Scalars("validation/mean_ap") if event.value >= enough]
    return min(good, default=float("nan"))


def table(results: list[SeedResult]) -> str:
    """A row for each seed, then mean and standard deviation."""
    names = [name for name in asdict(results[0]) if name not in ("seed", "images", "curve", "batches")]
    rows = [[str(result.seed), *(f"{getattr(result, name):.3f}" for name in names)] for result in results]
    values = np.array([[getattr(result, name) for name in names] for result in results])
    spread = values.std(axis=0, ddof=1) if len(results) > 1 else np.zeros(len(names))
    rows.append(["mean", *(f"{value:.3f}" for value in values.mean(axis=0))])
    rows.append(["sd", *(f"{value:.3f}" for value in spread)])
    lines = ["| seed | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def digest(*own: Path) -> str:
    """SHA-256 of everything a result depends on: its own files, learners and rewards that ship, and the package."""
    settings = sorted((ROOT / "experiments" / "learners").glob("*.yaml"))
    files = [*own, *settings, *sorted((ROOT / "rewards").glob("*.yaml")), *sorted((ROOT / "rlseg").rglob("*.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


@dataclass(frozen=True)
class Training:
    """What `rlseg fit` is called with, but for the seed, and where its results are kept.

    Attributes:
        name: folder below runs/.
        config: the configuration.
        test: folder with images/ and labels/ (and superpixels/) to score on.
        overrides: further arguments of `rlseg fit`.
    """

    name: str
    config: Path
    test: Path = TEST
    overrides: tuple[str, ...] = ()

    def file(self, seed: int) -> Path:
        """Where the result of a seed is kept."""
        return Path("runs") / self.name / f"seed_{seed}.json"

    def settings(self) -> dict[str, object]:
        """What the result depends on."""
        return {
            "config": str(self.config),
            "overrides": list(self.overrides),
            "test": str(self.test),
            "sources": digest(self.config),
        }

    def done(self, seed: int) -> SeedResult | None:
        """The result of a seed that was trained to its end before with the same settings, or None."""
        if not self.file(seed).is_file():
            return None
        content = json.loads(self.file(seed).read_text(encoding="utf-8"))
        if any(content.pop(name, None) != value for name, value in self.settings().items()):
            return None
        return SeedResult(**content) if content.pop("finished", True) else None

    def run(self, seed: int, minutes: float | None = None) -> SeedResult:
        """The result of a seed, trained now unless that was done before; on from where it was interrupted.

        Args:
            seed: of the training.
            minutes: stop it after so many, and score what there is then; None: train to the end.
        """
        result = self.done(seed)
        if result is None:
            settings = self.settings()  # as the training begins, not as it ends
            begun = self.file(seed).with_suffix(".begun.json")
            resume = begun.is_file() and json.loads(begun.read_text(encoding="utf-8")) == settings
            begun.parent.mkdir(parents=True, exist_ok=True)
            begun.write_text(json.dumps(settings), encoding="utf-8")
            limit = [] if minutes is None else ["--stop.minutes", str(minutes)]
            began = time.monotonic()
            result = train_seed(self.config, self.name, seed, [*self.overrides, *limit], self.test, resume)
            finished = minutes is None or time.monotonic() - began < 60 * minutes
            content = {**settings, "finished": finished, **asdict(result)}
            self.file(seed).write_text(json.dumps(content, indent=1), encoding="utf-8")
        return result


def main() -> int:
    """Run the script; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--config", action="append", help="the first one, and any that go on top; default nuclei.yaml")
    parser.add_argument("--name", default="seeds", help="folder below runs/")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--test", type=Path, default=TEST, help="folder with images/ and labels/ to score on")
    parser.add_argument("--minutes", type=float, help="stop each training after so many; called again, it goes on")
    options, overrides = parser.parse_known_args()
    config, *more = options.config or ["experiments/nuclei.yaml"]
    overrides += [word for path in more for word in ("--config", path)]
    training = Training(options.name, Path(config), options.test, tuple(overrides))
    results = []
    for seed in range(options.seeds):
        results.append(training.run(seed, options.minutes))
        print(table(results), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
