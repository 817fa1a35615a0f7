"""What every configured object of the reward language has in common."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Strict,
    StringConstraints,
    Tag,
)
from pydantic_core import PydanticCustomError

Code = Literal[
    "yaml-syntax",
    "duplicate-key",
    "unknown-key",
    "missing-key",
    "unknown-kind",
    "unknown-value",
    "bad-value",
    "bad-reference",
    "file-not-found",
    "extends-cycle",
]


class Model(BaseModel):
    """Frozen; unknown keys, text in place of numbers, NaN and infinity are errors."""

    # validators are built when first used, so that a command waits for those it needs
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True)


class ClassReference:
    """Marks a field that names a class of the file.

    Args:
        scored: True if the scores of that class must be known first, False if its members are enough.
    """

    def __init__(self, scored: bool) -> None:
        self.scored = scored


class MaskPicture:
    """Marks a field that holds a mask as rows of "." and "#"; for the name of a PNG file the loader puts these rows."""


def problem(code: Code, message: str, **context: Any) -> PydanticCustomError:
    """An error for validators that reaches the user with this code.

    Args:
        code: one of the stable codes.
        message: what is wrong, without the place.
        context: `word` and `allowed` (what was given, names that would be right), `hint` (a line of help),
            `instead` (keys that would have satisfied the check: if one of them is misspelt, only the
            misspelling is shown), `clash` (keys of the same mapping that exclude each other).
    """
    return PydanticCustomError(code, "{text}", {"text": message, **context})


def _ordered(ends: Any) -> Any:
    if isinstance(ends, tuple) and ends[0] > ends[1]:
        raise problem("bad-value", f"the lower end {ends[0]:g} is above the upper end {ends[1]:g}")
    return ends


def by_shape(first: type | tuple[type, ...], tag: str, other: str) -> Discriminator:
    """Tells two forms of a value apart, so that one mistake is not reported once for each of them.

    Args:
        first: Python types of the first form, as YAML or a model gives them.
        tag: of the first form; other: of any other value. They stand in <>, so that they cannot be taken for keys.
    """
    return Discriminator(lambda value: f"<{tag}>" if isinstance(value, first) else f"<{other}>")


SEVERAL = (list, tuple)
"""What a list in YAML may have become."""
Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
PositiveShare = Annotated[float, Field(gt=0, le=1)]
# Names become TensorBoard tags and keys of overrides, hence no blanks, dots or slashes.
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]
# YAML gives lists where the frozen models hold tuples.
Interval = Annotated[tuple[float, float], Strict(False), AfterValidator(_ordered)]
NumberOrInterval = Annotated[
    Annotated[float, Tag("<number>")] | Annotated[Interval, Tag("<interval>")], by_shape(SEVERAL, "interval", "number")
]
