"""What learns from rewards: the learners by kind, each with its settings in one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlseg.kinds import any_of, find_kinds
from rlseg.training.learners.base import Learner, LearnerConfig, Parts, State, Step
from rlseg.training.learners.noise import step_noise
from rlseg.training.learners.policy_gradient import PolicyGradient

LEARNERS = find_kinds(__name__, LearnerConfig)  # type: ignore[type-abstract]

if TYPE_CHECKING:
    AnyLearner = LearnerConfig
else:
    AnyLearner = any_of(LEARNERS)

__all__ = [
    "LEARNERS",
    "AnyLearner",
    "Learner",
    "LearnerConfig",
    "Parts",
    "PolicyGradient",
    "State",
    "Step",
    "step_noise",
]
