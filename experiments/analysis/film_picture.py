"""A picture of a film: frames side by side, each track in a colour of its own, with its number.

python -m experiments.analysis.film_picture experiments/data/film/images labels/images.tif --output picture.png
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw
from scipy.ndimage import binary_erosion

from experiments.results.command import one_line_errors
from rlseg.errors import RlsegError
from rlseg.io import find_images, in_time, read_film, read_image, read_label_film


def picture(
    frames: list[npt.NDArray[np.float32]], labels: npt.NDArray[np.int32], columns: int, scale: int
) -> Image.Image:
    """Frames (H, W) and labels (T, H, W) as one picture; colours follow from the number of the track alone."""
    low, high = np.percentile(np.stack(frames), (0.5, 99.8))
    rng = np.random.default_rng(3)
    colours = rng.integers(60, 256, (int(labels.max()) + 1, 3))
    tiles = []
    for number, (pixels, found) in enumerate(zip(frames, labels, strict=True), start=1):
        gray = np.repeat(255 * np.clip((pixels - low) / max(high - low, 1e-9), 0, 1)[..., None], 3, axis=2)
        for track in np.unique(found[found > 0]):
            mask = found == track
            rim = mask & ~binary_erosion(mask, iterations=2)
            gray[mask] = 0.6 * gray[mask] + 0.4 * colours[track]
            gray[rim] = colours[track]
        tile = Image.fromarray(gray.astype(np.uint8)).resize((scale * gray.shape[1], scale * gray.shape[0]))
        draw = ImageDraw.Draw(tile)
        draw.text((4, 2), f"frame {number}", fill=(255, 255, 255), font_size=14)
        for track in np.unique(found[found > 0]):
            row, column = np.argwhere(found == track).mean(axis=0)
            draw.text((scale * column, scale * row), str(track), fill=(255, 255, 255), font_size=13, anchor="mm")
        tiles.append(tile)
    width, height = tiles[0].size
    whole = Image.new("RGB", (columns * width, -(-len(tiles) // columns) * height))
    for place, tile in enumerate(tiles):
        whole.paste(tile, (place % columns * width, place // columns * height))
    return whole


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Run the script; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("images", type=Path, help="film, or folder with its frames")
    parser.add_argument("labels", type=Path, help="label stack, or folder with label images")
    parser.add_argument("--output", type=Path, required=True, help="PNG to write")
    parser.add_argument("--columns", type=int, default=4, help="frames side by side")
    parser.add_argument("--scale", type=int, default=1, help="pixels of the picture for one of the film")
    options = parser.parse_args(arguments)
    if options.images.is_dir():
        files = in_time([file.image for file in find_images(options.images)])
        frames = [read_image(file).pixels[0] for file in files]
    else:
        frames = [image.pixels[0] for image in read_film(options.images)]
    labels, _ = read_label_film(options.labels)
    if labels.shape != (len(frames), *frames[0].shape):
        raise RlsegError(f"{len(frames)} frames of {frames[0].shape} px and labels {labels.shape} do not fit together")
    picture(frames, labels, options.columns, options.scale).save(options.output, optimize=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
