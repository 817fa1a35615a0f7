"""What the benchmarks work on: the shipped training nuclei side by side, as large as is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from pytest_benchmark.fixture import BenchmarkFixture
from skimage.filters import threshold_otsu
from skimage.measure import label

from rlseg.data.prepare import Preparation
from rlseg.environment.search import search_objects
from rlseg.graph.batch import Batch, collate
from rlseg.graph.sample import Sample
from rlseg.io.find import find_images
from rlseg.io.read import read_image
from rlseg.rewards.language.load import load_reward, parse_reward
from rlseg.rewards.reward import Reward
from rlseg.training.module import SegmentationModule

ROOT = Path(__file__).resolve().parents[2]
NUCLEI = ROOT / "experiments/data/nuclei"
SIDE = 256


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
