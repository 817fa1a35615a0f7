"""Superpixels from boundary maps, by the watershed of `boundary_seeds`: for cells that fill the place between lines.

    python experiments/line_superpixels.py runs/data/embryo_unet/*

Writes FOLDER/superpixels/STEM.tif for each FOLDER/maps/STEM.tif of boundary_unet.py; a training takes them by
data.superpixels.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tifffile

from rlseg.data.superpixels.boundary import BoundarySeeds
from rlseg.errors import RlsegError

Map = npt.NDArray[np.float64]


def lines_of(path: Path) -> Map:
    """How much each pixel looks like a boundary, by a file of boundary_unet.py.

    Args:
        path: TIFF with the probabilities (3, H, W) of an object, and of a boundary to the right and below.

    Returns:
        (H, W) in [0, 1]: the largest probability on the four sides of a pixel. A line is two pixels wide.

    Raises:
        RlsegError: there is no such file.
    """
    if not path.is_file():
        raise RlsegError(f"no such file: {path}", "write it with experiments/boundary_unet.py")
    _, right, below = tifffile.imread(path).astype(np.float64)
    left, above = np.zeros_like(right), np.zeros_like(below)
    left[:, 1:], above[1:] = right[:, :-1], below[:-1]
    return np.max([right, below, left, above], axis=0)


def write_superpixels(folder: Path, settings: BoundarySeeds) -> int:
    """Write the superpixels of all maps of a folder; returns the mean number an image.

    Raises:
        RlsegError: the folder holds no maps.
    """
    paths = sorted((folder / "maps").glob("*.tif"))
    if not paths:
        raise RlsegError(f"no maps in {folder / 'maps'}", "write them with experiments/boundary_unet.py")
    (folder / "superpixels").mkdir(exist_ok=True)
    counts = []
    for path in paths:
        ids = settings.cut(lines_of(path))
        # from 1, as in other label images
        tifffile.imwrite(folder / "superpixels" / path.name, (ids + 1).astype(np.uint16), compression="zlib")
        counts.append(int(ids.max()) + 1)
    return round(float(np.mean(counts)))


def main(arguments: list[str] | None = None) -> int:
    """Run the script; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+", help="folders with maps/")
    for name in ("threshold", "smooth"):
        default = BoundarySeeds.model_fields[name].default
        parser.add_argument(f"--{name}", type=float, default=default, help=f"as of boundary_seeds (default {default})")
    options = parser.parse_args(arguments)
    settings = BoundarySeeds(threshold=options.threshold, smooth=options.smooth)
    try:
        for folder in options.folders:
            if (folder / "maps").is_dir():
                print(f"{folder}: {write_superpixels(folder, settings)} superpixels an image", flush=True)
    except RlsegError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
