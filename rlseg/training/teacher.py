"""Whether the lessons of the imitation are worth it, by what the environment pays their partitions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from lightning.pytorch.utilities import rank_zero_info

from rlseg.data import Samples
from rlseg.environment import SegmentationEnvironment, joined_by
from rlseg.graph import Sample
from rlseg.rewards.measure import Segments
from rlseg.training.imitation import Imitation

LEAST_COVERED = 0.005
"""Share of an image that the objects of its lesson must cover."""
MOST_NAMED = 20
AT_ONCE = 4
"""Images a thread that are in memory at once while lessons are judged."""


@dataclass(frozen=True)
class Worth:
    """What a lesson is worth.

    Attributes:
        paid: mean edge reward of its partition.
        refused: why it is not imitated; empty if it is.
    """

    paid: float
    refused: str = ""


class Teacher:
    """Judges lessons like any partition. Those of labels are imitated whatever the rules say.

    Args:
        imitation: makes the lessons, and is told which of them to leave out.
        environment: judges them.

    Attributes:
        worth: of the images that were judged, by name.
    """

    def __init__(self, imitation: Imitation, environment: SegmentationEnvironment) -> None:
        self.imitation = imitation
        self.environment = environment
        self.worth: dict[str, Worth] = {}

    def unknown(self, samples: Samples) -> Samples:
        """Those whose lessons come from the search and were not judged yet."""
        return samples.where(lambda facts: facts.name not in self.worth and not self.imitation.has_labels(facts))

    def judge(self, samples: Samples, mode: Callable[[Sample], npt.NDArray[np.floating]]) -> dict[str, Worth]:
        """What the lessons of some images are worth, by name. Nothing is remembered.

        Args:
            samples: the images.
            mode: the policy's (E,) most likely actions on one, in (0, 1).
        """
        # the first one alone, for the search says once what it cannot judge
        found = [self._worth(sample, mode(sample)) for sample in samples[:1]]
        at_once = AT_ONCE * self.environment.threads
        with ThreadPoolExecutor(self.environment.threads) as pool:
            for first in range(1, len(samples), at_once):
                part = [*samples[first : first + at_once]]
                found += pool.map(self._worth, part, [mode(sample) for sample in part])
        return {facts.name: worth for facts, worth in zip(samples.facts, found, strict=True)}

    def _worth(self, sample: Sample, actions: npt.NDArray[np.floating]) -> Worth:
        cut = self.imitation.lesson(sample).cut > 0
        labels = joined_by(sample.regions.num_nodes, sample.edge_index, ~cut)
        paid = float(self.environment.judge(sample, labels[None]).mean_reward[0])
        if not cut.any():
            return Worth(paid, "the search finds no object in it")
        covered = self.imitation.covered(Segments(sample.regions, labels[None]))
        if covered < LEAST_COVERED:
            what = f"the objects that the search finds cover {covered:.2%} of it, less than {LEAST_COVERED:.1%}"
            return Worth(paid, what)
        own = float(self.environment.step(sample, actions[None]).mean_reward[0])
        if paid < own:
            return Worth(paid, f"what the search finds is paid {paid:.3f}, what the policy finds {own:.3f}")
        return Worth(paid)

    def learn(self, found: Mapping[str, Worth]) -> None:
        """Remember what lessons are worth, and say which of them are not imitated, and why."""
        self.worth |= found
        refused = {name: worth.refused for name, worth in found.items() if worth.refused}
        self.imitation.refused |= refused.keys()
        for name in sorted(refused)[:MOST_NAMED]:
            rank_zero_info(f"warning: {name} is not imitated: {refused[name]}")
        if len(refused) > MOST_NAMED:
            rest = ", ".join(sorted(refused)[MOST_NAMED:])
            rank_zero_info(f"warning: {len(refused) - MOST_NAMED} more images are not imitated: {rest}")

    def compare(self, samples: Sequence[Sample], actions: Sequence[npt.NDArray[np.floating]]) -> dict[str, float]:
        """Sums over the images of a batch that were judged and are imitated, for `ImitationPhase.add`.

        Images for which the networks give no numbers are left out.

        Args:
            samples: the batch.
            actions: of each the policy's (E,) most likely ones, in (0, 1).
        """
        asked = [
            (sample, own[None])
            for sample, own in zip(samples, actions, strict=True)
            if sample.name in self.worth and sample.name not in self.imitation.refused and np.isfinite(own).all()
        ]
        outcomes = self.environment.step_batch([sample for sample, _ in asked], [own for _, own in asked])
        return {
            "policy": float(sum(outcome.mean_reward[0] for outcome in outcomes)),
            "teacher": sum(self.worth[sample.name].paid for sample, _ in asked),
            "images": float(len(asked)),
        }

    def state_dict(self) -> dict[str, list[float | str]]:
        """Plain values."""
        return {name: [worth.paid, worth.refused] for name, worth in self.worth.items()}

    def load_state_dict(self, state: Mapping[str, Sequence[float | str]]) -> None:
        """Counterpart of `state_dict`."""
        self.worth = {name: Worth(float(paid), str(refused)) for name, (paid, refused) in state.items()}
        self.imitation.refused = {name for name, worth in self.worth.items() if worth.refused}
