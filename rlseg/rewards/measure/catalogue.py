"""The descriptors of images and of volumes by name, which the files in `descriptors` fill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from rlseg.arrays import Floats, np

Measure = TypeVar("Measure", bound=Callable[..., Floats])


@dataclass(frozen=True)
class Descriptor:
    """A measurable quantity: its unit ("px", "px2", "px3", "intensity", "deg", "1" for none) and how to compute it.

    Attributes:
        unit: of its values.
        compute: from `Segments` and an image channel to (M,) finite floats.
    """

    unit: str
    compute: Callable[[Any, int], Floats]


DESCRIPTORS: dict[str, Descriptor] = {}
"""Of images."""
VOLUME_DESCRIPTORS: dict[str, Descriptor] = {}
"""Of volumes."""


def descriptor(unit: str, volumes: bool = False) -> Callable[[Measure], Measure]:
    """Decorator: a function of `Segments` and a channel is a descriptor of this unit, by its own name.

    Args:
        unit: of its values.
        volumes: whether it measures volumes as well.
    """

    def register(function: Measure) -> Measure:
        DESCRIPTORS[function.__name__] = Descriptor(unit, function)
        return of_volumes(unit)(function) if volumes else function

    return register


def of_volumes(unit: str) -> Callable[[Measure], Measure]:
    """Decorator: a descriptor of volumes; of images there is none of this name, or another function."""

    def register(function: Measure) -> Measure:
        VOLUME_DESCRIPTORS[function.__name__] = Descriptor(unit, function)
        return function

    return register


def ratio(numerator: Floats, denominator: Floats, empty: float = 0.0) -> Floats:
    """numerator / denominator, and `empty` where the denominator is not positive."""
    result = np.full(len(numerator), empty)
    np.divide(numerator, denominator, out=result, where=denominator > 0)
    return result
