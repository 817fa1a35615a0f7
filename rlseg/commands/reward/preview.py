"""`rlseg reward preview`: which term pays which object, as a picture."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from rlseg.commands.reward.preparation import Prepared
from rlseg.commands.reward.scene import read_comparison
from rlseg.environment import Comparison, Outcome
from rlseg.errors import RlsegError
from rlseg.io import atomic
from rlseg.pictures import Rgb, cracks, cut_sections, draw_overlay, enlarge, green_to_red, grid, stretch
from rlseg.rewards import Reward
from rlseg.rewards.language import load_reward

_TILE = 400  # about the larger side of a tile, in pixels
_PAINT = 0.75  # share of the colour over the image


def run(
    file: str,
    image: Path,
    labels: Path,
    output: Path,
    pixel_size: float | None,
    allow: Sequence[str],
    prepared: Prepared,
) -> int:
    """Write the picture.

    Args:
        file: the reward file.
        image, labels: image files.
        output: the PNG to write.
        pixel_size: um per pixel, or None for what the image file says.
        prepared: how images are read and prepared.
        allow: packages whose terms the file may import.

    Raises:
        RlsegError: a file cannot be used or written.
    """
    if output.suffix.lower() != ".png":
        raise RlsegError(f"{output} is not the name of a PNG file", "let it end in .png")
    reward = Reward(load_reward(file, allow=allow), pixel_size)
    prepared = prepared.for_reward(reward.file)
    comparison = read_comparison(image, labels, prepared)
    buffer = io.BytesIO()
    Image.fromarray(draw_preview(comparison, comparison.judge(reward))).save(buffer, format="png")
    with atomic(output) as target:
        target.write(buffer.getbuffer())
    prepared.say()
    return 0


def draw_preview(comparison: Comparison, outcome: Outcome) -> Rgb:
    """A tile with the outlines, one with the rewards, and one for each term, red = 0 over yellow to green = 1.

    A term's tile shows the segments of its class in their colours, the others as they are, darker. Each caption
    tells the mean over the painted segments. Of a volume its sections are shown, see `cut_sections`.

    Args:
        comparison: the image and its labels.
        outcome: its rewards; the first partition is drawn.

    Returns:
        (height, width, 3) uint8.
    """
    sample, breakdown = comparison.sample, outcome.breakdown
    image, superpixels, labels = sample.image, comparison.regions.superpixels, comparison.labels
    if sample.regions.is_volume:
        sections = cut_sections(image, sample.regions.spacing[0])
        image, superpixels, labels = sections.of(image), sections.of(superpixels), sections.of(labels)
    factor = max(1, round(_TILE / max(labels.shape)))
    segments = outcome.segments.labels[0]
    count = int(outcome.segments.offsets[1])
    gray = enlarge(stretch(image), factor)
    place = enlarge(segments[superpixels], factor)
    objects = len(np.unique(comparison.labels[comparison.labels > 0]))
    tiles = [
        (f"{objects} objects", draw_overlay(image, labels, factor)),
        _tile("reward", breakdown.segment_score[:count], gray, place),
    ]
    several = len({tag.split("/")[0] for tag in breakdown.terms}) > 1
    for tag, scores in breakdown.terms.items():
        name = tag if several and not tag.startswith("foreground/") else tag.split("/")[1]
        tiles.append(_tile(name, scores[:count], gray, place))
    tiles = [(caption, _legend(tile) if number == 1 else tile) for number, (caption, tile) in enumerate(tiles)]
    return grid(tiles, columns=math.ceil(math.sqrt(len(tiles) * gray.shape[0] / gray.shape[1])))


def _tile(name: str, scores: npt.NDArray[np.float64], gray: Rgb, place: npt.NDArray[np.integer]) -> tuple[str, Rgb]:
    """Caption and picture of the (M,) scores of the segments; those that are NaN are not painted."""
    painted = np.isfinite(scores)
    weight = np.where(painted, _PAINT, 0.0)[place][..., None]
    colours = green_to_red(1 - np.where(painted, scores, 0.0))[place]
    dimmed = gray * np.where(painted, 1.0, 0.5)[place][..., None]
    picture = np.rint(dimmed * (1 - weight) + colours * weight).astype(np.uint8)
    first, second = cracks(place)
    outlined = painted[place].ravel()
    picture.reshape(-1, 3)[first[outlined[first] | outlined[second]]] = 0
    mean = f"{scores[painted].mean():.2f}" if painted.any() else "no segment"
    return f"{name} {mean}", picture


def _legend(picture: Rgb) -> Rgb:
    """The picture with a bar of the colours from 0 (left) to 1 in its lower right corner."""
    width = min(100, picture.shape[1] // 3)
    bar = green_to_red(1 - np.linspace(0, 1, width))
    picture = picture.copy()
    picture[-14:-4, -width - 8 : -4] = 0
    picture[-12:-6, -width - 6 : -6] = bar
    return picture
