"""What a reward says of a segment by itself, whatever lies around it."""

from __future__ import annotations

from rlseg.rewards.reward import Reward
from rlseg.rewards.single_rules import rules_of_single_segments


def of_single_segments(reward: Reward) -> tuple[Reward, tuple[str, ...]]:
    """The reward of `rules_of_single_segments`, and what these leave out.

    Raises:
        RlsegError: nothing is left of the foreground.
    """
    file, left_out = rules_of_single_segments(reward.file)
    return Reward(file, reward.pixel_size), left_out
