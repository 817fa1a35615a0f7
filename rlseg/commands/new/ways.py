"""Objects of one image, in all ways of looking: bright, dark, within rims, unlike the ground, on several grids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from rlseg.arrays import Floats, Ints, Labels, Map
from rlseg.commands.new.blobs import Blobs, quantile
from rlseg.commands.new.masks import bright_masks, enclosed_masks
from rlseg.data import Zoom
from rlseg.data.superpixels import depth
from rlseg.rewards import Look

# larger images are looked at in a part of this side at each reduction, px
_SIDE = 512
# what is reduced shows objects from this width on: smaller ones are better seen before
LEAST_REDUCED = 12.0
# differing from the ground in whatever way is believed only where no plainer word says it as well
_PLAINER = {"brighter": 1.0, "darker": 1.0, "outlined": 0.9, "different": 0.8}
_SAME = 0.5
_GOOD = 0.3
_GROUND = 0.1
# of the depth of an object, where its middle begins and its margin ends
_MIDDLE, _MARGIN = 0.6, 0.45


@dataclass(frozen=True)
class Found:
    """Objects of one image, in one way of looking.

    Attributes:
        look: what they look like; rim: of outlined ones.
        score: 0..1.
        reduce: px of the image along the side of a pixel of `labels`; planes: of a volume in one of them.
        corner: row and column of the image at which `labels` begin; of a volume the plane first.
        blobs: the objects.
        dark: whether they are darker than what is just around them.
        away: px from their outlines to the middle of the rim around them; 0 of those without.
    """

    look: Look
    rim: str
    score: float
    reduce: int
    corner: tuple[int, ...]
    blobs: Blobs
    dark: bool
    away: float
    planes: int = 1

    @property
    def zoom(self) -> Zoom:
        """To the grid of `labels`."""
        return Zoom(reduce=self.reduce, planes=self.planes)

    def on_image(self, shape: tuple[int, ...]) -> Labels:
        """The good ones of the objects on the grid of the image. shape: its height and width; of a volume three."""
        blobs = self.blobs
        good = np.append(0, np.where(blobs.good > _GOOD, np.arange(1, len(blobs.good) + 1), 0))[blobs.labels]
        for axis in range(good.ndim):
            good = good.repeat(self.planes if axis < good.ndim - 2 else self.reduce, axis=axis)
        whole = np.zeros(shape, np.int32)
        place = whole[tuple(slice(first, first + n) for first, n in zip(self.corner, good.shape, strict=True))]
        place[:] = good[tuple(map(slice, place.shape))]
        return whole


def ways_of(gray: Map) -> Iterator[Found]:
    """What is found in an image, in all ways of looking on all grids."""
    for reduce in (1, 2, 4, 8):
        if reduce > 1 and max(gray.shape) <= _SIDE * reduce / 2:
            return
        small = Zoom(reduce=reduce).to_working(gray)
        row, column = (max((length - _SIDE) // 2, 0) for length in small.shape)
        window = (slice(row, row + _SIDE), slice(column, column + _SIDE))
        picture = small[window]
        unlike = np.abs(picture - np.median(picture))
        inverse = 1 - picture
        for look, masks, seen in (
            ("brighter", bright_masks(picture), picture),
            ("darker", bright_masks(inverse), inverse),
            ("different", bright_masks(unlike), unlike),
            ("outlined", enclosed_masks(picture), inverse),
            ("outlined", enclosed_masks(inverse), picture),
        ):
            for mask in masks:
                blobs = Blobs.of(mask, seen)
                if reduce > 1 and blobs.weight.any() and quantile(blobs.width, blobs.weight, 0.5) < LEAST_REDUCED:
                    continue
                # what a rim closes off is only seen as dark, or bright, beside its rim
                closed = look != "different" and outlined(blobs, picture)
                ring = look in ("brighter", "darker") and ringed(blobs, picture)
                if look == "outlined" and not closed:
                    continue
                name: Look = "outlined" if closed or ring else look  # type: ignore[assignment]
                line = "dark" if (ring and seen is inverse) or (closed and not ring and seen is picture) else "bright"
                score, corner = blobs.score * _PLAINER[name], (row * reduce, column * reduce)
                away = _to_rim(blobs, seen) if closed and not ring else 0.0
                yield Found(name, line, score, reduce, corner, blobs, seen is inverse, away)


def ringed(blobs: Blobs, picture: Map) -> bool:
    """Whether only the margin of objects stands out, and their middle is as bright as the ground.

    Args:
        blobs: the objects, their margins included.
        picture: (H, W).
    """
    chosen = blobs.good > _GOOD
    if not chosen.any():
        return False
    width = np.append(1.0, blobs.width)[blobs.labels]
    kept = np.append(False, chosen)[blobs.labels]
    within = depth(blobs.labels > 0) / (width / 2)
    middle, margin = kept & (within > _MIDDLE), kept & (within <= _MARGIN)
    ground = (blobs.labels == 0) & (ndimage.distance_transform_edt(~kept) > 2)
    if not (middle.any() and margin.any() and ground.any()):
        return False
    core, edge, far = (float(picture[place].mean()) for place in (middle, margin, ground))
    return abs(core - far) < _SAME * abs(edge - far)


def outlined(blobs: Blobs, picture: Map) -> bool:
    """Whether objects are as bright as the ground, and only a rim around them is not.

    Args:
        blobs: the objects.
        picture: (H, W).
    """
    chosen = blobs.good > _GOOD
    if not chosen.any():
        return False
    kept = np.append(0, np.where(chosen, np.arange(1, len(chosen) + 1), 0))[blobs.labels]
    width = quantile(blobs.width, blobs.weight, 0.5)
    away, (rows, columns) = ndimage.distance_transform_edt(kept == 0, return_indices=True)
    nearest = kept[rows, columns]
    rim = (away > 0) & (away <= max(2.0, width / 4))
    ground = (away > max(4.0, 0.5 * width)) & (away <= max(8.0, 1.2 * width))
    inside, near, far = (_means(picture[place], nearest[place], len(chosen) + 1) for place in (kept > 0, rim, ground))
    known = np.isfinite(inside) & np.isfinite(near) & np.isfinite(far)
    # where objects fill the image there is no ground: whatever is around them is their rim
    if known.sum() < max(2, _GROUND * chosen.sum()):
        return True
    return abs(float(np.median((inside - far)[known]))) < _SAME * abs(float(np.median((inside - near)[known])))


def _to_rim(blobs: Blobs, seen: Map) -> float:
    """Px from the outlines to where the ground around is unlike the objects most. seen: (H, W), objects bright."""
    labels = np.append(0, blobs.good > _GOOD)[blobs.labels]
    away = np.rint(ndimage.distance_transform_edt(labels == 0)).astype(int)
    reach = max(2, round(quantile(blobs.width, blobs.weight, 0.5) / 4))
    profile = np.bincount(away.ravel(), seen.ravel())[1:] / np.maximum(np.bincount(away.ravel())[1:], 1)
    return float(np.argmin(profile[:reach]) + 1)


def _means(values: Floats, groups: Ints, count: int) -> Floats:
    """(count,) mean of the values of each group, NaN for those without any."""
    number = np.bincount(groups, None, count)
    return np.where(number > 0, np.bincount(groups, values, count) / np.maximum(number, 1), np.nan)
