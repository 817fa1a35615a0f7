"""Drawn partitions with masks, for the tests of single terms and descriptors."""

from __future__ import annotations

import numpy as np
import pytest
from partitions import looked_at
from reward_text import HEAD
from scipy import ndimage
from skimage.measure import label

from rlseg.graph.rag import measure_regions
from rlseg.rewards.language.load import parse_reward
from rlseg.rewards.measure.segments import Segments
from rlseg.rewards.reward import Reward

GROUND = "classes: {ground: {kind: area, over: 100}}\n"
"""Sorts the drawn odd objects from what surrounds them."""


def drawn(labels: np.ndarray) -> Segments:
    """One partition with the segments of a (H, W) label image, in the order of their labels; constant intensities."""
    ids = np.unique(labels, return_inverse=True)[1].reshape(labels.shape).astype(np.int32)
    regions = measure_regions(np.full((1, *labels.shape), 0.5), ids)
    return Segments(regions, np.arange(regions.num_nodes)[None])


def _objects(**blocks: list[tuple[int, int, int, int]]) -> np.ndarray:
    """(12, 18) labels: for each name a number, made of [first row, last row, first column, last column] blocks."""
    labels = np.zeros((12, 18), int)
    for number, parts in enumerate(blocks.values(), start=1):
        for top, bottom, left, right in parts:
            labels[top : bottom + 1, left : right + 1] = number
    return labels


def _hole() -> np.ndarray:
    labels = _objects(ring=[(2, 8, 3, 10)])
    labels[4:6, 5:8] = 0
    labels[10, 15] = 2
    return labels


ODD = {
    "one pixel": _objects(pixel=[(4, 4, 6, 6)], other=[(7, 10, 10, 14)]),
    "at the border": _objects(side=[(3, 7, 0, 3)], corner=[(9, 11, 13, 17)], inside=[(2, 5, 8, 10)]),
    "hole": _hole(),
    "two pieces": _objects(pair=[(1, 3, 1, 4), (7, 9, 8, 13)], other=[(2, 4, 12, 15)]),
    "constant image": _objects(one=[(2, 5, 2, 7)], two=[(7, 9, 4, 12)]),
    "1 x 1 image": np.zeros((1, 1), int),
    "one row": np.array([[0, 0, 1, 1, 1]]),
    "all merged": np.zeros((9, 7), int),
}
"""Label images, 0 = ground, in which objects are as odd as they can be."""


def odd_image(name: str) -> np.ndarray:
    """(3, H, W) intensities of one of these: constant or smooth noise."""
    shape = (3, *ODD[name].shape)
    if name == "constant image":
        return np.full(shape, 0.3)
    return ndimage.gaussian_filter(np.random.default_rng(7).random(shape), (0, 1, 1))


def odd(name: str) -> Segments:
    """One of these as a partition of several superpixels each; the last channel is the relative brightness."""
    labels = ODD[name]
    rows, columns = np.indices(labels.shape)
    blocks = label(1 + labels * 100 + rows // 4 * 10 + columns // 5, connectivity=1)
    ids = np.unique(blocks, return_inverse=True)[1].reshape(labels.shape).astype(np.int32)
    regions = looked_at(measure_regions(odd_image(name), ids, scale=100.0, offset=7.0, level_channel=2))
    first = np.unique(ids, return_index=True)[1]
    return Segments(regions, labels.ravel()[first][None])


def growing(areas: list[tuple[int, int]], shape: tuple[int, int] = (40, 60)) -> list[Segments]:
    """One partition for each height and width: a rectangle, segment 1, in the middle of its ground, segment 0."""
    made = []
    for height, width in areas:
        labels = np.zeros(shape, int)
        top, left = (shape[0] - height) // 2, (shape[1] - width) // 2
        labels[top : top + height, left : left + width] = 1
        made.append(drawn(labels))
    return made


def check_peak(scores: list[float], best: int) -> None:
    """Scores rise up to number `best`, where they are 1, and fall behind it."""
    assert scores[best] == pytest.approx(1)
    assert (np.diff(scores[: best + 1]) > 0).all()
    assert (np.diff(scores[best:]) < 0).all()


def term_reward(term: str, head: str = "", pixel_size: float | None = None, length: str = "px") -> Reward:
    """A reward whose foreground, which is everything, has one term `t`; `head` goes before it."""
    text = HEAD.replace("length: px", f"length: {length}")
    return Reward(parse_reward(f"{text}{head}\nrewards: {{foreground: {{terms: {{t: {term}}}}}}}"), pixel_size)


def scores_of(term: str, segments: Segments, head: str = "", **units: object) -> np.ndarray:
    """(M,) scores of a single term."""
    return term_reward(term, head, **units).evaluate(segments).terms["foreground/t"]  # type: ignore[arg-type]


def centers(masks: list[np.ndarray]) -> np.ndarray:
    """(M, 2) mean row and column of each mask."""
    return np.array([np.argwhere(mask).mean(axis=0) for mask in masks])
