"""Files and folders that are whole or absent."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from rlseg.errors import RlsegError


@contextmanager
def atomic(path: Path) -> Iterator[BinaryIO]:
    """Write a file under another name beside it and rename it at the end: it is whole or as it was before.

    Raises:
        RlsegError: the file cannot be written (folder missing or read-only, disk full).
    """
    temporary = path.parent / f".{uuid.uuid4().hex}.tmp"
    try:
        try:
            with temporary.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, unless they are there.

    Raises:
        RlsegError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RlsegError(f"cannot make the folder {folder}: {error.strerror}", "choose another one") from error


def _unwritable(path: Path, error: OSError) -> RlsegError:
    hint = "check the folder, its permissions and the free space"
    return RlsegError(f"cannot write {path}: {error.strerror or error}", hint)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Write a folder under another name beside it and rename it at the end, see `atomic`.

    A folder that it replaces is moved away first, and back if that fails.

    Raises:
        RlsegError: the folder cannot be written.
    """
    temporary = path.parent / f".{uuid.uuid4().hex}.tmp"
    old = temporary.with_suffix(".old")
    try:
        try:
            temporary.mkdir()
            yield temporary
            if path.exists():
                os.replace(path, old)
            os.replace(temporary, path)
        finally:
            if old.exists() and not path.exists():
                os.replace(old, path)
            shutil.rmtree(temporary, ignore_errors=True)
            shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise _unwritable(path, error) from error
