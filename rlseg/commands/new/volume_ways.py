"""Objects of one volume, bright and dark ones, as `rlseg.commands.new.ways` finds those of an image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.morphology import h_maxima

from rlseg.arrays import Floats, Labels, Map
from rlseg.commands.new.blobs import LEAST_WIDTH, Blobs, quantile
from rlseg.commands.new.guess import Ways
from rlseg.commands.new.masks import GROUNDS, Mask
from rlseg.commands.new.ways import LEAST_REDUCED, Found
from rlseg.data import Zoom
from rlseg.data.filters import gaussian_filter, watershed
from rlseg.data.superpixels import depth
from rlseg.graph import measure_regions
from rlseg.prediction.choosing import middle_of
from rlseg.rewards import Look
from rlseg.rewards.measure import Segments

Spacing = tuple[float, ...]

# larger volumes are looked at in a part of so many voxels, as they are and reduced
MOST_VOXELS, _MOST_REDUCED = 2**20, 2**19
_LEAST_VOLUME = 42.0  # px^3, the cube on the side of 12 pixels
_MOST, _FULL = 0.85, 0.9
# px by which a waist must be narrower on either side, and the share of the usual depth
_PINCH, _PINCH_SHARE = 0.75, 0.15
# solidity from which a part begins to look like an object, and how much more makes it a good one
_ROUGH, _SMOOTH = 0.75, 0.17
_PLAIN = 0.12
_HOLES = 0.3
# what a side of the volume cuts says little of how large it is
_CUT = 0.1


def ways_in_volumes(pictures: Sequence[Map], spacings: Sequence[Spacing]) -> Ways:
    """What is seen in volumes: the best of bright and of dark objects in each.

    Args:
        pictures: (Z, H, W) each, in [0, 1], at least one.
        spacings: sides of a voxel of each, px.
    """
    found = []
    for picture, spacing in zip(pictures, spacings, strict=True):
        ways: dict[tuple[Look, str], Found] = {}
        for one in _ways_of(picture, spacing):
            key = (one.look, one.rim)
            if key not in ways or one.score > ways[key].score:
                ways[key] = one
        found.append(ways)
    return tuple(found)


def _ways_of(gray: Map, spacing: Spacing) -> Iterator[Found]:
    """On several grids, until all of the volume is seen."""
    for reduce in (1, 2, 4, 8):
        zoom = Zoom(reduce=reduce).with_planes(spacing[0]) if reduce > 1 else Zoom()
        small, apart = zoom.to_working(gray), zoom.spacing(spacing)
        window = middle_of(small.shape, apart, MOST_VOXELS if reduce == 1 else _MOST_REDUCED)
        picture = np.ascontiguousarray(small[window])
        corner = tuple(part.start * n for part, n in zip(window, (zoom.planes, zoom.reduce, zoom.reduce), strict=True))
        looks: tuple[tuple[Look, Map], ...] = (("brighter", picture), ("darker", 1 - picture))
        for look, seen in looks:
            for mask in _bright_masks(seen, apart):
                blobs = balls_of(mask, seen, apart)
                if reduce > 1 and blobs.weight.any() and quantile(blobs.width, blobs.weight, 0.5) < LEAST_REDUCED:
                    continue
                yield Found(look, "bright", blobs.score, reduce, corner, blobs, look == "darker", 0.0, zoom.planes)
        if picture.shape == small.shape:
            return


def _bright_masks(picture: Map, spacing: Spacing) -> Iterator[Mask]:
    """Where a volume is bright: above Otsu's threshold of itself, and of how far it is above the ground around."""
    smooth = gaussian_filter(picture, 1.0, spacing=spacing)
    yield from _above(smooth, smooth)
    risen = smooth - np.median(smooth)
    yield from _above(risen, risen[risen > 0])
    longest = max(length * side for length, side in zip(picture.shape, spacing, strict=True))
    for sigma in GROUNDS:
        if 3 * sigma <= longest:
            part = smooth - gaussian_filter(smooth, float(sigma), spacing=spacing)
            yield from _above(part, part)


