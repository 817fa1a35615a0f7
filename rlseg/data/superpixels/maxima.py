"""Maxima of a map that stand out by a given height."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Map
from rlseg.jit import jit


@jit
def _reconstruct(marker: Map, mask: Map) -> None:
    """Reconstruction by dilation of marker under mask >= marker, in place: each rise of the marker spreads to its
    8-neighbours, but never above the mask.

    L. Vincent, Morphological grayscale reconstruction (1993): a scan forth, a scan back, then a queue for the rest.
    """
    height, width = mask.shape
    queue = np.empty(height * width, np.int64)
    waiting = np.zeros(height * width, np.bool_)
    head = 0
    length = 0
    for scan in range(2):
        step = 1 - 2 * scan
        for i in range(height * width):
            p = i if scan == 0 else height * width - 1 - i
            r, c = p // width, p % width
            # the four neighbours that the scan has already passed: the previous row and the previous pixel
            value = marker[r, c]
            for k in range(4):
                y, x = (r - step, c + k - 1) if k < 3 else (r, c - step)
                if 0 <= y < height and 0 <= x < width:
                    value = max(value, marker[y, x])
            marker[r, c] = min(value, mask[r, c])
            if scan == 0:
                continue
            for k in range(4):
                y, x = (r + 1, c + k - 1) if k < 3 else (r, c + 1)
                if 0 <= y < height and 0 <= x < width and marker[y, x] < marker[r, c] and marker[y, x] < mask[y, x]:
                    waiting[p] = True
                    queue[length] = p
                    length += 1
                    break
    while length > 0:
        p = queue[head]
        head = (head + 1) % len(queue)
        length -= 1
        waiting[p] = False
        r, c = p // width, p % width
        for y in range(max(r - 1, 0), min(r + 2, height)):
            for x in range(max(c - 1, 0), min(c + 2, width)):
                if marker[y, x] < marker[r, c] and marker[y, x] < mask[y, x]:
                    marker[y, x] = min(marker[r, c], mask[y, x])
                    q = y * width + x
                    if not waiting[q]:
                        waiting[q] = True
                        queue[(head + length) % len(queue)] = q
                        length += 1


def high_maxima(image: Map, rise: float) -> npt.NDArray[np.bool_]:
    """The pixels that `skimage.morphology.h_maxima` finds, about ten times faster.

    Args:
        image: (H, W) finite.
        rise: > 0, how much a maximum must stand out against the way to a higher one, in units of the image.

    Returns:
        (H, W) bool: pixels of the maxima that stand out by at least `rise`; all False if the range of the image is
        smaller.
    """
    if rise > image.max() - image.min():
        return np.zeros(image.shape, np.bool_)
    # slightly more than `rise` below, so that rounding cannot hide a maximum of exactly that height
    marker = image - rise - 2 * np.finfo(np.float64).resolution * np.abs(image)
    _reconstruct(marker, image)
    return image - marker >= rise
