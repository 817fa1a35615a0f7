"""What the benchmarks work on: the shipped training nuclei side by side, as large as is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from pytest_benchmark.fixture import BenchmarkFixture
from skimage.filters import threshold_otsu
from skimage.measure import label

from rlseg.agent.distributions import SquashedNormal
from rlseg.data.prepare import Preparation
from rlseg.environment.partition import solve_multicut
from rlseg.environment.search import search_objects
from rlseg.graph.batch import Batch, collate
from rlseg.graph.sample import Sample
from rlseg.io.find import find_images
from rlseg.io.read import read_image
from rlseg.rewards.language.load import load_reward, parse_reward
from rlseg.rewards.measure.segments import Segments
from rlseg.rewards.reward import Reward
from rlseg.training import Segmenter
from rlseg.training.learners.noise import standard_normal, step_noise
from rlseg.training.module import SegmentationModule

ROOT = Path(__file__).resolve().parents[2]
NUCLEI = ROOT / "experiments/data/nuclei"
SIDE = 256
# what regionprops_table knows of the nine descriptors; ellipse_fill needs the area and both axes; the contrast and the
# two outline descriptors have no counterpart and cost it nothing here
COUNTERPARTS = (
    "eccentricity",
    "axis_minor_length",
    "axis_major_length",
    "area",
    "perimeter",
    "solidity",
    "intensity_mean",
)


@lru_cache
def tiles() -> list[np.ndarray]:
    """The first training images of 256 x 256 pixels, (1, 256, 256) each, of 8 bits."""
    files = find_images(NUCLEI / "train/images")[:40]
    images = [read_image(file.image).pixels for file in files]
    return [image for image in images if image.shape == (1, SIDE, SIDE)]


def side_by_side(found: Sequence[np.ndarray], size: int) -> np.ndarray:
    """(1, size, size) of images of 256 x 256; size is a multiple of 256."""
    count = size // SIDE
    rows = [np.concatenate([found[(count * r + c) % len(found)][0] for c in range(count)], 1) for r in range(count)]
    return np.concatenate(rows)[None]


@lru_cache
def mosaic(size: int) -> np.ndarray:
    """(1, size, size), training images side by side; size is a multiple of 256."""
    return side_by_side(tiles(), size)


@lru_cache
def crowd(size: int, dense: bool) -> np.ndarray:
    """(1, size, size), the eight training images with the most or the fewest objects side by side."""
    order = sorted(tiles(), key=lambda tile: int(label(tile[0] > threshold_otsu(tile[0])).max()))
    return side_by_side(order[-8:] if dense else order[:8], size)


@lru_cache
def sample(size: int) -> Sample:
    """The mosaic as a graph."""
    return Preparation()(mosaic(size), f"mosaic_{size}")


@lru_cache
def batch_samples() -> tuple[Sample, ...]:
    """Four images of about 600 superpixels: a batch of the default training on nuclei."""
    found = [Preparation()(tile, str(k)) for k, tile in enumerate(tiles()[:24])]
    return tuple(sorted(found, key=lambda s: abs(s.regions.num_nodes - 600))[:4])


@lru_cache
def nuclei_reward() -> Reward:
    """rewards/nuclei.yaml."""
    return Reward(load_reward(ROOT / "rewards/nuclei.yaml"))


def nuclei_reward_of_objects() -> Reward:
    """What rewards/nuclei.yaml asks of the objects themselves: not what is proposed, or missed."""
    text = (ROOT / "rewards/nuclei.yaml").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith(("stability:", "missed:"))]
    return Reward(parse_reward("\n".join(lines), "nuclei.yaml"))


def actions(of: Sample, partitions: int, seed: int = 0) -> np.ndarray:
    """(K, E) actions of a policy that has learned something, with its noise."""
    rng = np.random.default_rng(seed)
    guess = 1 / (1 + np.exp(8 * (of.guide - 0.45)))
    return np.clip(guess + 0.2 * rng.standard_normal((partitions, len(guess))), 0.001, 0.999)


@torch.no_grad()
def partitions(module: Segmenter, of: Sample, count: int) -> np.ndarray:
    """(K, N) that a policy samples of an image, the first that are all different."""
    state = module.state(collate([of]))
    policy = SquashedNormal(*module.learner.actor(state.nodes, state.edges, state.graph))
    noise = standard_normal((2 * count, of.regions.num_edges), step_noise(0, 0, 0), policy.mu)
    weights = policy.action(policy.rsample(noise)).double().numpy()
    labels = solve_multicut(of.regions.num_nodes, of.edge_index, weights)
    cut = labels[:, of.edge_index[0]] != labels[:, of.edge_index[1]]
    different = np.sort(np.unique(cut, axis=0, return_index=True)[1])
    assert len(different) >= count
    return labels[different[:count]]


class Judging:
    """Rewards of partitions of one image, by `nuclei_reward`.

    Args:
        of: the image.
        labels: (K, N).
        state: "warm": as from the second time on that an image is seen, with the tables that are kept with its
            superpixels; "cold": as the first time, and with other data in the caches of the processor.
    """

    def __init__(self, of: Sample, labels: np.ndarray, state: Literal["warm", "cold"]) -> None:
        self.of, self.labels, self.state = of, labels, state
        self.regions = of.regions
        self._other = np.zeros(2**25)

    def before(self) -> None:
        """Make it cold, if that is asked for."""
        if self.state == "cold":
            self.regions = replace(self.of.regions)  # without what is kept
            self._other += 1

    def judge(self, part: np.ndarray) -> np.ndarray:
        """(k, E) rewards of some of the partitions (k, N)."""
        return nuclei_reward().evaluate(Segments(self.regions, part)).edge_score

    def __call__(self) -> np.ndarray:
        return self.judge(self.labels)

    def counts(self) -> dict[str, int]:
        """How many segments there are, and how many of them consist of several superpixels and are unlike any other."""
        segments = Segments(self.of.regions, self.labels)
        return {"segments": segments.count, "unlike": len(segments.joined[1])}


def good_objects(of: Sample) -> np.ndarray:
    """(N,) a good segmentation: the best-paid objects of a merge tree, background 0."""
    found = search_objects(of.regions, of.guide, lambda s: nuclei_reward().evaluate(s).foreground_score)
    return np.where(found.chosen, found.labels + 1, 0)


@lru_cache
def model(learner: str) -> SegmentationModule:
    """The default model for nuclei with untrained networks."""
    module = SegmentationModule(
        reward=str(ROOT / "rewards/nuclei.yaml"),
        learner={"kind": learner},  # type: ignore[arg-type]
        critic={"objects": True},  # type: ignore[arg-type]
    )
    module.prepare(batch_samples())
    return module


def batch() -> Batch:
    """Four images."""
    return collate(batch_samples())


def note(benchmark: BenchmarkFixture, group: str, **values: object) -> None:
    """Put a benchmark into a group (none: leave it there), and keep some values beside its times."""
    if group:
        benchmark.group = group
        values["group"] = group  # what is said after the measurement counts as well
    benchmark.extra_info.update(values)


def median_ms(benchmark: BenchmarkFixture) -> float:
    """Of what a benchmark has measured."""
    return 1e3 * float(benchmark.stats.stats.median)
