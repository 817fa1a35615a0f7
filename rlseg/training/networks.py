"""The networks of a run, built from its settings."""

from __future__ import annotations

from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict, Field

from rlseg.agent import Actor, ActorConfig, Critic, CriticConfig, FeatureConfig, FeatureExtractor
from rlseg.environment import OBJECT_FEATURES
from rlseg.models import read_unet, refuse_other_weights
from rlseg.training.learners import AnyLearner, Learner, Parts, PolicyGradient


class Columns(BaseModel):
    """What only the data know: numbers of measured node and edge features, image channels, and sub-graph sizes; and
    where a UNet sees them, how many dimensions the images have."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    node: int = Field(ge=1)
    edge: int = Field(ge=0)
    channels: int = Field(ge=1)
    sizes: tuple[int, ...]
    dimensions: int = Field(default=2, ge=2, le=3)


class AgentConfig(BaseModel):
    """The learner with its settings, and those of all networks."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    learner: AnyLearner = PolicyGradient()
    features: FeatureConfig = FeatureConfig()
    actor: ActorConfig = ActorConfig()
    critic: CriticConfig = CriticConfig()


def build_networks(config: AgentConfig, columns: Columns, seed: int) -> tuple[FeatureExtractor, Learner]:
    """Feature networks and learner with freshly drawn weights; the global random state is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        features = FeatureExtractor(config.features, columns.node, columns.edge, columns.channels, columns.dimensions)
        actor = Actor(features.node_dim, features.edge_dim, config.actor)
        object_dim = len(OBJECT_FEATURES) if config.critic.objects else 0

        def critic() -> Critic:
            return Critic(features.node_dim, features.edge_dim, columns.sizes, config.critic, object_dim)

        learns = config.features.unet is not None and not config.features.unet.frozen
        unet = features.unet if learns else None
        return features, config.learner.build(Parts(actor, columns.sizes, critic, unet))


def load_pretrained(networks: FeatureExtractor, config: FeatureConfig) -> None:
    """Take the weights that model.features.unet names, if any.

    Raises:
        RlsegError: there are none in that file, or they do not fit.
    """
    unet = networks.unet
    if unet is not None and config.unet is not None and config.unet.weights is not None:
        weights = read_unet(Path(config.unet.weights))
        hint = "model.features.unet and the images' channels must be those of the pre-training"
        refuse_other_weights(unet.state_dict(), weights, config.unet.weights, hint)
        unet.load_state_dict(weights)
