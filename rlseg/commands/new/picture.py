"""A picture of what was seen: objects, sizes, superpixels, and what the rules find before any training."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from rlseg.arrays import Labels, Pixels
from rlseg.commands.new.guess import Found
from rlseg.data import Preparation
from rlseg.environment import SegmentationEnvironment, search_objects
from rlseg.graph import Sample
from rlseg.pictures import Rgb, cracks, draw_overlay, enlarge, grid, stretch
from rlseg.rewards import Reward, of_single_segments
from rlseg.rewards.language import RewardFile

# px, about the side of a tile, and the most that is shown of an image, in widths of the largest object
_TILE = 560
_SHOWN = 24.0
_LEAST_SHOWN = 256
_GOOD = 0.3
_YELLOW = (255, 202, 58)


@dataclass(frozen=True)
class Shown:
    """What a picture is of.

    Attributes:
        picture: (height, width, 3) uint8.
        superpixels: of the part of the image that is shown.
        side: px of that part, height and width.
        objects: found there by the rules alone; paid: what they earn on average.
    """

    picture: Rgb
    superpixels: int
    side: tuple[int, int]
    objects: int
    paid: float

    def png(self) -> bytes:
        """The picture as a file."""
        buffer = io.BytesIO()
        Image.fromarray(self.picture).save(buffer, format="png")
        return buffer.getvalue()


def draw(unit: Pixels, found: Found | None, file: RewardFile, least: float) -> Shown:
    """Three tiles: objects that were seen, with discs of the widths; superpixels; what the rules find.

    Args:
        unit: (C, H, W) in [0, 1].
        found: the objects that were seen in it, or None.
        file: the reward file, in px, with the section `objects`.
        least: what is paid less is no object.
    """
    assert file.objects is not None
    widths = file.objects.widths
    side = max(round(_SHOWN * widths[1]), _LEAST_SHOWN)
    row, column = (max((length - side) // 2, 0) for length in unit.shape[1:])
    part = np.ascontiguousarray(unit[:, row : row + side, column : column + side])
    height, width = part.shape[1:]
    seen = np.zeros((height, width), np.int32) if found is None else _seen(found, unit)[row:, column:][:height, :width]
    sample = Preparation(objects=file.objects)(part)
    labels, paid = search(sample, file, least)
    factor = max(1, round(_TILE / max(height, width)))
    tiles = [
        (f"seen: {_count(seen)} objects; discs: the widths", _discs(draw_overlay(part, seen, factor), widths, factor)),
        (f"superpixels: {sample.regions.num_nodes}", _superpixels(part, sample.superpixels, factor)),
        (f"by the rules, untrained: {_count(labels)} objects", draw_overlay(part, labels, factor)),
    ]
    return Shown(grid(tiles, 3), sample.regions.num_nodes, (height, width), _count(labels), paid)


def search(sample: Sample, file: RewardFile, least: float) -> tuple[Labels, float]:
    """(H, W) the best-paid objects that a search finds, and the mean of what they earn."""
    reward = Reward(file)
    single, _ = of_single_segments(reward)
    best = search_objects(sample.regions, sample.guide, lambda parts: single.evaluate(parts).foreground_score, least)
    outcome = SegmentationEnvironment(reward).judge(sample, best.labels[None])
    labels = outcome.objects(min_score=least)[sample.superpixels].astype(np.int32)
    kept = outcome.breakdown.segment_score[outcome.breakdown.segment_score > least]
    return labels, float(kept.mean()) if len(kept) else 0.0


def _seen(found: Found, unit: Pixels) -> Labels:
    """(H, W) the good ones of the objects that were seen, on the grid of the image."""
    blobs = found.blobs
    good = np.append(0, np.where(blobs.good > _GOOD, np.arange(1, len(blobs.good) + 1), 0))[blobs.labels]
    large = enlarge(good.astype(np.int32), found.reduce)
    whole = np.zeros(unit.shape[1:], np.int32)
    row, column = found.corner
    place = whole[row : row + large.shape[0], column : column + large.shape[1]]
    place[:] = large[: place.shape[0], : place.shape[1]]
    return whole


def _superpixels(part: Pixels, ids: Labels, factor: int) -> Rgb:
    picture = enlarge(stretch(part), factor)
    first, _ = cracks(enlarge(ids, factor))
    picture.reshape(-1, 3)[first] = _YELLOW
    return picture


def _discs(picture: Rgb, widths: tuple[float, float], factor: int) -> Rgb:
    """The picture with discs of both widths in its lower left corner."""
    canvas = Image.fromarray(picture)
    draw = ImageDraw.Draw(canvas)
    left = 4.0
    for width in widths:
        across = width * factor
        box = (left, picture.shape[0] - 4 - across, left + across, picture.shape[0] - 4)
        draw.ellipse(box, outline=_YELLOW, width=2)
        left += across + 4
    return np.asarray(canvas)


def _count(labels: Labels) -> int:
    return len(np.unique(labels[labels > 0]))
