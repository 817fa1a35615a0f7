"""One step of the stateless environment: edge weights in, objects and rewards out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats, Ints
from rlseg.environment.partition import solve_multicut
from rlseg.environment.solvers import Solver
from rlseg.graph import Sample
from rlseg.regions import RegionStatistics
from rlseg.rewards import Reward, RewardBreakdown
from rlseg.rewards.measure import Segments

T = TypeVar("T")


@dataclass(frozen=True)
class Outcome:
    """What K actions on one image led to.

    Attributes:
        segments: the M segments of the K partitions.
        breakdown: their rewards, term by term.
        edge_reward: (K, E).
    """

    segments: Segments
    breakdown: RewardBreakdown
    edge_reward: Floats

    @property
    def cut(self) -> npt.NDArray[np.bool_]:
        """(K, E) True where the partition cuts the edge."""
        return self.segments.cut

    @property
    def mean_reward(self) -> Floats:
        """(K,) mean reward of the edges; 0 for a graph without edges."""
        if self.edge_reward.shape[1] == 0:
            return np.zeros(len(self.edge_reward))
        return self.edge_reward.mean(axis=1)

    def objects(self, partition: int = 0, min_score: float = 0.0) -> Ints:
        """(N,) object of each superpixel in one partition: 1..n, and 0 for background.

        Args:
            partition: 0..K-1.
            min_score: foreground segments that score at most this are background as well.
        """
        good = self.breakdown.foreground_score > min_score
        labels = self.segments.labels[partition]
        number = np.zeros(self.segments.count, np.int64)
        present = np.unique(labels[good[labels]])
        number[present] = np.arange(1, len(present) + 1)
        return number[labels]


def judge_partitions(
    reward: Reward, regions: RegionStatistics, labels: Ints, actions: npt.NDArray[np.floating] | None = None
) -> Outcome:
    """Reward K given partitions of the N superpixels of an image.

    Args:
        reward: the rules.
        regions: the superpixels and their E edges.
        labels: (K, N).
        actions: (K, E) in (0, 1), 1 = cut, or what labels do to the edges.
    """
    segments = Segments(regions, labels)
    breakdown = reward.evaluate(segments, actions)
    edge_reward = breakdown.edge_score
    return Outcome(segments, breakdown, np.where(np.isfinite(edge_reward), edge_reward, 0.0))


class SegmentationEnvironment:
    """Multicut and rewards; knows no network.

    Args:
        reward: the compiled reward file.
        threads: images of a batch handled at the same time (solvers and compiled loops release the GIL).
        solver: of the multicuts; greedy additive edge contraction if none is given.

    Attributes:
        seconds: wall clock of the last `step_batch`.
    """

    def __init__(self, reward: Reward, threads: int = 2, solver: Solver | None = None) -> None:
        self.reward = reward
        self.threads = threads
        self.solver = solver
        self.seconds = 0.0

    def step(self, sample: Sample, actions: npt.NDArray[np.floating]) -> Outcome:
        """Reward K actions on one image.

        Args:
            sample: the image.
            actions: (K, E) in (0, 1); 1 = cut.
        """
        return self.judge(sample, self._solve(sample, actions), actions)

    def partition(self, sample: Sample, actions: npt.NDArray[np.floating]) -> Segments:
        """The objects that K actions (K, E) make of one image, without rewarding them."""
        return Segments(sample.regions, self._solve(sample, actions))

    def _solve(self, sample: Sample, actions: npt.NDArray[np.floating]) -> Ints:
        return solve_multicut(sample.regions.num_nodes, sample.edge_index, actions, self.solver)

    def judge(self, sample: Sample, labels: Ints, actions: npt.NDArray[np.floating] | None = None) -> Outcome:
        """Reward K given partitions of one image. labels: (K, N); actions: (K, E), or what labels do to the edges."""
        return judge_partitions(self.reward, sample.regions, labels, actions)

    def step_batch(self, samples: Sequence[Sample], actions: Sequence[npt.NDArray[np.floating]]) -> list[Outcome]:
        """`step` for several images. actions: one (K, E_b) array a sample."""
        began = time.perf_counter()
        outcomes = self._each(self.step, samples, actions)
        self.seconds = time.perf_counter() - began
        return outcomes

    def partition_batch(self, samples: Sequence[Sample], actions: Sequence[npt.NDArray[np.floating]]) -> list[Segments]:
        """`partition` for several images. actions: one (K, E_b) array a sample."""
        return self._each(self.partition, samples, actions)

    def _each(
        self,
        function: Callable[[Sample, npt.NDArray[np.floating]], T],
        samples: Sequence[Sample],
        actions: Sequence[npt.NDArray[np.floating]],
    ) -> list[T]:
        if self.threads <= 1 or len(samples) == 1:
            return [function(s, a) for s, a in zip(samples, actions, strict=True)]
        with ThreadPoolExecutor(self.threads) as pool:
            return list(pool.map(function, samples, actions))
