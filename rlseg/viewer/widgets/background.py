"""Work beside the windows: one thing at a time, and of those that wait only the newest."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from qtpy.QtCore import QObject, Signal


class Background(QObject):
    """A thread that does what was asked for last.

    Attributes:
        done: signal with the result of a piece of work.
        failed: signal with the exception that it raised.
        moved: signal with how much of how much is done, for work that says so by `say`.
    """

    done = Signal(object)
    failed = Signal(object)
    moved = Signal(int, int)
    _finished = Signal(object, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="rlseg")
        self._waiting: tuple[Callable[[], Any], Callable[[Any], None]] | None = None
        self.busy = False
        self._finished.connect(self._end)

    def ask(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Do something, in place of what waits for its turn.

        Args:
            work: called in the thread.
            then: called with its result, where the windows are.
        """
        if self.busy:
            self._waiting = work, then
            return
        self.busy = True
        self._thread.submit(self._do, work, then)

    def say(self, done: int, total: int) -> None:
        """Emit `moved`, from the thread."""
        self.moved.emit(done, total)

    def close(self) -> None:
        """Take no more work."""
        self._waiting = None
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _do(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        result, error = None, None
        try:
            result = work()
        except Exception as raised:
            error = raised
        with contextlib.suppress(RuntimeError):  # the window was closed meanwhile
            self._finished.emit(result, error, then)

    def _end(self, result: Any, error: Exception | None, then: Callable[[Any], None]) -> None:
        self.busy = False
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self.ask(*waiting)
        if error is not None:
            self.failed.emit(error)
            return
        then(result)
        self.done.emit(result)
