"""How much each pixel looks like a bright line: a boundary map of images with stained membranes."""

from __future__ import annotations

import numpy as np

from rlseg.arrays import Map
from rlseg.data.filters import gaussian_filter


def ridge_map(image: Map, sigma: float = 1.2, window: float = 12.0, floor: float = 0.025, gain: float = 3.0) -> Map:
    """Bright lines of an image, relative to how strong lines are nearby.

    The response is sigma^2 max(-l, 0), where l is the smaller eigenvalue of the Hessian of the smoothed image (T.
    Lindeberg, Edge detection and ridge detection with automatic scale selection, 1998, at one scale). Faint membranes
    count as much as bright ones of another region, because it is divided by the local root mean square.

    Args:
        image: (H, W) in [0, 1].
        sigma: Gaussian of the derivatives in px, about half the width of a line.
        window: Gaussian of the local mean square, px.
        floor: response below which nothing is a line, in units of the image; added to the root mean square.
        gain: a response of so many root mean squares counts as 1.

    Returns:
        (H, W) in [0, 1], 0 = no line.
    """
    down, right, cross = (
        gaussian_filter(image.astype(np.float64), sigma, order=order) for order in ((2, 0), (0, 2), (1, 1))
    )
    smaller = (down + right) / 2 - np.hypot((down - right) / 2, cross)
    response = sigma**2 * np.maximum(-smaller, 0)
    strength = np.sqrt(np.maximum(gaussian_filter(response**2, window), 0))
    return np.clip(response / (gain * (strength + floor)), 0, 1)
