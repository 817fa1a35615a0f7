"""Every descriptor by scikit-image or by a loop over the pixels of one object."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from partitions import masks, some_views
from skimage.measure import perimeter, regionprops

from rlseg.rewards.measure.segments import Segments


@dataclass(frozen=True)
class Object:
    """A (H, W) mask and what lies under it: an intensity, the relative brightness, the superpixels."""

    mask: np.ndarray
    image: np.ndarray
    level: np.ndarray
    superpixels: np.ndarray

    def measure(self, name: str) -> float:
        """One of MEASURES."""
        return float(MEASURES[name](self))

    @cached_property
    def props(self) -> object:
        """scikit-image's measures."""
        return regionprops(self.mask.astype(np.uint8), self.image)[0]

    @cached_property
    def sides(self) -> tuple[list[tuple[tuple[int, int], tuple[int, int]]], int]:
        """Pairs of pixels within and beyond each side of the outline, and how many sides lie on the image's border."""
        height, width = self.mask.shape
        pairs, border = [], 0
        for r, c in np.argwhere(self.mask).tolist():
            for y, x in ((r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)):
                if not (0 <= y < height and 0 <= x < width):
                    border += 1
                elif not self.mask[y, x]:
                    pairs.append(((r, c), (y, x)))
        return pairs, border

    def across(self, image: np.ndarray, value: Callable[[float, float], float], empty: float) -> float:
        """Mean of a value of both pixels over the sides of the outline, or `empty` if it has none in the image."""
        pairs, _ = self.sides
        return float(np.mean([value(image[a], image[b]) for a, b in pairs])) if pairs else empty

    @cached_property
    def variances(self) -> tuple[float, float]:
        """Larger and smaller variance of the mask as a shape of square pixels."""
        spread = np.cov(np.argwhere(self.mask).T, bias=True).reshape(2, 2) + np.eye(2) / 12
        small, large = np.linalg.eigvalsh(spread)
        return large, small

    @property
    def has_axis(self) -> bool:
        """Whether one axis is longer than the other, but for rounding."""
        return self.variances[0] - self.variances[1] > 1e-6


def _surround(thing: Object) -> float:
    beyond = []
    for inner, outer in thing.sides[0]:
        step = np.subtract(outer, inner)
        places = [tuple(outer + k * step) for k in range(3)]
        inside = [p for p in places if all(0 <= v < n for v, n in zip(p, thing.mask.shape, strict=True))]
        beyond.append(np.mean([thing.image[p] for p in inside]))
    return float(np.mean(beyond)) if beyond else thing.props.intensity_mean  # type: ignore[attr-defined]


def _circularity(thing: Object) -> float:
    length = perimeter(thing.mask, neighborhood=4)
    return min(4 * math.pi * thing.mask.sum() / length**2, 1.0) if length else 1.0


def _box_length(thing: Object) -> float:
    return math.sqrt(12 * thing.variances[0])


def _border_share(thing: Object) -> float:
    pairs, border = thing.sides
    return border / (border + len(pairs))


def _stability(thing: Object) -> float:
    best = []
    for view in some_views(thing.superpixels):
        shown = [view == number for number in np.unique(view[view > 0])]
        best.append(max([(thing.mask & one).sum() / (thing.mask | one).sum() for one in shown], default=0.0))
    return float(np.mean(best))


def _middle(a: float, b: float) -> float:
    return (a + b) / 2


def _step(a: float, b: float) -> float:
    return abs(a - b)


def _of_regionprops(name: str) -> Callable[[Object], float]:
    return lambda thing: getattr(thing.props, name)


MEASURES: dict[str, Callable[[Object], float]] = {
    **{
        name: _of_regionprops(name)
        for name in (
            "area", "axis_major_length", "axis_minor_length", "eccentricity", "equivalent_diameter_area",
            "euler_number", "extent", "feret_diameter_max", "intensity_max", "intensity_mean", "intensity_min",
            "intensity_std", "perimeter_crofton", "solidity",
        )
    },
    "border_share": _border_share,
    "boundary_evidence": lambda thing: thing.across(thing.image, _step, 0.0),
    "box_length": _box_length,
    "box_width": lambda thing: thing.mask.sum() / _box_length(thing),
    "centroid_col": lambda thing: np.argwhere(thing.mask).mean(axis=0)[1],
    "centroid_row": lambda thing: np.argwhere(thing.mask).mean(axis=0)[0],
    "circularity": _circularity,
    "contrast": lambda thing: thing.image[thing.mask].mean() - _surround(thing),
    "ellipse_fill": lambda thing: thing.mask.sum() / (4 * math.pi * math.sqrt(math.prod(thing.variances))),
    "level_mean": lambda thing: thing.level[thing.mask].mean(),
    "orientation": lambda thing: math.degrees(thing.props.orientation),  # type: ignore[attr-defined]
    "outline_intensity": lambda thing: thing.across(thing.image, _middle, thing.image.mean()),
    "outline_level": lambda thing: thing.across(thing.level, _middle, 0.0),
    "outline_step": lambda thing: thing.across(thing.level, _step, 0.0),
    # not regionprops', which looks at the mask in its bounding box
    "perimeter": lambda thing: perimeter(thing.mask, neighborhood=4),
    "stability": _stability,
    "surround_mean": _surround,
}  # fmt: skip


def objects(segments: Segments, image: np.ndarray, channel: int = 0) -> list[Object]:
    """All segments in the order of the table.

    Args:
        segments: of some image.
        image: (C, H, W) that image.
        channel: which one is asked for.
    """
    regions = segments.regions
    return [Object(mask, image[channel], image[regions.level_channel], regions.superpixels) for mask in masks(segments)]
