"""A picture of what was seen: objects, sizes, superpixels, and what the rules find before any training."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from rlseg.arrays import Ints, Labels, Pixels
from rlseg.commands.new.plan import Example
from rlseg.data import Preparation
from rlseg.environment import SegmentationEnvironment, search_objects
from rlseg.graph import Sample
from rlseg.pictures import Rgb, cracks, cut_sections, draw_overlay, enlarge, grid, stretch
from rlseg.prediction.choosing import middle_of
from rlseg.rewards import Reward, of_single_segments
from rlseg.rewards.language import RewardFile

# px, the least side of a tile, and the most that is shown of an image, in widths of the largest object
_TILE = 480
_SHOWN = 24.0
_LEAST_SHOWN = 256
# the same of a volume, and voxels
_SHOWN_OF_VOLUMES, _LEAST_SIDE, _MOST_VOXELS = 9.0, 64, 2**19
_YELLOW = (255, 202, 58)


@dataclass(frozen=True)
class Shown:
    """What a picture is of.

    Attributes:
        picture: (height, width, 3) uint8.
        kind: of the superpixels.
        superpixels: number of them in the part of the image that is shown.
        side: px of that part, height and width; of a volume planes, height and width in voxels.
        objects: found there by the rules alone; paid: what they earn on average.
    """

    picture: Rgb
    kind: str
    superpixels: int
    side: tuple[int, ...]
    objects: int
    paid: float

    def png(self) -> bytes:
        """The picture as a file."""
        buffer = io.BytesIO()
        Image.fromarray(self.picture).save(buffer, format="png")
        return buffer.getvalue()


def draw(example: Example, file: RewardFile, preparation: Preparation, least: float) -> Shown:
    """Three tiles: objects that were seen or outlined, with discs of the widths; superpixels; what the rules find.

    Of a volume its sections, see `cut_sections`.

    Args:
        example: an image with objects, around which is looked.
        file: the reward file, in px, with the section `objects`.
        preparation: with its superpixels.
        least: what is paid less is no object.
    """
    assert file.objects is not None
    widths, spacing = file.objects.widths, preparation.spacing(example.image.raw.pixel_size)
    if preparation.volume:
        most = _MOST_VOXELS * preparation.zooms(example.image.raw.pixel_size)[0].room
        side = max(round(_SHOWN_OF_VOLUMES * widths[1]), _LEAST_SIDE)
        window = _window_of_volume(example.labels, side, spacing, most)
    else:
        window = _window(example.labels, max(round(_SHOWN * widths[1]), _LEAST_SHOWN))
    part = np.ascontiguousarray(example.image.raw.pixels[(slice(None), *window)])
    seen = example.labels[window]
    sample = preparation(part, pixel_size=example.image.raw.pixel_size)
    labels, paid = search(sample, file, least)
    what = ("volume" if preparation.volume else "image") if seen.shape == example.labels.shape else "part"
    kind, nodes, found = preparation.superpixels.kind, sample.regions.num_nodes, _count(labels)
    captions = (
        f"{example.how}: {_count(seen)} objects in this {what}; discs: the widths",
        f"{kind} superpixels: {nodes}",
    )
    shape, ids = seen.shape, sample.superpixels
    if preparation.volume:
        shown = cut_sections(part, spacing[0])
        part, seen, ids, labels = shown.of(part), shown.of(seen), shown.of(ids), shown.of(labels)
    factor = math.ceil(_TILE / max(seen.shape))
    tiles = [
        (captions[0], _discs(part, seen, widths, factor)),
        (captions[1], _superpixels(part, ids, factor)),
        (f"by the rules, untrained: {found} objects", draw_overlay(part, labels, factor)),
    ]
    return Shown(grid(tiles, 3), kind, nodes, shape, found, paid)


def _window_of_volume(labels: Labels, side: int, spacing: tuple[float, ...], most: float) -> tuple[slice, ...]:
    """Planes, rows and columns of a part of a volume around most of the objects, with sides of so many px, and of so
    many voxels, at most."""
    shape = [min(length, max(round(side / one), 1)) for length, one in zip(labels.shape, spacing, strict=True)]
    shape = [part.stop - part.start for part in middle_of(shape, spacing, most)]
    return tuple(_around(at, *sides) for at, *sides in zip(np.nonzero(labels), labels.shape, shape, strict=True))


def _window(labels: Labels, side: int) -> tuple[slice, slice]:
    """Rows and columns of a part of an image around most of the objects."""
    rows, columns = (_around(at, length, side) for length, at in zip(labels.shape, np.nonzero(labels), strict=True))
    return rows, columns


def _around(at: Ints, length: int, side: int) -> slice:
    """`side` of the places 0..length-1, around the middle one of those given."""
    middle = int(np.median(at)) if len(at) else length // 2
    first = min(max(middle - side // 2, 0), max(length - side, 0))
    return slice(first, first + side)


def search(sample: Sample, file: RewardFile, least: float) -> tuple[Labels, float]:
    """(H, W), or (Z, H, W), the best-paid objects that a search finds, and the mean of what they earn."""
    reward = Reward(file)
    single, _ = of_single_segments(reward)
    best = search_objects(sample.regions, sample.guide, lambda parts: single.evaluate(parts).foreground_score, least)
    outcome = SegmentationEnvironment(reward).judge(sample, best.labels[None])
    labels = outcome.objects(min_score=least)[sample.superpixels].astype(np.int32)
    kept = outcome.breakdown.segment_score[outcome.breakdown.segment_score > least]
    return labels, float(kept.mean()) if len(kept) else 0.0


def _superpixels(part: Pixels, ids: Labels, factor: int) -> Rgb:
    picture = enlarge(stretch(part), factor)
    first, _ = cracks(enlarge(ids, factor))
    picture.reshape(-1, 3)[first] = _YELLOW
    return picture


def _discs(part: Pixels, labels: Labels, widths: tuple[float, float], factor: int) -> Rgb:
    """The objects, and discs of both widths in the lower left corner."""
    picture = draw_overlay(part, labels, factor)
    canvas = Image.fromarray(picture)
    pen = ImageDraw.Draw(canvas)
    left = 4.0
    for width in widths:
        across = width * factor
        box = (left, picture.shape[0] - 4 - across, left + across, picture.shape[0] - 4)
        pen.ellipse(box, outline=_YELLOW, width=2)
        left += across + 4
    return np.asarray(canvas)


def _count(labels: Labels) -> int:
    return len(np.unique(labels[labels > 0]))
