"""What the objects of some images look like, by what stands out in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from rlseg.arrays import Floats, Ints, Map
from rlseg.commands.new.blobs import Blobs, quantile
from rlseg.commands.new.masks import bright_masks, enclosed_masks
from rlseg.data import Zoom
from rlseg.rewards import Look

# larger images are looked at in a part of this side at each reduction, px
_SIDE = 512
_SMALLEST = 128
# what is reduced shows objects from this width on: smaller ones are better seen before
_LEAST_REDUCED = 12.0
# differing from the ground in whatever way is believed only where no plainer word says it as well
_PLAINER = {"brighter": 1.0, "darker": 1.0, "outlined": 0.9, "different": 0.8}
_SAME = 0.5
# so many more objects than of one brightness make them objects of any
_MORE = 1.4
_BOTH = 1.5
_GROUND = 0.1


@dataclass(frozen=True)
class Found:
    """Objects of one image, in one way of looking.

    Attributes:
        look: what they look like; rim: of outlined ones.
        score: 0..1.
        reduce: px of the image along the side of a pixel of `labels`.
        corner: row and column of the image at which `labels` begin.
        blobs: the objects.
        away: px from their outlines to the middle of the rim around them; 0 of those without.
    """

    look: Look
    rim: str
    score: float
    reduce: int
    corner: tuple[int, int]
    blobs: Blobs
    away: float


@dataclass(frozen=True)
class Guess:
    """What the objects of some images look like.

    Attributes:
        look: of the objects; rim: "bright" or "dark", of outlined ones.
        width, length: px, the short and the long diameter below which a tenth, and nine tenths, of their area lie.
        contrast: median of how much an object is brighter than what lies around it, of the image in [0, 1]; less than 0
            if it is darker.
        objects: how many were seen.
        sure: 0..1, how much these look like objects.
        rival: the next best look, and how good it was.
        found: the objects of each image, None where there are none.
    """

    look: Look
    rim: str
    width: tuple[float, float]
    length: tuple[float, float]
    contrast: float
    objects: int
    sure: float
    rival: tuple[Look, float]
    found: tuple[Found | None, ...]


def guess(pictures: Sequence[Map], look: Look | None = None) -> Guess | None:
    """Look at images in all ways and take the one in which most of what stands out looks like objects of one kind.

    Args:
        pictures: (H, W) each, in [0, 1], at least one.
        look: what the objects look like if it is known.

    Returns:
        The best guess, or None if nothing looks like objects.
    """
    best: list[dict[tuple[Look, str], Found]] = []
    for picture in pictures:
        ways: dict[tuple[Look, str], Found] = {}
        for found in _ways(picture):
            key = (found.look, found.rim)
            if (look is None or found.look == look) and (key not in ways or found.score > ways[key].score):
                ways[key] = found
        best.append(ways)
    total: dict[tuple[Look, str], float] = {}
    objects: dict[tuple[Look, str], float] = {}
    for ways in best:
        for key, found in ways.items():
            total[key] = total.get(key, 0.0) + found.score / len(pictures)
            objects[key] = objects.get(key, 0.0) + found.blobs.objects
    if not total or not max(total.values()) > 0:
        return None
    _both(total, objects)
    order = sorted(total, key=lambda key: -total[key])
    first = order[0]
    others = [key for key in order if key[0] != first[0]]
    rival = (others[0][0], total[others[0]]) if others else (first[0], 0.0)
    return _measured(first, total[first], rival, tuple(ways.get(first) for ways in best))


def _both(total: dict[tuple[Look, str], float], objects: Mapping[tuple[Look, str], float]) -> None:
    """Raise the score of differing from the ground where bright and dark things look like objects, in many places."""
    one, other = (max((v for k, v in total.items() if k[0] == name), default=0.0) for name in ("brighter", "darker"))
    if min(one, other) < _SAME * max(one, other):
        return
    most = max(count for (name, _), count in objects.items() if name in ("brighter", "darker"))
    for key in total:
        if key[0] == "different" and objects[key] > _MORE * most:
            total[key] *= _BOTH


def _measured(key: tuple[Look, str], sure: float, rival: tuple[Look, float], chosen: tuple[Found | None, ...]) -> Guess:
    """Widths, lengths and contrast over all images, each of which counts as much as it shows objects."""
    seen = [found for found in chosen if found is not None and found.blobs.weight.any()]
    weight = np.concatenate([found.blobs.weight / found.blobs.weight.sum() * found.score for found in seen])
    width, length, contrast = (
        np.concatenate([getattr(found.blobs, name) for found in seen])
        # what is measured lies within the rim, the outline on it
        if name == "contrast"
        else np.concatenate([(getattr(found.blobs, name) + 2 * found.away) * found.reduce for found in seen])
        for name in ("width", "length", "contrast")
    )
    look, rim = key
    dark = look == "darker" or (look == "outlined" and rim == "bright")
    return Guess(
        look=look,
        rim=rim,
        width=(quantile(width, weight, 0.1), quantile(width, weight, 0.9)),
        length=(quantile(length, weight, 0.1), quantile(length, weight, 0.9)),
        contrast=quantile(contrast, weight, 0.5) * (-1 if dark else 1),
        objects=round(sum(found.blobs.objects for found in seen)),
        sure=min(sure, 1.0),
        rival=rival,
        found=chosen,
    )


def _ways(gray: Map) -> Iterator[Found]:
    """What is found in an image, in all ways of looking on all grids."""
    for reduce in (1, 2, 4, 8):
        if reduce > 1 and max(gray.shape) <= _SIDE * reduce / 2:
            return
        small = Zoom(reduce=reduce).to_working(gray)
        row, column = (max((length - _SIDE) // 2, 0) for length in small.shape)
        window = (slice(row, row + _SIDE), slice(column, column + _SIDE))
        picture = small[window]
        away = np.abs(picture - np.median(picture))
        inverse = 1 - picture
        for look, masks, seen in (
            ("brighter", bright_masks(picture), picture),
            ("darker", bright_masks(inverse), inverse),
            ("different", bright_masks(away), away),
            ("outlined", enclosed_masks(picture), inverse),
            ("outlined", enclosed_masks(inverse), picture),
        ):
            for mask in masks:
                blobs = Blobs.of(mask, seen)
                if reduce > 1 and blobs.weight.any() and quantile(blobs.width, blobs.weight, 0.5) < _LEAST_REDUCED:
                    continue
                # what a rim closes off is only seen as dark, or bright, beside its rim
                closed = look != "different" and outlined(blobs, picture)
                if look == "outlined" and not closed:
                    continue
                name: Look = "outlined" if closed else look  # type: ignore[assignment]
                line = "dark" if closed and seen is picture else "bright"
                score, corner = blobs.score * _PLAINER[name], (row * reduce, column * reduce)
                yield Found(name, line, score, reduce, corner, blobs, _to_rim(blobs, seen) if closed else 0.0)


def outlined(blobs: Blobs, picture: Map) -> bool:
    """Whether objects are as bright as the ground, and only a rim around them is not.

    Args:
        blobs: the objects.
        picture: (H, W).
    """
    chosen = blobs.good > 0.3
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
    labels = np.append(0, blobs.good > 0.3)[blobs.labels]
    away = np.rint(ndimage.distance_transform_edt(labels == 0)).astype(int)
    reach = max(2, round(quantile(blobs.width, blobs.weight, 0.5) / 4))
    profile = np.bincount(away.ravel(), seen.ravel())[1:] / np.maximum(np.bincount(away.ravel())[1:], 1)
    return float(np.argmin(profile[:reach]) + 1)


def _means(values: Floats, groups: Ints, count: int) -> Floats:
    """(count,) mean of the values of each group, NaN for those without any."""
    number = np.bincount(groups, None, count)
    return np.where(number > 0, np.bincount(groups, values, count) / np.maximum(number, 1), np.nan)
