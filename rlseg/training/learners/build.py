"""The networks of a run, built from its settings."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, Field

from rlseg.agent.actor import Actor
from rlseg.agent.config import ActorConfig, CriticConfig, FeatureConfig, PolicyGradientConfig, SacConfig
from rlseg.agent.critic import Critic
from rlseg.agent.features import FeatureExtractor
from rlseg.environment.object_features import NAMES
from rlseg.training.learners.base import Learner
from rlseg.training.learners.policy_gradient import PolicyGradientLearner
from rlseg.training.learners.sac import SacLearner


class Columns(BaseModel):
    """What only the data know: numbers of measured node and edge features, image channels, and sub-graph sizes."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    node: int = Field(ge=1)
    edge: int = Field(ge=0)
    channels: int = Field(ge=1)
    sizes: tuple[int, ...]


class AgentConfig(BaseModel):
    """Which learner, and the settings of all networks; those of the learner not chosen are ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    learner: Literal["policy_gradient", "sac"] = "policy_gradient"
    features: FeatureConfig = FeatureConfig()
    actor: ActorConfig = ActorConfig()
    critic: CriticConfig = CriticConfig()
    policy_gradient: PolicyGradientConfig = PolicyGradientConfig()
    sac: SacConfig = SacConfig()


def build_networks(config: AgentConfig, columns: Columns, seed: int) -> tuple[FeatureExtractor, Learner]:
    """Feature networks and learner with freshly drawn weights; the global random state is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        features = FeatureExtractor(config.features, columns.node, columns.edge, columns.channels)
        actor = Actor(features.node_dim, features.edge_dim, config.actor)
        if config.learner == "policy_gradient":
            return features, PolicyGradientLearner(actor, config.policy_gradient)
        object_dim = len(NAMES) if config.critic.objects else 0
        critic = Critic(features.node_dim, features.edge_dim, columns.sizes, config.critic, object_dim)
        return features, SacLearner(actor, critic, columns.sizes, config.sac)
