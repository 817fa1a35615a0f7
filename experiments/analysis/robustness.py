"""How much worse are the objects when a number in the reward file is wrong by a fifth?

    OMP_NUM_THREADS=1 python -m experiments.analysis.robustness --jobs 2 --json runs/robustness.json

Every expected value of the terms and every threshold of the classes is raised and lowered in turn, both ends of an
interval together; the reward files that do so are kept below runs/robustness/. With each a model is trained by
the configuration, shortened (see SHORT), and scored on the test images; nothing is chosen by these scores. A training
that is done is not done again. What is no option of this script goes to `rlseg fit`, after SHORT.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from experiments.results.command import one_line_errors
from experiments.results.score_table import write_rows
from experiments.results.seeds import TEST, SeedResult, Training
from rlseg.rewards import unit_of
from rlseg.rewards.language import load_reward

# Validation reward .779 against .787 of the whole training (16 epochs, imitation for 150 steps; seed 0), in two fifths
# of its time. Training needs no labels, and none are given.
SHORT = ("--trainer.max_epochs=6", "--model.imitation.steps=75", "--model.imitation.share=0.5", "--data.labels=null")
QUIET = "--trainer.enable_progress_bar=false"
VARIED = ("expected", "over", "under", "outside")

Number = float | list[float]


@dataclass(frozen=True)
class Change:
    """One wrong number.

    Attributes:
        path: keys from the top of the reward file to the number.
        value: what the file says.
        factor: what it is multiplied by.
    """

    path: tuple[str, ...]
    value: Number
    factor: float

    @property
    def changed(self) -> Number:
        """The wrong number, to four digits."""
        if isinstance(self.value, list):
            return [_round(x * self.factor) for x in self.value]
        return _round(self.value * self.factor)

    @property
    def title(self) -> str:
        """The number's place without the words that all places have: foreground.solidity, background.over."""
        return ".".join(key for key in self.path if key not in ("rewards", "classes", "terms", "expected"))

    @property
    def name(self) -> str:
        """Of files and folders."""
        return f"{self.title}_{self.factor:.2f}".replace(".", "_")

    def write(self, reward: Path, folder: Path) -> Path:
        """Write a reward file that extends another one by the change; returns its path."""
        tree: Any = self.changed
        for key in reversed(self.path):
            tree = {key: tree}
        file = folder / f"{self.name}.yaml"
        folder.mkdir(parents=True, exist_ok=True)
        extends = Path(os.path.relpath(reward.resolve(), folder.resolve())).as_posix()
        file.write_text(yaml.safe_dump({"version": 1, "extends": extends, **tree}, sort_keys=False), encoding="utf-8")
        return file


def changes(reward: Path, share: float) -> Iterator[Change]:
    """Each expected value and each threshold of a reward file, raised and lowered by a share of itself.

    A number below 1 without a unit may be a share (solidity), which no object has more than 1 of: where it is raised
    beyond 1, it is also raised just to 1, for that far people can be wrong.

    Raises:
        RewardFileError: the file cannot be used.
    """
    content = load_reward(reward).model_dump(mode="json", exclude_none=True)
    for section in ("classes", "rewards"):
        for path, value in _numbers(content.get(section) or {}, (section,)):
            factors = [1 + share, 1 - share]
            if unitless(content, path) and isinstance(value, float) and value < 1 < value * factors[0]:
                factors.append(1 / value)
            for factor in factors:
                yield Change(path, value, factor)


def unitless(content: dict[str, Any], path: tuple[str, ...]) -> bool:
    """Whether the number at a path of a reward file is about a property that has no unit."""
    for key in path[:-1]:
        content = content[key]
    name = content.get("property")
    return name is not None and unit_of(name) == "1"


def _numbers(node: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Number]]:
    for key, value in node.items():
        if isinstance(value, dict):
            yield from _numbers(value, (*path, key))
        elif key in VARIED and np.asarray(value).dtype.kind == "f" and np.any(value):  # a fifth of nothing is nothing
            yield (*path, key), value


def _round(value: float) -> float:
    return float(f"{value:.4g}")


def train(training: Training) -> SeedResult:
    """The result of one training, seed 0; one that was interrupted is begun anew."""
    if training.done(0) is None:
        shutil.rmtree(Path("runs") / training.name, ignore_errors=True)
    return training.run(0)


def rows(chosen: list[Change], results: list[SeedResult]) -> list[dict[str, Any]]:
    """A row for the file as it is (the first result), and one for each change, the largest loss first."""
    unchanged, *others = results
    table = [
        {
            "name": change.title,
            "change": f"{100 * (change.factor - 1):+.0f} %",
            "value": _text(change.value),
            "changed": _text(change.changed),
            "mean_ap": result.mean_ap,
            "difference": result.mean_ap - unchanged.mean_ap,
            "reward": result.best_reward,
            "cpu_seconds": result.cpu_seconds,
        }
        for change, result in zip(chosen, others, strict=True)
    ]
    first = {"name": "as it is", "change": "", "value": "", "changed": "", "mean_ap": unchanged.mean_ap}
    first |= {"difference": 0.0, "reward": unchanged.best_reward, "cpu_seconds": unchanged.cpu_seconds}
    return [first, *sorted(table, key=lambda row: row["difference"])]


def _text(value: Number) -> str:
    return " to ".join(f"{x:g}" for x in value) if isinstance(value, list) else f"{value:g}"


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Run the script; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--config", type=Path, default=Path("experiments/nuclei.yaml"))
    parser.add_argument("--reward", type=Path, default=Path("rewards/nuclei.yaml"))
    parser.add_argument("--test", type=Path, default=TEST, help="folder with images/ and labels/ to score on")
    parser.add_argument("--share", type=float, default=0.2, help="how wrong: 0.2 is a fifth")
    parser.add_argument("--only", default="", help="only numbers whose place contains this text")
    parser.add_argument("--jobs", type=int, default=1, help="trainings at a time")
    parser.add_argument("--json", type=Path, help="file for the rows")
    options, more = parser.parse_known_args(arguments)
    chosen = [change for change in changes(options.reward, options.share) if options.only in change.title]
    group = f"robustness/{options.reward.stem}"
    rewards = {"unchanged": options.reward}
    rewards |= {change.name: change.write(options.reward, Path("runs") / group / "rewards") for change in chosen}
    trainings = [
        Training(f"{group}/{name}", options.config, options.test, (*SHORT, QUIET, f"--model.reward={file}", *more))
        for name, file in rewards.items()
    ]
    # each training in a process of its own: torch and numba share no state that way
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.jobs, mp_context=spawn) as pool:
        table = rows(chosen, list(pool.map(train, trainings)))
    write_rows(options.json, table)
    print_rows(table)
    return 0


def print_rows(table: list[dict[str, Any]]) -> None:
    """The rows as a table for people."""
    print("| number | changed | from | to | mAP | difference | reward |\n" + "| --- " * 7 + "|")
    for row in table:
        numbers = [f"{row['mean_ap']:.3f}", f"{row['difference']:+.3f}", f"{row['reward']:.3f}"]
        print("| " + " | ".join([*(str(row[key]) for key in ("name", "change", "value", "changed")), *numbers]) + " |")


if __name__ == "__main__":
    sys.exit(main())
