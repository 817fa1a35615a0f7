"""What terms have in common that compare two lengths of a segment, a small and a large one, with a pair of numbers."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Strict, Tag

from rlseg.arrays import Floats
from rlseg.rewards.kernels import KernelName, closeness
from rlseg.rewards.model import SEVERAL, Positive, by_shape, problem


def _ordered(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[0] > pair[1]:
        raise problem("bad-value", f"the smaller one comes first, got [{pair[0]:g}, {pair[1]:g}]")
    return pair


Pair = Annotated[tuple[Positive, Positive], Strict(False), AfterValidator(_ordered)]
# one scale for both lengths, or one for each
PairScale = Annotated[
    Annotated[Positive, Tag("<number>")]
    | Annotated[Annotated[tuple[Positive, Positive], Strict(False)], Tag("<interval>")],
    by_shape(SEVERAL, "interval", "number"),
]


def pair_closeness(
    small: Floats,
    large: Floats,
    expected: tuple[float, float],
    scale: float | tuple[float, float] | None,
    kernel: KernelName,
) -> Floats:
    """kernel((small - expected[0]) / scale) kernel((large - expected[1]) / scale), how well two lengths fit.

    Args:
        small, large: (M,) floats.
        expected: what they should be.
        scale: the distance that is clearly worse, for both or each; None with kernel `ratio`.
        kernel: how the distance in scales becomes a score.

    Returns:
        (M,) floats in [0, 1]. With the Gaussian kernel this is one Gaussian of both lengths.
    """
    first, second = scale if isinstance(scale, tuple) else (scale, scale)
    return closeness(small, expected[0], expected[0], first, kernel) * closeness(
        large, expected[1], expected[1], second, kernel
    )
