"""How a script ends when something the user gave cannot be used."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable

from rlseg.errors import RlsegError


def one_line_errors(main: Callable[..., int]) -> Callable[..., int]:
    """A script's `main` that says an `RlsegError` in one line on stderr and returns 2, without traceback."""

    @functools.wraps(main)
    def run(arguments: list[str] | None = None) -> int:
        try:
            return main(arguments)
        except RlsegError as error:
            print(error, file=sys.stderr)
            return 2

    return run
