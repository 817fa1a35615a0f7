"""What TensorBoard shows first: a few curves, charts that belong together, the reward file, settings to compare."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import TensorBoardLogger
from torch.utils.tensorboard.summary import hparams as settings_summaries

from rlseg.training.module import SegmentationModule

# TensorBoard sorts groups by their names, capitals first, and opens the first two: the other groups have small letters
OVERVIEW = {
    "Overview/1 reward": "validation/reward",
    "Overview/2 objects": "validation/objects",
    "Overview/3 cut share": "validation/cut_share",
    "Overview/4 mean AP": "validation/mean_ap",
}
COMPARED = ("validation/reward", "validation/objects", "validation/mean_ap")
Layout = dict[str, dict[str, list[Any]]]


class Board(Callback):
    """Arranges a training's TensorBoard: group Overview, tabs Custom scalars, Text and HParams.

    Lightning would write the settings with a metric `hp_metric` that nobody measures; here they are compared by what
    the last validation has found. Other loggers get the settings as Lightning gives them.

    Args:
        words: the command line, without the name of the program.
    """

    def __init__(self, words: Sequence[str] = ()) -> None:
        self.command = " ".join(["rlseg", *map(shlex.quote, words)]).replace(" --", " \\\n  --")
        self._end: list[Any] = []

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Hand over the settings, before the loggers write what they have of them."""
        if stage == "fit" and isinstance(pl_module, SegmentationModule):
            for logger in trainer.loggers:
                if isinstance(logger, TensorBoardLogger):
                    logger.hparams.update(pl_module.hparams)
                else:
                    logger.log_hyperparams(dict(pl_module.hparams))

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write what is known before the first batch."""
        if not isinstance(pl_module, SegmentationModule):
            return
        data: Any = trainer.datamodule  # type: ignore[attr-defined]
        labelled = any(facts.labelled for facts in data.validation_samples.facts)
        compared = dict.fromkeys(COMPARED if labelled else COMPARED[:2])
        reward = pl_module.reward.file
        texts = {"1 command": self.command, f"2 reward file, {reward.name}": reward.resolved_yaml()}
        for board in _boards(trainer):
            board.add_custom_scalars(charts(pl_module, labelled))
            for name, text in texts.items():
                # four spaces make a block of code, whatever is in it
                board.add_text(name, "".join(f"    {line}\n" for line in text.splitlines()))
            *begin, end = settings_summaries(settings(pl_module, data), compared)
            for summary in begin:
                board.file_writer.add_summary(summary)
            self._end = [end]

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Copy the few numbers to look at first."""
        if trainer.state.fn != "fit" or trainer.sanity_checking or not isinstance(pl_module, SegmentationModule):
            return
        for board in _boards(trainer):
            for title, tag in OVERVIEW.items():
                if tag in trainer.callback_metrics:
                    board.add_scalar(title, float(trainer.callback_metrics[tag]), int(pl_module.steps_done))

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """The settings belong to a training that has ended."""
        for board in _boards(trainer):
            for summary in self._end:
                board.file_writer.add_summary(summary)


def _boards(trainer: Trainer) -> Iterator[Any]:
    """The writers of this process: the first one of several has them alone."""
    if trainer.is_global_zero:
        yield from (logger.experiment for logger in trainer.loggers if isinstance(logger, TensorBoardLogger))


def charts(module: SegmentationModule, labelled: bool) -> Layout:
    """Charts of several curves each, by group: what is found, what each rule pays, how the networks learn.

    Args:
        module: with its networks.
        labelled: whether there are labels to measure by.

    Returns:
        {group: {title: ["Multiline", patterns of tags]}}, as `SummaryWriter.add_custom_scalars` takes it.
    """
    found = ["reward", "reward_all_merged", "reward_all_split", *(["reward_truth"] if labelled else [])]
    outcome = {
        "reward of what is found, beside the lazy answers": _these("validation", *found),
        "objects in an image": _these("validation", "objects"),
        "share of edges that are cut: 0 and 1 are a collapsed policy": _these("validation", "cut_share"),
    }
    if labelled:
        outcome["mean AP, and what the superpixels allow"] = _these("validation", "mean_ap", "ceiling_mean_ap")
    classes = dict.fromkeys(name.partition("/")[0] for name in module.reward.term_names)
    rules = {f"{name}, term by term": _all_of(f"reward/{name}/") for name in classes}
    learning = {
        "reward of the sampled segmentations": _these("reward", "train"),
        "losses": _all_of("loss/"),
        "width of the policy": _these("policy", "std"),
    }
    if "critic" in module.learner.parameter_groups():
        learning |= {"critic": _all_of("critic/"), "temperatures": _all_of("temperature/")}
    health = {
        "gradient norms": _all_of("gradient_norm/"),
        "learning rates": _all_of("learning_rate/"),
        "time of each stage, ms": _all_of("time/"),
    }
    return {"Outcome": outcome, "Rules": rules, "Learning": learning, "Health": health}


def _these(group: str, *names: str) -> list[Any]:
    return ["Multiline", [f"^{group}/{name}$" for name in names]]


def _all_of(start: str) -> list[Any]:
    return ["Multiline", [f"^{start}.*"]]


def settings(module: SegmentationModule, data: Any) -> dict[str, str | float]:
    """The settings of a training in one level: numbers and texts by dotted names, those that are varied most first.

    Args:
        module: with its networks.
        data: the `ImageFolder` that it is trained on.
    """
    model = dict(module.hparams)
    # TensorBoard sorts by the names, and shows the first five before anybody asks for more
    first: dict[str, str | float] = {
        "1 reward": module.reward.file.name,
        "2 learner": model["learner"]["kind"],
        "3 superpixels": data.preparation.superpixels.kind,
        "4 images": len(data.train_samples.facts),
        "5 seed": model["seed"],
    }
    rest = {name: value for name, value in model.items() if name not in ("reward_text", "columns", "seed")}
    prepared = {"preparation": data.preparation.model_dump(mode="json"), "batch_size": data.batch_size}
    return first | dict(_flat(rest | prepared))


def _flat(tree: dict[str, Any], before: str = "") -> Iterator[tuple[str, str | float]]:
    branches = ((f"{before}{name}", value) for name, value in tree.items())
    return chain.from_iterable(
        _flat(value, f"{name}.")
        if isinstance(value, dict)
        else [(name, value if isinstance(value, int | float | str) else str(value))]
        for name, value in branches
    )
