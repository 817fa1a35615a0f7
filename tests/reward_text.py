"""Small helpers for tests of reward files."""

from __future__ import annotations

from rlseg.rewards.language.load import parse_reward
from rlseg.rewards.language.schema import RewardFile
from rlseg.rewards.reward import Reward

HEAD = "version: 1\nname: test\nunits: {length: px, intensity: unit}\n"


def read(text: str) -> RewardFile:
    """The reward file with this text after a plain head."""
    return parse_reward(HEAD + text, "test.yaml")


def compiled(text: str) -> Reward:
    """The same, ready to evaluate."""
    return Reward(read(text))
