"""`rlseg reward ...`: work with reward files without training."""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path

from rlseg.commands.reward.preparation import add_options, configuration_beside, folder_of, prepared_by, prepared_for

__all__ = ["configuration_beside", "folder_of", "main", "prepared_by"]


def main(args: list[str]) -> int:
    """Run `rlseg reward ARGS`.

    Args:
        args: what follows `rlseg reward` on the command line.

    Returns:
        0 if all is well, 2 if the command line is wrong or `check` has found a file that is.

    Raises:
        RlsegError: a file cannot be used; `check` reports that itself.
    """
    try:
        options = vars(_parser().parse_args(args))
    except SystemExit as stop:  # argparse has printed what is wrong, or the help
        return 0 if stop.code in (0, None) else 2
    if "checkpoint" in options:
        config, checkpoint = options.pop("config"), options.pop("checkpoint")
        options["prepared"] = prepared_for(config, checkpoint, options.get("file"), options.get("allow", ()))
    # each command imports what it needs: checking a file must not wait for torch
    run = import_module(f"rlseg.commands.reward.{options.pop('command')}").run
    return int(run(**options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rlseg reward", description="Work with reward files.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    check = commands.add_parser("check", help="check reward files; exit code 0 if all are right, 2 if not")
    check.add_argument("files", nargs="+", metavar="FILE")
    _allow(check)
    check.add_argument("--format", choices=("text", "json"), default="text", help="json: a list of problems")

    explain = commands.add_parser("explain", help="show what a file rewards, or what a kind of term means")
    explain.add_argument("what", nargs="?", metavar="FILE|KIND", help="a reward file or a word; all words if not given")
    _allow(explain)
    _pixel_size(explain)

    score = commands.add_parser("score", help="what a file pays for a segmentation, all merged and all split")
    _image(score)
    score.add_argument("labels", type=Path, metavar="LABELS", help="label image, 0 = background, or outlines")
    score.add_argument("--truth", type=Path, help="another label image to compare with")
    _pixel_size(score)
    add_options(score)

    rank = commands.add_parser("rank", help="whether a file pays outlined objects more than worse versions of them")
    rank.add_argument("file", metavar="FILE", help="the reward file")
    rank.add_argument("images", type=Path, metavar="IMAGES", help="an image, or a folder or pattern of images")
    rank.add_argument("labels", type=Path, metavar="LABELS", help="their label images, 0 = background, or outlines")
    _allow(rank)
    _pixel_size(rank)
    add_options(rank)

    measure = commands.add_parser("measure", help="a reward file from some outlined objects")
    text = "label images, regions of ImageJ, GeoJSON of QuPath, shapes of napari, or JSON of LabelMe or COCO: a folder "
    text += '(perhaps that of the images), a file, or a pattern like "masks/*_mask.tif"'
    measure.add_argument("--outlines", "--labels", type=Path, required=True, dest="outlines", metavar="PATH", help=text)
    text = "the images of the same names, for terms about brightness and for the check"
    measure.add_argument("--images", type=Path, metavar="PATH", help=text)
    add_options(measure)
    measure.add_argument("--name", default="measured", help="name of the reward")
    measure.add_argument("--output", type=Path, metavar="FILE", help="the reward file to write; printed if not given")

    preview = commands.add_parser("preview", help="a picture of which term pays which object")
    _image(preview)
    preview.add_argument("--labels", type=Path, required=True, help="label image, 0 = background, or outlines")
    preview.add_argument("-o", "--output", type=Path, required=True, metavar="PNG", help="the picture to write")
    _pixel_size(preview)
    add_options(preview)

    schema = commands.add_parser("schema", help="the JSON schema of reward files, for editors")
    schema.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to write it; printed if not given")
    return parser


def _image(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the reward file")
    parser.add_argument("image", type=Path, metavar="IMAGE", help="PNG or TIFF")
    _allow(parser)


def _allow(parser: argparse.ArgumentParser) -> None:
    text = "package whose terms the file may import (class_path); can be given several times"
    parser.add_argument("--allow", action="append", default=[], metavar="PACKAGE", help=text)


def _pixel_size(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pixel-size", type=_positive, metavar="UM", help="um per pixel of the images")


def _positive(text: str) -> float:
    try:
        size = float(text)
    except ValueError:
        size = 0.0
    if not 0 < size < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number greater than 0, got {text}")
    return size
