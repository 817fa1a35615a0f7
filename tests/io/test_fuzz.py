"""Damaged bytes in every format: an image or one line, never anything else."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from nifti_file import write_nifti
from PIL import Image
from test_zarr import ome_zarr

from rlseg.errors import RlsegError
from rlseg.io.read import read_image, read_labels
from rlseg.io.read_options import Reading

pixels = np.random.default_rng(0).integers(0, 256, (12, 14)).astype(np.uint8)


def png(folder: Path) -> Path:
    Image.fromarray(pixels).save(folder / "a.png")
    return folder / "a.png"


def tiff(folder: Path) -> Path:
    tifffile.imwrite(folder / "a.tif", pixels, compression="zlib", rowsperstrip=5)
    return folder / "a.tif"


def ome(folder: Path) -> Path:
    metadata = {"axes": "CYX", "PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5}
    stack = np.stack([pixels] * 2)
    tifffile.imwrite(folder / "a.ome.tif", stack, ome=True, metadata=metadata, tile=(16, 16), photometric="minisblack")
    return folder / "a.ome.tif"


def zarr(folder: Path) -> Path:
    return ome_zarr(folder / "a.zarr", pixels)


def nifti(folder: Path) -> Path:
    return write_nifti(folder / "a.nii", pixels)


def packed(folder: Path) -> Path:
    return write_nifti(folder / "a.nii.gz", pixels)


FORMATS: list[Callable[[Path], Path]] = [png, tiff, ome, zarr, nifti, packed]


def damage(path: Path, changes: int, seed: int) -> None:
    """Change one to four bytes of one file, read the image, and put them back; many times."""
    chance = random.Random(seed)
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
    whole = {file: file.read_bytes() for file in files}
    done = 0
    while done < changes:
        file = chance.choice(files)
        content = bytearray(whole[file])
        for _ in range(chance.choice((1, 1, 1, 4))):
            content[chance.randrange(len(content))] = chance.choice(
                (0, 1, 0x30, 0x39, 0x7F, 0xFF, chance.randrange(256))
            )
            done += 1
        file.write_bytes(content)
        for read in (lambda: read_image(path, reading=LIMIT).pixels, lambda: read_labels(path, max_pixels=10_000)):
            try:
                found = read()
            except RlsegError as error:
                message = error.message
            else:
                message = ""
                assert found.size <= 10_000
                assert np.isfinite(found).all()
            assert "\n" not in message
        file.write_bytes(whole[file])


LIMIT = Reading(max_pixels=10_000)


@pytest.mark.filterwarnings("ignore")  # libraries may warn of what is damaged
@pytest.mark.parametrize("write", FORMATS)
def test_20_21_22_23_damaged_bytes(write: Callable[[Path], Path], tmp_path: Path) -> None:
    damage(write(tmp_path), 60 if write is zarr else 400, seed=0)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("write", FORMATS)
def test_20_21_22_23_hundred_thousand_damaged_bytes(write: Callable[[Path], Path], tmp_path: Path) -> None:
    # Zarr takes fifty times as long as the others
    damage(write(tmp_path), 10_000 if write is zarr else 30_000, seed=1)
