"""Ways of looking at an image, each a segmentation of its own: what several agree on is more likely an object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from rlseg.arrays import Bools, Floats, Ints, Labels, Map
from rlseg.data.bulges import bulges
from rlseg.data.filters import fill_holes

Look = Literal["brighter", "lines"]

_LEVELS: dict[Look, tuple[float, ...]] = {"brighter": (0.2, 0.3, 0.4, 0.5, 0.6), "lines": (0.03, 0.08, 0.15, 0.3, 0.5)}
_RISES: dict[Look, tuple[float, ...]] = {"brighter": (0.25,), "lines": (0.25, 0.75, 2.0, 4.0)}
# with a description of the objects, which may be long: a rod has many places that pinch it a little
_RISES_OF_OBJECTS = (0.25, 1.0, 2.5)
_BINS = 256


class Proposing(BaseModel):
    """Masks of an image at several levels, each cut at its waists in several ways: the views that propose segments.

    They know nothing of the reward file. The search that starts a training chooses from their segments, the term
    `stability` pays how many of them agree on an object, and `edges: {missed: ...}` asks them what is not found.

    Attributes:
        look: masks of what is brighter than the local background, and one above Otsu's threshold; or of what lies
            between bright lines. Where nothing is given, lines with superpixels or a guide that look at boundaries.
        levels: relative brightness above which, or strength of a line below which a pixel is in a mask; by default
            .2 to .6 and .03 to .5.
        rises: px, how much a mask must pinch to be cut; by default .25, and .25 to 4 between lines; .25 to 2.5 where
            `objects` are described.
        shown: whether the networks see in how many views the ends of an edge lie in one segment. By default with
            `brighter` alone: between lines they found cells of an embryo worse with it, though paid as much.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    look: Look | None = None
    levels: Annotated[tuple[Annotated[float, Field(gt=0, lt=1)], ...], Field(min_length=1)] | None = None
    rises: Annotated[tuple[Annotated[float, Field(ge=0, allow_inf_nan=False)], ...], Field(min_length=1)] | None = None
    shown: bool | None = None

    def views(
        self,
        look: Look,
        map_: Map,
        brightness: Map,
        otsu: float,
        described: bool = False,
        spacing: tuple[float, ...] = (1.0, 1.0),
    ) -> Iterator[tuple[int, Labels]]:
        """The segmentations one after the other, each with its number.

        Args:
            look: which one, where `look` leaves it open.
            map_: (H, W) relative brightness, or strength of lines.
            brightness: (H, W) mean of the channels in [0, 1].
            otsu: `otsu_threshold` of the whole image.
            described: whether `objects` are described.
            spacing: sides of a pixel in px; of a volume all maps are (Z, H, W).

        Yields:
            Number 0..V-1 and (H, W) int32, 0 = in no segment; a segment is called by 1 + the flat index of one of its
            pixels, which is the same in all parts of the image that see it.
        """
        usual = _RISES_OF_OBJECTS if described else _RISES[look]
        rises = self.rises if self.rises is not None else usual
        number = 0
        for mask in self._masks(look, map_, brightness, otsu):
            for labels in bulges(mask, rises, spacing):
                yield number, labels
                number += 1

    def _masks(self, look: Look, map_: Map, brightness: Map, otsu: float) -> Iterator[Bools]:
        levels = self.levels if self.levels is not None else _LEVELS[look]
        if look == "lines":
            for level in levels:
                yield map_ < level
            return
        for level in levels:
            yield fill_holes(map_ > level)
        yield fill_holes(brightness > otsu)


def brightness_histogram(brightness: Map) -> Ints:
    """(256,) pixels of a map in [0, 1] by brightness; those of the parts of an image add up to its own."""
    inside = brightness[(brightness >= 0) & (brightness <= 1)]
    # the steps are powers of 2, so that nothing is rounded; 1 itself is of the last one
    return np.bincount(np.minimum((inside * _BINS).astype(np.int64), _BINS - 1), minlength=_BINS)


def otsu_threshold(histogram: Ints) -> float:
    """Otsu's threshold of a `brightness_histogram`; 1 where all pixels are alike."""
    if np.count_nonzero(histogram) < 2:
        return 1.0
    middles: Floats = (np.arange(_BINS) + 0.5) / _BINS
    found = np.flatnonzero(histogram)
    inside = slice(found[0], found[-1] + 1)
    # float32, as scikit-image counts
    counts, middles = histogram[inside].astype(np.float32), middles[inside]
    below, above = np.cumsum(counts)[:-1], np.cumsum(counts[::-1])[-2::-1]
    total = counts * middles
    apart = np.cumsum(total)[:-1] / below - np.cumsum(total[::-1])[-2::-1] / above
    return float(middles[np.argmax(below * above * apart**2)])
