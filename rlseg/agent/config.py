"""What can be configured in the networks and learners; the numbers of features come from the data."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

LearningRate = Annotated[float, Field(gt=0, le=1)]
Share = Annotated[float, Field(ge=0, le=1)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Width = Annotated[int, Field(ge=4, le=4096)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class UNetConfig(_Frozen):
    """Pixel feature network: channels per resolution level (finest first) and channels of its output."""

    widths: Annotated[tuple[Width, ...], Field(min_length=1, max_length=8)] = (16, 32, 64)
    out_channels: Annotated[int, Field(ge=1, le=1024)] = 16


class LearnedFeatureConfig(UNetConfig):
    """The pixel feature network of a training.

    Attributes:
        weights: checkpoint of `rlseg pretrain` (or of `rlseg fit` with the same network) to start from, or None. It is
            read when a training begins and never again: checkpoints of the training keep its name as a record only.
        frozen: leave these weights as they are.
    """

    weights: str | None = None
    frozen: bool = False


class FeatureConfig(_Frozen):
    """Which features the graph networks see.

    Attributes:
        handcrafted: measured node features.
        handcrafted_edges: measured edge features.
        unet: features learned from the pixels, and on each edge the distance of its two ends; or None.
    """

    handcrafted: bool = True
    handcrafted_edges: bool = True
    unet: LearnedFeatureConfig | None = None

    @model_validator(mode="after")
    def _features_that_tell_something(self) -> Self:
        if not self.handcrafted and self.unet is None:
            raise ValueError("superpixels would have no features: set handcrafted to true, or give a unet")
        if self.unet is not None and self.unet.frozen and self.unet.weights is None:
            raise ValueError("a frozen unet needs weights: the checkpoint of a pre-training")
        return self


class ActorConfig(_Frozen):
    """Policy network. Means stay in (-mu_bound, mu_bound), standard deviations in (std_min, std_max).

    Attributes:
        width, depth: of the message passing.
        mu_start: added to the means of the untrained network. Below 0 learning starts from merged superpixels, above
            0 from separate ones; where separate ones earn something by themselves, it may never leave them.
    """

    width: Width = 48
    depth: Annotated[int, Field(ge=1, le=16)] = 2
    mu_bound: Annotated[float, Field(gt=0, le=20)] = 3.0
    mu_start: Annotated[float, Field(ge=-20, le=20)] = 0.0
    std_min: Annotated[float, Field(gt=0)] = 0.05
    std_max: Annotated[float, Field(gt=0, le=10)] = 1.0

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.std_min >= self.std_max:
            raise ValueError(f"std_min ({self.std_min}) must be below std_max ({self.std_max})")
        if abs(self.mu_start) >= self.mu_bound:
            raise ValueError(f"mu_start ({self.mu_start}) must lie within mu_bound ({self.mu_bound})")
        return self


class CriticConfig(_Frozen):
    """Value network.

    Attributes:
        width, depth: of the message passing.
        edge_width: of the edge values.
        hidden: of the MLP per sub-graph size.
        objects: judge the realised partition (cut labels, object descriptors) instead of the actions alone.
        object_width: of the embedded descriptors.
    """

    width: Width = 32
    depth: Annotated[int, Field(ge=1, le=16)] = 2
    edge_width: Annotated[int, Field(ge=1, le=1024)] = 16
    hidden: Width = 32
    objects: bool = False
    object_width: Width = 24


class PolicyGradientConfig(_Frozen):
    """Leave-one-out policy gradient.

    Attributes:
        samples: K, partitions rewarded per image and step.
        entropy: weight of mean(log std).
        advantage_floor: added to the standard deviation that divides the advantages.
        credit: whether an edge is paid by the sub-graphs that hold it or by its own reward.
        edge_credit_steps: steps after the imitation, if any, in which it is its own reward whatever the credit. From
            untrained networks most neighbours of an edge are wrong, and what they are paid says little about it.
    """

    lr: LearningRate = 1e-3
    samples: Annotated[int, Field(ge=2, le=1024)] = 16
    entropy: NonNegative = 0.003
    advantage_floor: Annotated[float, Field(gt=0)] = 0.06
    credit: Literal["subgraph", "edge"] = "subgraph"
    edge_credit_steps: Annotated[int, Field(ge=0)] = 0


class SacConfig(_Frozen):
    """Stateless soft actor-critic.

    Attributes:
        samples: K, partitions rewarded per image and step.
        alpha_init, alpha_min, alpha_max: temperature on the log-probability averaged over a sub-graph's edges
            (the paper's, on the sum, is this divided by the size).
        entropy_min, entropy_max, reward_max: target entropy per edge, nats: falls linearly from entropy_max
            at reward 0 to entropy_min at reward_max.
        warmup_steps: steps in which only the critic learns, from uniform random actions.
        exploration_std, exploration_share: share of the samples drawn with at least this standard deviation.
        mse_weight, centred_weight: weights of Eq. 4 and of the same on differences within one image.
        actor_loss: "pathwise" (Eq. 2) or "guided" (likelihood ratio with the critic as control variate).
        imagined: M, further partitions per image and step that "guided" has judged by the critic alone.
        edge_credit_steps: of "guided": first steps, in which the actor follows the policy gradient of each edge's own
            reward while the critic learns, see `PolicyGradientConfig`.
        target_critic, tau, tau_every: actor sees a slow copy of the critic, moved by tau every tau_every
            steps.
        replay_capacity, replay_updates, replay_prioritised: transitions kept (0: none), extra critic updates
            from them per step, and whether poorly predicted and seldom used ones come first.
    """

    actor_lr: LearningRate = 1e-3
    critic_lr: LearningRate = 5e-3
    alpha_lr: LearningRate = 1e-2
    alpha_init: Annotated[float, Field(gt=0)] = 0.005
    alpha_min: Annotated[float, Field(gt=0)] = 1e-4
    alpha_max: Annotated[float, Field(gt=0)] = 0.05
    entropy_min: float = 0.0
    entropy_max: float = 0.5
    reward_max: Annotated[float, Field(gt=0)] = 1.0
    samples: Annotated[int, Field(ge=1, le=1024)] = 8
    warmup_steps: Annotated[int, Field(ge=0)] = 0
    exploration_std: Annotated[float, Field(gt=0)] = 1.5
    exploration_share: Share = 0.0
    mse_weight: NonNegative = 1.0
    centred_weight: NonNegative = 3.0
    actor_loss: Literal["guided", "pathwise"] = "guided"
    imagined: Annotated[int, Field(ge=2, le=1024)] = 16
    edge_credit_steps: Annotated[int, Field(ge=0)] = 0
    target_critic: bool = False
    tau: Annotated[float, Field(gt=0, le=1)] = 0.005
    tau_every: Annotated[int, Field(ge=1)] = 5
    replay_capacity: Annotated[int, Field(ge=0)] = 0
    replay_updates: Annotated[int, Field(ge=1)] = 1
    replay_prioritised: bool = True

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.alpha_min <= self.alpha_init <= self.alpha_max:
            raise ValueError("alpha_min <= alpha_init <= alpha_max must hold")
        if self.entropy_min > self.entropy_max:
            raise ValueError("entropy_min must not exceed entropy_max")
        if self.mse_weight + self.centred_weight == 0:
            raise ValueError("mse_weight and centred_weight are both 0: the critic would not learn")
        if self.actor_loss == "guided" and (self.samples < 2 or self.exploration_share > 0):
            raise ValueError("actor_loss guided needs samples >= 2, all from the policy (exploration_share 0)")
        if self.actor_loss == "pathwise" and self.edge_credit_steps:
            raise ValueError("edge_credit_steps needs actor_loss guided")
        return self
