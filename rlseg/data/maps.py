"""Pixel maps that the hand-crafted features average over superpixels and cracks."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Map
from rlseg.data.filters import gradient_magnitude
from rlseg.data.superpixels import Brightness, depth


def feature_maps(
    image: npt.NDArray[np.float32], brightness: Brightness
) -> tuple[dict[str, Map], dict[str, npt.NDArray[np.int32]]]:
    """Maps of a (C, H, W) or (C, Z, H, W) image in [0, 1] and its relative brightness.

    Returns:
        Named (H, W) maps: the square root of each channel, their smoothed gradient magnitude, the brightness relative
        to the local background and the local peak, and the depth inside bright regions; and named (H, W) group maps:
        the brightness basins and the bulges of the bright regions.
    """
    root = np.sqrt(np.clip(image, 0, None)).astype(np.float64)
    spacing = brightness.spacing
    gradient = np.sqrt(sum(gradient_magnitude(channel, 1.0, spacing) ** 2 for channel in root))
    level = np.clip(brightness.level, 0.0, 1.5)
    maps: dict[str, Map] = {f"channel{i}": channel for i, channel in enumerate(root)}
    maps |= {"gradient": gradient, "brightness": level, "depth": np.log1p(depth(level > 0.3, spacing))}
    return maps, {"basin": brightness.basins, "bulge": brightness.shapes}


def guide_of(feature: Mapping[str, npt.NDArray[np.float32]], guide: str) -> npt.NDArray[np.float32]:
    """The order in which the search that starts a training joins superpixels.

    Args:
        feature: name -> (E,) of the edges, see `rlseg.graph.edge_features`.
        guide: brightness, gradient or lines.

    Returns:
        (E,) the larger, the earlier the two ends of an edge are joined.
    """
    if guide == "lines":
        return -feature["lines_on_cracks"]
    if guide == "gradient":
        return -feature["gradient_on_cracks"]
    # a crack between two bulges counts as darker than any other: touching things are joined last
    return feature["brightness_on_cracks"] - 2 * (1 - feature["bulge_same"])
