"""`rlseg reward check`: are these files right, and if not, what is wrong where."""

from __future__ import annotations

import atexit
import gc
import json
import sys
from collections.abc import Sequence

from rlseg.rewards import Reward
from rlseg.rewards.language import Node, Problem, RewardFile, RewardFileError, earlier_words, load_tree, locate
from rlseg.rewards.lint import find_contradictions, find_unreachable


def run(files: list[str], format: str, allow: Sequence[str]) -> int:
    """Check reward files.

    Args:
        files: their names.
        format: "text" or "json".
        allow: packages whose terms the files may import.

    Returns:
        0 if all are right, also if they contradict themselves, which is only said in text; 2 if not.
    """
    # the end of the process frees everything: looking for garbage before would take a tenth of the time of a check
    atexit.register(gc.freeze)
    problems: list[Problem] = []
    reports: list[str] = []
    for file in files:
        try:
            reward, root = load_tree(file, allow=allow)
        except RewardFileError as error:
            problems += error.problems
            reports.append(str(error))
        else:
            terms, classes = len(Reward(reward, pixel_size=1.0).term_names), len(reward.class_names)
            reports.append(f"{file}: ok, {classes} classes, {terms} terms")
            reports += _warnings(reward, root)
    as_json = format == "json"
    text = json.dumps([found.as_dict() for found in problems], indent=2) if as_json else "\n\n".join(reports)
    sys.stdout.write(text + "\n")
    return 2 if problems else 0


def _warnings(reward: RewardFile, root: Node) -> list[str]:
    found = [f"{said.place}: warning: {said.text} is now said as {new}" for said, new in earlier_words(root)]
    for doubt in find_contradictions(reward):
        place, other = (locate(root, claim.path)[0].key for claim in (doubt.first, doubt.second))
        found.append(f"{place}: warning: {doubt.message}\n  = the other one is at {other}")
    for wish in find_unreachable(reward):
        found.append(f"{locate(root, wish.path)[0].key}: warning: {wish.message}")
    return found
