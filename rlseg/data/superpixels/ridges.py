"""How much each pixel looks like a bright line, or each voxel like a bright sheet: a boundary map of membranes."""

from __future__ import annotations

import numpy as np

from rlseg.arrays import Map
from rlseg.data.filters import gaussian_filter, least_curvature


def ridge_map(
    image: Map,
    sigma: float = 1.2,
    window: float = 12.0,
    floor: float = 0.025,
    gain: float = 3.0,
    spacing: tuple[float, ...] = (1.0, 1.0),
) -> Map:
    """Bright lines of an image, or bright sheets and lines of a volume, relative to how strong they are nearby.

    The response is sigma^2 max(-l, 0), where l is the smallest eigenvalue of the Hessian of the smoothed image (T.
    Lindeberg, Edge detection and ridge detection with automatic scale selection, 1998, at one scale). Faint membranes
    count as much as bright ones of another region, because it is divided by the local root mean square.

    Args:
        image: (H, W) or (Z, H, W) in [0, 1].
        sigma: Gaussian of the derivatives in px, about half the width of a line.
        window: Gaussian of the local mean square, px.
        floor: response below which nothing is a line, in units of the image; added to the root mean square.
        gain: a response of so many root mean squares counts as 1.
        spacing: sides of a pixel in px.

    Returns:
        Of this shape, in [0, 1], 0 = no line.
    """
    response = np.maximum(-least_curvature(image.astype(np.float64), sigma, spacing), 0)
    strength = np.sqrt(np.maximum(gaussian_filter(response**2, window, spacing=spacing), 0))
    return np.clip(response / (gain * (strength + floor)), 0, 1)
