"""A stable start: the actor imitates the objects that a search finds before it learns from rewards."""

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
from rlseg.graph import Sample, SampleFacts
from rlseg.rewards import Reward, of_single_segments, true_cuts
from rlseg.rewards.measure import Segments
from rlseg.training.learners import State, Step


class ImitationConfig(BaseModel):
    """How training starts.

    Attributes:
        steps: most batches of imitation before the rewards take over; 0 leaves it out. It ends sooner when the policy's
            partitions are paid more than those that it imitates.
        share: most of the training, 0..1; a training without end has no share. With 1, and steps for all of it,
            imitation never ends, however good the policy is.
        lr: learning rate of these steps.
        threshold: objects that score less are left as background.
        doubt: weight of edges at bright superpixels that the search left out, which may well be objects.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    steps: int = Field(default=150, ge=0)
    share: float = Field(default=0.25, ge=0, le=1)
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

    Attributes:
        refused: names of images that are not imitated, see `rlseg.training.teacher`.
    """

    def __init__(self, reward: Reward, config: ImitationConfig) -> None:
        self.reward = reward
        self.config = config
        self.refused: set[str] = set()
        self._lessons: dict[str, Lesson] = {}

    def lesson(self, sample: Sample) -> Lesson:
        """Search once per image; turned and mirrored copies share the result, for their edges keep their numbers."""
        if sample.name not in self._lessons:
            taught = self.has_labels(SampleFacts.of(sample))
            self._lessons[sample.name] = self._truth(sample) if taught else self._search(sample)
        return self._lessons[sample.name]

    def has_labels(self, facts: SampleFacts) -> bool:
        """Whether an image teaches its labels, and not what the search finds."""
        return facts.labelled and self.reward.file.supervised is not None

    def covered(self, segments: Segments) -> float:
        """Share of the image's pixels, 0..1, that lie in segments of one partition which the search would choose."""
        good = self._score(segments) > self.config.threshold
        return float(segments.descriptor("area")[good].sum() / segments.regions.area.sum())

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
        """Weighted cross-entropy of mu against the cuts, mean over the edges of the images that are imitated.

        Its actions are the (1, E) most likely ones of the policy.
        """
        samples = state.batch.samples
        lessons = [self.lesson(sample) for sample in samples]
        policy = SquashedNormal(*actor(state.nodes, state.edges, state.graph))
        imitated = [np.full(len(x.cut), s.name not in self.refused) for s, x in zip(samples, lessons, strict=True)]
        chosen = _join(imitated, policy.mu)
        if not chosen.any():
            return Step(0.0 * policy.mu.sum(), actions=policy.mode().detach()[None])
        cut, weight = (_join(parts, policy.mu) for parts in ([x.cut for x in lessons], [x.weight for x in lessons]))
        loss = binary_cross_entropy_with_logits(policy.mu[chosen], cut[chosen], weight[chosen])
        scalars = {"loss/imitation": float(loss.detach()), "policy/std": float(policy.std.detach().mean())}
        return Step(loss, scalars, policy.mode().detach()[None])


def _lesson(cut: npt.NDArray[np.bool_], weight: npt.NDArray[np.floating]) -> Lesson:
    """With weights of mean 1."""
    mean = max(weight.sum() / max(len(weight), 1), 1e-9)
    return Lesson(cut.astype(np.float32), (weight / mean).astype(np.float32))


def _join(parts: Sequence[npt.NDArray[np.float32] | npt.NDArray[np.bool_]], like: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(np.concatenate(parts)).to(like.device)
