"""How far from the expected value is how bad: distances to scores in [0, 1]."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from rlseg.arrays import Floats, np

KernelName = Literal["gaussian", "linear", "box", "ratio"]
Side = Literal["both", "above", "below"]


def gaussian(z: Floats) -> Floats:
    """exp(-z^2 / 2): 1 at z = 0, 0.61 at one scale, 0.14 at two."""
    return np.exp(-0.5 * z * z)


def linear(z: Floats) -> Floats:
    """max(0, 1 - |z|): 1 at z = 0, 0 from one scale on."""
    return np.maximum(0.0, 1.0 - np.abs(z))


def box(z: Floats) -> Floats:
    """1 within one scale (inclusive), 0 beyond."""
    return (np.abs(z) <= 1.0).astype(np.float64)


KERNELS: dict[str, Callable[[Floats], Floats]] = {"gaussian": gaussian, "linear": linear, "box": box}


def deviation(values: Floats, low: float, high: float, side: Side = "both") -> Floats:
    """Signed distance to the interval [low, high], 0 inside it and in the direction that is not wrong.

    Args:
        values: (M,) floats.
        low, high: the expected interval, low <= high, in the unit of the values.
        side: which direction is wrong: above the interval, below it, or both.

    Returns:
        (M,) floats in the unit of the values; positive above, negative below.
    """
    if side == "above":
        return np.maximum(values - high, 0.0)
    if side == "below":
        return np.minimum(values - low, 0.0)
    return values - np.minimum(np.maximum(values, low), high)


def deviation_on_circle(values: Floats, low: float, high: float, period: float) -> Floats:
    """Distance to the interval [low, high] of angles that repeat after a period, 0 inside it.

    Args:
        values: (M,) floats.
        low, high: the expected interval, low <= high, in the unit of the values; it holds every angle if it is as
            long as the period.
        period: after how much the angles repeat, such as 180 degrees for axes.

    Returns:
        (M,) floats in [0, period / 2], the way to the nearer end.
    """
    past_low = np.mod(values - low, period)
    past_high = past_low - (high - low)
    return np.where(past_high <= 0, 0.0, np.minimum(past_high, period - past_low))


def ratio(values: Floats, low: float, high: float, side: Side = "both") -> Floats:
    """min(x / low, high / x) clipped to [0, 1]; 1 inside the interval and in the direction that is not wrong.

    Args:
        values: (M,) floats; those of 0 and less are as far below as can be.
        low, high: the expected interval, 0 < low <= high.
        side: which direction is wrong.

    Returns:
        (M,) floats in [0, 1].
    """
    nearest = np.clip(values, -np.inf if side == "above" else low, np.inf if side == "below" else high)
    smaller, larger = np.minimum(values, nearest), np.maximum(values, nearest)
    scores = np.ones_like(values, dtype=np.float64)
    np.divide(smaller, larger, out=scores, where=smaller != larger)
    return np.clip(scores, 0.0, 1.0)


def closeness(
    values: Floats, low: float, high: float, scale: float | None, kernel: KernelName, side: Side = "both"
) -> Floats:
    """Scores of numbers that should lie in [low, high].

    Args:
        values: (M,) floats; infinite ones are as far off as can be.
        low, high: the expected interval, low <= high; 0 < low for kernel `ratio`.
        scale: the distance that is clearly worse; None for kernel `ratio`.
        kernel: how the distance in scales becomes a score.
        side: which direction is wrong.

    Returns:
        (M,) floats in [0, 1], 1 inside the interval.
    """
    if scale is None:
        return ratio(values, low, high, side)
    return KERNELS[kernel](deviation(values, low, high, side) / scale)
