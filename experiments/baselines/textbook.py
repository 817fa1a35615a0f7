"""The pipeline of a textbook, as a script of its own: what a user has with scikit-image alone, files to files.

    python experiments/baselines/textbook.py IMAGES LABELS

Otsu's threshold, holes filled, the watershed of the smoothed distance transform, small objects left out: the method
`otsu_watershed` of `classical.py` in its plainest form. Nothing of this project is imported, so that the time of the
process is that of the libraries.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import tifffile
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.io import imread
from skimage.measure import label
from skimage.morphology import h_maxima
from skimage.segmentation import watershed

SMALLEST = 20


def segment(image: np.ndarray) -> np.ndarray:
    """Bright objects. image: (H, W); returns (H, W) int32, 0 = background."""
    smooth = ndimage.gaussian_filter(image.astype(np.float32), 0.3)
    mask = ndimage.binary_fill_holes(smooth > threshold_otsu(smooth))
    distance = ndimage.gaussian_filter(ndimage.distance_transform_edt(mask), 0.7) * mask
    labels = watershed(-distance, label(h_maxima(distance, 0.25)) * mask, mask=mask)
    kept = np.bincount(labels.ravel()) >= SMALLEST
    kept[0] = False
    return np.where(kept, np.cumsum(kept), 0)[labels].astype(np.int32)


def main() -> None:
    images, output = Path(sys.argv[1]), Path(sys.argv[2])
    output.mkdir(parents=True, exist_ok=True)
    for file in sorted(images.iterdir()):
        image = imread(file)
        gray = image if image.ndim == 2 else image[..., :3].mean(-1)
        tifffile.imwrite(output / f"{file.stem}.tif", segment(gray), compression="zlib")


if __name__ == "__main__":
    main()
