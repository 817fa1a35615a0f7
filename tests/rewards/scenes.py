"""Drawn and random partitions with masks, for the tests of single terms."""

from __future__ import annotations

import numpy as np
from reward_text import HEAD

from rlseg.graph.rag import measure_regions
from rlseg.rewards.load import parse_reward
from rlseg.rewards.reward import Reward
from rlseg.rewards.segments import Segments


def drawn(labels: np.ndarray) -> Segments:
    """One partition with the segments of a (H, W) label image, in the order of their labels; constant intensities."""
    ids = np.unique(labels, return_inverse=True)[1].reshape(labels.shape).astype(np.int32)
    regions = measure_regions(np.full((1, *labels.shape), 0.5), ids)
    return Segments(regions, np.arange(regions.num_nodes)[None])


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


BOUNDARY = {
    "one pixel": [[0, 1], [0, 0]],
    "1 x 1 image": [[0]],
    "one row": [[0, 0, 1, 1, 1]],
    "hole": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "two pieces": [[1, 0, 1], [0, 0, 0]],
    "all merged": [[0] * 9] * 7,
}
