"""What a learner is: networks, their optimisers, and one loss a batch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from rlseg.agent import Actor, Critic, Frozen, UNet, UnionGraph
from rlseg.environment import ObjectTable, Outcome, SegmentationEnvironment
from rlseg.graph import Batch


@dataclass(frozen=True)
class State:
    """What the networks see of a batch.

    Attributes:
        batch: the samples.
        graph: their union graph.
        nodes: (N, Dn) features; edges: (E, De) features; both with gradients to the feature networks.
        recall: the state of training images by name, for learners that come back to earlier ones.
    """

    batch: Batch
    graph: UnionGraph
    nodes: Tensor
    edges: Tensor
    recall: Callable[[Sequence[str]], State]


@dataclass(frozen=True)
class Step:
    """One training step's loss and what to log.

    Attributes:
        loss: scalar; one backward pass of it serves all optimisers, because they own disjoint parameters.
        scalars: tag -> value.
        actions: (K, E) the sampled actions, for histograms, or None.
        outcomes: what they led to, one a sample, or none.
        idle: parameters that the loss says nothing of. Their optimisers leave them alone: Adam counts its steps, and
            after many without a gradient the first real one is up to 2.5 times as long as it should be.
    """

    loss: Tensor
    scalars: dict[str, float] = field(default_factory=dict)
    actions: Tensor | None = None
    outcomes: Sequence[Outcome] = ()
    idle: Sequence[nn.Parameter] = ()


class Learner(nn.Module, ABC):
    """Owns the networks that learn from rewards. `actor` is what predicts in the end.

    Attributes:
        has_critic: whether `edge_values` knows anything.
    """

    actor: Actor
    has_critic: bool = False

    @abstractmethod
    def parameter_groups(self) -> dict[str, tuple[list[nn.Parameter], float]]:
        """Name -> (parameters, learning rate) of each optimiser, disjoint; the first also gets the feature networks."""

    @abstractmethod
    def step(
        self,
        state: State,
        environment: SegmentationEnvironment,
        noise: torch.Generator,
        number: int,
        progress: float,
    ) -> Step:
        """Loss of one batch.

        Args:
            state: features and graph.
            environment: rewards the sampled actions.
            noise: the only source of randomness.
            number: steps this learner has made before.
            progress: share of its steps that is over, 0..1.
        """

    def rehearse(
        self,
        images: int,
        recall: Callable[[Sequence[str]], State],
        environment: SegmentationEnvironment,
        noise: torch.Generator,
        number: int,
    ) -> Step | None:
        """Loss of a step that looks at what the learner remembers instead of the batch at hand.

        Args:
            images: of the batch at hand.
            recall: the state of training images by name.
            environment, noise, number: see `step`.

        Returns:
            None if this step is one of `step`; then nothing was taken from the noise.
        """
        return None

    def besides_the_actor(self) -> list[nn.Parameter]:
        """What is idle while the actor imitates: the parameters of all other networks."""
        return [p for name, p in self.named_parameters() if p.requires_grad and not name.startswith("actor.")]

    def edge_values(self, state: State, actions: Tensor, objects: Sequence[ObjectTable]) -> Tensor | None:
        """(K, E) mean Q of the sub-graphs that hold an edge, 0 if none does; None for a learner without a critic.

        Args:
            state: features and graph.
            actions: (K, E) of the union graph.
            objects: that they led to, one table a sample.
        """
        return None

    def begin(self) -> None:
        """Called when a training begins, with the weights that it begins with."""
        return None

    def after_step(self, number: int) -> None:
        """Called after the optimisers have stepped. number: of the step, from 0."""
        return None

    def memory(self) -> dict[str, Any]:
        """State beyond the parameters, as plain tensors, numbers and lists (a replay)."""
        return {}

    def load_memory(self, memory: dict[str, Any]) -> None:
        """Counterpart of `memory`."""
        return None


@dataclass(frozen=True)
class Parts:
    """What a learner may be built from; the weights are drawn in the order in which it is asked for.

    Attributes:
        actor: the policy network.
        sizes: of the sub-graphs, ascending.
        critic: makes a value network for them.
        unet: the pixel feature network if it learns, else None.
    """

    actor: Actor
    sizes: tuple[int, ...]
    critic: Callable[[], Critic]
    unet: UNet | None = None


class LearnerConfig(Frozen, ABC):
    """Settings of a learner, told apart by `kind`. One file in this folder holds them and the learner they build.

    Attributes:
        kind: its name, a Literal in each concrete class.
        samples: K, partitions rewarded per image and step.
    """

    kind: str
    samples: int

    @abstractmethod
    def build(self, parts: Parts) -> Learner:
        """The learner with these settings."""
