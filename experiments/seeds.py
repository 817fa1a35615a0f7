"""Train one configuration with several seeds and score each best checkpoint on the test images.

    python experiments/seeds.py --config experiments/nuclei.yaml --seeds 5 --name sac --model.learner sac

Everything that is not an option of this script goes to `rlseg fit`; --test names another folder with images/ and
labels/. Nothing is selected on the test images: the
checkpoint is the one with the largest validation reward, which needs no labels.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from rlseg.__main__ import main as rlseg
from rlseg.data.files import find_images
from rlseg.data.read import read_image, read_labels
from rlseg.metrics import by_image, pooled, score_image, superpixel_ceiling
from rlseg.predictor import Predictor

TEST = Path(__file__).resolve().parent / "data" / "nuclei" / "test"


@dataclass(frozen=True)
class SeedResult:
    """One training.

    Attributes:
        seed: of the training.
        first_reward, best_reward: validation reward after the first epoch and of the chosen checkpoint.
        all_merged, all_split: validation reward of the two degenerate partitions.
        mean_ap, ap50, ap75: on the test images, by image; pooled_ap: pooled mAP.
        ceiling: mean_ap of the superpixels projected to the truth.
        seconds_to_90: from the start to the first validation with 90 % of the validation images' ceiling; NaN if never.
        seconds, cpu_seconds: of `rlseg fit`, start-up and preparation included.
        load: running processes on the machine when the training ended, mean over a minute.
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
    seconds_to_90: float
    seconds: float
    cpu_seconds: float
    load: float


def train_seed(config: Path, name: str, seed: int, overrides: list[str], test: Path = TEST) -> SeedResult:
    """Train with one seed through the command line and score the checkpoint on a folder with images and labels."""
    began, cpu = time.time(), os.times()
    logger = ["--trainer.logger.init_args.name", name, "--trainer.logger.init_args.version", f"seed_{seed}"]
    code = rlseg(["fit", "--config", str(config), "--seed_everything", str(seed), *logger, *overrides])
    if code != 0:
        raise SystemExit(code)
    seconds = time.time() - began
    cpu_seconds = sum(os.times()[:4]) - sum(cpu[:4])
    load = os.getloadavg()[0]
    folder = Path("runs") / name / f"seed_{seed}"
    events = EventAccumulator(str(folder)).Reload()
    rewards = [event.value for event in events.Scalars("validation/reward")]
    predictor = Predictor(folder / "checkpoints" / "best.ckpt")
    scores, ceilings = [], []
    for file in find_images(test / "images", test / "labels"):
        assert file.labels is not None
        found = predictor(read_image(file.image, predictor.channels).pixels, file.stem)
        truth = read_labels(file.labels)
        scores.append(score_image(found.labels, truth))
        ceilings.append(score_image(superpixel_ceiling(found.sample.superpixels, truth), truth))
    mean = by_image(scores)
    return SeedResult(
        seed=seed,
        first_reward=rewards[0],
        best_reward=max(rewards),
        all_merged=events.Scalars("validation/reward_all_merged")[-1].value,
        all_split=events.Scalars("validation/reward_all_split")[-1].value,
        mean_ap=mean.mean_ap,
        ap50=mean.ap50,
        ap75=mean.ap75,
        pooled_ap=pooled(scores).mean_ap,
        ceiling=by_image(ceilings).mean_ap,
        seconds_to_90=_first_good(events) - began,
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        load=load,
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
    names = [name for name in asdict(results[0]) if name != "seed"]
    rows = [[str(result.seed), *(f"{getattr(result, name):.3f}" for name in names)] for result in results]
    values = np.array([[getattr(result, name) for name in names] for result in results])
    spread = values.std(axis=0, ddof=1) if len(results) > 1 else np.zeros(len(names))
    rows.append(["mean", *(f"{value:.3f}" for value in values.mean(axis=0))])
    rows.append(["sd", *(f"{value:.3f}" for value in spread)])
    lines = ["| seed | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def main() -> int:
    """Run the script; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--config", type=Path, default=Path("experiments/nuclei.yaml"))
    parser.add_argument("--name", default="seeds", help="folder below runs/")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--test", type=Path, default=TEST, help="folder with images/ and labels/ (default: the nuclei)")
    options, overrides = parser.parse_known_args()
    results = []
    for seed in range(options.seeds):
        results.append(train_seed(options.config, options.name, seed, overrides, options.test))
        print(table(results), flush=True)
    report = Path("runs") / options.name / "seeds.json"
    report.write_text(json.dumps([asdict(result) for result in results], indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
