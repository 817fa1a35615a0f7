"""The base of the rules that sort segments into classes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from pydantic import Field, ValidationInfo, field_validator

from rlseg.arrays import Bools, Floats
from rlseg.rewards.model import Interval, Model, problem
from rlseg.rewards.properties import Measurements


class ClassRule(Model, ABC):
    """Decides which segments belong to a class. Rules are tried in order, the first match wins.

    Attributes:
        EXAMPLE: the rule as it stands in a file, a YAML flow mapping.
        PARTITION: whether it compares the segments of a partition with each other.
        VOLUMES: whether it also sorts segments of volumes.
    """

    EXAMPLE: ClassVar[str] = ""
    PARTITION: ClassVar[bool] = False
    VOLUMES: ClassVar[bool] = False
    kind: str

    @abstractmethod
    def matches(self, measurements: Measurements) -> Bools:
        """(M,) True for the segments that the rule describes, whatever the rules before it said."""


class ThresholdRule(ClassRule, ABC):
    """A rule on one number: strictly over a value, strictly under a value, or outside an interval."""

    over: float | None = None
    """Matches segments with more than this."""
    under: float | None = None
    """Matches segments with less than this."""
    outside: Interval | None = Field(default=None, validate_default=True)
    """[low, high]: matches segments with less than low or more than high."""

    @field_validator("outside")
    @classmethod
    def _exactly_one(cls, outside: Interval | None, info: ValidationInfo) -> Interval | None:
        if "over" not in info.data or "under" not in info.data:
            return outside  # wrong themselves, which is reported already
        thresholds = {"over": info.data["over"], "under": info.data["under"], "outside": outside}
        given = [name for name, threshold in thresholds.items() if threshold is not None]
        if not given:
            raise problem("missing-key", "over, under or outside is needed", instead=tuple(thresholds))
        if len(given) > 1:
            raise problem("bad-value", "only one of over, under and outside can be given", clash=given)
        return outside

    @abstractmethod
    def measure(self, measurements: Measurements) -> Floats:
        """(M,) the number the thresholds are about, in the file's units."""

    def matches(self, measurements: Measurements) -> Bools:
        """(M,) True where the number is strictly over, strictly under or strictly outside."""
        values = self.measure(measurements)
        if self.over is not None:
            return values > self.over
        if self.under is not None:
            return values < self.under
        assert self.outside is not None
        low, high = self.outside
        return (values < low) | (values > high)
