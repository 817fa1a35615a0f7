"""LightningCLI over a module and the data module: what can be wrong is found before anything is written."""

from __future__ import annotations

import warnings
from argparse import ArgumentError
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from lightning.fabric.plugins.io.torch_io import TorchCheckpointIO
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.cli import ArgsType, LightningArgumentParser, LightningCLI
from lightning.pytorch.utilities import rank_zero_info
from pydantic import ValidationError

from rlseg.agent import spare_threads
from rlseg.commands.choices import CHOICES, help_of
from rlseg.commands.choices import Choice as SaidKind
from rlseg.commands.chosen_superpixels import keep_choice, settle_superpixels
from rlseg.commands.config_text import ConfigurationReader
from rlseg.commands.config_values import check_values
from rlseg.commands.from_checkpoint import given_settings, settle
from rlseg.commands.objects_of import take_over_objects
from rlseg.commands.one_reward import refuse_two_rewards
from rlseg.commands.parser_errors import explain
from rlseg.commands.report_at_end import ReportAtEnd
from rlseg.commands.too_many import refuse_too_many
from rlseg.commands.trainer_settings import (
    NOT_VALIDATED,
    has_validations,
    refuse_finished,
    refuse_late_validation,
    refuse_trainer_settings,
)
from rlseg.data import ImageFolder
from rlseg.errors import RlsegError
from rlseg.models import read_checkpoint, refuse_without_training
from rlseg.prediction.choosing import Choice
from rlseg.rewards.lint import find_contradictions, find_unreachable
from rlseg.training import (
    SegmentationModule,
    WholeCheckpointIO,
    claim,
    folder_of,
    next_version,
    refuse_two_rings,
    see_neighbours,
)
from rlseg.training.callbacks import BestCheckpoint, LastCheckpoint, Progress, Requeue, Stops

LARGEST_SEED = 2**32 - 1
UNLOGGED = Path("runs", "unnamed")


