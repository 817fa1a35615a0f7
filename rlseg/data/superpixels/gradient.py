"""Superpixels as basins of the smoothed gradient."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from rlseg.data.filters import gradient_magnitude, watershed
from rlseg.data.superpixels.base import Superpixels
from rlseg.data.superpixels.brightness import Brightness, least_size
from rlseg.data.superpixels.fragments import merge_fragments


class GradientWatershed(Superpixels):
    """Watershed of the Gaussian gradient magnitude of the square-rooted image: outlines at the steepest slope.

    Attributes:
        sigma: width of the Gaussian derivative in pixels. Too much smoothing is the most common loss of accuracy.
        min_size: superpixels with fewer pixels join the most similar neighbour; in a volume, with fewer than are in a
            cube on the side of a square of so many pixels.
    """

    VOLUMES: ClassVar[bool] = True

    kind: Literal["gradient_watershed"] = "gradient_watershed"
    sigma: float = Field(default=1.5, gt=0)
    min_size: int = Field(default=20, ge=1)

    def __call__(self, image: npt.NDArray[np.float32], brightness: Brightness | None = None) -> npt.NDArray[np.int32]:
        """Superpixels of a (C, H, W) image in [0, 1]: (H, W) int32, ids 0..N-1.

        Of a volume (C, Z, H, W), whose brightness says how far its planes are apart; else it is not needed.
        """
        root = np.sqrt(np.clip(image, 0, None)).astype(np.float64)
        spacing = (1.0,) * (image.ndim - 1) if brightness is None else brightness.spacing
        gradient = np.sqrt(sum(gradient_magnitude(channel, self.sigma, spacing) ** 2 for channel in root))
        # a flat gradient has no minimum, so that no pixel gets a basin
        basins = np.maximum(watershed(gradient) - 1, 0)
        return merge_fragments(basins, root, least_size(self.min_size, spacing))
