"""A drawn scene for the page about the objective, segmented well and in the ways in which a segmentation goes wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from experiments.reward_docs.edge_toys import superpixels_along
from rlseg.arrays import Floats, Ints, Labels
from rlseg.data import Preparation
from rlseg.environment import Outcome, SegmentationEnvironment, split_background
from rlseg.graph import Sample, intersect_with_truth
from rlseg.pictures import Rgb, draw_edges, draw_objects
from rlseg.prediction.degraded import grown, shrunken
from rlseg.rewards import Reward
from rlseg.rewards.language import parse_reward

SIZE = 72
SCALE = 3
SIDE = 9  # px between the points that superpixels grow around
DISCS = ((16, 17, 7.0, 0.8), (18, 53, 6.5, 0.7), (50, 16, 7.0, 0.75), (50, 29, 7.0, 0.65), (53, 57, 6.5, 0.6))
SPECK = (35, 46, 2.0, 0.5)  # row, column, radius, brightness, as of the discs
NOTHING = (34, 16, 6.0)
PARTS = (0.0, 0.25, 0.35, 0.45, 0.6, 1.0)  # of the first disc
GROUND, BLUR, NOISE = 0.12, 1.0, 0.008

RULES = """\
version: 1
name: discs
units: {length: px, intensity: unit}
classes:
  background: {kind: area, over: 1000}
  debris: {kind: area, under: 50}
rewards:
  foreground:
    combine: geometric
    terms:
      size: {kind: descriptor, property: equivalent_diameter_area, expected: 14, scale: 3}
      solid: {kind: descriptor, property: solidity, expected: 0.96, scale: 0.04, side: below}
      bright: {kind: descriptor, property: contrast, expected: 0.3, scale: 0.15, side: below}
      outline: {kind: descriptor, property: outline_level, expected: 0.45, scale: 0.12}
  debris: 0.0
  background: 0.0
edges: {cut: foreground, background: near, missed: 2}
"""
NEAR_MISSED = "background: near, missed: 2"


def rules(edges: str = NEAR_MISSED, background: float = 0.0) -> str:
    """RULES with other rules for the edges, and another pay of the background."""
    return RULES.replace(NEAR_MISSED, edges).replace("background: 0.0", f"background: {background}")


@dataclass(frozen=True)
class Scene:
    """An image and label images of it that share one graph.

    Attributes:
        image: (1, S, S) float32 in [0, 1].
        versions: name -> (S, S) labels, 0 = background.
        superpixels: (S, S) ids that end where the objects of any version do.
    """

    image: npt.NDArray[np.float32]
    versions: Mapping[str, Labels]
    superpixels: Labels

    @cached_property
    def sample(self) -> Sample:
        """What a training would get."""
        return Preparation()(self.image, "scene", superpixels=self.superpixels)

    def partition(self, version: str) -> Ints:
        """(N,) segments of a version; each piece of the background is one. Also "all merged" and "all split"."""
        regions = self.sample.regions
        if version == "all merged":
            return np.zeros(regions.num_nodes, np.int64)
        if version == "all split":
            return np.arange(regions.num_nodes)
        first = np.unique(self.sample.superpixels, return_index=True)[1]
        return split_background(self.versions[version].ravel()[first].astype(np.int64), regions.edge_index)

    def judge(self, version: str, text: str) -> Outcome:
        """What a reward file, given as text, pays for a version."""
        return SegmentationEnvironment(Reward(parse_reward(text)), threads=1).judge(
            self.sample, self.partition(version)[None]
        )

    def draw(self, version: str) -> Rgb:
        """The objects of a version in the image."""
        return draw_objects(self.image, self.versions[version], SCALE)

    def draw_edges(self, paid: Floats) -> Rgb:
        """The edges in the colour of their pay, from red (0) to green (1). paid: (E,)."""
        # rounded, so that the picture is the same on every machine
        return draw_edges(self.image, self.sample.superpixels, self.sample.edge_index, 1 - np.round(paid, 2), SCALE)


def disc(row: float, column: float, radius: float) -> npt.NDArray[np.bool_]:
    """(S, S) True inside."""
    y, x = np.indices((SIZE, SIZE)) + 0.5
    return (y - row) ** 2 + (x - column) ** 2 <= radius**2


@cache
def drawn() -> tuple[npt.NDArray[np.float32], Labels]:
    """The image (1, S, S), and its true objects (S, S): two lone discs, a pair that touches, a dim one."""
    image = np.full((SIZE, SIZE), GROUND)
    truth = np.zeros((SIZE, SIZE), np.int32)
    for number, (row, column, radius, bright) in enumerate(DISCS, start=1):
        inside = disc(row, column, radius) & (truth == 0)
        truth[inside] = number
        image[inside] = bright
    image[disc(*SPECK[:3])] = SPECK[3]
    noise = np.random.default_rng(0).normal(0.0, NOISE, image.shape)
    return np.clip(ndimage.gaussian_filter(image, BLUR) + noise, 0, 1).astype(np.float32)[None], truth


@cache
def scene() -> Scene:
    """The scene with all versions of its objects."""
    image, truth = drawn()
    y, x = np.indices(truth.shape) + 0.5
    row, column = DISCS[0][:2]
    first = truth == 1
    low, right = y > row, x > column
    versions = {
        "found": truth,
        "missed": np.where(first, 0, truth),
        "hidden as debris": np.where(first, 6 + 2 * low + right, truth),
        "false": np.where(disc(*NOTHING), 6, truth),
        "speck as well": np.where(disc(*SPECK[:3]), 6, truth),
        "merged": np.where(truth == 4, 3, truth),
        "split": np.where(first & low, 6, truth),
        "over-grown": grown(truth),
        "shrunken": shrunken(truth),
    }
    return _scene(image, truth, versions)


@cache
def parts() -> Scene:
    """The scene with PARTS of its first disc found, from none to all; the smallest of them is debris."""
    image, truth = drawn()
    x = np.indices(truth.shape)[1]
    columns = np.append(np.sort(x[truth == 1]), truth.shape[1])
    versions = {}
    for share in PARTS:
        left = x < columns[round((len(columns) - 1) * share)]
        versions[f"{share:g}"] = np.where((truth == 1) & ~left, 0, truth)
    return _scene(image, truth, versions)


def _scene(image: npt.NDArray[np.float32], truth: Labels, versions: Mapping[str, Labels]) -> Scene:
    ids = superpixels_along(truth, SIDE)
    for labels in versions.values():
        ids = intersect_with_truth(ids, labels.astype(np.int32))
    return Scene(image, {name: labels.astype(np.int32) for name, labels in versions.items()}, ids)
