"""What a file asks for that cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rlseg.rewards.language import load_reward
from rlseg.rewards.lint.contradictions import find_contradictions
from rlseg.rewards.lint.unreachable import find_unreachable

__all__ = ["check_reward", "find_contradictions", "find_unreachable"]


def check_reward(path: str | Path, allow: Sequence[str] = ()) -> list[str]:
    """See that a reward file is right.

    Args:
        path: the file.
        allow: packages from which terms of your own may be imported.

    Returns:
        What no object can fulfil, in a line each; nothing is the usual case.

    Raises:
        RewardFileError: the file is wrong; its text shows every problem at its place.
    """
    file = load_reward(path, allow=allow)
    return [doubt.message for doubt in find_contradictions(file)] + [wish.message for wish in find_unreachable(file)]
