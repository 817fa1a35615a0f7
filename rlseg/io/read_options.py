"""How an image file is to be read where it does not say enough itself, or says more than is wanted."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from rlseg.io.decode import MAX_PIXELS


class Reading(BaseModel):
    """Settings for reading images; labels and superpixels only obey max_pixels.

    Attributes:
        axes: the axes as they are stored, one letter each, slowest first: Y rows, X columns, C channels, Z planes,
            T times; like CYX. None = as the file says.
        channel: the one to read of several, counted from 0 as everywhere, or by the name that the file gives it, or
            None for all.
        nan: what to do with values that are NaN or infinite: refuse the image, or give them the value of the nearest
            pixel that is finite.
        series: the one to read of the images of a file that holds several (positions of an OME-TIFF, images of an
            OME-Zarr container), counted from 1, or None if there must be one.
        max_pixels: largest number of values (rows * columns * channels * planes) a file may hold.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    axes: str | None = None
    channel: Annotated[int, Field(ge=0)] | Annotated[str, Field(min_length=1)] | None = None
    series: int | None = Field(default=None, ge=1)
    nan: Literal["error", "fill"] = "error"
    max_pixels: int = Field(default=MAX_PIXELS, ge=1)

    @field_validator("axes")
    @classmethod
    def _known(cls, axes: str | None) -> str | None:
        if axes is None:
            return None
        axes = axes.upper()
        if not {"Y", "X"} <= set(axes) <= set("YXCZT") or len(set(axes)) != len(axes):
            raise ValueError(f"axes must be some of Y X C Z T, each once, Y and X among them, got {axes}")
        return axes
