"""Partitions of images with bright boundaries: by methods without training, and by checkpoints.

Every method returns a partition of all pixels. The constants of the methods without training (bias of the multicut,
reach of the mutex watershed, ...) are chosen on training images by a loss that the report defines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from pathlib import Path

import bioimage_cpp as bic
import numpy as np
from scipy import ndimage
from scipy.special import expit
from skimage.segmentation import watershed

from rlseg.arrays import AnyLabels, Floats
from rlseg.data import Preparation, Samples, prepare_files
from rlseg.data.superpixels import BoundarySeeds, ridge_map
from rlseg.environment import solve_multicut
from rlseg.errors import RlsegError
from rlseg.graph import Sample, collate
from rlseg.io import find_images, read_image
from rlseg.prediction import Predictor

Method = Callable[[Sample], AnyLabels]
LineMap = Callable[[Sample], Floats]
Evidence = Callable[[Sample], Floats]

BIASES = np.linspace(-2, 2, 21)


def ridges(sample: Sample) -> Floats:
    """(H, W) in [0, 1], bright lines of the image alone: the map behind `BoundarySeeds`."""
    return BoundarySeeds().lines(sample.image)


def lines_of(path: Path) -> Floats:
    """How much each pixel looks like a boundary, by a file of boundary_unet.py.

    Args:
        path: TIFF with the probabilities (3, H, W) of an object, and of a boundary to the right and below.

    Returns:
        (H, W) in [0, 1]: the largest probability on the four sides of a pixel. A line is two pixels wide.

    Raises:
        RlsegError: the file cannot be read.
    """
    _, right, below = read_image(path, 3).pixels.astype(np.float64)
    left, above = np.zeros_like(right), np.zeros_like(below)
    left[:, 1:], above[1:] = right[:, :-1], below[:-1]
    return np.max([right, below, left, above], axis=0)


def line_map(folder: Path) -> LineMap:
    """The maps of boundary_unet.py in folder/maps by the name of the sample, or `ridges` where there are none."""
    maps = folder / "maps"
    return (lambda sample: lines_of(maps / f"{sample.name}.tif")) if maps.is_dir() else ridges


def on_cracks(sample: Sample, values: Floats) -> tuple[Floats, Floats]:
    """(E,) mean of an (H, W) map over the cracks of each edge, and over the superpixels at its two ends."""
    regions = sample.regions
    # a crack lies half way between two pixels
    low, high = regions.crack_points // 2, (regions.crack_points + 1) // 2
    pixels = (values[low[:, 0], low[:, 1]] + values[high[:, 0], high[:, 1]]) / 2
    crack = np.add.reduceat(pixels, regions.crack_start[:-1]) / regions.edge_length
    inside = np.bincount(sample.superpixels.ravel(), values.ravel()) / regions.area
    return crack, inside[sample.edge_index].mean(axis=0)


def boundary_evidence(lines: LineMap = ridges) -> Evidence:
    """(E,) mean of the line map on each edge."""
    return lambda sample: on_cracks(sample, lines(sample))[0]


def grey_evidence(sample: Sample) -> Floats:
    """(E,) how much brighter an edge is than the two superpixels beside it."""
    crack, inside = on_cracks(sample, sample.image.mean(axis=0).astype(np.float64))
    return crack - inside


def multicut(evidence: Evidence, bias: float, by_length: bool) -> Method:
    """Multicut with the cost bias - evidence of each edge, in standard deviations, times its length if wanted."""

    def partition(sample: Sample) -> AnyLabels:
        values = evidence(sample)
        attraction = bias - (values - values.mean()) / max(values.std(), 1e-9)
        if by_length:
            attraction = attraction * sample.regions.edge_length / sample.regions.edge_length.mean()
        actions = expit(-attraction)
        return solve_multicut(sample.regions.num_nodes, sample.edge_index, actions[None])[0][sample.superpixels]

    return partition


def multicuts(evidence: Evidence) -> dict[str, Method]:
    """All biases, with and without lengths, by name."""
    return {
        f"bias {bias:.1f}{', times length' if by_length else ''}": multicut(evidence, bias, by_length)
        for bias in BIASES
        for by_length in (False, True)
    }


def mutex_watershed(reach: Sequence[int], repulsion: float, lines: LineMap = ridges) -> Method:
    """Mutex watershed of the pixels (Wolf et al. 2018): neighbours attract, pixels some way apart repel each other.

    Args:
        reach: distances of the pixels that repel each other, px, in eight directions.
        repulsion: weight of the strongest line between such pixels, against 1 - line between neighbours.
        lines: the line map, in [0, 1].
    """
    near = [(-1, 0), (0, -1)]
    far = [(r * y, r * x) for r in reach for y, x in ((-1, 0), (0, -1), (-1, -1), (-1, 1))]

    def partition(sample: Sample) -> AnyLabels:
        found = lines(sample)
        attractive = [1 - np.maximum(found, moved(found, offset)) for offset in near]
        repulsive = []
        for offset in far:
            steps = max(abs(offset[0]), abs(offset[1]))
            way = [tuple(np.rint(np.array(offset) * s / steps).astype(int)) for s in range(steps + 1)]
            repulsive.append(repulsion * np.max([moved(found, place) for place in way], axis=0))
        weights = np.stack(attractive + repulsive)
        return bic.segmentation.mutex_watershed(weights, near + far, len(near)).astype(np.int64)

    return partition


def moved(values: Floats, offset: Sequence[int]) -> Floats:
    """The value of the pixel at an offset from each pixel; that of the nearest pixel beyond the border. (H, W)."""
    rows, columns = (np.clip(np.arange(n) + o, 0, n - 1) for n, o in zip(values.shape, offset, strict=True))
    return values[rows[:, None], columns]


def mutex_watersheds(lines: LineMap = ridges) -> dict[str, Method]:
    """All reaches and repulsions, by name."""
    return {
        f"reach {list(reach)}, repulsion {weight:g}": mutex_watershed(reach, weight, lines)
        for reach, weight in product(((5,), (9,), (5, 9)), (0.5, 1.0, 2.0, 4.0))
    }


def grey_watershed(sigma: float) -> Method:
    """Watershed of the smoothed image from all of its minima: cells are dark, boundaries bright."""

    def partition(sample: Sample) -> AnyLabels:
        return watershed(ndimage.gaussian_filter(sample.image.mean(axis=0), sigma)) - 1

    return partition


def seeded_watershed(sigma: float, threshold: float, smooth: float) -> Method:
    """Watershed of the line map from the maxima of the smoothed distance to its lines.

    Args:
        sigma: Gaussian of the line filter, px.
        threshold: what counts as a line, 0..1.
        smooth: Gaussian of the distance to the lines, px; more makes fewer seeds.
    """

    def partition(sample: Sample) -> AnyLabels:
        lines = ridge_map(sample.image.mean(axis=0).astype(np.float64), sigma)
        away = ndimage.gaussian_filter(ndimage.distance_transform_edt(lines < threshold), smooth)
        seeds, _ = ndimage.label(away == ndimage.maximum_filter(away, size=3))
        return watershed(ndimage.gaussian_filter(lines, 1.0) - 0.05 * away, seeds) - 1

    return partition


def watersheds() -> dict[str, Method]:
    """All settings of both watersheds, by name."""
    grey: dict[str, Method] = {f"of the image, sigma {s:g}": grey_watershed(s) for s in (2, 3, 4, 5, 6, 7)}
    return grey | {
        f"of the lines, sigma {sigma:g}, threshold {threshold:g}, smoothed {smooth:g}": seeded_watershed(
            sigma, threshold, smooth
        )
        for sigma, threshold, smooth in product((1.2, 1.7, 2.2, 3.0), (0.1, 0.2, 0.3, 0.4), (2, 3, 4, 5))
    }


def best_on(candidates: Mapping[str, Method], loss: Callable[[Method], float]) -> str:
    """Name of the candidate with the smallest loss; the first one of several."""
    return min(candidates, key=lambda name: loss(candidates[name]))


def trained(predictor: Predictor) -> Method:
    """The partition of a checkpoint, before segments that score nothing become background."""

    def partition(sample: Sample) -> AnyLabels:
        found = predictor.module.segment(collate([sample]))[0]
        return found.outcome.segments.labels[0][sample.superpixels]

    return partition


def load(folder: Path, preparation: Preparation, limit: int | None = None) -> Samples:
    """The prepared images of a folder with images/ and labels/ (and superpixels/, if any), or the first of them."""
    superpixels = folder / "superpixels"
    files = find_images(folder / "images", folder / "labels", superpixels if superpixels.is_dir() else None)
    return prepare_files(files[:limit], preparation, channels=1)


def load_checkpoint(path: Path, preparation: Preparation, config: str) -> Predictor:
    """A checkpoint that was trained with this preparation.

    Raises:
        RlsegError: it was trained with another one, or is no checkpoint.
    """
    predictor = Predictor(path, device="cpu")
    if predictor.preparation != preparation:
        raise RlsegError(f"{path} was trained with another preparation", f"train it with {config}")
    return predictor
