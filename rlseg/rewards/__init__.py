"""Segments are paid: a checked reward file compiled into scores of segments and edges."""

from __future__ import annotations

from rlseg.rewards.edges import EdgeRules
from rlseg.rewards.geometry import Geometry
from rlseg.rewards.group import TERM_KINDS, Group
from rlseg.rewards.kernels import closeness
from rlseg.rewards.objects import Channel, Colour, Look, MixedChannel, Objects, Stain, channel_name
from rlseg.rewards.own import OwnTerm, one_line
from rlseg.rewards.properties import LENGTHS, Measurements, Units, unit_of
from rlseg.rewards.reward import Reward, RewardBreakdown
from rlseg.rewards.single import of_single_segments
from rlseg.rewards.supervised import Supervised, dice_reward, true_cuts
from rlseg.rewards.tracks import Division, Tracks
from rlseg.rewards.words import nearest, quote

__all__ = [
    "LENGTHS",
    "TERM_KINDS",
    "Channel",
    "Colour",
    "Division",
    "EdgeRules",
    "Geometry",
    "Group",
    "Look",
    "Measurements",
    "MixedChannel",
    "Objects",
    "OwnTerm",
    "Reward",
    "RewardBreakdown",
    "Stain",
    "Supervised",
    "Tracks",
    "Units",
    "channel_name",
    "closeness",
    "dice_reward",
    "nearest",
    "of_single_segments",
    "one_line",
    "quote",
    "true_cuts",
    "unit_of",
]
