"""Watershed from markers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Labels, Map
from rlseg.data.filters.floods import flood, fronts
from rlseg.graph import pieces_of


def watershed(
    image: Map, markers: npt.NDArray[np.integer] | None = None, mask: npt.NDArray[np.bool_] | None = None
) -> Labels:
    """The basins that `skimage.segmentation.watershed` finds, about four times faster.

    The order is that of scikit-image: the lowest pixel first, and of equals the one that was reached first, where a
    pixel counts at least as high as the one from which it was reached (P. Soille and M. Ansoult, Automated basin
    delineation from digital elevation models using mathematical morphology, 1990). Pixels of markers of one height come
    as one reads, row by row, which is the same in every part of an image; scikit-image leaves it to how its heap lies.

    Args:
        image: (H, W) or (Z, H, W) finite heights, in any unit.
        markers: of this shape, >= 0, a number for each basin, 0 = no marker; the local minima, numbered, if None.
        mask: of this shape, what may be flooded; everything if None.

    Returns:
        int32 of this shape: the number of each pixel's basin, 0 where no marker reaches.
    """
    if markers is None:
        from skimage.morphology import local_minima  # takes long to import, and most who ask have markers

        markers, _ = pieces_of(local_minima(image, connectivity=1))
    # all outside counts as flooded
    inner = (slice(1, -1),) * image.ndim
    labels = np.full([side + 2 for side in image.shape], -1, np.int32)
    labels[inner] = markers if mask is None else np.where(mask, markers, -1)
    values = np.empty(labels.shape)
    values[inner] = image
    strides = [int(np.prod(labels.shape[axis + 1 :])) for axis in range(image.ndim)]
    steps = (*(-stride for stride in strides), *strides[::-1])
    starts = fronts(labels.ravel(), steps)
    if len(starts):
        flood(values.ravel(), labels.ravel(), starts, steps, float(image.min()), float(image.max()))
    found = labels[inner]
    return found.copy() if mask is None else np.maximum(found, 0)
