"""A trained model applied to new images."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from rlseg.agent import PlainPolicy
from rlseg.data import Preparation
from rlseg.environment import Refinement, Segmentation, SegmentationEnvironment, refuse_no_numbers, segment
from rlseg.errors import RlsegError
from rlseg.io import PixelSize, distance_told
from rlseg.models import Reference, read_arrays, read_model
from rlseg.prediction.plain_agent import PlainAgent, policy_of
from rlseg.rewards import Reward
from rlseg.rewards.language import stored_reward

if TYPE_CHECKING:
    from rlseg.graph import Sample
    from rlseg.prediction.tiling import Agent, LargeSegmentation, Tiling, Workers
    from rlseg.rewards.film import Neighbours
    from rlseg.training import Segmenter


class Predictor:
    """Everything a model carries: networks, resolved reward, superpixel and normalisation settings.

    Where features are measured and there is no critic, the policy works on arrays (`PlainPolicy`), and torch, whose
    import takes longer than most predictions, is not needed.

    Args:
        checkpoint: file written by `rlseg fit`, or folder written by `rlseg export`.
        device: "cpu", "cuda" or "auto" (a GPU if there is one that can help: a policy on arrays needs none).
        allow: packages from which terms of your own may be imported, if the reward file has any.

    Attributes:
        policy: that works on arrays, or None.
        reward, environment, refinement, min_score: of the model, see `rlseg.training.SegmentationModule`.
        preparation: how images become graphs.
        reference: what was found on the images of the last validation; None for models of before it was kept.

    Raises:
        RlsegError: it is no model, or not one of this version of rlseg.
    """

    def __init__(self, checkpoint: Path, device: str = "auto", allow: Sequence[str] = ()) -> None:
        plain = read_arrays(checkpoint)
        self._content: dict[str, Any] = read_model(checkpoint) if plain is None else plain
        self.policy: PlainPolicy | None = None if plain is None or device == "cuda" else policy_of(plain)
        self._device, self._allow = device, tuple(allow)
        self._choice: Callable[[Segmentation], Segmentation] | None = None
        self._neighbours: Neighbours | None = None
        try:
            preparation = Preparation.model_validate(self._content["preparation"])
            known = self._content.get("reference")
            self.reference = None if known is None else Reference.model_validate(known)
            if self.policy is None:
                rules: Any = self.module
                self.reward, self.environment, self.refinement = rules.reward, rules.environment, rules.refinement
                self.min_score: float = rules.min_score
            else:
                settings = self._content["hyper_parameters"]
                self.reward = Reward(stored_reward(settings["reward_text"], "checkpoint", self._allow))
                self.environment = SegmentationEnvironment(self.reward, settings["threads"])
                asked = settings["refinement"]
                self.refinement = None if asked is None else Refinement.model_validate(asked)
                self.min_score = settings["min_score"]
        except (ValidationError, TypeError, RuntimeError, KeyError) as error:
            first = str(error).splitlines()[0]
            raise RlsegError(f"{checkpoint} does not fit this version of rlseg: {first}") from error
        self.reward.refuse_without_proposals(preparation.proposals is not None)
        # the truth is not known for new images
        self.preparation = preparation.model_copy(update={"intersect_with_truth": False})

    @cached_property
    def module(self) -> Segmenter:
        """The networks, with torch.

        Raises:
            RlsegError: the weights do not fit, or there is no GPU where one was asked for.
        """
        import torch

        from rlseg.training import Segmenter

        weights = {name: torch.as_tensor(values) for name, values in self._content["state_dict"].items()}
        module = Segmenter.of_settings(dict(self._content["hyper_parameters"]), self._allow)
        module.check_weights(weights)
        module.load_state_dict(weights)
        if self._device == "cuda" and not torch.cuda.is_available():
            raise RlsegError("there is no GPU that torch can use", "leave out --device cuda")
        chosen = "cuda" if self._device == "auto" and torch.cuda.is_available() else self._device
        return module.to("cpu" if chosen == "auto" else chosen).eval()

    def with_min_score(self, min_score: float) -> Predictor:
        """The same, but objects that are paid at least this are kept."""
        other = copy(self)
        other.min_score = min_score
        if self.policy is None:
            other.module = copy(self.module)
            other.module.min_score = min_score
        return other

    def with_choice(self, choice: Callable[[Segmentation], Segmentation]) -> Predictor:
        """The same, but of each image looked at as a whole that is given which `choice` makes of what was found."""
        other = copy(self)
        other._choice = choice
        return other

    def with_neighbours(self, neighbours: Neighbours) -> Predictor:
        """The same for a frame of a film of which is known what lies around it."""
        other = copy(self)
        other._neighbours = neighbours
        return other

    def with_plane_distance(self, distance: float) -> Predictor:
        """The same for volumes whose planes are this far apart, in sides of a pixel, unless their files say it.

        Raises:
            RlsegError: it is a model of images, or this is no distance.
        """
        if not self.preparation.volume:
            raise RlsegError("--plane-distance says how far planes of volumes are apart, and this is a model of images")
        other = copy(self)
        other.preparation = self.preparation.model_copy(update={"plane_distance": distance_told(distance)})
        return other

    @property
    def has_critic(self) -> bool:
        """Whether it knows the value of edges."""
        return self.policy is None and self.module.learner.has_critic

    @property
    def in_pixels(self) -> bool:
        """Whether its rules speak of px."""
        return self.reward.file.units.length == "px"

    @property
    def channels(self) -> int:
        """Number of channels an image must have."""
        return int(self._content["hyper_parameters"]["columns"]["channels"])

    def spare_threads(self) -> None:
        """See `rlseg.agent.spare_threads`; a policy on arrays has no threads."""
        if self.policy is None:
            from rlseg.agent import spare_threads

            spare_threads(self.module)

    def large(
        self,
        raw: npt.NDArray[np.float32],
        tiling: Tiling,
        workers: Workers,
        measure: bool = False,
        size: PixelSize | None = None,
        name: str = "",
    ) -> LargeSegmentation:
        """Segment one image tile by tile.

        Args:
            raw: (C, H, W) finite intensities as stored in the file.
            tiling, workers: how, and by whom.
            measure: ask the critic, if there is one, for the table.
            size: of the pixels, for reward files in um; what the model knows if None.
            name: of the image, for messages.

        Raises:
            RlsegError: the networks give no numbers.
        """
        from rlseg.prediction.tiling import Judge, segment_large  # not at the top: most images are small

        judge = Judge(self.environment, self.refinement, self.min_score)
        asked = measure and self.has_critic
        return segment_large(raw, self.preparation, self._agent(), judge, tiling, workers, asked, size, name)

    def _agent(self) -> Agent:
        if self.policy is not None:
            return PlainAgent(self.policy)
        from rlseg.prediction.whole_graph import WholeGraph

        return WholeGraph(self.module, self.preparation)

    def __call__(self, raw: npt.NDArray[np.floating], name: str = "", size: PixelSize | None = None) -> Segmentation:
        """Segment one image. raw: (C, H, W) finite intensities as stored in the file; size: as in `large`."""
        found = self._found(raw, name, size)
        return found if self._choice is None else self._choice(found)

    def _tell_neighbours(self, sample: Sample) -> None:
        from rlseg.rewards.film import Neighbours

        if self._neighbours is None:
            warnings.warn(
                "the frames before and after are not known: objects are paid as if all of them went on (tracks.pay)",
                stacklevel=2,
            )
        (self._neighbours or Neighbours.none()).tell(sample.regions)

    def _found(self, raw: npt.NDArray[np.floating], name: str, size: PixelSize | None) -> Segmentation:
        sample = self.preparation(raw, name, pixel_size=size)
        if self.reward.looks_at_neighbours:
            self._tell_neighbours(sample)
        if self.policy is None:
            from rlseg.graph import collate

            return self.module.segment(collate([sample]).to(self.module.device))[0]
        actions = self.policy.actions(sample.node_features, sample.edge_features, sample.edge_index)
        refuse_no_numbers(actions, name)
        return segment(sample, actions, self.environment, self.refinement, self.min_score)
