"""Central moments and Hu's invariants of masks from the sums over their pixels (numba)."""

from __future__ import annotations

from rlseg.arrays import Floats, np
from rlseg.jit import compiled


@compiled
def covariances(area: Floats, sums: Floats) -> Floats:
    """Covariance matrices of the pixel coordinates.

    The sums are whole numbers far larger than the result, so they are first moved to the pixel next to the centroid,
    which is exact while they stay under 2^53. Then one rounding is left: lines have no width, and axes of equal length
    are equal.

    Args:
        area: (M,) pixels.
        sums: (M, 5) sums over the pixels of r, c, r*r, r*c, c*c.

    Returns:
        (M, 3) variance of r, covariance, variance of c, in px^2.
    """
    result = np.empty((len(area), 3))
    for m in range(len(area)):
        n = area[m]
        r, c, rr, rc, cc = _second_from_near(n, sums[m])
        result[m, 0] = (n * rr - r * r) / (n * n)
        result[m, 1] = (n * rc - r * c) / (n * n)
        result[m, 2] = (n * cc - c * c) / (n * n)
    return result


def axis_variances(voxels: Floats, sums: Floats, spacing: tuple[float, ...], filled: bool = False) -> Floats:
    """Variances along the principal axes of what fills voxels.

    Args:
        voxels: (M,) their number.
        sums: (M, 9) sums over the voxels of z, r, c, zz, zr, zc, rr, rc, cc.
        spacing: sides of a voxel in px.
        filled: whether a voxel is a box; else it is its centre, as for scikit-image.

    Returns:
        (M, 3) the largest first, in px^2; what rounding leaves of a plane, a line or a point is 0.
    """
    places = sums[:, :3]
    near = np.round(places / voxels[:, None])  # from there the sums are small whole numbers, exact
    rest = places - voxels[:, None] * near
    matrix = np.empty((len(voxels), 3, 3))
    for column, (i, j) in enumerate([(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)], start=3):
        moved = sums[:, column] - near[:, i] * places[:, j] - near[:, j] * rest[:, i]
        value = (voxels * moved - rest[:, i] * rest[:, j]) / voxels**2
        own = spacing[i] ** 2 / 12 if filled and i == j else 0.0
        matrix[:, i, j] = matrix[:, j, i] = value * spacing[i] * spacing[j] + own
    found = np.linalg.eigvalsh(matrix)[:, ::-1]
    return np.where(found < 1e-9, 0.0, found).astype(np.float64)


def principal_variances(covariance: Floats) -> tuple[Floats, Floats]:
    """Larger and smaller eigenvalue of covariance matrices (M, 3) as `covariances` gives them; (M,) each, in px^2."""
    rr, rc, cc = covariance.T
    middle = (rr + cc) / 2
    spread = np.sqrt(((rr - cc) / 2) ** 2 + rc**2)
    # what rounding leaves of a line or a point
    small = middle - spread
    small[small < 1e-9] = 0.0
    return middle + spread, small


@compiled
def central_moments(area: Floats, sums: Floats, third: Floats) -> Floats:
    """Moments about the centroid, with the digits kept as in `covariances`.

    Args:
        area: (M,) pixels.
        sums: (M, 5) sums over the pixels of r, c, r*r, r*c, c*c.
        third: (M, 4) sums of r*r*r, r*r*c, r*c*c, c*c*c.

    Returns:
        (M, 7) sums over the pixels of rr, rc, cc, rrr, rrc, rcc, ccc, with r and c from the centroid.
    """
    result = np.empty((len(area), 7))
    for m in range(len(area)):
        n = area[m]
        near = _third_about(n, sums[m], third[m], round(sums[m, 0] / n), round(sums[m, 1] / n))
        r, c, rr, rc, cc = _second_from_near(n, sums[m])
        # the rest of the way, at most half a pixel
        rest = np.array([r, c, rr, rc, cc])
        result[m, :3] = rr - r * r / n, rc - r * c / n, cc - c * c / n
        result[m, 3:] = _third_about(n, rest, near, r / n, c / n)
    return result


@compiled
def _second_from_near(n: float, sums: Floats) -> tuple[float, float, float, float, float]:
    """Sums of r, c, rr, rc, cc with coordinates from the pixel next to the centroid."""
    r, c = sums[0], sums[1]
    a, b = round(r / n), round(c / n)
    rr = sums[2] - 2 * a * r + n * a * a
    rc = sums[3] - a * c - b * r + n * a * b
    cc = sums[4] - 2 * b * c + n * b * b
    return r - n * a, c - n * b, rr, rc, cc


@compiled
def _third_about(n: float, sums: Floats, third: Floats, a: float, b: float) -> Floats:
    """Sums of rrr, rrc, rcc, ccc with coordinates from (a, b)."""
    r, c, rr, rc, cc = sums
    return np.array(
        [
            third[0] - 3 * a * rr + 3 * a * a * r - n * a * a * a,
            third[1] - 2 * a * rc - b * rr + a * a * c + 2 * a * b * r - n * a * a * b,
            third[2] - 2 * b * rc - a * cc + b * b * r + 2 * a * b * c - n * a * b * b,
            third[3] - 3 * b * cc + 3 * b * b * c - n * b * b * b,
        ]
    )


def hu_invariants(area: Floats, central: Floats) -> Floats:
    """Hu's seven invariants of translation, rotation and size (M. K. Hu, IRE Trans. Info. Theory 8, 1962, 179-187).

    Args:
        area: (M,) areas.
        central: (M, 7) central moments as `central_moments` gives them.

    Returns:
        (M, 7), as `skimage.measure.moments_hu` gives them; the last one changes its sign when mirrored.
    """
    order = np.array([2, 2, 2, 3, 3, 3, 3])
    n20, n11, n02, n30, n21, n12, n03 = (central / area[:, None] ** (1 + order / 2)).T
    p, q = n30 + n12, n21 + n03
    x, y = n30 - 3 * n12, 3 * n21 - n03
    difference = n20 - n02
    return np.stack(
        [
            n20 + n02,
            difference**2 + 4 * n11**2,
            x**2 + y**2,
            p**2 + q**2,
            x * p * (p**2 - 3 * q**2) + y * q * (3 * p**2 - q**2),
            difference * (p**2 - q**2) + 4 * n11 * p * q,
            y * p * (p**2 - 3 * q**2) - x * q * (3 * p**2 - q**2),
        ],
        axis=1,
    )