def _above(values: Map, counted: Floats) -> Iterator[Mask]:
    if not counted.size or not np.ptp(counted) > 0:
        return
    limit = threshold_otsu(counted.ravel())  # which takes what is 3 or 4 voxels wide for colours
    # across planes that are far apart nothing would be left of small objects
    mask = ndimage.binary_opening(values > limit, np.ones((1, 3, 3)))
    if mask.any() and mask.mean() < _MOST:
        yield mask


def balls_of(mask: Mask, picture: Map, spacing: Spacing) -> Blobs:
    """Measure the parts of a mask: width and length are the short and the long axis of the ellipsoid with the same
    second moments, area is the volume in px^3, a tenth of it for what a side of the volume cuts.

    Args:
        mask: (Z, H, W).
        picture: (Z, H, W) in [0, 1], objects bright.
        spacing: sides of a voxel in px.
    """
    filled = ndimage.binary_fill_holes(mask)
    labels = _apart(filled if filled.mean() < _FULL else mask, spacing)
    count = int(labels.max()) + 1
    voxels = np.bincount(labels.ravel(), minlength=count).astype(np.float64)
    if count == 1 or not voxels[0]:
        return Blobs(labels * 0, *np.zeros((6, 0)))
    parts = Segments(measure_regions(picture[None], labels, spacing=spacing), np.arange(count)[None])
    width, volume = np.maximum(parts.descriptor("axis_minor_length"), 1.0), parts.descriptor("area")
    hole = np.bincount(labels[~mask], minlength=count) / voxels
    contrast = _contrast(labels, picture, width, spacing)
    whole = (parts.descriptor("border_share") == 0).astype(np.float64)
    good = np.clip((parts.descriptor("solidity") - _ROUGH) / _SMOOTH, 0, 1) * np.clip(contrast / _PLAIN, 0, 1)
    good *= np.clip(1 - hole / _HOLES, 0, 1) * (width >= LEAST_WIDTH) * (volume >= _LEAST_VOLUME)
    counts = volume * np.where(whole > 0, 1.0, _CUT)
    length = np.maximum(parts.descriptor("axis_major_length"), width)
    return Blobs(labels, *(values[1:] for values in (width, length, counts, contrast, good, whole)))


def _apart(mask: Mask, spacing: Spacing) -> Labels:
    """(Z, H, W) objects of a mask from 1, 0 = none; what touches is cut at its waists."""
    deep = gaussian_filter(depth(mask, spacing), 1.0, spacing=spacing) * mask
    rise = max(_PINCH, _PINCH_SHARE * float(np.percentile(deep[mask], 95))) if mask.any() else _PINCH
    peaks = h_maxima(deep, rise) if deep.max() > rise else deep == deep.max()
    markers, _ = ndimage.label((peaks > 0) & mask, structure=np.ones((3, 3, 3)))
    return watershed(-deep, markers, mask)


def _contrast(labels: Labels, picture: Map, width: Floats, spacing: Spacing) -> Floats:
    """(N + 1,) mean brightness of each part less that of the shell around it, of what belongs to no part."""
    count = len(width)
    away, place = ndimage.distance_transform_edt(labels == 0, sampling=spacing, return_indices=True)
    nearest = labels[tuple(place)]
    reach = np.maximum(max(2.0, *spacing), width / 3)
    shell = (labels == 0) & (away <= reach[nearest])
    inside = np.bincount(labels.ravel(), picture.ravel(), count) / np.bincount(labels.ravel(), None, count)
    around = np.bincount(nearest[shell], None, count)
    outside = np.bincount(nearest[shell], picture[shell], count) / np.maximum(around, 1)
    return np.where(around > 0, inside - outside, 0.0)
