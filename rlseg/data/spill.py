"""Where samples are while a process lives, if no folder was named for them and memory is used up."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from mmap import ACCESS_READ, ALLOCATIONGRANULARITY, mmap
from threading import Lock
from typing import IO

from rlseg.data.cache import explain_no_room, read_sample, write_sample
from rlseg.errors import RlsegError
from rlseg.graph import Sample


class Spill:
    """A temporary file without a name, which the system removes however the process ends.

    It lies in the folder that TMPDIR names, or in the usual one for temporary files, and is made when it is needed.
    """

    def __init__(self) -> None:
        self._files: list[IO[bytes]] = []
        self._made_by = 0
        self._lock = Lock()

    def write(self, sample: Sample, images: int) -> Callable[[], Sample]:
        """Write a sample, and give what reads it.

        Args:
            sample: whatever its size.
            images: that are to be written in all, for the message.

        Raises:
            RlsegError: the disk is full.
        """
        whole = io.BytesIO()
        write_sample(whole, sample)
        content = whole.getbuffer()
        try:
            with self._lock:
                file = self._mine()
                start = -(-file.seek(0, os.SEEK_END) // ALLOCATIONGRANULARITY) * ALLOCATIONGRANULARITY
                file.seek(start)
                file.write(content)
                file.flush()
        except OSError as error:
            folder = tempfile.gettempdir()
            what = f"cannot write temporary files in {folder}: {error.strerror}"
            hint = "name a folder that has room with --data.cache or TMPDIR"
            raise RlsegError(what, explain_no_room(folder, len(content), images, hint)) from error
        return partial(self._read, file, start, len(content), sample.name)

    def _read(self, file: IO[bytes], start: int, length: int, name: str) -> Sample:
        # mapped, for forks share the place in the file that a plain read would begin at
        with mmap(file.fileno(), length, access=ACCESS_READ, offset=start) as found:
            content = io.BytesIO(found)
        sample = read_sample(content, name)
        if sample is None:
            raise RlsegError(f"the temporary file of {name} in {tempfile.gettempdir()} is damaged")
        return sample

    def _mine(self) -> IO[bytes]:
        """The file; another one in a fork, which must not write into that of its parent."""
        if not self._files or self._made_by != os.getpid():
            self._files.append(tempfile.TemporaryFile())  # noqa: SIM115 - open as long as anyone reads from it
            self._made_by = os.getpid()
        return self._files[-1]

    def __del__(self) -> None:
        for file in self._files:
            with suppress(OSError):  # that the disk is full has been said
                file.close()
