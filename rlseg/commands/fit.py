"""`rlseg fit`, `pretrain`, `validate` and `test`: LightningCLI over a module and the data module."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

from lightning.pytorch import Callback, LightningModule

from rlseg.commands.choices import Choice, Gathering, file_of
from rlseg.commands.config_text import ConfigurationReader
from rlseg.commands.lightning_cli import RlsegCLI
from rlseg.commands.lightning_errors import explained
from rlseg.commands.quiet import calm
from rlseg.commands.report_at_end import ReportAtEnd
from rlseg.commands.trust import only_from
from rlseg.training import PretrainingModule, SegmentationModule
from rlseg.training.callbacks import (
    BestCheckpoint,
    Board,
    ConsoleReport,
    Curves,
    LastCheckpoint,
    Progress,
    Requeue,
    ValidationPanels,
    VersionStamp,
)

__all__ = ["main"]


EPILOG = (
    "Besides: --allow PACKAGE, which can be given several times, lets a class_path of the configuration or of the "
    "reward file name classes of that package. No file can say this. --minutes N is short for --stop.minutes N."
)
MINUTES, TRAININGS = "--minutes", ("fit", "pretrain")


def main(args: list[str]) -> int:
    """Run `rlseg ARGS` for fit, pretrain, validate or test.

    Args:
        args: the command line, the verb (fit, pretrain, validate or test) first.

    Returns:
        0.

    Raises:
        RlsegError: something the user gave cannot be used.
        KeyboardInterrupt: the run was interrupted.
        SystemExit: with code 0, after --help or --print_config; with code 143 if the run was ended by SIGTERM.
    """
    calm()
    said = args
    args, allow = _take_allow([_in_full(word) if args[0] in TRAININGS else word for word in args])
    reader = ConfigurationReader(files_of(args))
    reader.serve()
    gathering = Gathering(reader.contents(), reader.read, reader.place)
    args = gathering.words(args)
    with only_from(allow):
        return _run(args, Board(said), reader, gathering.choices, allow)


def _run(
    args: list[str], board: Board, reader: ConfigurationReader, choices: Mapping[str, Choice], allow: tuple[str, ...]
) -> int:
    report, page = ConsoleReport(), ReportAtEnd(allow)
    callbacks: list[Callback] = [Progress(), report, VersionStamp()]
    module: type[LightningModule] = PretrainingModule
    if args[0] == "pretrain":
        args = ["fit", *args[1:]]  # of another module
    else:
        module = SegmentationModule
        callbacks += [board, Curves(), ValidationPanels(), page, BestCheckpoint()]
    # what is resumed must know the best score, so it is saved after that
    callbacks += [LastCheckpoint(), Requeue()]
    defaults: dict[str, Any] = {
        "callbacks": callbacks,
        "use_distributed_sampler": False,
        "num_sanity_val_steps": 0,
        "log_every_n_steps": 5,
        "enable_model_summary": False,
        "logger": {
            "class_path": "lightning.pytorch.loggers.TensorBoardLogger",
            "init_args": {"save_dir": "runs", "name": "unnamed"},
        },
    }
    parser: dict[str, Any] = {"exit_on_error": False}
    with page.written(), explained(report, reader.place):
        _launch(
            verb=args[0],
            module=module,
            reader=reader,
            allow=allow,
            choices=choices,
            args=args,
            trainer_defaults=defaults,
            seed_everything_default=0,
            save_config_kwargs={"overwrite": True},
            auto_configure_optimizers=False,
            parser_kwargs=parser | {args[0]: parser | {"epilog": EPILOG}},
        )
    return 0


def _in_full(word: str) -> str:
    """A word of the command line, for which another one may be short."""
    name, equal, value = word.partition("=")
    return f"--stop.minutes{equal}{value}" if name == MINUTES else word


def _take_allow(args: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """The command line without `--allow PACKAGE`, and these packages."""
    parser = argparse.ArgumentParser(prog=f"rlseg {args[0]}", add_help=False, allow_abbrev=False)
    parser.add_argument("--allow", action="append", default=[])
    known, rest = parser.parse_known_args(args)
    return rest, tuple(known.allow)


def files_of(args: list[str]) -> Iterator[str]:
    """The configuration files of a command line."""
    for word, following in zip(args, [*args[1:], ""], strict=True):
        file = file_of(word, following)
        if file is not None:
            yield file


def _launch(**settings: Any) -> None:
    # an error of the thread that writes the log is raised here as well, at the next line of the log
    loud, threading.excepthook = threading.excepthook, _only_unknown
    try:
        with ExitStack() as held:
            RlsegCLI(held=held, **settings)
    finally:
        threading.excepthook = loud


def _only_unknown(thread: threading.ExceptHookArgs) -> None:
    if not issubclass(thread.exc_type, OSError):
        threading.__excepthook__(thread)
