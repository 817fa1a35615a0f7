"""How a training starts: with lessons that are worth it, as long as they are better than the policy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from lightning.pytorch import Trainer

from rlseg.data import Samples
from rlseg.environment import SegmentationEnvironment
from rlseg.graph import Sample
from rlseg.training.imitation import Imitation, ImitationConfig
from rlseg.training.imitation_phase import ImitationPhase
from rlseg.training.ranks import join_over_ranks, mean_over_ranks
from rlseg.training.teacher import Teacher


class Start:
    """The imitation of a training, the same in all processes.

    Args:
        config: its settings.
        environment: judges lessons and the policy.

    Attributes:
        imitation: the lessons; teacher: what they are worth; phase: how long they last.
    """

    def __init__(self, config: ImitationConfig, environment: SegmentationEnvironment) -> None:
        self.imitation = Imitation(environment.reward, config)
        self.teacher = Teacher(self.imitation, environment)
        self.phase = ImitationPhase(config.steps, config.share)

    def look_ahead(
        self,
        trainer: Trainer,
        number: int,
        samples: Samples,
        mode: Callable[[Sample], npt.NDArray[np.floating]],
    ) -> None:
        """See which lessons are worth it, and end the imitation if none is. The processes share the images.

        Args:
            trainer: of all processes.
            number: of batches that are over.
            samples: those that are to be imitated.
            mode: (E,) the policy's most likely actions on one, in (0, 1).
        """
        unknown = self.teacher.unknown(samples)
        mine = unknown[trainer.global_rank :: trainer.world_size]
        self.teacher.learn(join_over_ranks(trainer, self.teacher.judge(mine, mode)))
        if all(facts.name in self.imitation.refused for facts in samples.facts):
            self.phase.end(number, "no image has a lesson that is worth it")

    def look_back(
        self, trainer: Trainer, number: int, samples: Sequence[Sample], actions: Sequence[npt.NDArray[np.floating]]
    ) -> None:
        """End the imitation if the policy has become better than what it imitates.

        Args:
            trainer: of all processes.
            number: of the batch, from 0.
            samples: the batch.
            actions: of each the policy's (E,) most likely ones, in (0, 1).
        """
        self.phase.add(number, mean_over_ranks(trainer, self.teacher.compare(samples, actions)))

    def state_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"phase": self.phase.state_dict(), "worth": self.teacher.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any] | None, batches: int) -> None:
        """Counterpart of `state_dict`.

        Args:
            state: None if the checkpoint is older than this; then the steps of the settings were imitated.
            batches: that are over.
        """
        steps = self.imitation.config.steps
        if state is None:
            state = {"phase": {"length": steps if batches >= steps else None, "paid": []}, "worth": {}}
        self.phase.load_state_dict(state["phase"])
        self.teacher.load_state_dict(state["worth"])
