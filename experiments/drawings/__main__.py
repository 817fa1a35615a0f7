"""Draw synthetic images and their truth as files, so that every command of rlseg works on them as on a user's.

    python -m experiments.drawings circles --count 100 --seed 0 --output runs/data/circles/train

Writes images/*.png and labels/*.png. The same arguments give the same files.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from experiments.drawings.circles import draw_circles
from experiments.drawings.embryo import draw_embryo
from experiments.results.command import one_line_errors
from rlseg.errors import RlsegError


class Drawn(Protocol):
    """What a drawing function returns."""

    @property
    def image(self) -> npt.NDArray[np.float32]:
        """(C, H, W) in [0, 1]; C = 1 or 3."""

    @property
    def truth(self) -> npt.NDArray[np.int32]:
        """(H, W), 0 = background."""


KINDS: dict[str, Callable[[int], Drawn]] = {
    "circles": draw_circles,
    "embryo": draw_embryo,
}


def draw(kind: str, count: int, seed: int) -> dict[str, bytes]:
    """Draw images of one kind.

    Args:
        kind: one of KINDS.
        count: number of images; fewer images are the first ones of more.
        seed: the only source of randomness; different seeds give different images.

    Returns:
        Path below the folder -> content: 8-bit images, 16-bit labels.
    """
    files = {}
    for number, one in enumerate(np.random.SeedSequence(seed).generate_state(count, np.uint64)):
        drawn = KINDS[kind](int(one))
        pixels = np.rint(255 * drawn.image).astype(np.uint8)
        files[f"images/{number:04}.png"] = _png(pixels[0] if len(pixels) == 1 else np.moveaxis(pixels, 0, -1))
        files[f"labels/{number:04}.png"] = _png(drawn.truth.astype(np.uint16))
    return files


def _png(array: npt.NDArray[np.generic]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, "png")
    return stream.getvalue()


def write(files: dict[str, bytes], folder: Path) -> None:
    """Write the files that are not there yet.

    Raises:
        RlsegError: the folder holds other files, or files with other content, or cannot be written.
    """
    advice = "delete it, or name another folder with --output"
    if folder.exists() and not folder.is_dir():
        raise RlsegError(f"{folder} is a file", "name a folder with --output")
    try:
        there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if not path.is_dir()}
        for name, path in sorted(there.items()):
            if name not in files or path.read_bytes() != files[name]:
                raise RlsegError(f"{folder} holds other content: {name}", advice)
        for name in files.keys() - there.keys():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files[name])
    except OSError as error:
        raise RlsegError(f"cannot write {folder}: {error.strerror}", advice) from None


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Run the script; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("kind", choices=sorted(KINDS))
    parser.add_argument("--count", type=int, default=20, help="number of images")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, required=True, help="folder for images/ and labels/")
    options = parser.parse_args(arguments)
    if options.count < 1 or options.seed < 0:
        parser.error("--count must be at least 1 and --seed at least 0")
    write(draw(options.kind, options.count, options.seed), options.output)
    print(f"{options.count} images in {options.output}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
