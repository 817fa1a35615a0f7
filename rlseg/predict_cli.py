"""`rlseg predict`: label images from a checkpoint and images, nothing else needed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.progress import Progress

from rlseg.confidence import object_columns
from rlseg.data.files import ImageFile, find_images
from rlseg.data.read import read_image
from rlseg.errors import RlsegError
from rlseg.output import Table, object_table, write_labels, write_overlay, write_table
from rlseg.predictor import Predictor

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
    )


def predict(
    checkpoint: Path,
    images: list[Path],
    output: Path,
    overlay: bool = False,
    table: Path | None = None,
    device: str = "auto",
    allow: Sequence[str] = (),
) -> int:
    """Segment images and write a label TIFF for each.

    Args:
        checkpoint: file written by `rlseg fit`, or folder written by `rlseg export`.
        images: files and folders.
        output: folder, made if needed; gets STEM.tif for every image, and STEM.png with overlay.
        overlay: draw the outlines on the image.
        table: CSV file with a line for every object, or None. Its columns reward and (after `sac`) q say how far the
            object is to be trusted, see `rlseg.confidence`.
        device: "cpu", "cuda" or "auto".
        allow: packages from which terms of your own may be imported, if the reward file has any.

    Returns:
        0, or 2 if some of the images could not be used.

    Raises:
        RlsegError: the checkpoint, the list of images or a target cannot be used; nothing is written then.
    """
    files = find_images(images)
    _check_targets(files, output, overlay, table)
    predictor = Predictor(checkpoint, device, allow)
    tables = {}
    failed = 0
    with Progress(transient=True) as progress:
        task = progress.add_task("segmenting", total=len(files))
        for file in files:
            try:
                tables[file.stem] = _predict_one(predictor, file, output, overlay, table is not None)
            except RlsegError as error:
                failed += 1
                print(f"rlseg: error: {error}", file=sys.stderr)
            progress.advance(task)
    if table is not None and tables:
        _make_folder(table.parent)
        write_table(table, tables)
    print(f"{len(files) - failed} of {len(files)} images segmented; labels in {output}")
    return 2 if failed else 0


def _predict_one(predictor: Predictor, file: ImageFile, output: Path, overlay: bool, measure: bool) -> Table:
    """Segment, and write only when all is known; the label image last, so that it stands for a finished image."""
    result = predictor(read_image(file.image, predictor.channels).pixels, file.stem)
    table: Table = {}
    if measure:
        table = object_table(result.labels, object_columns(predictor.module, result))
    _make_folder(output)
    if overlay:
        write_overlay(output / f"{file.stem}.png", result.sample.image, result.labels)
    write_labels(output / f"{file.stem}.tif", result.labels)
    return table


def _check_targets(files: Sequence[ImageFile], output: Path, overlay: bool, table: Path | None) -> None:
    """Find out before any work that a result cannot be written, or would replace an image."""
    existing = next(path for path in (output, *output.absolute().parents) if path.exists())
    if not existing.is_dir():
        raise RlsegError(f"--output {output}: {existing} is a file", "name a folder")
    if table is not None and table.is_dir():
        raise RlsegError(f"--table {table} is a folder", "name a file, for example objects.csv")
    inputs = {file.image.resolve() for file in files}
    for file in files:
        for suffix in (".tif", ".png") if overlay else (".tif",):
            target = output / f"{file.stem}{suffix}"
            if target.resolve() in inputs:
                raise RlsegError(f"{target} would replace an image", "choose another --output folder")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RlsegError(f"cannot make the folder {folder}: {error.strerror}", "choose another one") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rlseg predict", description="Segment images with a trained model.")
    parser.add_argument("checkpoint", type=Path, help="checkpoint of rlseg fit (.ckpt) or folder of rlseg export")
    parser.add_argument("images", type=Path, nargs="+", help="images (PNG, TIFF) or folders of images")
    parser.add_argument("--output", type=Path, required=True, help="folder for the label TIFFs")
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
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    return parser
