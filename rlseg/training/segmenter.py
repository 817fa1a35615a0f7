"""From an image to its objects by trained networks: all of a model that a prediction needs, without Lightning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from rlseg.agent import FeatureExtractor, SquashedNormal, UnionGraph
from rlseg.environment import Refinement, Segmentation, SegmentationEnvironment, refuse_no_numbers, segment
from rlseg.environment.solvers import SOLVERS, SolverName
from rlseg.errors import RlsegError
from rlseg.graph import Batch, Sample, collate
from rlseg.models import refuse_other_weights
from rlseg.rewards import Reward
from rlseg.rewards.language import RewardFile, load_reward, stored_reward
from rlseg.training.learners import Learner, State
from rlseg.training.networks import AgentConfig, Columns, build_networks

# settings of a checkpoint that say how it was trained, and nothing of what it finds
_OF_TRAINING = ("imitation", "constant_share", "clip")


class Segmenter(nn.Module):
    """Networks, a reward, and how objects come from both.

    Args:
        reward: what objects are paid.
        agent: settings of the networks.
        refinement, min_score, threads, solver, seed, columns: as of `SegmentationModule`.

    Attributes:
        networks: the feature networks; learner: the networks that learn; both exist once the columns are known.
    """

    steps_done: Tensor
    networks: FeatureExtractor
    learner: Learner

    def __init__(
        self,
        reward: RewardFile,
        agent: AgentConfig,
        refinement: Any,
        min_score: float,
        threads: int = 2,
        solver: SolverName = "contraction",
        seed: int = 0,
        columns: Any = None,
    ) -> None:
        super().__init__()
        self.agent = agent
        # values of a checkpoint arrive as plain dicts
        self.refinement = None if refinement is None else Refinement.model_validate(plain(refinement))
        self.min_score = min_score
        self.seed = seed
        self.reward = Reward(reward)
        self.environment = SegmentationEnvironment(self.reward, threads, SOLVERS[solver]())
        self.register_buffer("steps_done", torch.zeros((), dtype=torch.int64))
        self.columns: Columns | None = None
        if columns is not None:
            self.build(Columns.model_validate(plain(columns)))

    @classmethod
    def of_settings(cls, settings: Mapping[str, Any], allow: Sequence[str] = ()) -> Segmenter:
        """With the settings of a checkpoint, and weights that are still to be loaded.

        Args:
            settings: of `SegmentationModule`, as it saves them.
            allow: packages from which the reward file's `class_path` terms may be imported.

        Raises:
            RlsegError: the reward file is wrong.
            KeyError, TypeError, ValidationError: they are not those of this version.
        """
        known = {key: value for key, value in settings.items() if key not in _OF_TRAINING}
        agent = AgentConfig.model_validate({key: known.pop(key) for key in AgentConfig.model_fields})
        return cls(stored_reward(known.pop("reward_text"), "checkpoint", tuple(allow)), agent, **known)

    def build(self, columns: Columns) -> None:
        """Make the networks, now that what only the data know is known."""
        self.columns = columns
        self.networks, self.learner = build_networks(self.agent, columns, self.seed)

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.steps_done.device

    def state(self, batch: Batch) -> State:
        """Features of a batch, 32-bit floats also where mixed precision computes them with less."""
        pixels = ((), ()) if self.networks.unet is None else (batch.images, batch.superpixels)
        nodes, edges = self.networks(
            batch.node_features,
            batch.edge_features,
            batch.edge_index,
            *pixels,
            [b - a for a, b in zip(batch.node_start[:-1], batch.node_start[1:], strict=True)],
            batch.spacings,
        )
        graph = UnionGraph(batch.edge_index, batch.node_image, batch.edge_image, len(batch.samples))
        mixed = torch.is_autocast_enabled(self.device.type)
        return State(batch, graph, nodes.float(), edges.float(), partial(self._recall, mixed))

    def _recall(self, mixed: bool, names: Sequence[str]) -> State:
        raise NotImplementedError("only a training comes back to earlier images")

    def _whole_precision(self) -> AbstractContextManager[None]:
        """Probabilities of actions and their logarithms need 32 bits; pixel features, which take the time, do not."""
        return torch.autocast(self.device.type, enabled=False)

    @torch.no_grad()
    def segment(self, batch: Batch) -> list[Segmentation]:
        """The final objects of every sample of a batch, by the mean action of the policy."""
        return [
            segment(sample, actions, self.environment, self.refinement, self.min_score)
            for sample, actions in zip(batch.samples, self._modes(batch), strict=True)
        ]

    def _mode_of(self, sample: Sample) -> npt.NDArray[np.float32]:
        return self._modes(collate([sample]).to(self.device))[0]

    def _modes(self, batch: Batch) -> list[npt.NDArray[np.float32]]:
        """(E_b,) the policy's most likely actions on each sample."""
        state = self.state(batch)
        with self._whole_precision():
            actions = SquashedNormal(*self.learner.actor(state.nodes, state.edges, state.graph)).mode()
        found = batch.edges_by_sample(actions)
        for sample, one in zip(batch.samples, found, strict=True):
            refuse_no_numbers(one, sample.name)
        return found

    def check_weights(self, weights: Mapping[str, Tensor]) -> None:
        """See that the weights of a checkpoint fit these networks.

        Raises:
            RlsegError: they do not; the first difference is named.
        """
        hint = "it was made by another version of rlseg, or with other model settings"
        refuse_other_weights(self.state_dict(), weights, "the checkpoint", hint)


def reward_of(path: str | None, text: str | None, allow: tuple[str, ...]) -> RewardFile:
    """The reward file of a text that a checkpoint carries, or else of a path.

    Args:
        path: of a file, or None.
        text: that a checkpoint carries, or None.
        allow: packages from which its `class_path` terms may be imported.

    Raises:
        RlsegError: neither is given, or the file is wrong.
    """
    if text is not None:
        return stored_reward(text, "checkpoint", allow)
    if path is None:
        raise RlsegError("model.reward must name a reward file", "for example --model.reward rewards/nuclei.yaml")
    return load_reward(path, allow=allow)


def plain(config: Any) -> Any:
    """Settings as plain values."""
    return config.model_dump() if hasattr(config, "model_dump") else config
