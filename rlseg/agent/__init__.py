"""Graphs become edge weights: features, actor and critic, the policy, and losses as pure functions."""

from __future__ import annotations

from rlseg.agent.actor import Actor
from rlseg.agent.config import (
    ActorConfig,
    CriticConfig,
    FeatureConfig,
    Frozen,
    LearningRate,
    NonNegative,
    Share,
    TemperatureConfig,
    UNetConfig,
)
from rlseg.agent.contrastive import ContrastiveConfig, discriminative_loss, pair_weights
from rlseg.agent.control_variate import ControlVariate
from rlseg.agent.critic import Critic
from rlseg.agent.distributions import SquashedNormal
from rlseg.agent.features import FeatureExtractor, embedding_distance
from rlseg.agent.pooling import pool_mean
from rlseg.agent.replay import Replay, Transition
from rlseg.agent.subgraph_means import Subgraphs, covering_mean, subgraph_mean
from rlseg.agent.target import call_frozen, polyak_update
from rlseg.agent.temperature import Temperature
from rlseg.agent.threads import spare_threads
from rlseg.agent.unet import UNet
from rlseg.agent.union_graph import UnionGraph

__all__ = [
    "Actor",
    "ActorConfig",
    "ContrastiveConfig",
    "ControlVariate",
    "Critic",
    "CriticConfig",
    "FeatureConfig",
    "FeatureExtractor",
    "Frozen",
    "LearningRate",
    "NonNegative",
    "Replay",
    "Share",
    "SquashedNormal",
    "Subgraphs",
    "Temperature",
    "TemperatureConfig",
    "Transition",
    "UNet",
    "UNetConfig",
    "UnionGraph",
    "call_frozen",
    "covering_mean",
    "discriminative_loss",
    "embedding_distance",
    "pair_weights",
    "polyak_update",
    "pool_mean",
    "spare_threads",
    "subgraph_mean",
]
