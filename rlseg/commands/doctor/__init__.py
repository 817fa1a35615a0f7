"""`rlseg doctor`: is everything here that rlseg needs; a text to paste into a report of a problem."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator

from rlseg.commands.doctor.device import device_lines
from rlseg.commands.doctor.formats import format_lines
from rlseg.commands.doctor.line import Line
from rlseg.commands.doctor.packages import package_lines
from rlseg.commands.doctor.places import place_lines
from rlseg.commands.doctor.selftest import selftest_lines
from rlseg.commands.doctor.solver import solver_lines
from rlseg.rewards import one_line

__all__ = ["main"]

PARTS: tuple[tuple[str, Callable[[], list[Line]]], ...] = (
    ("packages", package_lines),
    ("formats", format_lines),
    ("device", device_lines),
    ("solver", solver_lines),
    ("places", place_lines),
    ("self-test", selftest_lines),
)


def main(args: list[str]) -> int:
    """Run `rlseg doctor`.

    Args:
        args: what follows `rlseg doctor`; nothing but --help.

    Returns:
        0 if rlseg works here, 2 if not.

    Raises:
        SystemExit: the command line is wrong (exit code 2).
    """
    text = "Is everything here that rlseg needs? Prints what there is and tries it, in about 10 seconds."
    argparse.ArgumentParser(prog="rlseg doctor", description=text).parse_args(args)
    problems = 0
    for line in _lines():
        problems += line.problem
        print(line, flush=True)
    print(f"{problems} problem(s)" if problems else "all is well")
    return 2 if problems else 0


def _lines() -> Iterator[Line]:
    for name, look in PARTS:
        try:
            yield from look()
        except Exception as error:  # a broken package can raise anything, and the rest is still of interest
            yield Line(name, f"cannot be looked at: {one_line(error)}", problem=True)
        sys.stdout.flush()