class RlsegCLI(LightningCLI):
    """LightningCLI with one seed for everything; what can be wrong is found before anything is written.

    Args:
        verb: fit, validate or test.
        module: what is trained.
        reader: of the configuration files.
        allow: packages whose terms the reward file may import.
        choices: settings of one of several kinds, as files and words say them.
        held: keeps what is held while the run lasts.
        settings: those of LightningCLI.
    """

    def __init__(
        self,
        verb: str,
        module: type[LightningModule],
        reader: ConfigurationReader,
        allow: tuple[str, ...],
        choices: Mapping[str, SaidKind],
        held: ExitStack,
        **settings: Any,
    ) -> None:
        self.verb = verb
        self.reader = reader
        self.allow = allow
        self.choices = choices
        self.held = held
        self.checkpoint: dict[str, Any] | None = None
        self.given: dict[str, Any] = {}
        self.choice: Choice | None = None
        super().__init__(module, ImageFolder, **settings)

    def subcommands(self) -> dict[str, set[str]]:  # type: ignore[override]
        """The verb that was given, for parsers take long to make, and the arguments that it does not offer."""
        return {self.verb: LightningCLI.subcommands()[self.verb] | {"verbose", "weights_only"}}

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        """Add `stop`, link the seeds, and take from the configuration what only the command line may say."""
        parser.add_lightning_class_args(Stops, "stop")
        parser.add_argument("--report", type=bool, default=True, help="write report.html at the end of a training")
        parser.link_arguments("seed_everything", "model.seed", compute_fn=_seed)
        parser.link_arguments("seed_everything", "data.seed", compute_fn=_seed)
        for action in parser._actions:
            if action.dest in CHOICES:
                action.help = help_of(action.dest)
        if self.model_class is SegmentationModule:
            # a file that could allow its own code would need no leave
            parser.link_arguments("seed_everything", "model.allow", compute_fn=lambda _: self.allow)

    def parse_arguments(self, parser: LightningArgumentParser, args: ArgsType) -> None:
        """Parse, and look at what the parser does not: the seed and the checkpoint.

        Raises:
            RlsegError: the command line or a configuration is wrong.
        """
        try:
            super().parse_arguments(parser, args)
        except ArgumentError as error:
            known = [action.dest for action in self._subcommand_parsers[self.verb]._actions]
            raise explain(error, known, self.reader.place) from error
        settings = self.config[self.verb]
        check_values(settings)
        policy = self.model_class is SegmentationModule
        refuse_trainer_settings(settings.trainer, self.verb == "fit", policy)
        if self.verb == "fit":
            refuse_late_validation(settings.trainer, settings.data.batches_per_epoch)
        allowed = self.reader.place("model.allow")
        if allowed is not None:
            raise RlsegError(
                f"{allowed}: model.allow cannot stand in a file", "say --allow PACKAGE on the command line"
            )
        seed = settings.seed_everything
        if isinstance(seed, bool) or not 0 <= seed <= LARGEST_SEED:
            raise RlsegError(
                f"seed_everything must be a whole number from 0 to {LARGEST_SEED}, got {str(seed).lower()}",
                "a run can only be repeated if its seed is known",
            )
        if settings.ckpt_path is not None:
            self.checkpoint = read_checkpoint(Path(settings.ckpt_path), policy)
            if self.verb == "fit":
                refuse_without_training(Path(settings.ckpt_path), self.checkpoint)
            assert isinstance(args, list)
            self.given = given_settings(parser, args, self.choices, self.reader)
            return
        if self.verb != "fit":
            raise RlsegError(f"rlseg {self.verb} needs a checkpoint", "name it with --ckpt_path")
        if policy:
            hint = "--model.reward_text null takes the file, --model.reward null the text"
            refuse_two_rewards(settings.model.reward, settings.model.reward_text, "model.reward_text", hint, self.allow)
            take_over_objects(settings, self.allow)

    def _parse_ckpt_path(self) -> None:
        """Take over the settings of the checkpoint, see `settle`."""
        if self.checkpoint is not None:
            self.config = settle(self.parser, self.config, self.given, self.checkpoint, self.reader.place)

    def instantiate_classes(self) -> None:
        """Build module, data and trainer.

        Raises:
            RlsegError: Lightning knows no such strategy, accelerator, ...; it looks them up only now.
        """
        try:
            super().instantiate_classes()
        except ValidationError:
            raise  # of ours, which says what is wrong
        except ValueError as error:
            raise explain(error, []) from error

    def instantiate_trainer(self, **kwargs: Any) -> Trainer:
        """Build the trainer, without the callbacks that its settings switch off."""
        settings = self.config_init[self.verb].trainer
        unwanted: tuple[type[Callback], ...] = ()
        if not self.config_init[self.verb].report:
            unwanted += (ReportAtEnd,)
        if settings.enable_progress_bar is False:
            unwanted += (Progress,)
        if settings.enable_checkpointing is False:
            unwanted += (BestCheckpoint, LastCheckpoint, Requeue)
        if not has_validations(settings):
            unwanted += (BestCheckpoint,)
        if settings.logger is False and settings.default_root_dir is None:
            # else it would be the working folder, whose files are not this run's
            kwargs |= {"default_root_dir": str(next_version(UNLOGGED))}
        callbacks = self.trainer_defaults["callbacks"]
        self.trainer_defaults["callbacks"] = [c for c in callbacks if not isinstance(c, unwanted)]
        try:
            trainer = super().instantiate_trainer(**kwargs)
        except ValueError as error:  # of devices and strategies that do not fit
            raise RlsegError(" ".join(str(error).split())) from error
        if getattr(trainer.strategy.launcher, "_start_method", None) == "spawn":
            raise RlsegError(
                f"the strategy {settings.strategy} cannot be used: it would have to copy the whole training",
                "take --trainer.strategy ddp",
            )
        if type(trainer.strategy.checkpoint_io) is TorchCheckpointIO:
            trainer.strategy.checkpoint_io = WholeCheckpointIO()
        return trainer

    def before_fit(self) -> None:
        """See `_prepare`; claim the run's folder, and let the last epoch end with a validation."""
        self._prepare()
        if self.checkpoint is not None:
            refuse_finished(self.trainer, self.checkpoint, self.config[self.verb].ckpt_path)
        if isinstance(self.model, SegmentationModule) and not has_validations(self.trainer):
            rank_zero_info(f"warning: {NOT_VALIDATED}")
        if self.trainer.is_global_zero and not self.trainer.fast_dev_run:  # type: ignore[attr-defined]
            folder = Path(folder_of(self.trainer))
            self.held.enter_context(claim(folder))
            if self.choice is not None:
                keep_choice(folder, self.choice)
        steps = self.trainer.max_steps
        if steps > 0:
            batches = -(-steps // self.model.optimizer_count)
            self.datamodule.batches_per_epoch = min(self.datamodule.batches_per_epoch, batches)

    def before_validate(self) -> None:
        """See `_prepare`."""
        self._prepare()

    def before_test(self) -> None:
        """See `_prepare`."""
        self._prepare()

    def _prepare(self) -> None:
        """Meet data, reward and checkpoint with each other before the run's folder is made."""
        if self.checkpoint is None:
            reward = self.model.reward if isinstance(self.model, SegmentationModule) else None
            self.choice = settle_superpixels(self.datamodule, reward, self.config[self.verb].data.preparation)
        self.datamodule.prepare_samples(self.verb)
        if isinstance(self.model, SegmentationModule):
            see_neighbours(self.datamodule, self.verb, self.model.reward, self.model.min_score)
        self.model.prepare(self.datamodule.samples_of(self.verb), turned=self.verb == "fit" and self.datamodule.augment)
        if isinstance(self.model, SegmentationModule):
            data = self.datamodule
            if self.verb == "fit" and self.checkpoint is None:
                refuse_too_many(data.train_samples.facts, data.preparation)
            for samples in (data.train_samples, data.validation_samples, data.test_samples):
                for facts in samples.facts:
                    self.model.reward.length_per_pixel(facts, facts.name)
            regions = data.samples_of(self.verb)[0].regions
            refuse_two_rings(self.model.reward, self.datamodule.preparation.ring, regions)
        spare_threads(self.model)
        if self.verb == "fit" and isinstance(self.model, SegmentationModule):
            file = self.model.reward.file
            doubts = [doubt.message for doubt in find_contradictions(file)]
            for message in doubts + [wish.message for wish in find_unreachable(file)]:
                rank_zero_info(f"warning: {message} ({file.name})")
        if self.checkpoint is not None:
            # that a run may go on in its own folder is meant so
            warnings.filterwarnings("ignore", message="Checkpoint directory .* exists and is not empty")
            self.model.check_weights(self.checkpoint["state_dict"])

    def _prepare_subcommand_kwargs(self, subcommand: str) -> dict[str, Any]:
        more: dict[str, Any] = {"weights_only": True}
        if subcommand != "fit":
            more["verbose"] = False  # ConsoleReport prints a table that is easier to read
        return super()._prepare_subcommand_kwargs(subcommand) | more


def _seed(value: int | bool) -> int:
    return int(value)
