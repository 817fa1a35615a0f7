"""A stable start: the actor imitates the best-paid objects of a merge tree before it learns from rewards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch
from lightning.pytorch.utilities import rank_zero_info
from pydantic import BaseModel, ConfigDict, Field
from torch.nn.functional import binary_cross_entropy_with_logits

from rlseg.agent import Actor, SquashedNormal
from rlseg.arrays import Floats
from rlseg.environment import search_objects
from rlseg.graph import Sample
from rlseg.rewards import Reward, of_single_segments, true_cuts
from rlseg.rewards.measure import Segments
from rlseg.training.learners import State, Step


class ImitationConfig(BaseModel):
    """How training starts.

    Attributes:
        steps: batches of imitation before the rewards take over; 0 leaves it out.
        lr: learning rate of these steps.
        threshold: objects of the tree that score less are left as background.
        doubt: weight of edges at bright superpixels that the search left out, which may well be objects.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    steps: int = Field(default=150, ge=0)
    lr: float = Field(default=2e-3, gt=0, le=1)
    threshold: float = Field(default=0.3, ge=0, le=1)
    doubt: float = Field(default=0.2, ge=0, le=1)


@dataclass(frozen=True)
class Lesson:
    """What to imitate on one image: (E,) cut labels 0 or 1 and (E,) weights."""

    cut: npt.NDArray[np.float32]
    weight: npt.NDArray[np.float32]


class Imitation:
    """Cross-entropy of the actor's edge weights against the cuts of `search_objects`.

    Uses rewards and no labels, unless the reward file has the section `supervised`: then images with labels teach their
    true cuts.
    """

    def __init__(self, reward: Reward, config: ImitationConfig) -> None:
        self.reward = reward
        self.config = config
        self._lessons: dict[str, Lesson] = {}

    def lesson(self, sample: Sample) -> Lesson:
        """Search once per image; turned and mirrored copies share the result, for their edges keep their numbers."""
        if sample.name not in self._lessons:
            labelled = sample.truth is not None and self.reward.file.supervised is not None
            self._lessons[sample.name] = self._truth(sample) if labelled else self._search(sample)
        return self._lessons[sample.name]

    def _search(self, sample: Sample) -> Lesson:
        regions = sample.regions
        found = search_objects(regions, sample.guide, self._score, self.config.threshold)
        u, v = regions.edge_index
        # everything left out is one background: only edges that touch a chosen object are cut
        cut = (found.labels[u] != found.labels[v]) & (found.chosen[u] | found.chosen[v])
        level = regions.intensity_sum[:, regions.level_channel] / regions.area
        doubtful = ~found.chosen & (level > self.config.threshold)
        trust = np.where(found.chosen, found.score, np.where(doubtful, self.config.doubt, 1.0))
        weight = np.sqrt(regions.edge_length) * np.minimum(trust[u], trust[v])
        return _lesson(cut, weight)

    def _score(self, segments: Segments) -> Floats:
        return self._single.evaluate(segments).foreground_score

    @cached_property
    def _single(self) -> Reward:
        reward, left_out = of_single_segments(self.reward)
        if left_out:
            rank_zero_info(
                "the search that the training starts from judges objects one by one, without what looks at the whole "
                f"partition: {', '.join(left_out)}"
            )
        return reward

    def _truth(self, sample: Sample) -> Lesson:
        assert sample.truth is not None
        cut = true_cuts(sample.superpixels, sample.truth, sample.edge_index)
        return _lesson(cut, np.sqrt(sample.regions.edge_length))

    def step(self, actor: Actor, state: State) -> Step:
        """Weighted cross-entropy of mu against the cuts, mean over the edges of the batch."""
        lessons = [self.lesson(sample) for sample in state.batch.samples]
        policy = SquashedNormal(*actor(state.nodes, state.edges, state.graph))
        if not state.graph.num_edges:
            return Step(policy.mu.sum())
        cut, weight = (_join(parts, policy.mu) for parts in ([x.cut for x in lessons], [x.weight for x in lessons]))
        loss = binary_cross_entropy_with_logits(policy.mu, cut, weight)
        return Step(loss, {"loss/imitation": float(loss.detach()), "policy/std": float(policy.std.detach().mean())})


def _lesson(cut: npt.NDArray[np.bool_], weight: npt.NDArray[np.floating]) -> Lesson:
    """With weights of mean 1."""
    mean = max(weight.sum() / max(len(weight), 1), 1e-9)
    return Lesson(cut.astype(np.float32), (weight / mean).astype(np.float32))


def _join(parts: Sequence[npt.NDArray[np.float32]], like: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(np.concatenate(parts)).to(like.device)
