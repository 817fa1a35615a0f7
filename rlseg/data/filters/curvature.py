"""How strongly a picture curves downwards: what bright lines, and bright sheets of a volume, do across themselves."""

from __future__ import annotations

import numpy as np

from rlseg.arrays import Map
from rlseg.data.filters.gauss import gaussian_filter, scaled_hessian
from rlseg.jit import jit


def least_curvature(image: Map, sigma: float, spacing: tuple[float, ...] = (1.0, 1.0)) -> Map:
    """The smallest eigenvalue of the Hessian of the smoothed picture, times sigma^2; below 0 across a bright line.

    Of a volume it is that across a bright sheet or a bright line alike. Its planes may be farther apart than sigma, so
    that each direction is scaled by the width that it is really smoothed over, see `scaled_hessian`.

    Args:
        image: (H, W) or (Z, H, W) float64.
        sigma: px.
        spacing: sides of a pixel in px.

    Returns:
        Of this shape, in units of the picture.
    """
    if image.ndim == 3:
        hessian = scaled_hessian(image, sigma, spacing)
        found = np.empty(image.shape)
        _least_of_three(hessian.reshape(6, -1), found.reshape(-1))
        return found
    down, right, cross = (gaussian_filter(image, sigma, order=order) for order in ((2, 0), (0, 2), (1, 1)))
    return sigma**2 * ((down + right) / 2 - np.hypot((down - right) / 2, cross))


@jit
def _least_of_three(entries: Map, found: Map) -> None:
    """Smallest eigenvalues (P,) of symmetric matrices, (6, P) their entries 00, 11, 22, 01, 02 and 12.

    O. Smith, Eigenvalues of a symmetric 3 x 3 matrix (1961).
    """
    for p in range(len(found)):
        a, b, c, d, e, f = (
            entries[0, p], entries[1, p], entries[2, p], entries[3, p], entries[4, p], entries[5, p],
        )  # fmt: skip
        middle = (a + b + c) / 3
        a, b, c = a - middle, b - middle, c - middle
        spread = np.sqrt((a * a + b * b + c * c + 2 * (d * d + e * e + f * f)) / 6)
        if spread == 0:
            found[p] = middle
            continue
        half = (a * (b * c - f * f) - d * (d * c - f * e) + e * (d * f - b * e)) / (2 * spread**3)
        angle = np.arccos(min(max(half, -1.0), 1.0)) / 3
        found[p] = middle + 2 * spread * np.cos(angle + 2 * np.pi / 3)
