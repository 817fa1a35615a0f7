"""What Lightning raises, in one line where the user can do something about it."""

from __future__ import annotations

import signal
import sys
from argparse import ArgumentError
from collections.abc import Iterator
from contextlib import contextmanager

from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.utilities.exceptions import SIGTERMException
from pydantic import ValidationError

from rlseg.commands.choices import Place
from rlseg.commands.parser_errors import explain
from rlseg.errors import RlsegError
from rlseg.training.callbacks import ConsoleReport


@contextmanager
def explained(report: ConsoleReport, place: Place) -> Iterator[None]:
    """Turn the exceptions of a run into those of the command.

    Args:
        report: knows whether the run was interrupted.
        place: where a key stands in a configuration file, if it does.

    Raises:
        RlsegError: something the user gave cannot be used.
        KeyboardInterrupt: the run was interrupted.
        SystemExit: with code 143, if the run was ended by SIGTERM.
    """
    try:
        yield
    except ArgumentError as error:
        # the command line has been accepted by now: what is left are the settings in the checkpoint
        problem = explain(error, [], place)
        raise RlsegError(f"the checkpoint does not fit this version of rlseg: {problem.message}") from error
    except ValidationError as error:
        wrong = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise RlsegError(f"{error.title}: {wrong}") from error
    except MisconfigurationException as error:
        raise RlsegError(" ".join(str(error).split())) from error
    except OSError as error:
        if error.errno is None or isinstance(error, ConnectionError):
            raise
        where = "" if error.filename is None else f": {error.filename}"
        hint = "is the disk full, or a folder read-only? A training goes on from its last.ckpt with --ckpt_path"
        raise RlsegError(f"a file cannot be read or written: {error.strerror}{where}", hint) from error
    except RuntimeError as error:
        if "does not have a deterministic implementation" not in str(error):
            raise
        operation = str(error).split()[0]
        raise RlsegError(
            f"trainer.deterministic cannot be true on this device: {operation} is not", "take warn, or a CPU"
        ) from error
    except SIGTERMException as stop:
        print("terminated", file=sys.stderr)
        raise SystemExit(128 + signal.SIGTERM) from stop
    except SystemExit as stop:
        if report.interrupted:
            raise KeyboardInterrupt from stop
        raise
