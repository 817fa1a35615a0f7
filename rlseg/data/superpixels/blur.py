"""Blurred images: people outline their objects further out, where the halo begins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from rlseg.arrays import Floats, Ints, Map
from rlseg.data.filters import gradient_magnitude
from rlseg.data.superpixels.brightness import Brightness
from rlseg.graph import pieces_of


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

    def applies(self, slope: float) -> bool:
        """Whether an image with this `outline_slope` is blurred."""
        return slope < self.slope

    def __call__(self, brightness: Brightness, slope: float | None = None) -> Brightness:
        """The same image with its two maps corrected, if it is blurred; what lies below the background stays.

        Args:
            brightness: of an image, or of a part of one.
            slope: `outline_slope` of the whole image; that of this one if not given.
        """
        # no slope is below 0, and to measure it takes time
        if self.slope == 0 or not self.applies(outline_slope(brightness.level) if slope is None else slope):
            return brightness
        level = np.where(brightness.level > 0, np.abs(brightness.level) ** self.exponent, brightness.level)
        return replace(brightness, level=level, above=brightness.above**self.exponent, exponent=self.exponent)


def outline_slope(level: Map) -> float:
    """How steep the outlines of an image are: the median of `outline_slopes`. Infinite if there are none."""
    slopes, _ = outline_slopes(level)
    return float(np.median(slopes)) if len(slopes) else np.inf


def outline_slopes(level: Map, least_area: int = 20) -> tuple[Floats, Ints]:
    """How steep the outlines of bright pieces are.

    Args:
        level: (H, W) relative brightness, 0 = local background, 1 = local peak.
        least_area: pixels; smaller bright pieces do not count.

    Returns:
        (P,) relative brightness per pixel: of each connected piece above one half, the mean gradient magnitude on its
        outermost pixels; and (P, 4) the pieces' first row and column, last row and column plus 1.
    """
    slope = gradient_magnitude(np.clip(level, 0.0, 1.5), 0.7)
    bright = level > 0.5
    pieces, count = pieces_of(bright)
    around = np.pad(bright, 1)
    inner = around[:-2, 1:-1] & around[2:, 1:-1] & around[1:-1, :-2] & around[1:-1, 2:]
    rim = np.flatnonzero(bright & ~inner)
    piece = pieces.ravel()[rim]
    outermost = np.bincount(piece, minlength=count + 1)
    # every piece has a rim; number 0 is what is in none
    ids = np.flatnonzero(np.bincount(pieces.ravel(), minlength=count + 1)[1:] >= least_area) + 1
    # the rim of a piece reaches as far as the piece
    boxes = np.empty((count + 1, 4), np.int64)
    boxes[:, :2], boxes[:, 2:] = max(bright.shape), 0
    for axis, place in enumerate(np.divmod(rim, bright.shape[1])):
        np.minimum.at(boxes[:, axis], piece, place)
        np.maximum.at(boxes[:, axis + 2], piece, place + 1)
    return np.bincount(piece, slope.ravel()[rim], count + 1)[ids] / outermost[ids], boxes[ids]
