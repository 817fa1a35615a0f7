"""How many outlined objects a reward file tells a training to leave out, in words."""

from __future__ import annotations

from collections.abc import Sequence

from rlseg.environment import Comparison, Verdict
from rlseg.rewards import Reward


def verdict_lines(comparisons: Sequence[Comparison], reward: Reward) -> list[str]:
    """Two lines about the objects of all images: as they are outlined, and as the superpixels of a training show them.

    Raises:
        RlsegError: the reward cannot judge an image.
    """
    lines = []
    for outlined, words in ((True, "as they are outlined"), (False, "as the superpixels show them")):
        found = sum((comparison.verdict(reward, outlined) for comparison in comparisons), Verdict())
        lines.append(f"{words}: {found.sentence}")
    return lines
