"""`rlseg reward ...`: work with reward files without training."""

from __future__ import annotations

import argparse
import json
import sys

from rlseg.rewards.errors import Problem, RewardFileError
from rlseg.rewards.load import load_reward
from rlseg.rewards.reward import Reward

__all__ = ["main"]


def main(args: list[str]) -> int:
    """Run `rlseg reward ARGS`.

    Args:
        args: what follows `rlseg reward` on the command line.

    Returns:
        0 if all is well, 2 if a file or the command line is wrong.
    """
    try:
        options = _parser().parse_args(args)
    except SystemExit as stop:  # argparse has printed what is wrong, or the help
        return 0 if stop.code in (0, None) else 2
    return _check(options.files, as_json=options.format == "json")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rlseg reward", description="Work with reward files.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="check reward files; exit code 0 if all are right, 2 if not")
    check.add_argument("files", nargs="+", metavar="FILE")
    check.add_argument("--format", choices=("text", "json"), default="text", help="json: a list of problems")
    return parser


def _check(files: list[str], as_json: bool) -> int:
    problems: list[Problem] = []
    reports: list[str] = []
    for file in files:
        try:
            reward = load_reward(file)
        except RewardFileError as error:
            problems += error.problems
            reports.append(str(error))
        else:
            terms, classes = len(Reward(reward, pixel_size=1.0).term_names), len(reward.class_names)
            reports.append(f"{file}: ok, {classes} classes, {terms} terms")
    text = json.dumps([found.as_dict() for found in problems], indent=2) if as_json else "\n\n".join(reports)
    sys.stdout.write(text + "\n")
    return 2 if problems else 0
