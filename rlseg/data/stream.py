"""Endless training batches in an order that only depends on the seed and the epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np
from torch.utils.data import IterableDataset

from rlseg.arrays import Ints
from rlseg.data.augment import drawn_move
from rlseg.data.samples import Samples
from rlseg.data.shares import fair_shares
from rlseg.graph import Batch, Sample, collate


class TrainingStream(IterableDataset[Batch]):
    """Batches of one epoch: the images in random order, begun again when all have been seen.

    Nothing here has a state: epoch e of a resumed run is epoch e of the uninterrupted one, also from the middle of it,
    and the ranks of a distributed run see disjoint parts of the same order. All of them wait for the slowest in each
    step, so that the images of a step are shared out by their superpixels.

    Args:
        samples: prepared samples, at least one.
        batch_size: samples a batch, on each rank.
        batches: batches an epoch.
        place: gives the number of the epoch, and how many of its batches are over, when an iteration starts.
        rank, world: number of this process and of all.
        augment: turn and mirror each sample at random.
        seed: of order and augmentation.
    """

    def __init__(
        self,
        samples: Samples,
        batch_size: int,
        batches: int,
        place: Callable[[], tuple[int, int]],
        rank: int = 0,
        world: int = 1,
        augment: bool = True,
        seed: int = 0,
    ) -> None:
        self.samples = samples
        self.batch_size = batch_size
        self.batches = batches
        self.place = place
        self.rank = rank
        self.world = world
        self.augment = augment
        self.seed = seed

    def __len__(self) -> int:
        return self.batches

    def __iter__(self) -> Iterator[Batch]:
        epoch, over = self.place()
        for number in range(epoch * self.batches + over, (epoch + 1) * self.batches):
            yield collate([self._draw(position) for position in self._mine(number)])

    def first(self, batches: int) -> Samples:
        """The samples, as they are and each once, that so many first batches of the run are made of on all ranks."""
        positions = batches * self.batch_size * self.world
        if positions >= len(self.samples):
            return self.samples.once()
        return Samples(self.samples.items[self._index(position)] for position in range(positions)).once()

    def _mine(self, number: int) -> list[int]:
        """The positions that this rank is given of those of a step of all ranks."""
        positions = range(number * self.world * self.batch_size, (number + 1) * self.world * self.batch_size)
        if self.world == 1:
            return list(positions)
        sizes = [self.samples.items[self._index(position)].facts.nodes for position in positions]
        return [positions[place] for place in fair_shares(sizes, self.world)[self.rank]]

    def _index(self, position: int) -> int:
        """Which sample stands at a position of the endless sequence of permutations."""
        round_number, place = divmod(position, len(self.samples))
        return int(_order(self.seed, round_number, len(self.samples))[place])

    def _draw(self, position: int) -> Sample:
        """The sample at a position, turned and mirrored as it comes."""
        sample = self.samples[self._index(position)]
        if not self.augment:
            return sample
        return drawn_move(sample, np.random.default_rng((self.seed, 1, position)))


@lru_cache(4)
def _order(seed: int, round_number: int, count: int) -> Ints:
    """(count,) the places of all samples in one round; a step asks for two rounds at most, of every position."""
    return np.random.default_rng((seed, 0, round_number)).permutation(count)


class EvaluationStream(IterableDataset[Batch]):
    """Each sample once, alone in its batch; the ranks of a distributed run share them out.

    With fewer samples than ranks some are given out twice, for no rank may be without.
    """

    def __init__(self, samples: Samples, rank: int = 0, world: int = 1) -> None:
        place = rank % len(samples)
        self.samples = samples[rank::world] or samples[place : place + 1]

    def __len__(self) -> int:
        return len(self.samples)

    def __iter__(self) -> Iterator[Batch]:
        return (collate([sample]) for sample in self.samples)
