"""Pixel maps that the hand-crafted features average over superpixels and cracks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from rlseg.arrays import Map
from rlseg.data.superpixels import Brightness, depth


def feature_maps(
    image: npt.NDArray[np.float32], brightness: Brightness
) -> tuple[dict[str, Map], dict[str, npt.NDArray[np.int32]]]:
    """Maps of a (C, H, W) image in [0, 1] and its relative brightness.

    Returns:
        Named (H, W) maps: the square root of each channel, their smoothed gradient magnitude, the brightness relative
        to the local background and the local peak, and the depth inside bright regions; and named (H, W) group maps:
        the brightness basins and the bulges of the bright regions.
    """
    root = np.sqrt(np.clip(image, 0, None)).astype(np.float64)
    gradient = np.sqrt(sum(ndimage.gaussian_gradient_magnitude(channel, 1.0) ** 2 for channel in root))
    level = np.clip(brightness.level, 0.0, 1.5)
    maps: dict[str, Map] = {f"channel{i}": channel for i, channel in enumerate(root)}
    maps |= {"gradient": gradient, "brightness": level, "depth": np.log1p(depth(level > 0.3))}
    return maps, {"basin": brightness.basins, "bulge": brightness.shapes}
