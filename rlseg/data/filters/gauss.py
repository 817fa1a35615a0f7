"""Gaussian filters and their derivatives."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from rlseg.arrays import Floats, Map, ndimage
from rlseg.jit import jit

_LEAST = 1e-15
"""Sigma in pixels up to which scipy filters nothing."""


def gaussian_filter(
    image: Map, sigma: float, order: tuple[int, int] = (0, 0), spacing: tuple[float, ...] = (1.0, 1.0)
) -> Map:
    """What `scipy.ndimage.gaussian_filter` finds of float64, two to four times faster: whole rows are summed at once.

    Args:
        image: (H, W) or (Z, H, W) float64; at the border it is mirrored.
        sigma: px.
        order: of the derivatives along the rows' numbers and along the columns'; of images alone.
        spacing: sides of a voxel in px; pixels of images are square.

    Returns:
        (H, W) or (Z, H, W).
    """
    if image.ndim == 3:
        return _volume(image, [sigma / side for side in spacing], (0, 0, 0))
    image = np.ascontiguousarray(image)
    if image.dtype != np.float64 or not image.size:
        return np.asarray(ndimage.gaussian_filter(image, sigma, order=order))
    if sigma <= _LEAST:
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

    Where sigma is less than a voxel scipy's weights of a derivative find too little of a slope, a fifth of it at 1 / 3,
    and nothing below 1 / 8: they are made to find the whole.
    """
    sigmas = [max(sigma, 1 / 8) if k == axis else sigma for k, sigma in enumerate(sigmas)]
    line = np.arange(-50.0, 51.0)
    found = ndimage.gaussian_filter1d(line, sigmas[axis], order=1)[50]
    return _volume(volume, sigmas, (int(axis == 0), int(axis == 1), int(axis == 2))) / found


def _volume(volume: Map, sigmas: list[float], order: tuple[int, int, int]) -> Map:
    """(Z, H, W) filtered with a sigma in voxels and an order of the derivative along each axis."""
    volume = np.ascontiguousarray(volume)
    # pixels within a plane are square
    if volume.dtype != np.float64 or not volume.size or min(sigmas) <= _LEAST or sigmas[1] != sigmas[2]:
        return np.asarray(ndimage.gaussian_filter(volume, sigmas, order=order))
    weights = [_weights(sigma, n) for sigma, n in zip(sigmas, order, strict=True)]
    return _filter_volume(volume, *weights, *(n % 2 == 1 for n in order))


def scaled_hessian(volume: Map, sigma: float, spacing: tuple[float, ...]) -> Map:
    """Second derivatives of a smoothed volume times the widths that they are taken over, as of a scale space.

    Where sigma is less than a voxel the weights of scipy find curvature where all is bright and none where there is
    some: they are made to find none in a slope and the whole of a parabola. How wide they are then is measured on a
    power of four, of which a second derivative of a Gaussian finds 12 sigma^2.

    Args:
        volume: (Z, H, W) float64.
        sigma: px.
        spacing: sides of a voxel in px.

    Returns:
        (6, Z, H, W) along zz, rr, cc, zr, zc and rc, in units of the volume.
    """
    volume = np.ascontiguousarray(volume, np.float64)
    weights, widths = zip(*(_exact_weights(max(sigma / side, 1 / 4)) for side in spacing), strict=True)
    found = np.empty((6, *volume.shape))
    for k, (i, j) in enumerate(((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))):
        orders = [int(axis == i) + int(axis == j) for axis in range(3)]
        along = (weights[axis][order] for axis, order in enumerate(orders))
        found[k] = _filter_volume(volume, *along, *(order == 1 for order in orders))
        found[k] *= widths[i] * widths[j]
    return found


