"""The model that is meant by a project, a run or a checkpoint."""

from __future__ import annotations

import re
from pathlib import Path

from rlseg.errors import RlsegError
from rlseg.models.settings import settings_of

CHECKPOINTS, CONFIG, REWARD = "checkpoints", "config.yaml", "reward.yaml"
_RUN = re.compile(r"version_(\d+)")


def model_of(path: Path) -> Path:
    """The model that is meant.

    Args:
        path: a checkpoint or a folder of `rlseg export`, which are taken as they are; folder of a run, whose best
            checkpoint is taken, or the last if there is no best; folder of runs, of which the newest is taken; or a
            project of `rlseg new` or the configuration of a training, whose runs these are.

    Raises:
        RlsegError: there is no checkpoint yet, or the configuration does not say where its runs are.
    """
    if path.suffix in (".yaml", ".yml") and path.is_file():
        return _newest(_runs_of(path), f"rlseg fit --config {path}")
    if (path / CHECKPOINTS).is_dir():
        return _of_run(path)
    if any(_RUN.fullmatch(run.name) for run in _folders(path)):
        return _newest(path, "a checkpoint is written after the first epoch")
    # a run has the configuration as well, but not the reward file of a project
    made = (path / CONFIG).is_file() and (path / REWARD).is_file()
    return model_of(path / CONFIG) if made else path


def _of_run(run: Path) -> Path:
    for name in ("best.ckpt", "last.ckpt"):
        if (run / CHECKPOINTS / name).is_file():
            return run / CHECKPOINTS / name
    raise RlsegError(f"the run {run} has no checkpoint yet", "it is written after the first epoch")


def _newest(runs: Path, hint: str) -> Path:
    """The model of the newest run that has one; the hint is what to do if none has."""
    numbers = {run: found for run in _folders(runs) if (found := _RUN.fullmatch(run.name))}
    for run in sorted(numbers, key=lambda run: int(numbers[run][1]), reverse=True):
        if any((run / CHECKPOINTS).glob("*.ckpt")):
            return _of_run(run)
    raise RlsegError(f"nothing is trained yet in {runs}", hint)


def _runs_of(config: Path) -> Path:
    """The folder of the runs of a configuration."""
    try:
        logger = settings_of(config)["trainer"]["logger"]["init_args"]
        return Path(str(logger["save_dir"])) / str(logger["name"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RlsegError(
            f"{config} does not say where its runs are (trainer.logger.init_args: save_dir and name)",
            "name the checkpoint, like runs/fit/version_0/checkpoints/best.ckpt",
        ) from error


def _folders(path: Path) -> list[Path]:
    return [inside for inside in path.iterdir() if inside.is_dir()] if path.is_dir() else []
