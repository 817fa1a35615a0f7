"""`rlseg predict`: label images from a checkpoint and images, nothing else needed."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.progress import track

from rlseg.data.files import ImageFile, find_images
from rlseg.data.read import read_image
from rlseg.errors import RlsegError
from rlseg.evaluation import object_measurements
from rlseg.output import object_table, write_labels, write_overlay, write_table
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
    )


def predict(
    checkpoint: Path,
    images: list[Path],
    output: Path,
    overlay: bool = False,
    table: Path | None = None,
    device: str = "auto",
) -> int:
    """Segment images and write a label TIFF for each.

    Args:
        checkpoint: file written by `rlseg fit`.
        images: files and folders.
        output: folder, made if needed; gets STEM.tif for every image, and STEM.png with overlay.
        overlay: draw the outlines on the image.
        table: CSV file with a line for every object, or None.
        device: "cpu", "cuda" or "auto".

    Returns:
        0, or 2 if some of the images could not be used.
    """
    files = find_images(images)
    predictor = Predictor(checkpoint, device)
    output.mkdir(parents=True, exist_ok=True)
    tables = {}
    failed = 0
    for file in track(files, "segmenting", transient=True):
        try:
            tables[file.stem] = _predict_one(predictor, file, output, overlay, table is not None)
        except RlsegError as error:
            failed += 1
            print(f"rlseg: error: {error}", file=sys.stderr)
    if table is not None and tables:
        write_table(table, tables)
    print(f"{len(files) - failed} of {len(files)} images segmented; labels in {output}")
    return 2 if failed else 0


def _predict_one(predictor: Predictor, file: ImageFile, output: Path, overlay: bool, measure: bool) -> dict:
    target = output / f"{file.stem}.tif"
    if target.resolve() == file.image.resolve():
        raise RlsegError(f"{target} is the image itself", "choose another --output folder")
    result = predictor(read_image(file.image, predictor.channels).pixels, file.stem)
    write_labels(target, result.labels)
    if overlay:
        write_overlay(output / f"{file.stem}.png", result.sample.image, result.labels)
    if not measure:
        return {}
    return object_table(result.labels, object_measurements(result, predictor.module.reward))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rlseg predict", description="Segment images with a trained model.")
    parser.add_argument("checkpoint", type=Path, help="checkpoint of rlseg fit (.ckpt)")
    parser.add_argument("images", type=Path, nargs="+", help="images (PNG, TIFF) or folders of images")
    parser.add_argument("--output", type=Path, required=True, help="folder for the label TIFFs")
    parser.add_argument("--overlay", action="store_true", help="also write PNGs with the outlines")
    parser.add_argument("--table", type=Path, help="also write a CSV file with a line for every object")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    return parser
