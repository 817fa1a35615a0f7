"""Superpixels that are intersected with the truth: what could be reached if every true outline could be chosen.

    python -m experiments.baselines.truth_superpixels FOLDER... --output runs/data/nuclei_truth

Each FOLDER has images/ and labels/. Writes OUTPUT/NAME/superpixels/STEM.tif for each folder NAME, with links to its
images and labels. Basins of the gradient are cut along the true outlines; slivers beside an outline, which rules could
take for a better one, join a neighbour under the same true label, never one across a true outline.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.segmentation import find_boundaries

from experiments.results.command import one_line_errors
from experiments.results.folders import share
from rlseg.arrays import Labels
from rlseg.data import Normalisation
from rlseg.data.superpixels import GradientWatershed, merge_fragments
from rlseg.graph import intersect_with_truth
from rlseg.io import find_images, read_image, read_labels
from rlseg.prediction.writers import write_labels

SIGMA = 1.5  # of the gradient, px
# a piece needs this many pixels that lie deeper than so many px inside its true object, or outside of all
CORE = {"object": (10, 2.0), "background": (200, 5.0)}


def truth_superpixels(image: npt.NDArray[np.float32], truth: Labels) -> Labels:
    """Gradient basins of a (C, H, W) image in [0, 1], cut along (H, W) true labels, without slivers.

    Returns:
        (H, W) int32, ids 0..N-1; every superpixel lies under one true label.
    """
    pieces = intersect_with_truth(GradientWatershed(sigma=SIGMA, min_size=1)(image), truth)
    outline = find_boundaries(truth, connectivity=1, mode="thick")
    depth = ndimage.distance_transform_edt(~outline) if outline.any() else np.full(truth.shape, np.inf)
    size = np.zeros(truth.shape)
    for kind, where in (("object", truth > 0), ("background", truth == 0)):
        pixels, least = CORE[kind]
        size[where & (depth >= least)] = 1 / pixels
    root = np.sqrt(image).astype(np.float64)
    return merge_fragments(pieces, root, 1.0, counted=size, allowed=truth)


def write(folder: Path, output: Path) -> None:
    """Write output/superpixels for a folder with images/ and labels/, and print how fine they are.

    Raises:
        RlsegError: an image or its labels are missing or cannot be read, or output cannot be written.
    """
    files = find_images(folder / "images", folder / "labels")
    share(folder, output)
    (output / "superpixels").mkdir(exist_ok=True)
    counts, pieces = [], []
    for file in files:
        assert file.labels is not None  # find_images refuses images without labels
        image = Normalisation().apply(read_image(file.image).pixels).pixels
        truth = read_labels(file.labels, image.shape[1:])
        found = truth_superpixels(image, truth)
        write_labels(output / "superpixels" / f"{file.stem}.tif", found)
        counts.append(int(found.max()) + 1)
        pieces.append(len(np.unique(found[truth > 0])) / max(len(np.unique(truth[truth > 0])), 1))
    print(f"{output}: {np.mean(counts):.0f} superpixels an image, {np.mean(pieces):.1f} pieces an object")


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Run the script; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+", help="folders with images/ and labels/")
    parser.add_argument("--output", type=Path, required=True, help="folder for a folder of each name")
    options = parser.parse_args(arguments)
    for folder in options.folders:
        write(folder, options.output / folder.name)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
