"""`rlseg predict`: label images from a checkpoint and images, nothing else needed."""

from __future__ import annotations

import argparse
import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from rlseg.commands.notes import warn
from rlseg.errors import RlsegError
from rlseg.io import Reading, find_images, square_pixels
from rlseg.io.decode import MAX_PIXELS
from rlseg.models import model_of
from rlseg.prediction import Prediction, Predictor, Wishes
from rlseg.prediction.tiling import Cluster, Threads, Tiling
from rlseg.prediction.writers import FORMATS
from rlseg.rewards.language import RewardFile, load_reward

__all__ = ["main"]


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
    wishes = Wishes(
        output=options.output,
        formats=options.format or ("tiff",),
        overlay=options.overlay,
        table=options.table,
        reading=_reading(options),
        planes=options.planes,
        tiling=_tiling(options.tile),
        missing=options.missing,
        pixel_size=None if options.pixel_size is None else square_pixels(options.pixel_size),
        width=options.width,
        plane_distance=options.plane_distance,
    )
    files = find_images(options.images, say=warn)
    wishes.check(files)
    model = model_of(options.model)
    if model != options.model:
        print(f"model: {model}")
    predictor = Predictor(model, options.device, options.allow)
    if options.plane_distance is not None:
        predictor = predictor.with_plane_distance(options.plane_distance)
    predictor.spare_threads()
    if wishes.pixel_size is not None and predictor.preparation.trained_on is None and predictor.in_pixels:
        warn(
            "--pixel-size is kept with the results and changes nothing else: the model does not know the pixel size of "
            "its training; of another magnification say how wide the objects are with --width"
        )
    rules = _film_rules(options, predictor)
    with closing(_workers(options.dask)) as workers:
        prediction = Prediction(predictor, replace(wishes, film=rules is not None), workers)
        if rules is None:
            failed = prediction.run(files)
        else:
            # films need scipy.optimize, which takes longer to import than an image to segment
            from rlseg.prediction import FilmPrediction

            failed = FilmPrediction(prediction, rules, told=options.film).run(files)
    print(f"{len(files) - failed} of {len(files)} images segmented; labels in {options.output}")
    return 2 if failed else 0


def _film_rules(options: argparse.Namespace, predictor: Predictor) -> RewardFile | None:
    """What links the objects of films: nothing unless they are asked for, or the model knows how.

    Raises:
        RlsegError: films are asked for together with planes, or nothing says how objects are linked.
    """
    if options.planes and (options.film or options.rules is not None):
        raise RlsegError("--planes segments each plane by itself, --film and --rules link them", "leave one out")
    if options.rules is not None:
        rules = load_reward(options.rules, allow=options.allow)
        if rules.volumes != predictor.preparation.volume:
            ours, theirs = ("volumes", "images")[:: 1 if rules.volumes else -1]
            raise RlsegError(f"the reward {rules.name!r} is about {ours}, and this is a model of {theirs}")
        return rules
    rules = predictor.reward.file
    if rules.tracks is None and options.film:
        raise RlsegError(
            f"the reward {rules.name!r} of the model does not say how objects are linked",
            "give a reward file with a section tracks: --rules FILE",
        )
    return None if rules.tracks is None or options.planes else rules


def _workers(address: str | None) -> Cluster | Threads:
    return Threads(min(os.cpu_count() or 1, 4)) if address is None else Cluster(address)


def _tiling(side: int) -> Tiling | None:
    try:
        return Tiling(side=side) if side else None
    except ValidationError as error:
        raise RlsegError(f"--tile: {error.errors()[0]['msg']}, got {side}", "0 cuts no image") from error


def _reading(options: argparse.Namespace) -> Reading:
    try:
        return Reading(
            axes=options.axes,
            channel=_number_or_name(options.channel),
            series=options.series,
            nan=options.nan,
            max_pixels=options.max_pixels,
        )
    except ValidationError as error:
        first = error.errors()[0]
        what = first["msg"].removeprefix("Value error, ")
        raise RlsegError(f"--{str(first['loc'][0]).replace('_', '-')}: {what}") from error


def _number_or_name(text: str | None) -> int | str | None:
    try:
        return None if text is None else int(text)
    except ValueError:
        return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rlseg predict", description="Segment images with a trained model.")
    parser.add_argument("model", type=Path, help="project, configuration, run or checkpoint, or rlseg export's folder")
    parser.add_argument(
        "images",
        type=Path,
        nargs="+",
        help="images (PNG, TIFF, OME-Zarr, NIfTI), folders of images, or patterns in quotation marks like "
        '"plate/**/*.tif"',
    )
    parser.add_argument("--output", type=Path, required=True, help="folder for the labels")
    parser.add_argument(
        "--format", action="append", choices=FORMATS, help="of the labels, may be repeated; tiff if none"
    )
    parser.add_argument("--overlay", action="store_true", help="also write PNGs with the outlines")
    parser.add_argument(
        "--table",
        type=Path,
        help="also write a file with a line for every object, CSV or, as NAME.parquet, Parquet; its reward, and its q "
        "if there is a critic, are measures of confidence: objects that score low are more often wrong",
    )
    parser.add_argument(
        "--allow", action="append", default=[], metavar="PACKAGE", help="terms of your own come from this package"
    )
    _add_reading(parser)
    parser.add_argument(
        "--width",
        type=float,
        metavar="PX",
        help="typical short diameter of the objects in px, if it is another than in the training (where it was the "
        "geometric mean of the ends of objects.width): images are looked at as large as those were",
    )
    _add_stacks(parser)
    parser.add_argument(
        "--tile",
        type=int,
        metavar="N",
        default=Tiling().side,
        help="largest side of the parts that larger images are "
        "looked at in, pixels; 0 looks at every image as a whole (default: %(default)s)",
    )
    parser.add_argument("--dask", metavar="ADDRESS", help="let the workers of this Dask scheduler look at the parts")
    parser.add_argument("--missing", action="store_true", help="leave out images whose results are there already")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    return parser


def _add_reading(parser: argparse.ArgumentParser) -> None:
    """How images are read."""
    parser.add_argument(
        "--channel", metavar="N", help="read only this channel of the images, from 0, or by the name in the file"
    )
    parser.add_argument(
        "--series",
        type=int,
        metavar="N",
        help="read this one of the images of files that hold several (positions), from 1; its labels are NAME/sN",
    )
    parser.add_argument("--axes", help="axes of the images if the files do not say them, slowest first, like CYX")
    parser.add_argument(
        "--pixel-size", type=float, metavar="UM", help="um per pixel of all images, instead of what their files say"
    )
    parser.add_argument(
        "--plane-distance",
        type=float,
        metavar="PX",
        help="how far planes of volumes are apart, in sides of a pixel, instead of what the files say",
    )
    parser.add_argument(
        "--nan", choices=("error", "fill"), default="error", help="NaN and infinite values: refuse, or fill from beside"
    )
    parser.add_argument(
        "--max-pixels", type=int, metavar="N", default=MAX_PIXELS, help="largest number of values in an image"
    )


def _add_stacks(parser: argparse.ArgumentParser) -> None:
    """What to do with stacks and films."""
    parser.add_argument("--planes", action="store_true", help="segment each plane of stacks and series by itself")
    parser.add_argument(
        "--film",
        action="store_true",
        help="the images are films: stacks with an axis T (of volumes T and Z), or the frames that lie in one folder, "
        "in the order of their names; objects keep their number by the section tracks of the reward file",
    )
    parser.add_argument(
        "--rules", type=Path, metavar="FILE", help="reward file whose section tracks links objects, not the model's"
    )
