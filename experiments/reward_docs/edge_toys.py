"""Toy images for the manual of the reward language: what terms for single edges pay, drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import yaml
from scipy.spatial import cKDTree

from experiments.reward_docs.reward_toys import HEAD, PLACES
from rlseg.arrays import Floats, Labels
from rlseg.graph import measure_regions
from rlseg.pictures import Rgb, draw_edges, grid
from rlseg.rewards import Reward
from rlseg.rewards.language import parse_reward
from rlseg.rewards.measure import Segments

TILE = 188  # three of them are as wide as five of the other toys
RING, BORDER = (60, 100), 150  # those of PLACES
BLUE = (90, 190, 255)
EARNED = 0.5  # what every segment earns in these pictures


@dataclass(frozen=True)
class EdgeToy:
    """An image with superpixels that follow its objects.

    Attributes:
        image: (1, S, S) in [0, 1].
        superpixels: (S, S) ids 0..N-1.
    """

    image: Floats
    superpixels: Labels

    def paid(self, term: str, action: int) -> npt.NDArray[np.float64]:
        """(E,) what each edge is paid if all are cut (action 1) or all kept (0) and every segment earns EARNED.

        Args:
            term: what stands under `edges`, a YAML flow mapping.
            action: of all edges.
        """
        regions = measure_regions(self.image, self.superpixels)
        labels = np.arange(regions.num_nodes) * action
        file = parse_reward(f"{HEAD}{PLACES}rewards: {{foreground: {EARNED}}}\nedges: {term}\n")
        return Reward(file).evaluate(Segments(regions, labels[None])).edge_score[0]

    def draw(self, term: str, circles: Sequence[float] = ()) -> Rgb:
        """The image, its edges with what each is paid for being cut, and with what for being kept.

        Args:
            term: what stands under `edges`, a YAML flow mapping.
            circles: radii around the middle of the image that are drawn into it, in pixels.
        """
        step = len(self.superpixels) // TILE
        place = np.ascontiguousarray(self.superpixels[step // 2 :: step, step // 2 :: step])
        small = self.image[:, step // 2 :: step, step // 2 :: step]
        edges = measure_regions(self.image, self.superpixels).edge_index
        tiles = [("image", self._picture(small[0], [r / step for r in circles]))]
        for caption, action in (("if cut", 1), ("if kept", 0)):
            # rounded, so that the picture is the same on every machine
            red = 1 - np.round(self.paid(term, action), 2)
            tiles.append((caption, draw_edges(small, place, edges, red, scale=1)))
        return grid(tiles, columns=3)

    def _picture(self, image: Floats, radii: Sequence[float]) -> Rgb:
        low, high = image.min(), image.max()
        gray = np.rint(255 * (image - low) / (high - low)).astype(np.uint8)
        picture = gray[..., None].repeat(3, axis=2)
        y, x = np.indices(image.shape) - (len(image) - 1) / 2
        for radius in radii:
            picture[np.abs(np.hypot(y, x) - radius) < 0.6] = BLUE
        return picture


def draw_edge_term(key: str, example: str) -> Rgb:
    """What a term for single edges pays in a toy image.

    Args:
        key: its key under `edges`.
        example: its value there; a `weight` in it becomes 1, so that the term alone is drawn.
    """
    value = yaml.safe_load(example)
    if "weight" in value:
        value["weight"] = 1.0
    term = yaml.safe_dump({key: value}, default_flow_style=True, width=1000).strip()
    if key != "radial_prior":
        return _discs_of_growing_contrast().draw(term)
    return _ring_of_cells().draw(term, (*RING, BORDER) if "border" in example else RING)


@cache
def _discs_of_growing_contrast() -> EdgeToy:
    y, x = np.indices((TILE, TILE)) + 0.5
    labels = np.zeros((TILE, TILE), np.int32)
    image = np.full((TILE, TILE), 0.3)
    side = TILE / 3
    for number in range(9):
        row, column = (number // 3 + 0.5) * side, (number % 3 + 0.5) * side
        inside = (y - row) ** 2 + (x - column) ** 2 < (0.36 * side) ** 2
        labels[inside] = number + 1
        image[inside] += 0.015 * (number + 1)
    return EdgeToy(image[None], superpixels_along(labels, 12))


@cache
def _ring_of_cells() -> EdgeToy:
    size = 2 * TILE
    y, x = np.indices((size, size)) - (size - 1) / 2
    radius, angle = np.hypot(y, x), np.arctan2(y, x)
    cells = 24
    inside = (radius >= RING[0]) & (radius <= RING[1])
    number = np.floor((angle / (2 * np.pi) + 0.5) * cells).astype(np.int32) % cells
    labels = np.where(inside, 2 + number, (radius > RING[1]).astype(np.int32)).astype(np.int32)
    image = np.where(inside, 0.75 + 0.15 * (number % 2), np.where(radius < RING[0], 0.35, 0.2))
    return EdgeToy(image[None], superpixels_along(labels, 19))


def superpixels_along(labels: Labels, side: int) -> Labels:
    """Cells around jittered points, `side` px apart, that end where the objects do."""
    rng = np.random.default_rng(0)
    size = len(labels)
    places = np.arange(side / 2, size, side)
    points = np.stack(np.meshgrid(places, places, indexing="ij"), axis=-1).reshape(-1, 2)
    points = np.clip(points + rng.uniform(-0.3, 0.3, points.shape) * side, 0, size - 1)
    owner = labels[tuple(points.astype(int).T)]
    ids = np.zeros(labels.shape, np.int32)
    count = 0
    for label in np.unique(labels):
        pixels = np.argwhere(labels == label)
        own = points[owner == label] if (owner == label).any() else pixels[[len(pixels) // 2]]
        ids[tuple(pixels.T)] = count + cKDTree(own).query(pixels)[1]
        count += len(own)
    return np.unique(ids, return_inverse=True)[1].reshape(labels.shape).astype(np.int32)
