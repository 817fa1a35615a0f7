"""Classical segmentations of bright blobs: nothing is trained, and what learns has to beat the last one.

Run `python -m experiments.baselines.classical --images FOLDER --labels FOLDER` for a table of scores. The constants
were chosen on the 175 training images of `experiments/data/nuclei` alone; `--vary` prints how the score of
the last method depends on each of them. One method gets the outlines of `rlseg`, by the rules of `--config`: what
learning adds to it is the choice of the objects.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage as ndi
from skimage.filters import threshold_otsu
from skimage.measure import label, regionprops
from skimage.morphology import h_maxima
from skimage.segmentation import expand_labels, watershed

from experiments import ROOT
from experiments.baselines.outline_rule import Outlined
from experiments.results.command import one_line_errors
from experiments.results.score_table import write_rows
from rlseg.arrays import AnyFloats, Bools, Labels
from rlseg.data import Normalisation
from rlseg.io import find_images, read_image, read_labels
from rlseg.metrics import ImageScores, by_image, pooled, score_image

NUCLEI = ROOT / "experiments" / "data" / "nuclei" / "test"
CONFIG = ROOT / "experiments" / "nuclei.yaml"
OUTLINED = "Otsu + distance watershed + outline rule"
MIN_AREA = 20


def otsu_components(image: AnyFloats, sigma: float = 0.0) -> Labels:
    """Otsu's threshold, holes filled, connected components of at least 20 px.

    Args:
        image: (H, W) in [0, 1], bright objects.
        sigma: of the Gaussian applied before, in pixels.

    Returns:
        (H, W) int32, 0 = background.
    """
    return _whole_pieces(label(_otsu_mask(ndi.gaussian_filter(image, sigma)), connectivity=1))


def otsu_watershed(image: AnyFloats, sigma: float = 0.3, height: float = 0.25) -> Labels:
    """Otsu's threshold, touching objects split by the watershed of the distance transform.

    Args:
        image: (H, W) in [0, 1], bright objects.
        sigma: of the Gaussian applied before, in pixels.
        height: maxima of the distance less than this above their saddle are no objects, in pixels.

    Returns:
        (H, W) int32, 0 = background.
    """
    return _whole_pieces(_split(_otsu_mask(ndi.gaussian_filter(image, sigma)), height, smooth=0.7))


@dataclass(frozen=True)
class LocalThreshold:
    """Loose mask, distance watershed, then a threshold for each object: the strongest of those without `rlseg`.

    1. Local background: a low percentile of the smoothed image, in windows of about 36 px.
    2. Bools: intensity above it exceeds `loose` times Otsu's threshold. Split by the distance watershed.
    3. Each object, grown by `grow` px, keeps the pixels above background + `level` * (its median -
       background): its largest piece, holes filled.
    4. If the outlines are flat (median over the objects of |gradient| / contrast is below `blurred`), step 3
       is done with `level_blurred` instead: annotators outline blurred nuclei further out.

    Attributes:
        sigma: Gaussian of the intensities compared with thresholds, px.
        window: side of the background's window, in units of 4 px.
        percentile: of the window that is background.
        loose: fraction of Otsu's threshold.
        height, smooth: of the distance maxima (see `otsu_watershed`) and the Gaussian of the distance, px.
        grow: px.
        level, level_blurred: in (0, 1).
        blurred: per px.
    """

    sigma: float = 0.5
    window: int = 9
    percentile: float = 10.0
    loose: float = 0.9
    height: float = 0.25
    smooth: float = 0.7
    grow: int = 3
    level: float = 0.5
    level_blurred: float = 0.3
    blurred: float = 0.23

    def __call__(self, image: AnyFloats) -> Labels:
        """Segment one image. image: (H, W) in [0, 1]; returns (H, W) int32, 0 = background."""
        intensity = ndi.gaussian_filter(image, self.sigma)
        background = self._background(image)
        above = np.maximum(intensity - background, 0)
        mask = ndi.binary_fill_holes(above > self.loose * threshold_otsu(above))
        seeds = _split(mask, self.height, self.smooth)
        labels = self._threshold_each(seeds, intensity, background, self.level)
        if self._sharpness(labels, image, intensity, background) < self.blurred:
            labels = self._threshold_each(seeds, intensity, background, self.level_blurred)
        return labels

    def _background(self, image: AnyFloats) -> AnyFloats:
        reduced = ndi.gaussian_filter(image, 2)[::4, ::4]
        low = ndi.percentile_filter(reduced, self.percentile, size=self.window)
        low = ndi.gaussian_filter(low, self.window / 4)
        enlarged = ndi.zoom(low, 4, order=1, grid_mode=True, mode="nearest")
        return enlarged[: image.shape[0], : image.shape[1]]

    def _threshold_each(self, seeds: Labels, intensity: AnyFloats, background: AnyFloats, level: float) -> Labels:
        ids = np.arange(1, seeds.max() + 1)
        if not len(ids):
            return seeds
        low = ndi.mean(background, seeds, ids)
        threshold = low + level * (ndi.median(intensity, seeds, ids) - low)
        grown = expand_labels(seeds, self.grow)
        kept = intensity > np.concatenate([[np.inf], threshold])[grown]
        return _whole_pieces(np.where(kept, grown, 0))

    @staticmethod
    def _sharpness(labels: Labels, image: AnyFloats, intensity: AnyFloats, background: AnyFloats) -> float:
        ids = np.arange(1, labels.max() + 1)
        if not len(ids):
            return np.inf
        gradient = ndi.gaussian_gradient_magnitude(image, 0.7)
        # The outermost pixels of each object: those with a pixel of another label beside them.
        lowest = ndi.minimum_filter(labels, footprint=ndi.generate_binary_structure(2, 1))
        highest = ndi.maximum_filter(labels, footprint=ndi.generate_binary_structure(2, 1))
        outline = np.where(lowest != highest, labels, 0)
        ids = ids[np.isin(ids, outline)]
        contrast = ndi.median(intensity, labels, ids) - ndi.mean(background, labels, ids)
        slopes = ndi.mean(gradient, outline, ids) / np.maximum(contrast, 1e-6)
        return float(np.median(slopes)) if len(slopes) else np.inf


def local_threshold(image: AnyFloats) -> Labels:
    """`LocalThreshold` with its default constants. image: (H, W) in [0, 1]; returns (H, W) int32."""
    return LocalThreshold()(image)


METHODS: dict[str, Callable[[AnyFloats], Labels]] = {
    "Otsu + components": otsu_components,
    "Otsu + distance watershed": otsu_watershed,
    OUTLINED: Outlined(otsu_watershed, CONFIG),
    "loose mask + watershed + local threshold": local_threshold,
}


def _otsu_mask(image: AnyFloats) -> Bools:
    return np.asarray(ndi.binary_fill_holes(image > threshold_otsu(image)))


def _split(mask: Bools, height: float, smooth: float) -> Labels:
    """Objects of a mask: watershed from the maxima of its smoothed distance transform."""
    distance = ndi.gaussian_filter(ndi.distance_transform_edt(mask), smooth) * mask
    if not mask.any():
        return np.zeros(mask.shape, np.int32)
    markers = label(h_maxima(distance, height)) * mask
    return watershed(-distance, markers, mask=mask).astype(np.int32)


def _whole_pieces(labels: npt.NDArray[np.integer]) -> Labels:
    """The largest piece of each object with its holes filled, if it has MIN_AREA px; numbered from 1."""
    largest: dict[int, Any] = {}
    for piece in regionprops(label(labels, connectivity=1)):
        owner = int(labels[tuple(piece.coords[0])])
        if owner not in largest or piece.area > largest[owner].area:
            largest[owner] = piece
    result = np.zeros(labels.shape, np.int32)
    count = 0
    for piece in largest.values():
        filled = piece.image_filled
        if filled.sum() >= MIN_AREA:
            count += 1
            view = result[piece.slice]
            view[filled & (view == 0)] = count
    return result


def load(images: Path, labels: Path, gray: bool = True) -> list[tuple[AnyFloats, Labels]]:
    """All images of a folder, normalised to [0, 1] as a training does, with their truths.

    Args:
        images, labels: folders.
        gray: (H, W) images, the mean of the channels; otherwise (C, H, W).

    Raises:
        RlsegError: an image or its labels are missing or cannot be read.
    """
    pairs = []
    for file in find_images(images, labels):
        assert file.labels is not None  # find_images refuses images without labels
        image = Normalisation().apply(read_image(file.image).pixels).pixels
        pairs.append((image.mean(axis=0) if gray else image, read_labels(file.labels, image.shape[-2:])))
    return pairs


def score(method: Callable[[AnyFloats], Labels], pairs: Sequence[tuple[AnyFloats, Labels]]) -> list[ImageScores]:
    """The scores of one method on every image."""
    return [score_image(method(image), truth) for image, truth in pairs]


def compare(
    methods: Iterable[tuple[str, Callable[[AnyFloats], Labels]]],
    pairs: Sequence[tuple[AnyFloats, Labels]],
    output: Path | None = None,
) -> None:
    """Print a table of mAP / AP50 / AP75, by image and pooled; also as JSON {"rows": [...]} if there is an output.

    Args:
        methods: name and method, one after the other.
        pairs: images and truths, see `load`.
        output: a JSON file; a row has the scores by image, and `images` the mAP of each.
    """
    print(f"{len(pairs)} images, mAP/AP50/AP75")
    print(f"| {'method':42} | {'by image':17} | {'pooled':17} | ms/im |\n| --- | --- | --- | --- |")
    rows = []
    for name, method in methods:
        method(pairs[0][0])  # what is read and compiled on a first call is not part of the time
        start = time.perf_counter()
        scores = score(method, pairs)
        milliseconds = 1000 * (time.perf_counter() - start) / len(scores)
        cells = [f"{s.mean_ap:.3f}/{s.ap50:.3f}/{s.ap75:.3f}" for s in (by_image(scores), pooled(scores))]
        print(f"| {name:42} | {cells[0]} | {cells[1]} | {milliseconds:5.0f} |", flush=True)
        images = [one.summary.mean_ap for one in scores]
        rows.append({"method": name, **by_image(scores).as_dict(), "ms": milliseconds, "images": images})
    write_rows(output, rows)


VARIED: dict[str, tuple[Any, ...]] = {
    "level": (0.4, 0.45, 0.55),
    "level_blurred": (0.2, 0.4, 0.5),
    "blurred": (0.21, 0.22, 0.24),
    "loose": (0.7, 0.8, 1.0),
    "height": (0.1, 0.5, 0.75),
    "sigma": (0.3, 0.7, 1.0),
    "smooth": (0.5, 1.0),
    "window": (7, 15),
    "percentile": (5.0, 25.0),
    "grow": (2, 5),
}


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Print the table; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--images", type=Path, default=NUCLEI / "images", help="folder of images")
    parser.add_argument("--labels", type=Path, default=NUCLEI / "labels", help="folder of their truths")
    parser.add_argument("--config", type=Path, default=CONFIG, help="whose reward file and refinement outline objects")
    parser.add_argument("--vary", action="store_true", help="vary each constant of the local threshold instead")
    parser.add_argument("--json", type=Path, help="file for the scores")
    options = parser.parse_args(arguments)
    methods = METHODS | {OUTLINED: Outlined(otsu_watershed, options.config)}
    if options.vary:
        methods = {"as chosen": local_threshold}
        for name, values in VARIED.items():
            for value in values:
                methods[f"{name} = {value}"] = replace(LocalThreshold(), **{name: value})
    compare(methods.items(), load(options.images, options.labels), options.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
