"""One picture of a trained model's work: image, objects found and true objects, for some images of a folder.

    python -m experiments.results.examples CHECKPOINT experiments/data/nuclei/test out.png

The images are spread evenly over the folder, sorted by name: nobody chooses the good ones.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from experiments.results.command import one_line_errors
from rlseg.data import Normalisation
from rlseg.io import find_images, read_image, read_labels
from rlseg.metrics import score_image
from rlseg.pictures import Rgb, draw_objects, enlarge, grid, stretch
from rlseg.prediction import Predictor


def picture(checkpoint: Path, folder: Path, count: int, scale: int) -> Rgb:
    """The tiles, one row an image.

    Args:
        checkpoint: of a training on images alone (without given superpixels).
        folder: with images/, and labels/ if there are any.
        count: number of images.
        scale: enlargement.

    Raises:
        RlsegError: something cannot be read.
    """
    predictor = Predictor(checkpoint, device="cpu")
    labels = folder / "labels"
    files = find_images(folder / "images", labels if labels.is_dir() else None)
    tiles = []
    for index in np.unique(np.linspace(0, len(files) - 1, min(count, len(files))).round().astype(int)):
        file = files[index]
        pixels = read_image(file.image, predictor.channels).pixels
        image = Normalisation().apply(pixels).pixels
        found = predictor(pixels, file.stem).labels
        tiles.append((f"{file.stem[:16]}", enlarge(stretch(image), scale)))
        title = f"found: {found.max()}"
        if file.labels is not None:
            truth = read_labels(file.labels, image.shape[-2:])
            title += f", mAP {score_image(found, truth).summary.mean_ap:.2f}"
        tiles.append((title, draw_objects(image, found, scale)))
        if file.labels is not None:
            tiles.append((f"true: {len(np.unique(truth)) - 1}", draw_objects(image, truth, scale)))
    return grid(tiles, 3 if labels.is_dir() else 2)


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Run the script; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path, help="with images/, and labels/ if there are any")
    parser.add_argument("output", type=Path, help="PNG to write")
    parser.add_argument("--count", type=int, default=4, help="number of images")
    parser.add_argument("--scale", type=int, default=1, help="enlargement")
    options = parser.parse_args(arguments)
    pixels = picture(options.checkpoint, options.folder, options.count, options.scale)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).quantize(128).save(options.output, optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
