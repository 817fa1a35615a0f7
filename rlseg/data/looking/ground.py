"""How far each pixel is from the colour of the ground around it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats, Map, Pixels, ndimage
from rlseg.data.filters import between
from rlseg.data.looking.zoom import Zoom

_STEP = 4
# of the coarse grid: about six objects of 15 working pixels
_ACROSS = 23
_PASSES = 2


def distance_from_ground(pixels: Pixels, zoom: Zoom) -> Map:
    """Root mean square over the channels of the difference to the ground.

    The ground is the median of a window of about six objects, of which it must be more than half; then, twice, the
    mean of the window in which pixels count the less the farther they are from it, so that objects do not draw it
    towards themselves.

    Args:
        pixels: (C, H, W).
        zoom: to the grid on which objects are about 15 px wide.

    Returns:
        (H, W).
    """
    shape = (pixels.shape[1], pixels.shape[2])
    near = ndimage.gaussian_filter(zoom.to_working(pixels.astype(np.float64)), (0, 1, 1))
    coarse = near[:, ::_STEP, ::_STEP]
    ground = ndimage.median_filter(coarse, size=(1, _ACROSS, _ACROSS))
    for _ in range(_PASSES):
        ground = _mean_of_the_like(coarse, ground)
    ground = ndimage.gaussian_filter(ground, (0, 2, 2))
    total = np.zeros(shape)
    for channel, mine in zip(pixels, ground, strict=True):
        smooth = between(mine, (near.shape[1], near.shape[2]), _STEP)
        total += (channel - zoom.to_image(smooth, shape)) ** 2
    return np.asarray(np.sqrt(total / len(pixels)))


def _mean_of_the_like(coarse: Floats, ground: Floats) -> npt.NDArray[np.float64]:
    """(C, h, w) local means of the pixels that are like the ground so far."""
    away = np.sqrt(((coarse - ground) ** 2).mean(axis=0))
    usual = np.maximum(ndimage.median_filter(away, size=_ACROSS), 1e-6)
    weight = 1 / (1 + (away / usual) ** 2) ** 2
    sigma = (0, _ACROSS / 3, _ACROSS / 3)
    return np.asarray(ndimage.gaussian_filter(coarse * weight, sigma) / ndimage.gaussian_filter(weight, sigma[1:]))
