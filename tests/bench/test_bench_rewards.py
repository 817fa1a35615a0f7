"""The hot loop against what a user would have otherwise, in one process: `make bench`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture
from skimage.measure import regionprops_table
from timing import median_ms
from workbench import COUNTERPARTS, good_objects

from rlseg.data.prepare import Preparation
from rlseg.environment.environment import SegmentationEnvironment
from rlseg.graph.sample import Sample
from rlseg.io.find import find_images
from rlseg.io.read import read_image
from rlseg.rewards.language.load import load_reward
from rlseg.rewards.measure.segments import Segments
from rlseg.rewards.reward import Reward

pytestmark = pytest.mark.bench

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def sample() -> Sample:
    """The shipped training image with the number of superpixels closest to 700, of those with 35 objects or more."""
    preparation = Preparation()
    files = find_images(ROOT / "experiments/data/nuclei/train/images")[::4]
    samples = [preparation(read_image(file.image).pixels, file.stem) for file in files]
    many = [sample for sample in samples if len(np.unique(good_objects(sample))) > 35]
    return min(many, key=lambda s: abs(s.regions.num_nodes - 700))


@pytest.fixture(scope="module")
def reward() -> Reward:
    return Reward(load_reward(ROOT / "rewards/nuclei.yaml"))


@pytest.fixture(scope="module")
def objects(sample: Sample) -> np.ndarray:
    """(N,) a good segmentation, background 0."""
    return good_objects(sample)


def test_one_partition_against_regionprops(
    benchmark: BenchmarkFixture, sample: Sample, reward: Reward, objects: np.ndarray
) -> None:
    def ours() -> np.ndarray:
        return reward.evaluate(Segments(sample.regions, objects[None])).edge_score

    labels = np.unique(objects, return_inverse=True)[1][sample.superpixels]

    def scikit_image() -> dict:
        return regionprops_table(labels, sample.image[0], properties=("label", *COUNTERPARTS))

    # the two take turns, so that a busy moment of the machine hits both
    pairs = [(median_ms(ours, 20), median_ms(scikit_image, 3)) for _ in range(7)]
    mine, theirs = (float(np.median(column)) for column in zip(*pairs, strict=True))
    ratio = float(np.median([b / a for a, b in pairs]))
    benchmark.extra_info.update(superpixels=sample.regions.num_nodes, scikit_image_ms=theirs, ratio=ratio)
    print(
        f"\n{sample.regions.num_nodes} superpixels, {labels.max()} objects: reward with nine descriptors and edges "
        f"{mine:.2f} ms; regionprops_table with {len(COUNTERPARTS)} {theirs:.1f} ms; {ratio:.0f} times faster"
    )
    benchmark(ours)
    assert ratio >= 30.0


@pytest.mark.parametrize("partitions", [1, 16, 64])
def test_environment_step(benchmark: BenchmarkFixture, sample: Sample, reward: Reward, partitions: int) -> None:
    """Multicut and rewards of K random actions around a trained policy's spread, one core."""
    environment = SegmentationEnvironment(reward, threads=1)
    rng = np.random.default_rng(0)
    guess = 1 / (1 + np.exp(8 * (sample.guide - 0.45)))
    actions = np.clip(guess + 0.2 * rng.standard_normal((partitions, len(guess))), 0.001, 0.999)
    benchmark(environment.step, sample, actions)
    benchmark.extra_info["ms_per_partition"] = 1e3 * benchmark.stats.stats.median / partitions


def test_preparation(benchmark: BenchmarkFixture, sample: Sample) -> None:
    """From the raw image to the sample: once per image."""
    preparation = Preparation()
    benchmark(preparation, sample.image * 255)
