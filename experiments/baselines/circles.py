"""Segmentations of drawn discs without learning: what learns has to beat them.

    D=runs/data/circles/development; python -m experiments.baselines.circles --images $D/images --labels $D/labels

The constants were chosen on the first 8 training drawings (seed 0), by --grid; none on test images.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from scipy import ndimage
from skimage.feature import canny
from skimage.transform import hough_circle, hough_circle_peaks

from experiments.baselines.classical import compare, load
from experiments.results.command import one_line_errors
from rlseg.arrays import Labels, Pixels
from rlseg.data.superpixels import MutexWatershed

RADII = np.arange(10, 21)


@dataclass(frozen=True)
class MutexObjects:
    """The segments of a mutex watershed, but the largest, that have the size of a disc; holes filled.

    Attributes:
        sigma, reach, tolerance: of `MutexWatershed`.
        area: smallest and largest, px; discs of radius 10-20 px have 314-1257.
    """

    sigma: float = 0.5
    reach: int = 8
    tolerance: float = 2.5
    area: tuple[int, int] = (200, 1760)

    def __call__(self, image: Pixels) -> Labels:
        """Segment a (C, H, W) image in [0, 1]: (H, W) int32, 0 = background."""
        segments = MutexWatershed(sigma=self.sigma, reach=self.reach, tolerance=self.tolerance)(image)
        result = np.zeros(segments.shape, np.int32)
        places = ndimage.find_objects(segments + 1)
        # the largest is the ground; a disc comes before what fills its holes
        for number in np.argsort(-np.bincount(segments.ravel()), kind="stable")[1:]:
            view = result[places[number]]
            mask = ndimage.binary_fill_holes(segments[places[number]] == number)
            if self.area[0] <= np.count_nonzero(mask) <= self.area[1] and not view[mask].any():
                view[mask] = result.max() + 1
        return result


@dataclass(frozen=True)
class HoughCircles:
    """Circles of radius 10-20 px by the Hough transform of Canny edges of all colours; discs that do not overlap.

    Attributes:
        sigma: of the Canny edge detector, pixels.
        threshold: least share of a circle that must be edges.
    """

    sigma: float = 2.0
    threshold: float = 0.6

    def __call__(self, image: Pixels) -> Labels:
        """Segment a (C, H, W) image in [0, 1]: (H, W) int32, 0 = background."""
        edges = np.any([canny(channel, self.sigma) for channel in image], axis=0)
        votes = hough_circle(edges, RADII)
        found = zip(*hough_circle_peaks(votes, RADII, 5, 5, threshold=self.threshold), strict=True)
        rows, columns = np.indices(edges.shape)
        result = np.zeros(edges.shape, np.int32)
        for _, column, line, radius in found:  # the best first
            disc = np.hypot(rows - line, columns - column) <= radius
            if np.count_nonzero(result[disc]) < 0.2 * np.count_nonzero(disc):
                result[disc & (result == 0)] = result.max() + 1
        return result


METHODS: dict[str, Callable[[Pixels], Labels]] = {
    "mutex watershed, best setting": MutexObjects(),
    "Hough circles, best setting": HoughCircles(),
}


def grid() -> Iterator[tuple[str, Callable[[Pixels], Labels]]]:
    """The settings that were compared."""
    for sigma, reach, tolerance in product((0.3, 0.5, 0.8), (5, 8, 12), (1.2, 1.5, 2.0, 2.5, 3.0)):
        name = f"mutex sigma {sigma} reach {reach} tolerance {tolerance}"
        yield name, MutexObjects(sigma, reach, tolerance)
    for sigma, threshold in product((1.0, 1.5, 2.0, 2.5, 3.0), (0.5, 0.6, 0.7)):
        yield f"Hough sigma {sigma} threshold {threshold}", HoughCircles(sigma, threshold)


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Print the table; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--images", type=Path, required=True, help="folder of images")
    parser.add_argument("--labels", type=Path, required=True, help="folder of their truths")
    parser.add_argument("--count", type=int, help="only the first images")
    parser.add_argument("--grid", action="store_true", help="compare all settings instead of the best ones")
    parser.add_argument("--json", type=Path, help="file for the scores")
    options = parser.parse_args(arguments)
    pairs = load(options.images, options.labels, gray=False)[: options.count]
    compare(grid() if options.grid else METHODS.items(), pairs, options.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
