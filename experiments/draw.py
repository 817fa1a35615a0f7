"""Draw synthetic images and their labels into a folder.

    python experiments/draw.py embryo --count 60 --seed 0 --output runs/data/embryo/train

Writes OUTPUT/images/*.png and OUTPUT/labels/*.png. Image i is drawn from seed + i, so that the same command writes the
same files on every machine.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from rlseg.data.embryo import draw_embryo

Drawing = tuple[npt.NDArray[np.float32], npt.NDArray[np.int32]]


def embryo(seed: int) -> Drawing:
    """A ring of long cells."""
    drawn = draw_embryo(seed)
    return drawn.image, drawn.truth


KINDS: dict[str, Callable[[int], Drawing]] = {"embryo": embryo}


def write_drawings(kind: str, count: int, seed: int, output: Path) -> None:
    """Draw `count` images of one kind as 8-bit PNG and their labels as 8- or 16-bit PNG.

    Raises:
        OSError: the folder cannot be written.
    """
    for part in ("images", "labels"):
        (output / part).mkdir(parents=True, exist_ok=True)
    for number in range(seed, seed + count):
        image, truth = KINDS[kind](number)
        pixels = np.rint(255 * np.moveaxis(image, 0, -1)).astype(np.uint8)
        small = truth.astype(np.uint8 if truth.max() < 256 else np.uint16)
        name = f"{kind}_{number:05}.png"
        Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(output / "images" / name)
        Image.fromarray(small).save(output / "labels" / name)


def main(arguments: list[str] | None = None) -> int:
    """Run the script; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("kind", choices=sorted(KINDS))
    parser.add_argument("--count", type=int, required=True, help="number of images, at least 1")
    parser.add_argument("--seed", type=int, default=0, help="of the first image, at least 0")
    parser.add_argument("--output", type=Path, required=True, help="folder that gets images/ and labels/")
    options = parser.parse_args(arguments)
    if options.count < 1 or options.seed < 0:
        parser.error("--count must be at least 1 and --seed at least 0")
    try:
        write_drawings(options.kind, options.count, options.seed, options.output)
    except OSError as error:
        print(f"cannot write {options.output}: {error.strerror or error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
