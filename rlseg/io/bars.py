"""Bars of what is done of long work, where somebody can see them."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Bars:
    """Progress bars on a terminal or in a notebook, which vanish in the end; elsewhere nothing, not even an empty line.

    Only where they are shown is rich imported, which takes as long as a small image.
    """

    def __init__(self) -> None:
        self._shown: Progress | None = None

    def __enter__(self) -> Self:
        if _is_seen():
            from rich.progress import Progress

            self._shown = Progress(transient=True)
            self._shown.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown is not None:
            self._shown.stop()

    def add(self, title: str, total: int) -> Bar:
        """A bar for `total` pieces of work."""
        return Bar(self._shown, None if self._shown is None else self._shown.add_task(title, total=total))


class Bar:
    """One of `Bars`."""

    def __init__(self, shown: Progress | None, task: TaskID | None) -> None:
        self._shown = shown
        self._task = task

    def advance(self) -> None:
        """One piece more is done."""
        if self._shown is not None and self._task is not None:
            self._shown.advance(self._task)

    def remove(self) -> None:
        """It is not needed any more."""
        if self._shown is not None and self._task is not None:
            self._shown.remove_task(self._task)


def _is_seen() -> bool:
    return sys.stdout.isatty() or "ipykernel" in sys.modules or bool(os.environ.get("FORCE_COLOR"))
