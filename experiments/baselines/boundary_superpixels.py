"""Superpixels of the maps that boundary_unet.py writes.

    python -m experiments.baselines.boundary_superpixels runs/data/nuclei_unet/train runs/data/nuclei_unet/test

Each folder has maps/. Writes superpixels/STEM.tif beside it. Watershed of the boundary probabilities between pixels,
from their minima; the line where the probability of an object crosses one half is always a boundary.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import bioimage_cpp as bic
import numpy as np
from scipy import ndimage
from skimage.measure import label

from experiments.results.command import one_line_errors
from rlseg.arrays import Labels, Pixels
from rlseg.data.superpixels import merge_fragments, renumber
from rlseg.io import find_images, read_image
from rlseg.prediction.writers import write_labels


@dataclass(frozen=True)
class BoundarySuperpixels:
    """Superpixels of the probabilities of objects and boundaries.

    Attributes:
        levels: object probabilities whose contours are boundaries.
        smooth: Gaussian of the boundaries before their minima are found, px; more makes fewer seeds.
        min_size: superpixels with fewer pixels join the neighbour with the most similar object probability.
    """

    levels: tuple[float, ...] = (0.5,)
    smooth: float = 1.0
    min_size: int = 15

    def __call__(self, maps: Pixels) -> Labels:
        """Superpixels of (3, H, W) maps, see `boundary_unet.targets`: (H, W) int32, ids 0..N-1."""
        band = np.digitize(maps[0], self.levels)
        cut = np.stack([maps[2], maps[1]]).astype(np.float32)  # below, to the right: in the order of the axes
        cut[0, :-1][band[:-1] != band[1:]] = 1
        cut[1, :, :-1][band[:, :-1] != band[:, 1:]] = 1
        # every connected part of a band has a seed
        part = label(band + 1, connectivity=1)
        landscape = ndimage.gaussian_filter(self._strongest(cut), self.smooth)
        lowest = landscape == ndimage.minimum_filter(landscape, size=3)
        without = ~np.isin(part, part[lowest])
        seeds = label(np.where(lowest | without, part, 0), connectivity=2)
        basins = bic.segmentation.watershed_from_affinities(1 - cut, [(1, 0), (0, 1)], seeds.astype(np.int32))
        return merge_fragments(renumber(basins), maps[0].astype(np.float64), self.min_size)

    @staticmethod
    def _strongest(cut: Pixels) -> Pixels:
        """(H, W) the strongest boundary at the four sides of each pixel."""
        strongest: Pixels = cut.max(axis=0)
        strongest[1:] = np.maximum(strongest[1:], cut[0, :-1])
        strongest[:, 1:] = np.maximum(strongest[:, 1:], cut[1, :, :-1])
        return strongest


def write(folder: Path, superpixels: Callable[[Pixels], Labels]) -> None:
    """Write folder/superpixels and print how many there are.

    Raises:
        RlsegError: there are no maps, they cannot be read, or nothing can be written.
    """
    counts = []
    for file in find_images(folder / "maps"):
        found = superpixels(read_image(file.image, 3).pixels)
        (folder / "superpixels").mkdir(exist_ok=True)
        write_labels(folder / "superpixels" / f"{file.stem}.tif", found)
        counts.append(int(found.max()) + 1)
    print(f"{folder}: {np.mean(counts):.0f} superpixels an image")


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Run the script; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+", help="folders with maps/")
    options = parser.parse_args(arguments)
    for folder in options.folders:
        write(folder, BoundarySuperpixels())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
