"""Gaussian filters and their derivatives."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from rlseg.arrays import Floats, Map, ndimage
from rlseg.jit import jit


def gaussian_filter(
    image: Map, sigma: float, order: tuple[int, int] = (0, 0), spacing: tuple[float, ...] = (1.0, 1.0)
) -> Map:
    """What `scipy.ndimage.gaussian_filter` finds of float64, two to four times faster: whole rows are summed at once.

    Args:
        image: (H, W) float64; at the border it is mirrored. A volume (Z, H, W) is filtered by scipy.
        sigma: px.
        order: of the derivatives along the rows' numbers and along the columns'; of images alone.
        spacing: sides of a voxel in px; pixels of images are square.

    Returns:
        (H, W) or (Z, H, W).
    """
    if image.ndim == 3:
        return np.asarray(ndimage.gaussian_filter(image, [sigma / side for side in spacing]))
    image = np.ascontiguousarray(image)
    if image.dtype != np.float64 or not image.size:
        return np.asarray(ndimage.gaussian_filter(image, sigma, order=order))
    if sigma <= 1e-15:  # scipy's limit
        return image.copy()
    down, across = _weights(sigma, order[0]), _weights(sigma, order[1])
    return _filter(image, down, across, order[0] % 2 == 1, order[1] % 2 == 1)


def gradient_magnitude(image: Map, sigma: float, spacing: tuple[float, ...] = (1.0, 1.0)) -> Map:
    """What `scipy.ndimage.gaussian_gradient_magnitude` finds of float64.

    Args:
        image: (H, W) or (Z, H, W) float64.
        sigma: px.
        spacing: sides of a voxel in px.

    Returns:
        (H, W) or (Z, H, W), per px.
    """
    if image.ndim == 3:
        sigmas = [sigma / side for side in spacing]
        slopes = [_slope(image, sigmas, axis) / spacing[axis] for axis in range(3)]
        return np.sqrt(sum(slope * slope for slope in slopes))
    down, across = gaussian_filter(image, sigma, (1, 0)), gaussian_filter(image, sigma, (0, 1))
    return np.sqrt(down * down + across * across)


def _slope(volume: Map, sigmas: list[float], axis: int) -> Map:
    """(Z, H, W) derivative along an axis per voxel.

    Where sigma is less than a voxel scipy's weights of a derivative find too little of a slope, a fifth of it at 1 / 3:
    they are made to find the whole.
    """
    line = np.arange(-50.0, 51.0)
    found = ndimage.gaussian_filter1d(line, sigmas[axis], order=1)[50]
    order = [int(k == axis) for k in range(3)]
    return np.asarray(ndimage.gaussian_filter(volume, sigmas, order=order)) / found


@lru_cache(64)
def _weights(sigma: float, order: int) -> Floats:
    """(2 R + 1,) what scipy weighs the neighbours with, from the first to the last, rounded as it does."""
    radius = int(4.0 * sigma + 0.5)
    x = np.arange(-radius, radius + 1)
    bell = np.exp(-0.5 / (sigma * sigma) * x**2)
    bell /= bell.sum()
    if order == 0:
        return bell
    # a derivative makes another polynomial of the one before the bell
    powers = np.arange(order + 1)
    derivative = np.diag(powers[1:], 1) + np.diag(np.ones(order) / -(sigma * sigma), -1)
    factors = np.zeros(order + 1)
    factors[0] = 1
    for _ in range(order):
        factors = derivative.dot(factors)
    return np.ascontiguousarray(((x[:, None] ** powers).dot(factors) * bell)[::-1])


@jit
def _filter(image: Map, down: Floats, across: Floats, odd_down: bool, odd_across: bool) -> Map:
    """Along the columns, then along the rows; the sums are in the order of scipy, so that they round alike."""
    height, width = image.shape
    radius = len(down) // 2
    found = np.empty((height, width))
    row = np.empty(width)
    padded = np.empty(width + 2 * radius)
    columns = np.array([_mirrored(c - radius, width) for c in range(len(padded))])
    for r in range(height):
        for c in range(width):
            row[c] = image[r, c] * down[radius]
        for k in range(radius):
            above, below = image[_mirrored(r - radius + k, height)], image[_mirrored(r + radius - k, height)]
            weight = down[k]
            if odd_down:
                for c in range(width):
                    row[c] += (above[c] - below[c]) * weight
            else:
                for c in range(width):
                    row[c] += (above[c] + below[c]) * weight
        for c in range(len(padded)):
            padded[c] = row[columns[c]]
        line = found[r]
        for c in range(width):
            line[c] = padded[c + radius] * across[radius]
        for k in range(radius):
            weight = across[k]
            left, right = padded[k : k + width], padded[2 * radius - k : 2 * radius - k + width]
            if odd_across:
                for c in range(width):
                    line[c] += (left[c] - right[c]) * weight
            else:
                for c in range(width):
                    line[c] += (left[c] + right[c]) * weight
    return found


@jit
def _mirrored(i: int, length: int) -> int:
    """The pixel of a row that stands for number i, which may lie before or behind it."""
    i %= 2 * length
    return min(i, 2 * length - 1 - i)
