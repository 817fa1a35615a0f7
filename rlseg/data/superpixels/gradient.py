"""Superpixels as basins of the smoothed gradient."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from rlseg.data.filters import gradient_magnitude, watershed
from rlseg.data.superpixels.base import Superpixels
from rlseg.data.superpixels.brightness import Brightness
from rlseg.data.superpixels.fragments import merge_fragments


class GradientWatershed(Superpixels):
    """Watershed of the Gaussian gradient magnitude of the square-rooted image: outlines at the steepest slope.

    Attributes:
        sigma: width of the Gaussian derivative in pixels. Too much smoothing is the most common loss of accuracy.
        min_size: superpixels with fewer pixels join the most similar neighbour.
    """

    kind: Literal["gradient_watershed"] = "gradient_watershed"
    sigma: float = Field(default=1.5, gt=0)
    min_size: int = Field(default=20, ge=1)

    def __call__(self, image: npt.NDArray[np.float32], brightness: Brightness | None = None) -> npt.NDArray[np.int32]:
        """Superpixels of a (C, H, W) image in [0, 1]: (H, W) int32, ids 0..N-1. The brightness is not needed."""
        root = np.sqrt(np.clip(image, 0, None)).astype(np.float64)
        gradient = np.sqrt(sum(gradient_magnitude(channel, self.sigma) ** 2 for channel in root))
        # a flat gradient has no minimum, so that no pixel gets a basin
        basins = np.maximum(watershed(gradient) - 1, 0)
        return merge_fragments(basins, root, self.min_size)
