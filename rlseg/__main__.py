"""The `rlseg` command: text in, exit code out."""

from __future__ import annotations

import gc
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module

from rlseg.errors import RlsegError

USAGE = """\
usage: rlseg COMMAND ...

Instance segmentation learned from priors written down in a YAML reward file, without annotations.

  new       your own images:  rlseg new my_project --images FOLDER
  fit       train:            rlseg fit --config my_project/config.yaml
  pretrain  pixel features:   rlseg pretrain --config experiments/pretrain.yaml
  validate  evaluate:         rlseg validate --config FILE --ckpt_path CHECKPOINT
  test      the same on the test images of the configuration
  predict   segment images:   rlseg predict CHECKPOINT IMAGE_OR_FOLDER... --output FOLDER
  track     link objects:     rlseg track LABELS --rules REWARD.yaml --output FOLDER
  report    a page about a training, written at its end: rlseg report RUN
  explain-object  why an object was missed or kept: rlseg explain-object RUN IMAGE COLUMN,ROW
  export    a model to share: rlseg export CHECKPOINT FOLDER
  reward    reward files:     rlseg reward check rewards/nuclei.yaml
  superpixels which suit:     rlseg superpixels CONFIGURATION
  napari    look, draw and train there (needs rlseg[napari]):  rlseg napari PROJECT_OR_IMAGES...
  doctor    is everything here that rlseg needs; the text to paste into a report of a problem

`rlseg COMMAND --help` tells more.
"""
COMMANDS = {
    "new": "new",
    "fit": "fit",
    "pretrain": "fit",
    "validate": "fit",
    "test": "fit",
    "predict": "predict",
    "track": "track",
    "report": "report",
    "explain-object": "explain_object",
    "export": "export",
    "reward": "reward",
    "superpixels": "superpixels",
    "napari": "napari",
    "doctor": "doctor",
}
"""What is called -> its module in commands/."""
ELSEWHERE = {
    "train": "fit",
    "training": "fit",
    "init": "new",
    "create": "new",
    "segment": "predict",
    "infer": "predict",
    "apply": "predict",
    "link": "track",
    "film": "track",
    "evaluate": "validate",
    "eval": "validate",
    "explain": "explain-object",
    "score": "reward score",
    "check": "reward check",
    "preview": "reward preview",
}
"""What other programs call such a command -> what it is here."""


def main(args: Sequence[str] | str | None = None) -> int:
    """Run the command line.

    Args:
        args: the words after `rlseg`, or one text as in a shell; those of this process if None.

    Returns:
        0: done; 2: something given was wrong, in one line on stderr; 130: interrupted; 141: nobody reads what is
        printed; 143: terminated.
    """
    words = sys.argv[1:] if args is None else shlex.split(args) if isinstance(args, str) else list(args)
    if not words or words[0] in ("-h", "--help"):
        print(USAGE, end="")
        return 0 if words else 2
    try:
        return _run(words, own_process=args is None)
    except RlsegError as error:
        print(f"rlseg: error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # who reads what is printed has seen enough, like head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except SystemExit as stop:  # the parsers have printed the help, or what is wrong
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)


def _run(words: list[str], own_process: bool) -> int:
    command, rest = words[0], words[1:]
    if command == "--version":
        from rlseg.models import version

        print(f"rlseg {version()}")
        return 0
    if command not in COMMANDS:
        from rlseg.rewards import nearest

        near = nearest(command, [*ELSEWHERE, *COMMANDS])
        near = near if near is None else ELSEWHERE.get(near, near)
        meant = f"did you mean rlseg {near}? " if near else ""
        raise RlsegError(f"no command {command!r}", f"{meant}one of {', '.join(COMMANDS)}")
    # each command imports what it needs: checking a reward file must not wait for torch
    with _no_collection(own_process):
        run: Callable[[list[str]], int] = import_module(f"rlseg.commands.{COMMANDS[command]}").main
    return run(words if COMMANDS[command] == "fit" else rest)


@contextmanager
def _no_collection(own_process: bool) -> Iterator[None]:
    """Python's search for garbage looks at every module again and again while they load: a tenth of their time.

    Later it would look through all of them once more, which takes a fifth of a small prediction. What is loaded for a
    process of its own stays until its end and is never looked at; in another's there may be garbage among it.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if own_process:
            gc.freeze()
        if enabled:
            gc.enable()


if __name__ == "__main__":
    sys.exit(main())
