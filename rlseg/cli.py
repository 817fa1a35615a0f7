"""`rlseg fit`, `rlseg validate` and `rlseg test`: LightningCLI over the module and the data module."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from lightning.pytorch.callbacks import ModelCheckpoint, RichProgressBar
from lightning.pytorch.cli import LightningArgumentParser, LightningCLI

from rlseg.callbacks import ConsoleReport, ValidationPanels
from rlseg.checkpoint import read_checkpoint
from rlseg.data.datamodule import ImageFolder
from rlseg.module import SegmentationModule

__all__ = ["main"]


class RlsegCLI(LightningCLI):
    """LightningCLI with one seed for everything and checkpoints by validation reward."""

    @staticmethod
    def subcommands() -> dict[str, set[str]]:
        """The verbs; prediction has a command of its own that needs no configuration."""
        verbs = LightningCLI.subcommands()
        return {name: verbs[name] for name in ("fit", "validate", "test")}

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        """Link the seeds and add the checkpoint's settings."""
        parser.link_arguments("seed_everything", "model.seed", compute_fn=_seed)
        parser.link_arguments("seed_everything", "data.seed", compute_fn=_seed)
        parser.add_lightning_class_args(ModelCheckpoint, "checkpoint")
        parser.set_defaults(
            {
                "checkpoint.monitor": "validation/reward",
                "checkpoint.mode": "max",
                "checkpoint.filename": "best",
                "checkpoint.save_last": True,
                "checkpoint.enable_version_counter": False,
            }
        )


def _seed(value: int | bool) -> int:
    return int(value)


def main(args: list[str]) -> int:
    """Run `rlseg ARGS` for fit, validate or test.

    Args:
        args: the command line, the verb first.

    Returns:
        0.

    Raises:
        RlsegError: something the user gave cannot be used.
        SystemExit: the command line or a configuration is wrong (exit code 2).
    """
    path = _given(args, "--ckpt_path")
    if path is not None:
        read_checkpoint(Path(path))
    defaults: dict[str, Any] = {
        "callbacks": [RichProgressBar(), ValidationPanels(), ConsoleReport()],
        "use_distributed_sampler": False,
        "num_sanity_val_steps": 0,
        "log_every_n_steps": 5,
    }
    # Lightning warns of arguments given from Python, and of a length that our streams know exactly
    warnings.filterwarnings("ignore", message="LightningCLI's args parameter")
    warnings.filterwarnings("ignore", message="Your `IterableDataset` has `__len__` defined")
    warnings.filterwarnings("ignore", message="`isinstance\\(treespec, LeafSpec\\)` is deprecated")
    RlsegCLI(
        SegmentationModule,
        ImageFolder,
        args=args,
        trainer_defaults=defaults,
        seed_everything_default=0,
        save_config_kwargs={"overwrite": True},
    )
    return 0


def _given(args: list[str], option: str) -> str | None:
    """Value of an option on a command line, or None."""
    for position, word in enumerate(args):
        if word == option and position + 1 < len(args):
            return args[position + 1]
        if word.startswith(f"{option}="):
            return word.partition("=")[2]
    return None