@lru_cache(64)
def _exact_weights(sigma: float) -> tuple[tuple[Floats, Floats, Floats], float]:
    """Weights of the orders 0 to 2, and how wide those of order 2 are, in voxels; see `scaled_hessian`."""
    bell, first, second = (_weights(sigma, order) for order in range(3))
    x = np.arange(len(bell)) - len(bell) // 2
    first = first / abs(float((x * first).sum()))
    second = second - second.sum() * bell
    second = second / (float((x**2 * second).sum()) / 2)
    return (bell, first, second), float(np.sqrt((x**4 * second).sum() / 12))


def gaussian_of_some(volume: Map, sigma: float, steps: tuple[int, ...], spacing: tuple[float, ...]) -> Map:
    """Every kth plane, mth row and nth column of `gaussian_filter` of a volume, about three times faster.

    Args:
        volume: (Z, H, W) float64.
        sigma: px.
        steps: k, m and n.
        spacing: sides of a voxel in px.

    Returns:
        (ceil(Z / k), ceil(H / m), ceil(W / n)).
    """
    sigmas = [sigma / side for side in spacing]
    if volume.dtype != np.float64 or not volume.size or min(sigmas) <= _LEAST:
        return gaussian_filter(volume, sigma, spacing=spacing)[tuple(slice(None, None, step) for step in steps)]
    return _filter_some(np.ascontiguousarray(volume), *(_weights(width, 0) for width in sigmas), *steps)


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
def _filter_volume(
    volume: Map, deep: Floats, down: Floats, across: Floats, odd_deep: bool, odd_down: bool, odd_across: bool
) -> Map:
    """Along the planes' numbers, then each plane."""
    found = np.empty(volume.shape)
    plane = np.empty(volume.shape[1:])
    for z in range(len(volume)):
        _across_planes(volume, z, deep, odd_deep, plane)
        found[z] = _filter(plane, down, across, odd_down, odd_across)
    return found


@jit
def _across_planes(volume: Map, z: int, deep: Floats, odd: bool, plane: Map) -> None:
    """Fill `plane` with what the planes around one add up to."""
    radius, depth = len(deep) // 2, len(volume)
    height, width = plane.shape
    for r in range(height):
        here, row = volume[z, r], plane[r]
        for c in range(width):
            row[c] = here[c] * deep[radius]
        for k in range(radius):
            one, other = volume[_mirrored(z - radius + k, depth), r], volume[_mirrored(z + radius - k, depth), r]
            weight = deep[k]
            if odd:
                for c in range(width):
                    row[c] += (one[c] - other[c]) * weight
            else:
                for c in range(width):
                    row[c] += (one[c] + other[c]) * weight


@jit
def _filter_some(volume: Map, deep: Floats, down: Floats, across: Floats, planes: int, rows: int, columns: int) -> Map:
    """`_filter_volume` of some voxels, without derivatives: what is not needed of a row is not summed."""
    depth, height, width = volume.shape
    found = np.empty((-(-depth // planes), -(-height // rows), -(-width // columns)))
    plane = np.empty((height, width))
    row = np.empty(width)
    below, aside = len(down) // 2, len(across) // 2
    for z in range(len(found)):
        _across_planes(volume, z * planes, deep, False, plane)
        for i in range(found.shape[1]):
            r = i * rows
            for c in range(width):
                row[c] = plane[r, c] * down[below]
            for k in range(below):
                one, other = plane[_mirrored(r - below + k, height)], plane[_mirrored(r + below - k, height)]
                weight = down[k]
                for c in range(width):
                    row[c] += (one[c] + other[c]) * weight
            for j in range(found.shape[2]):
                c = j * columns
                total = row[c] * across[aside]
                for k in range(aside):
                    left, right = row[_mirrored(c - aside + k, width)], row[_mirrored(c + aside - k, width)]
                    total += (left + right) * across[k]
                found[z, i, j] = total
    return found


@jit
def _mirrored(i: int, length: int) -> int:
    """The pixel of a row that stands for number i, which may lie before or behind it."""
    i %= 2 * length
    return min(i, 2 * length - 1 - i)
