"""Toy images for the manual of the reward language: objects that are judged by the others in their image."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from experiments.reward_docs.reward_toys import TILE, Toy
from rlseg.arrays import Floats, Labels
from rlseg.pictures import Rgb, grid
from rlseg.rewards.language import parse_reward

ROWS = 4
SMALL, LARGE = 6.5, 11.5  # radii in px


def draw_crowds(text: str) -> Rgb:
    """Five images with what their objects are paid: alike; with a merged pair; with a large one; all large; mixed.

    Args:
        text: a reward file with a term "example".
    """
    file = parse_reward(text)
    tiles = []
    for labels in _crowds():
        toy = Toy(labels)
        scores = toy.scores(file)
        tiles.append((f"{np.nanmean(scores):.2f}", toy.draw(scores)))
    return grid(tiles, columns=len(tiles))


def _crowds() -> Iterator[Labels]:
    rng = np.random.default_rng(1)
    alike = SMALL * rng.uniform(0.92, 1.08, (ROWS, ROWS))
    yield _discs(alike)
    yield _discs(alike, merged=True)
    one = alike.copy()
    one[1, 2] = LARGE
    yield _discs(one)
    yield _discs(alike * LARGE / SMALL)
    yield _discs(rng.uniform(SMALL, LARGE, (ROWS, ROWS)))


def _discs(radii: Floats, merged: bool = False) -> Labels:
    """(TILE, TILE) discs on a grid, 0 = background; `merged` joins two neighbours that touch."""
    y, x = np.indices((TILE, TILE)) + 0.5
    labels = np.zeros((TILE, TILE), np.int32)
    side = TILE / ROWS
    for (row, column), radius in np.ndenumerate(radii):
        label, at = 1 + row * ROWS + column, (column + 0.5) * side
        if merged and row == 1 and column in (1, 2):
            label, at = 1 + ROWS + 1, 2 * side + (2 * column - 3) * 0.9 * radius
        labels[(y - (row + 0.5) * side) ** 2 + (x - at) ** 2 <= radius**2] = label
    return labels
