"""What is expected of a number, and the base of the terms that compare one with it."""

from __future__ import annotations

from abc import ABC

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticKnownError

from rlseg.arrays import Floats
from rlseg.rewards.kernels import KERNELS, KernelName, Side, closeness, deviation_on_circle
from rlseg.rewards.model import Model, NumberOrInterval, Positive, problem
from rlseg.rewards.terms.base import Term


def check_scale(scale: object, kernel: object) -> None:
    """See to it that there is a scale, unless the kernel is `ratio`, which takes none.

    Args:
        scale: as given, None if it was not.
        kernel: the kernel of the same term, or None if it is itself wrong.

    Raises:
        PydanticCustomError, PydanticKnownError: a scale too many, or none; the loader reports it at its place.
    """
    if kernel == "ratio" and scale is not None:
        raise problem("bad-value", "kernel: ratio takes no scale", hint="remove the scale, or choose another kernel")
    if scale is None and kernel in KERNELS:
        raise PydanticKnownError("missing")


class Target(Model):
    """score = kernel((value - expected) / scale), or min(x / expected, expected / x) with kernel: ratio."""

    kernel: KernelName = "gaussian"
    """gaussian exp(-z^2 / 2), linear max(0, 1 - |z|), box (1 within one scale) or ratio (no scale)."""
    side: Side = "both"
    """Which direction is wrong; in the other one the score is 1."""
    expected: NumberOrInterval = Field(examples=["0.8", "[10, 20]"])
    """A number, or [low, high] if everything between is equally good."""
    scale: Positive | None = Field(default=None, examples=["0.1"], validate_default=True)
    """The distance that is clearly worse, in the unit of the value."""

    @field_validator("expected")
    @classmethod
    def _positive_for_ratio(cls, expected: NumberOrInterval, info: ValidationInfo) -> NumberOrInterval:
        low = expected[0] if isinstance(expected, tuple) else expected
        if info.data.get("kernel") == "ratio" and low <= 0:
            raise problem("bad-value", f"must be greater than 0 with kernel: ratio, got {low:g}")
        return expected

    @field_validator("scale")
    @classmethod
    def _needed_unless_ratio(cls, scale: float | None, info: ValidationInfo) -> float | None:
        check_scale(scale, info.data.get("kernel"))
        return scale

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper end of what is expected; equal for a single number."""
        return self.expected if isinstance(self.expected, tuple) else (self.expected, self.expected)

    def closeness(self, values: Floats, period: float | None = None) -> Floats:
        """Scores of some numbers.

        Args:
            values: (M,) floats in the unit of `expected`.
            period: after how much the values repeat, for angles; no `side` is wrong there, nor is there a ratio.

        Returns:
            (M,) floats in [0, 1]: 1 where the value is as expected.
        """
        low, high = self.interval
        if period is not None and self.scale is not None:
            return KERNELS[self.kernel](deviation_on_circle(values, low, high, period) / self.scale)
        return closeness(values, low, high, self.scale, self.kernel, self.side)


class TargetTerm(Target, Term, ABC):
    """score = kernel((value - expected) / scale), or min(x / expected, expected / x) with kernel: ratio."""
