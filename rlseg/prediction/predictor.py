"""A trained model applied to new images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from pydantic import ValidationError

from rlseg.data import Preparation
from rlseg.environment import Segmentation
from rlseg.errors import RlsegError
from rlseg.graph import collate
from rlseg.io import PixelSize
from rlseg.models import Reference, read_model
from rlseg.prediction.tiling import Judge, LargeSegmentation, Tiling, Workers, segment_large
from rlseg.prediction.whole_graph import WholeGraph
from rlseg.training import Segmenter


class Predictor:
    """Everything a model carries: networks, resolved reward, superpixel and normalisation settings.

    Args:
        checkpoint: file written by `rlseg fit`, or folder written by `rlseg export`.
        device: "cpu", "cuda" or "auto" (a GPU if there is one).
        allow: packages from which terms of your own may be imported, if the reward file has any.

    Attributes:
        module: the networks and the reward; preparation: how images become graphs.
        reference: what was found on the images of the last validation; None for models of before it was kept.

    Raises:
        RlsegError: it is no model, or not one of this version of rlseg.
    """

    def __init__(self, checkpoint: Path, device: str = "auto", allow: Sequence[str] = ()) -> None:
        content = read_model(checkpoint)
        settings = dict(content["hyper_parameters"])
        try:
            preparation = Preparation.model_validate(content["preparation"])
            known = content.get("reference")
            self.reference = None if known is None else Reference.model_validate(known)
            self.module = Segmenter.of_settings(settings, allow)
            self.module.check_weights(content["state_dict"])
            self.module.load_state_dict(content["state_dict"])
        except (ValidationError, TypeError, RuntimeError, KeyError) as error:
            first = str(error).splitlines()[0]
            raise RlsegError(f"{checkpoint} does not fit this version of rlseg: {first}") from error
        self.module.reward.refuse_without_proposals(preparation.proposals is not None)
        # the truth is not known for new images
        self.preparation = preparation.model_copy(update={"intersect_with_truth": False})
        if device == "cuda" and not torch.cuda.is_available():
            raise RlsegError("there is no GPU that torch can use", "leave out --device cuda")
        chosen = "cuda" if device == "auto" and torch.cuda.is_available() else device
        self.module.to("cpu" if chosen == "auto" else chosen).eval()

    @property
    def channels(self) -> int:
        """Number of channels an image must have."""
        assert self.module.columns is not None
        return self.module.columns.channels

    def large(
        self,
        raw: npt.NDArray[np.float32],
        tiling: Tiling,
        workers: Workers,
        measure: bool = False,
        size: PixelSize | None = None,
    ) -> LargeSegmentation:
        """Segment one image tile by tile.

        Args:
            raw: (C, H, W) finite intensities as stored in the file.
            tiling, workers: how, and by whom.
            measure: ask the critic, if there is one, for the table.
            size: of the pixels, for reward files in um; what the model knows if None.
        """
        module, preparation = self.module, self.preparation
        judge = Judge(module.environment, module.refinement, module.min_score)
        agent = WholeGraph(module, preparation.subgraph_sizes, preparation.seed)
        asked = measure and module.learner.has_critic
        return segment_large(raw, preparation, agent, judge, tiling, workers, asked, size)

    def __call__(self, raw: npt.NDArray[np.floating], name: str = "", size: PixelSize | None = None) -> Segmentation:
        """Segment one image. raw: (C, H, W) finite intensities as stored in the file; size: as in `large`."""
        batch = collate([self.preparation(raw, name, pixel_size=size)]).to(self.module.device)
        return self.module.segment(batch)[0]
