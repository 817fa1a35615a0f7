"""Blurred images: people outline their objects further out, where the halo begins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from scipy import ndimage

from rlseg.data.superpixels.brightness import Brightness, Map


class BlurCorrection(BaseModel):
    """Bring the outlines of a blurred image to the relative brightness that outlines have in a sharp one.

    In a sharp image an outline belongs half way between the dark surroundings and the bright object; in a blurred one
    people put it lower. There the relative brightness is raised to a power below 1, so that "half way" means the same
    thing in both, to the superpixel features, the rewards and the refinement of outlines alike. Of the training nuclei
    the blurred fifth is outlined at .22 of the relative brightness and the others at .40; .22 ** .6 = .40.

    Attributes:
        slope: per pixel; an image whose `outline_slope` is below this is blurred. 0 leaves every image as it is.
        exponent: of the relative brightness of a blurred image.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    slope: float = Field(default=0.147, ge=0)
    exponent: float = Field(default=0.6, gt=0, le=1)

    def __call__(self, brightness: Brightness) -> Brightness:
        """The same image with its two maps corrected, if it is blurred; what lies below the background stays."""
        if outline_slope(brightness.level) >= self.slope:
            return brightness
        level = np.where(brightness.level > 0, np.abs(brightness.level) ** self.exponent, brightness.level)
        return replace(brightness, level=level, above=brightness.above**self.exponent)


def outline_slope(level: Map, least_area: int = 20) -> float:
    """How steep the outlines of an image are.

    Args:
        level: (H, W) relative brightness, 0 = local background, 1 = local peak.
        least_area: pixels; smaller bright pieces do not count.

    Returns:
        Relative brightness per pixel: of each connected piece above one half, the mean gradient magnitude on its
        outermost pixels; the median over the pieces. Infinite if there are none.
    """
    slope = ndimage.gaussian_gradient_magnitude(np.clip(level, 0.0, 1.5), 0.7)
    bright = level > 0.5
    pieces, count = ndimage.label(bright)
    ids = np.flatnonzero(np.bincount(pieces.ravel(), minlength=count + 1) >= least_area)
    rim = np.where(bright & ~ndimage.binary_erosion(bright), pieces, 0)
    ids = np.intersect1d(ids, rim[rim > 0])
    return float(np.median(ndimage.mean(slope, rim, ids))) if len(ids) else np.inf
