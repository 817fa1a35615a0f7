"""A trained model applied to new images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from pydantic import ValidationError

from rlseg.agent import SquashedNormal, UnionGraph
from rlseg.arrays import Floats, Ints
from rlseg.data import Preparation
from rlseg.environment import Segmentation
from rlseg.errors import RlsegError
from rlseg.graph import collate
from rlseg.models import read_model
from rlseg.prediction.tiling import Judge, LargeSegmentation, Tiling, Workers, segment_large
from rlseg.training import SegmentationModule


class Predictor:
    """Everything a model carries: networks, resolved reward, superpixel and normalisation settings.

    Args:
        checkpoint: file written by `rlseg fit`, or folder written by `rlseg export`.
        device: "cpu", "cuda" or "auto" (a GPU if there is one).
        allow: packages from which terms of your own may be imported, if the reward file has any.

    Raises:
        RlsegError: it is no model, or not one of this version of rlseg.
    """

    def __init__(self, checkpoint: Path, device: str = "auto", allow: Sequence[str] = ()) -> None:
        content = read_model(checkpoint)
        settings = dict(content["hyper_parameters"])
        try:
            preparation = Preparation.model_validate(content["preparation"])
            self.module = SegmentationModule(**settings, allow=tuple(allow))
            self.module.check_weights(content["state_dict"])
            self.module.load_state_dict(content["state_dict"])
        except (ValidationError, TypeError, RuntimeError, KeyError) as error:
            first = str(error).splitlines()[0]
            raise RlsegError(f"{checkpoint} does not fit this version of rlseg: {first}") from error
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
        self, raw: npt.NDArray[np.float32], tiling: Tiling, workers: Workers, measure: bool = False
    ) -> LargeSegmentation:
        """Segment one image tile by tile. raw: (C, H, W); measure: with the columns of a table of objects."""
        module, networks = self.module, self.module.networks
        judge = Judge(module.reward, module.refinement, module.min_score, measure)

        @torch.no_grad()
        def policy(
            nodes: npt.NDArray[np.float32], edges: npt.NDArray[np.float32], edge_index: Ints, pooled: Floats | None
        ) -> Floats:
            values = None if pooled is None else torch.from_numpy(pooled).float().to(module.device)
            index = torch.from_numpy(edge_index).to(module.device)
            seen_nodes, seen_edges = networks.join(
                torch.from_numpy(nodes).to(module.device), torch.from_numpy(edges).to(module.device), index, values
            )
            mean, std = module.learner.actor(seen_nodes, seen_edges, UnionGraph.single(index, len(nodes)))
            return SquashedNormal(mean, std).mode().double().cpu().numpy()

        @torch.no_grad()
        def pixel_features(unit: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
            assert networks.unet is not None
            return networks.unet.of_images([torch.from_numpy(unit).to(module.device)])[0].cpu().numpy()

        pixels = None if networks.unet is None else pixel_features
        return segment_large(raw, self.preparation, policy, pixels, judge, tiling, workers)

    def __call__(self, raw: npt.NDArray[np.floating], name: str = "") -> Segmentation:
        """Segment one image. raw: (C, H, W) finite intensities as stored in the file."""
        batch = collate([self.preparation(raw, name)]).to(self.module.device)
        return self.module.segment(batch)[0]
