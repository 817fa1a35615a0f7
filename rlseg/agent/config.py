"""What can be configured in the networks; the numbers of features come from the data."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

LearningRate = Annotated[float, Field(gt=0, le=1)]
Share = Annotated[float, Field(ge=0, le=1)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Width = Annotated[int, Field(ge=4, le=4096)]


class Frozen(BaseModel):
    """Settings that cannot change, with no key that is not known and no value that is not finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class UNetConfig(Frozen):
    """Pixel feature network: channels per resolution level (finest first) and channels of its output."""

    widths: Annotated[tuple[Width, ...], Field(min_length=1, max_length=8)] = (16, 32, 64)
    out_channels: Annotated[int, Field(ge=1, le=1024)] = 16


def unet_groups(channels: int) -> int:
    """In how many groups channels are normalised; at least two are in a group: a 1 x 1 level has nothing else."""
    return next((groups for groups in (8, 4, 2) if channels % (2 * groups) == 0), 1)


class LearnedFeatureConfig(UNetConfig):
    """The pixel feature network of a training.

    Attributes:
        weights: checkpoint of `rlseg pretrain` (or of `rlseg fit` with the same network) to start from, or None. It is
            read when a training begins and never again: checkpoints of the training keep its name as a record only.
        frozen: leave these weights as they are.
    """

    weights: str | None = None
    frozen: bool = False


class FeatureConfig(Frozen):
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


class ActorConfig(Frozen):
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


class CriticConfig(Frozen):
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


class TemperatureConfig(Frozen):
    """The learned weight of the entropy.

    Attributes:
        density: what log-probabilities, entropies and their targets are of: z, by its closed form ("normal"), which
            says nothing of the means; or the action a = sigmoid(z), by its samples ("action": Haarnoja et al. 2018,
            arXiv:1812.05905, appendix C), whose entropy is at most 0, that of uniform actions.
        alpha_scale: what the temperature multiplies: the log-probability averaged over a sub-graph's k edges ("mean"),
            or their sum ("sum", Eq. 2). One alpha on the sum is k times as much on the mean.
        alpha_lr: learning rate of its logarithm.
        alpha_init, alpha_min, alpha_max: on that scale, the same for all sizes.
        entropy_min, entropy_max, reward_max: target entropy per edge, nats: falls linearly from entropy_max
            at reward 0 to entropy_min at reward_max.
    """

    density: Literal["normal", "action"] = "normal"
    alpha_scale: Literal["mean", "sum"] = "mean"
    alpha_lr: LearningRate = 1e-2
    alpha_init: Annotated[float, Field(gt=0)] = 0.005
    alpha_min: Annotated[float, Field(gt=0)] = 1e-4
    alpha_max: Annotated[float, Field(gt=0)] = 0.05
    entropy_min: float = 0.0
    entropy_max: float = 0.5
    reward_max: Annotated[float, Field(gt=0)] = 1.0

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.alpha_min <= self.alpha_init <= self.alpha_max:
            raise ValueError("alpha_min <= alpha_init <= alpha_max must hold")
        if self.entropy_min > self.entropy_max:
            raise ValueError("entropy_min must not exceed entropy_max")
        return self
