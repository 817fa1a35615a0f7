"""How much the parts of a mask look like objects of one kind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from rlseg.arrays import Floats, Labels, Map
from rlseg.commands.new.masks import Mask, apart
from rlseg.data.filters import fill_holes
from rlseg.data.superpixels import depth
from rlseg.graph import measure_regions
from rlseg.rewards.measure import Segments

LEAST_WIDTH = 4.0
_LEAST_AREA = 12
_FULL = 0.9
# solidity from which a part begins to look like an object, and how much more makes it a good one
_ROUGH, _SMOOTH = 0.75, 0.17
_PLAIN = 0.12
_HOLES = 0.3
_FEW = 3.0
_LEAST_ALIKE = 0.45


@dataclass(frozen=True)
class Blobs:
    """The parts of a mask.

    Attributes:
        labels: (H, W) from 1 to N, 0 = none.
        width: (N,) px, the diameter of the largest disc within.
        length: (N,) px, the long axis of the ellipse with the same second moments, at least the width.
        area: (N,) px.
        contrast: (N,) mean brightness less that of a ring around, a third of the width wide.
        good: (N,) 0..1, how much each looks like an object: smooth, solid, standing out, whole.
        whole: (N,) whether it does not touch the border of the image.
    """

    labels: Labels
    width: Floats
    length: Floats
    area: Floats
    contrast: Floats
    good: Floats
    whole: Floats

    @classmethod
    def of(cls, mask: Mask, picture: Map) -> Blobs:
        """Measure the parts of a mask.

        Args:
            mask: (H, W).
            picture: (H, W) in [0, 1], objects bright.
        """
        filled = fill_holes(mask)
        labels = apart(filled if filled.mean() < _FULL else mask)
        count = int(labels.max()) + 1
        area = np.bincount(labels.ravel(), minlength=count).astype(np.float64)
        if count == 1 or not area[0]:
            return cls(labels * 0, *np.zeros((6, 0)))
        parts = Segments(measure_regions(picture[None], labels), np.arange(count)[None])
        width = np.maximum(2 * ndimage.maximum(_depth(labels), labels, np.arange(count)) - 1, 1)
        hole = np.bincount(labels[~mask], minlength=count) / area
        contrast = _contrast(labels, picture, width)
        good = np.clip((parts.descriptor("solidity") - _ROUGH) / _SMOOTH, 0, 1) * np.clip(contrast / _PLAIN, 0, 1)
        good *= np.clip(1 - hole / _HOLES, 0, 1) * (width >= LEAST_WIDTH) * (area >= _LEAST_AREA)
        length = np.maximum(parts.descriptor("axis_major_length"), width)
        whole = (parts.descriptor("border_share") == 0).astype(np.float64)
        return cls(labels, *(values[1:] for values in (width, length, area, contrast, good, whole)))

    @property
    def weight(self) -> Floats:
        """(N,) how much each counts: by its area, as far as it is good."""
        return self.good * self.area

    @property
    def objects(self) -> float:
        """How many good ones there are that are whole."""
        return float((self.good * self.whole).sum())

    @property
    def score(self) -> float:
        """0..1: the share of the parts' area that looks like objects, times less than 1 for few and for unlike ones."""
        if not self.weight.sum() > 0 or self.objects < 1.0:
            return 0.0
        share = self.weight.sum() / self.area.sum()
        middle = quantile(self.width, self.weight, 0.5)
        unlike = float(np.abs(np.log(np.maximum(self.width, 1) / middle)) @ self.weight / self.weight.sum())
        return float(share * self.objects / (self.objects + _FEW) * np.exp(-((unlike / _LEAST_ALIKE) ** 2)))


def quantile(values: Floats, weights: Floats, share: float) -> float:
    """The value below which this share of the weight lies. values, weights: (N,)."""
    order = np.argsort(values)
    below = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(below, share * below[-1])])


def _depth(labels: Labels) -> Map:
    """(H, W) how far each pixel lies within its part, whose outline may be that of another part or of the image."""
    inside = np.pad(labels > 0, 1)
    touching = np.pad(labels, 1)
    for axis in (0, 1):
        after = np.roll(touching, -1, axis)
        inside &= (touching == after) | (after == 0)
    return depth(inside)[1:-1, 1:-1]


def _contrast(labels: Labels, picture: Map, width: Floats) -> Floats:
    """(N + 1,) mean brightness of each part less that of the ring around it, of what belongs to no part."""
    count = len(width)
    away, (rows, columns) = ndimage.distance_transform_edt(labels == 0, return_indices=True)
    nearest = labels[rows, columns]
    reach = np.maximum(2.0, width / 3)
    ring = (labels == 0) & (away <= reach[nearest])
    inside = np.bincount(labels.ravel(), picture.ravel(), count) / np.bincount(labels.ravel(), None, count)
    around = np.bincount(nearest[ring], None, count)
    outside = np.bincount(nearest[ring], picture[ring], count) / np.maximum(around, 1)
    return np.where(around > 0, inside - outside, 0.0)
