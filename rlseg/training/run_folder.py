"""The folder of a run: one run at a time, and checkpoints that are whole whatever happens."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout
from lightning.fabric.plugins.io.torch_io import TorchCheckpointIO
from lightning.pytorch import Trainer

from rlseg.errors import RlsegError
from rlseg.models import upgrade

LOCK = ".lock"
VERSION = "version_"
NUMBERED = re.compile(rf"{VERSION}\d+")


@contextmanager
def claim(folder: Path) -> Iterator[None]:
    """Keep a folder for this run alone, as long as the context lasts.

    The system holds the lock, not the file: it ends with the process, even with one that is killed.

    Args:
        folder: of the run, made if there is none.

    Raises:
        RlsegError: it cannot be written, or another run is writing to it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK).acquire(timeout=0)
    except Timeout as error:
        raise RlsegError(
            f"another run is writing to {folder}",
            "wait until it has ended, or leave out --trainer.logger.init_args.version, which makes a new folder",
        ) from error
    except OSError as error:
        raise RlsegError(
            f"cannot write to the run's folder {folder}: {error.strerror}",
            "name another one with --trainer.logger.init_args.save_dir",
        ) from error
    with lock:
        yield


class WholeCheckpointIO(TorchCheckpointIO):
    """Writes checkpoints whole or not at all.

    Lightning's own goes through the system's folder for temporary files, from where a file is *copied* if that is on
    another disk: a run killed then leaves half a checkpoint in place of the last good one. Nor does it wait for the
    disk.
    """

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | os.PathLike[str], *_: Any, **__: Any) -> None:
        """See `write_checkpoint`."""
        # torch hides the reason why a file cannot be written
        content = io.BytesIO()
        torch.save(checkpoint, content)
        write_checkpoint(Path(path), content.getbuffer())

    def load_checkpoint(self, path: str | Path, *args: Any, **options: Any) -> dict[str, Any]:
        """A checkpoint of any format in that of today."""
        return upgrade(super().load_checkpoint(path, *args, **options))


def write_checkpoint(target: Path, content: bytes | memoryview) -> None:
    """Write beside the file, wait until it is on the disk, then rename.

    Raises:
        RlsegError: it cannot be written; what was there before is as it was.
    """
    # not `io.atomic`, whose files have new names each time: runs are killed, and this folder has one writer
    part = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise RlsegError(
            f"cannot write the checkpoint {target}: {error.strerror}",
            "an earlier one of this name is as it was; make room and resume from it with --ckpt_path",
        ) from error


def folder_of(trainer: Trainer) -> str:
    """Where a run writes to; all processes must ask."""
    return trainer.log_dir or trainer.default_root_dir


def next_version(runs: Path) -> Path:
    """A folder for a run that has no logger to number it: version_N in `runs`, above all that are there."""
    taken = [int(path.name.removeprefix(VERSION)) for path in runs.glob(f"{VERSION}*") if NUMBERED.fullmatch(path.name)]
    return runs / f"{VERSION}{max(taken, default=-1) + 1}"
