"""The outlines of `rlseg` for objects that another method has found.

Nothing is trained: what learning adds is the choice of the objects. The reward file, the refinement and the preparation
are those of an experiment's configuration.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from experiments import ROOT
from rlseg.arrays import AnyFloats, Labels
from rlseg.commands.reward.preparation import prepared_by
from rlseg.data import Preparation
from rlseg.environment import Refinement, refine_objects
from rlseg.errors import RlsegError
from rlseg.rewards import Reward
from rlseg.rewards.language import load_reward


@dataclass(frozen=True)
class OutlineRule:
    """Moves the outlines of objects as `rlseg` does after its multicut.

    Attributes:
        reward: judges each object before and after.
        refinement: where outlines are tried, and what reward they may cost.
        preparation: of the images.
    """

    reward: Reward
    refinement: Refinement
    preparation: Preparation

    @classmethod
    def of(cls, config: Path) -> OutlineRule:
        """The rule of a configuration of `rlseg fit`, whose reward file is named from the root of the repository.

        Raises:
            RlsegError: the configuration or its reward file cannot be used, it refines no outlines, or the reward file
                speaks of raw intensities, which baselines do not see.
        """
        preparation = prepared_by(config, None).preparation
        model = _model_section(config)
        refinement = model.get("refinement", {})
        if refinement is None:
            raise RlsegError(f"{config} refines no outlines", "name a configuration without model.refinement: null")
        try:
            settings = Refinement.model_validate(refinement)
        except ValidationError as error:
            raise RlsegError(f"{config}: model.refinement: {error.errors()[0]['msg']}") from None
        file = load_reward(ROOT / model["reward"])
        if file.units.intensity == "raw":
            raise RlsegError(f"{file.name} is about raw intensities", "name one with units: {intensity: unit}")
        return cls(Reward(file), settings, preparation)

    def __call__(self, image: AnyFloats, labels: Labels) -> Labels:
        """New outlines of the objects of one image.

        Args:
            image: (H, W) in [0, 1], normalised.
            labels: (H, W) int32, 0 = background, objects 1..n.

        Returns:
            (H, W) int32, 0 = background, objects 1..m, m <= n, see `refine_objects`.
        """
        # with superpixels, for the reward may ask how stable an object is, which they are told
        return refine_objects(self.preparation(image[None]), labels, self.reward, self.refinement)


@dataclass(frozen=True)
class Outlined:
    """A method followed by the outline rule of a configuration, which is read when the first image comes.

    Attributes:
        method: from (H, W) intensities in [0, 1] to (H, W) int32 labels, 0 = background.
        config: see `OutlineRule.of`.
    """

    method: Callable[[AnyFloats], Labels]
    config: Path

    @cached_property
    def rule(self) -> OutlineRule:
        """Of the configuration.

        Raises:
            RlsegError: see `OutlineRule.of`.
        """
        return OutlineRule.of(self.config)

    def __call__(self, image: AnyFloats) -> Labels:
        """Segment one image. image: (H, W) in [0, 1]; returns (H, W) int32, 0 = background.

        Raises:
            RlsegError: see `OutlineRule.of`.
        """
        return self.rule(image, self.method(image))


def _model_section(config: Path) -> dict[str, Any]:
    """The section of a configuration, known to be YAML, that names the reward file."""
    model = yaml.safe_load(config.read_text(encoding="utf-8")).get("model")
    if not isinstance(model, dict) or not isinstance(model.get("reward"), str):
        raise RlsegError(
            f"{config} names no reward file", "it says model: {reward: FILE} in a configuration of rlseg fit"
        )
    return model
