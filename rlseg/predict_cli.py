"""`rlseg predict`: label images from a checkpoint and images, nothing else needed."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from pydantic import ValidationError
from rich.progress import Progress

from rlseg.confidence import object_columns
from rlseg.data.decode.content import MAX_PIXELS
from rlseg.data.files import ImageFile, find_images
from rlseg.data.read import RawImage, read_image, read_planes
from rlseg.data.reading import Reading
from rlseg.errors import RlsegError
from rlseg.output import Table, object_table, write_overlay, write_table
from rlseg.predictor import Predictor
from rlseg.writers import FORMATS
from rlseg.writers.ngff import refuse_replacing

__all__ = ["main", "predict"]


def main(args: list[str]) -> int:
    """Run `rlseg predict ARGS`.

    Args:
        args: what follows `rlseg predict`.

    Returns:
        0, or 2 if some of the images could not be used (the others are done).

    Raises:
        RlsegError: the checkpoint or the list of images cannot be used at all.
        SystemExit: the command line is wrong (exit code 2).
    """
    options = _parser().parse_args(args)
    return predict(
        options.checkpoint,
        options.images,
        options.output,
        overlay=options.overlay,
        table=options.table,
        device=options.device,
        allow=options.allow,
        formats=options.format or ("tiff",),
        reading=_reading(options),
        planes=options.planes,
    )


def predict(
    checkpoint: Path,
    images: list[Path],
    output: Path,
    overlay: bool = False,
    table: Path | None = None,
    device: str = "auto",
    allow: Sequence[str] = (),
    formats: Sequence[str] = ("tiff",),
    reading: Reading = Reading(),
    planes: bool = False,
) -> int:
    """Segment images and write labels for each.

    Args:
        checkpoint: file written by `rlseg fit`.
        images: files and folders.
        output: folder, made if needed; gets STEM.tif (or the suffix of another format) for every image, and STEM.png
            with overlay.
        overlay: draw the outlines on the image.
        table: CSV file with a line for every object, or None. Its columns reward and (after `sac`) q say how far the
            object is to be trusted, see `rlseg.confidence`.
        device: "cpu", "cuda" or "auto".
        allow: packages from which terms of your own may be imported, if the reward file has any.
        formats: of the labels, names in `FORMATS`.
        reading: how the images are to be read.
        planes: segment each plane of a stack or time series by itself, into the folder STEM in output.

    Returns:
        0, or 2 if some of the images could not be used.

    Raises:
        RlsegError: the checkpoint, the list of images or a target cannot be used; nothing is written then.
    """
    files = find_images(images)
    suffixes = [*([".png"] if overlay else []), *(FORMATS[name].suffix for name in formats)]
    _check_targets(files, output, suffixes, table, planes)
    predictor = Predictor(checkpoint, device, allow)
    tables: dict[str, Table] = {}
    failed = 0
    with Progress(transient=True) as progress:
        task = progress.add_task("segmenting", total=len(files))
        for file in files:
            try:
                for name, image in _read(file, predictor.channels, reading, planes).items():
                    tables[name] = _predict_one(predictor, name, image, output, overlay, table is not None, formats)
            except RlsegError as error:
                failed += 1
                print(f"rlseg: error: {error}", file=sys.stderr)
            progress.advance(task)
    if table is not None and tables:
        _make_folder(table.parent)
        write_table(table, tables)
    print(f"{len(files) - failed} of {len(files)} images segmented; labels in {output}")
    return 2 if failed else 0


def _read(file: ImageFile, channels: int, reading: Reading, planes: bool) -> dict[str, RawImage]:
    """The images of a file by the names of their outputs; says what is odd about them."""
    if planes:
        found = read_planes(file.image, channels, reading)
        images = {f"{file.stem}/{name}" if name else file.stem: image for name, image in found.items()}
    else:
        images = {file.stem: read_image(file.image, channels, reading)}
    for name, image in images.items():
        notes = list(image.notes)
        if _is_constant(image):
            notes.append(f"{name}: there is nothing on the image, all of its values are {image.pixels[0, 0, 0]:g}")
        for note in notes:
            print(f"rlseg: warning: {note}", file=sys.stderr)
    return images


def _is_constant(image: RawImage) -> bool:
    return not np.ptp(image.pixels, axis=(1, 2)).any()


def _predict_one(
    predictor: Predictor,
    name: str,
    image: RawImage,
    output: Path,
    overlay: bool,
    measure: bool,
    formats: Sequence[str],
) -> Table:
    """Segment, and write only when all is known; the TIFF last, so that it stands for a finished image."""
    result = predictor(image.pixels, name)
    if _is_constant(image):  # whatever the priors say of a segment as large as the image
        result = replace(result, labels=np.zeros_like(result.labels))
    table: Table = {}
    if measure:
        table = object_table(result.labels, object_columns(predictor.module, result))
    target = output / name
    _make_folder(target.parent)
    if overlay:
        write_overlay(target.with_name(f"{target.name}.png"), result.sample.image, result.labels)
    for chosen in sorted((FORMATS[name] for name in formats), key=lambda known: known.suffix == ".tif"):
        chosen.write(target.with_name(f"{target.name}{chosen.suffix}"), result.labels, image.pixel_size)
    return table


def _check_targets(
    files: Sequence[ImageFile], output: Path, suffixes: Sequence[str], table: Path | None, planes: bool
) -> None:
    """Find out before any work that a result cannot be written, or would replace an image."""
    # os.path says no where Path raises: to names that are too long
    existing = next(path for path in (output, *output.absolute().parents) if os.path.exists(path))
    if not existing.is_dir():
        raise RlsegError(f"--output {output}: {existing} is a file", "name a folder")
    if table is not None and os.path.isdir(table):
        raise RlsegError(f"--table {table} is a folder", "name a file, for example objects.csv")
    inputs = {os.path.realpath(file.image) for file in files}
    folders = {os.path.dirname(path) for path in inputs}
    for file in files:
        if planes and os.path.realpath(output / file.stem) in folders:
            raise RlsegError(f"planes in {output / file.stem} could replace images", "choose another --output folder")
        for suffix in suffixes:
            target = output / f"{file.stem}{suffix}"
            if os.path.realpath(target) in inputs:
                raise RlsegError(f"{target} would replace an image", "choose another --output folder")
            if suffix == FORMATS["zarr"].suffix:
                refuse_replacing(target)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RlsegError(f"cannot make the folder {folder}: {error.strerror}", "choose another one") from error


def _reading(options: argparse.Namespace) -> Reading:
    try:
        return Reading(axes=options.axes, channel=options.channel, nan=options.nan, max_pixels=options.max_pixels)
    except ValidationError as error:
        first = error.errors()[0]
        what = first["msg"].removeprefix("Value error, ")
        raise RlsegError(f"--{str(first['loc'][0]).replace('_', '-')}: {what}") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rlseg predict", description="Segment images with a trained model.")
    parser.add_argument("checkpoint", type=Path, help="checkpoint of rlseg fit (.ckpt)")
    parser.add_argument("images", type=Path, nargs="+", help="images (PNG, TIFF, OME-Zarr) or folders of images")
    parser.add_argument("--output", type=Path, required=True, help="folder for the labels")
    parser.add_argument(
        "--format", action="append", choices=FORMATS, help="of the labels, may be repeated; tiff if none"
    )
    parser.add_argument("--overlay", action="store_true", help="also write PNGs with the outlines")
    parser.add_argument(
        "--table",
        type=Path,
        help="also write a CSV file with a line for every object; its reward, and its q if there is a critic, are "
        "measures of confidence: objects that score low are more often wrong",
    )
    parser.add_argument(
        "--allow", action="append", default=[], metavar="PACKAGE", help="terms of your own come from this package"
    )
    parser.add_argument("--channel", type=int, metavar="N", help="read only this channel of the images, from 1")
    parser.add_argument("--axes", help="axes of the images if the files do not say them, slowest first, like CYX")
    parser.add_argument("--planes", action="store_true", help="segment each plane of stacks and series by itself")
    parser.add_argument(
        "--nan", choices=("error", "fill"), default="error", help="NaN and infinite values: refuse, or fill from beside"
    )
    parser.add_argument(
        "--max-pixels", type=int, metavar="N", default=MAX_PIXELS, help="largest number of values in an image"
    )
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    return parser
