"""Graphs become edge weights: features, actor and critic, the policy, and losses as pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlseg.arrays import lazy_names

if TYPE_CHECKING:
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
        unet_groups,
    )
    from rlseg.agent.contrastive import ContrastiveConfig, discriminative_loss, pair_weights
    from rlseg.agent.control_variate import ControlVariate
    from rlseg.agent.critic import Critic
    from rlseg.agent.distributions import SquashedNormal
    from rlseg.agent.features import FeatureExtractor, embedding_distance
    from rlseg.agent.moments import Moments
    from rlseg.agent.passes import CLIP, SLOPE
    from rlseg.agent.plain import PlainPolicy
    from rlseg.agent.pooling import pool_images, pool_mean
    from rlseg.agent.replay import Replay, Transition
    from rlseg.agent.subgraph_means import Subgraphs, covering_mean, subgraph_mean
    from rlseg.agent.target import call_frozen, polyak_update
    from rlseg.agent.temperature import Temperature
    from rlseg.agent.threads import spare_threads
    from rlseg.agent.unet import UNet
    from rlseg.agent.union_graph import UnionGraph

__all__ = [
    "CLIP",
    "SLOPE",
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
    "Moments",
    "NonNegative",
    "PlainPolicy",
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
    "pool_images",
    "pool_mean",
    "spare_threads",
    "subgraph_mean",
    "unet_groups",
]

# loaded when asked for: settings, and the policy on arrays, do not wait for torch
__getattr__ = lazy_names(
    __name__,
    {
        "actor": ("Actor",),
        "config": (
            "ActorConfig",
            "CriticConfig",
            "FeatureConfig",
            "Frozen",
            "LearningRate",
            "NonNegative",
            "Share",
            "TemperatureConfig",
            "UNetConfig",
            "unet_groups",
        ),
        "contrastive": ("ContrastiveConfig", "discriminative_loss", "pair_weights"),
        "control_variate": ("ControlVariate",),
        "critic": ("Critic",),
        "distributions": ("SquashedNormal",),
        "features": ("FeatureExtractor", "embedding_distance"),
        "moments": ("Moments",),
        "passes": ("CLIP", "SLOPE"),
        "plain": ("PlainPolicy",),
        "pooling": ("pool_images", "pool_mean"),
        "replay": ("Replay", "Transition"),
        "subgraph_means": ("Subgraphs", "covering_mean", "subgraph_mean"),
        "target": ("call_frozen", "polyak_update"),
        "temperature": ("Temperature",),
        "threads": ("spare_threads",),
        "unet": ("UNet",),
        "union_graph": ("UnionGraph",),
    },
)
