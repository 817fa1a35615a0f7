"""A command in a process of its own, whose lines can be read while it runs."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence


class Job:
    """`rlseg ARGS` in another process: the viewer goes on, and nothing that goes wrong there can take it down.

    Args:
        args: what follows `rlseg`.

    Attributes:
        lines: all that it has said, as far as `poll` has seen it.
    """

    def __init__(self, args: Sequence[str]) -> None:
        self.lines: list[str] = []
        self._asked = 0
        self._said: queue.SimpleQueue[str] = queue.SimpleQueue()
        # wide: the lines must not be broken; a session of its own: Ctrl-C where the viewer was started is not meant
        self._process = subprocess.Popen(
            [sys.executable, "-m", "rlseg", *args],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8", "COLUMNS": "200"},
            start_new_session=True,
            encoding="utf-8",
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            for line in stream:
                self._said.put(line.rstrip("\n"))

    def poll(self) -> list[str]:
        """Lines that are new since the last call."""
        new: list[str] = []
        with contextlib.suppress(queue.Empty):
            while True:
                new.append(self._said.get_nowait())
        self.lines += new
        return new

    @property
    def code(self) -> int | None:
        """Its exit code; None as long as it runs, or has said something that is not read yet."""
        code = self._process.poll()
        return None if code is None or self._reader.is_alive() or not self._said.empty() else code

    def stop(self) -> None:
        """Ask it to end, as Ctrl-C does: a training keeps its last checkpoint. Asked again, it ends at once."""
        if self._process.poll() is not None:
            return
        self._asked += 1
        if self._asked > 1 or sys.platform == "win32":
            self._process.terminate()
        else:
            self._process.send_signal(signal.SIGINT)

    def wait(self, seconds: float) -> int | None:
        """Wait until it has ended. seconds: at most; returns its exit code, or None if it still runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
            self._reader.join(seconds)
        self.poll()
        return self.code
