"""`rlseg explain-object`: why an object was missed at a place of an image, or kept."""

from __future__ import annotations

import argparse
import io
import re
from pathlib import Path

from PIL import Image

from rlseg.errors import RlsegError
from rlseg.io import Reading, atomic, read_image
from rlseg.models import model_of
from rlseg.prediction import Predictor
from rlseg.prediction.places import draw_place, explain_object

__all__ = ["main"]

TEXT = """\
Why is there an object at a place of an image, or why not? It says what the object there is paid, term by term. Where
there is none it names the best candidate that the superpixels allow, and whose fault it is that it was not found:
superpixels (no group of them looks like an object to the rules), reward (one does, but for one term or class), or
policy (one is paid well, and the policy has merged it with something or cut it into pieces).
"""


def main(args: list[str]) -> int:
    """Run `rlseg explain-object ARGS`.

    Args:
        args: what follows `rlseg explain-object`.

    Returns:
        0.

    Raises:
        RlsegError: the model, the image or the place cannot be used, or the picture not be written.
        SystemExit: the command line is wrong (exit code 2).
    """
    options = _parser().parse_args(args)
    column, row, plane = _place(options.place)
    reading = Reading(axes=options.axes, channel=options.channel)
    predictor = Predictor(model_of(options.model), options.device, options.allow)
    raw = read_image(options.image, predictor.channels, reading, predictor.preparation.volume)
    place = explain_object(predictor, raw, column, row, options.pixel_size, options.width, options.image.name, plane)
    print(place.text)
    if options.picture is not None:
        encoded = io.BytesIO()
        Image.fromarray(draw_place(place)).save(encoded, "PNG")
        with atomic(options.picture) as file:
            file.write(encoded.getbuffer())
    return 0


def _place(text: str) -> tuple[int, int, int | None]:
    found = re.fullmatch(r"\s*(\d{1,9})\s*,\s*(\d{1,9})\s*(?:,\s*(\d{1,9})\s*)?", text)
    if found is None:
        raise RlsegError(
            f"the place must be COLUMN,ROW in whole pixels, got {text!r:.40}",
            "as an image viewer shows them, for example 120,88: column 120, row 88, from 0 at the upper left; in a "
            "volume COLUMN,ROW,PLANE",
        )
    return int(found[1]), int(found[2]), None if found[3] is None else int(found[3])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rlseg explain-object", description=TEXT)
    parser.add_argument("model", type=Path, help="project, run or checkpoint of rlseg fit, or folder of rlseg export")
    parser.add_argument("image", type=Path, help="PNG, TIFF or OME-Zarr")
    parser.add_argument(
        "place",
        metavar="COLUMN,ROW",
        help="column and row in pixels, from 0, as image viewers show them; in a volume COLUMN,ROW,PLANE",
    )
    parser.add_argument(
        "--picture", type=Path, metavar="FILE", help="also draw superpixels, candidate and result there, as a PNG"
    )
    parser.add_argument("--channel", type=int, metavar="N", help="read only this channel of the image, from 0")
    parser.add_argument("--axes", help="axes of the image if the file does not say them, slowest first, like CYX")
    parser.add_argument(
        "--pixel-size", type=float, metavar="UM", help="um per pixel of the image, instead of what its file says"
    )
    parser.add_argument(
        "--width",
        type=float,
        metavar="PX",
        help="typical short diameter of the objects, if unlike that of the training",
    )
    parser.add_argument(
        "--allow", action="append", default=[], metavar="PACKAGE", help="terms of your own come from this package"
    )
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    return parser
