"""Draw synthetic images and their truth as files, so that every command of rlseg works on them as on a user's.

    python -m experiments.drawings circles --count 100 --seed 0 --output runs/data/circles/train
    python -m experiments.drawings circles --sealed --output runs/data/sealed/circles

Writes images/*.png and labels/*.png, of volumes OME-TIFF. The same arguments give the same files.

Sealed drawings are for a final test alone (`experiments.analysis.sealed`): no setting, rule or constant may be chosen
after what they score, so nobody may look at them or score them otherwise. Their seeds are refused without --sealed.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol
from uuid import UUID

import numpy as np
import numpy.typing as npt
import tifffile
from PIL import Image

from experiments.drawings.circles import draw_circles
from experiments.drawings.embryo import draw_embryo
from experiments.drawings.tissue import draw_tissue
from experiments.drawings.volumes import draw_volume
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


VOLUMES = {"volumes": 3, "volumes_of_cubes": 1, "tissue": 3, "tissue_of_cubes": 1}
"""Kinds of volumes: the same scenes with planes so many px apart."""


class Sealed(NamedTuple):
    """The drawings of one kind that no decision has seen."""

    seed: int
    count: int


SEALED = {"circles": Sealed(seed=20261205, count=60), "embryo": Sealed(seed=20261202, count=32)}


def draw(kind: str, count: int, seed: int) -> dict[str, bytes]:
    """Draw images of one kind.

    Args:
        kind: one of KINDS or VOLUMES.
        count: number of images; fewer images are the first ones of more.
        seed: the only source of randomness; different seeds give different images.

    Returns:
        Path below the folder -> content: 8-bit images, 16-bit labels; a px of a volume is a um.
    """
    files = {}
    for number, one in enumerate(np.random.SeedSequence(seed).generate_state(count, np.uint64)):
        if kind in VOLUMES:
            drawing = draw_tissue if kind.startswith("tissue") else draw_volume
            volume = drawing(int(one), VOLUMES[kind])
            files[f"images/{number:04}.tif"] = _tiff(np.rint(255 * volume.image[0]).astype(np.uint8), VOLUMES[kind])
            files[f"labels/{number:04}.tif"] = _tiff(volume.truth.astype(np.uint16), VOLUMES[kind])
            continue
        drawn = KINDS[kind](int(one))
        pixels = np.rint(255 * drawn.image).astype(np.uint8)
        files[f"images/{number:04}.png"] = _png(pixels[0] if len(pixels) == 1 else np.moveaxis(pixels, 0, -1))
        files[f"labels/{number:04}.png"] = _png(drawn.truth.astype(np.uint16))
    return files


def _tiff(volume: npt.NDArray[np.generic], plane_distance: int) -> bytes:
    stream = io.BytesIO()
    sizes = {"PhysicalSizeZ": plane_distance, "PhysicalSizeY": 1, "PhysicalSizeX": 1}
    metadata = {"axes": "ZYX", "UUID": str(UUID(int=0)), **sizes}
    tifffile.imwrite(stream, volume, ome=True, compression="zlib", photometric="minisblack", metadata=metadata)
    return stream.getvalue()


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
    parser.add_argument("kind", choices=sorted({*KINDS, *VOLUMES}))
    parser.add_argument("--count", type=int, help="number of images (20)")
    parser.add_argument("--seed", type=int, help="0 if not given")
    parser.add_argument("--sealed", action="store_true", help="those of the final test: seed and number are fixed")
    parser.add_argument("--output", type=Path, required=True, help="folder for images/ and labels/")
    options = parser.parse_args(arguments)
    if options.sealed and (options.count, options.seed) != (None, None):
        parser.error("--sealed drawings have a fixed --count and --seed")
    if options.sealed and options.kind not in SEALED:
        parser.error(f"there are no --sealed drawings of {options.kind}")
    seed, count = SEALED[options.kind] if options.sealed else (options.seed or 0, options.count or 20)
    if count < 1 or seed < 0 or options.count == 0:
        parser.error("--count must be at least 1 and --seed at least 0")
    if not options.sealed and seed in {one.seed for one in SEALED.values()}:
        parser.error(f"--seed {seed} is that of the final test, which no decision may see: take another one")
    write(draw(options.kind, count, seed), options.output)
    print(f"{count} images in {options.output}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
