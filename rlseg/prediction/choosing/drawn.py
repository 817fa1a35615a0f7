"""What was tried, as a picture."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from rlseg.io import atomic
from rlseg.pictures import Rgb, cracks, cut_sections, draw_objects, enlarge, grid, stretch
from rlseg.prediction.choosing.choice import Choice
from rlseg.prediction.choosing.parts import Part
from rlseg.prediction.choosing.trial import Seen, Trial

# what is shown of a map of a part
Shown = Callable[[Any], Any]
_SIDE = 360  # of a tile, about, in pixels of the picture
_OBJECTS_ACROSS = 10
_BORDER = 0.45  # share of the colour of superpixels' borders


def draw_choice(choice: Choice) -> Rgb:
    """The trials side by side from the best to the worst, on the first image: superpixels, and the objects found.

    Args:
        choice: at least one trial.

    Returns:
        (height, width, 3) uint8. Each tile shows the middle of what was looked at, with room for 10 x 10 objects (of a
        volume its sections), and
        its caption the numbers of the table.
    """
    part = choice.parts[0]
    shown = _sections(part) if choice.preparation.volume else _square(part)
    image = stretch(shown(part.pixels)) if choice.preparation.volume else shown(stretch(part.pixels))
    factor = max(1, round(_SIDE / max(image.shape)))
    tiles = [("image", enlarge(image, factor))]
    for number in choice.best_first:
        trial = choice.trials[number]
        mark = "-> " if number == choice.chosen else ""
        tiles.append((mark + _caption(trial, choice.worths[number]), _tile(image, trial.parts[0], shown, factor)))
    return grid(tiles, columns=math.ceil(math.sqrt(len(tiles))))


def write_choice(path: Path, choice: Choice) -> None:
    """Write `draw_choice` as PNG.

    Raises:
        RlsegError: the file cannot be written.
    """
    buffer = io.BytesIO()
    Image.fromarray(draw_choice(choice)).save(buffer, format="png")
    with atomic(path) as file:
        file.write(buffer.getbuffer())


def _square(part: Part) -> Shown:
    """The middle of an image."""
    side = max(round(_OBJECTS_ACROSS * part.width), 64)
    place = tuple(_middle(length, side) for length in part.pixels.shape[1:])
    return lambda values: values[place]


def _sections(part: Part) -> Shown:
    """The sections of a volume."""
    return cut_sections(part.pixels, part.spacing[0]).of


def _middle(length: int, side: int) -> slice:
    start = max((length - side) // 2, 0)
    return slice(start, min(start + side, length))


def _caption(trial: Trial, value: float) -> str:
    width = f" at {trial.preparation.working_width:g} px" if trial.preparation.objects is not None else ""
    if trial.refused is not None:
        return f"{trial.words}{width}: too many"
    return f"{trial.words}{width}: worth {value:.2f}"


def _tile(image: Rgb, seen: Seen, shown: Shown, factor: int) -> Rgb:
    """Superpixels as thin lines, objects in colours."""
    gray = image.transpose(2, 0, 1).astype(np.float64)
    picture = draw_objects(gray, shown(seen.objects), factor)
    first, _ = cracks(enlarge(shown(seen.superpixels), factor))
    pixels = picture.reshape(-1, 3)
    pixels[first] = (1 - _BORDER) * pixels[first] + _BORDER * np.array((255, 214, 64))
    return picture
