"""Masks in which the objects of an unknown image may show."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.morphology import area_closing, h_maxima

from rlseg.arrays import Labels, Map
from rlseg.data.filters import fill_holes, watershed
from rlseg.data.superpixels import depth

Mask = npt.NDArray[np.bool_]

# sigmas in px of what counts as the ground around each pixel
GROUNDS = (12, 25, 50)
# px, side of the largest square that lines are taken to close off
CLOSED = (30, 90)
_MOST = 0.85
# px by which a waist must be narrower on either side, and the share of the usual depth
_PINCH, _PINCH_SHARE = 0.75, 0.15
# px, around which a line stands out, and the share of Otsu's threshold from which a place lies low
_LINE = 4.0
_LOW = 0.3


def bright_masks(picture: Map) -> Iterator[Mask]:
    """Where a picture is bright: above Otsu's threshold of itself, and of how far it is above the ground around.

    The threshold of what is above the median alone finds bright objects also among dark ones.

    Args:
        picture: (H, W).

    Yields:
        (H, W), none that is empty or nearly full.
    """
    smooth = ndimage.gaussian_filter(picture, 1.0)
    above = [smooth - ndimage.gaussian_filter(smooth, sigma) for sigma in GROUNDS if 3 * sigma <= max(picture.shape)]
    risen = smooth - np.median(smooth)
    for values, counted in ((smooth, smooth), (risen, risen[risen > 0]), *((part, part) for part in above)):
        if not counted.size or not np.ptp(counted) > 0:
            continue
        limit = threshold_otsu(counted)
        mask = ndimage.binary_opening(values > (limit if values is smooth else max(limit, 0.0)), np.ones((3, 3)))
        if mask.any() and mask.mean() < _MOST:
            yield mask


def enclosed_masks(picture: Map) -> Iterator[Mask]:
    """What bright lines close off from the rest of a picture.

    Args:
        picture: (H, W) in which lines are bright.

    Yields:
        (H, W), where it lies clearly below the lowest place of the line around it.
    """
    smooth = ndimage.gaussian_filter(picture, 1.0)
    risen = smooth - ndimage.gaussian_filter(smooth, _LINE)
    if not (risen > 0).any() or not np.ptp(risen[risen > 0]) > 0:
        return
    line = risen > threshold_otsu(risen[risen > 0])
    for side in CLOSED:
        deep = area_closing(smooth, side * side, connectivity=1) - smooth
        if not deep.max() > 0:
            continue
        low = _LOW * threshold_otsu(deep[deep > 0])
        # what lies bright within an object, ringed by its dark, is part of it
        mask = ndimage.binary_opening(fill_holes((deep > low) & ~line), np.ones((3, 3)))
        if mask.any() and mask.mean() < _MOST:
            yield mask


def apart(mask: Mask) -> Labels:
    """(H, W) objects of a mask from 1, 0 = none; what touches is cut at its waists."""
    deep = ndimage.gaussian_filter(depth(mask), 1.0) * mask
    rise = max(_PINCH, _PINCH_SHARE * float(np.percentile(deep[mask], 95))) if mask.any() else _PINCH
    peaks = h_maxima(deep, rise) if deep.max() > rise else deep == deep.max()
    markers, _ = ndimage.label((peaks > 0) & mask, structure=np.ones((3, 3)))
    return watershed(-deep, markers, mask)
