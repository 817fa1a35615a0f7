"""Real images that several test modules share, and one tiny training."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from nuclei import ROOT, Run, crop, write_folder

from rlseg.data.prepare import Preparation
from rlseg.rewards.load import load_reward
from rlseg.rewards.reward import Reward
from rlseg.sample import Sample


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def reward() -> Reward:
    """The shipped reward file."""
    return Reward(load_reward(str(ROOT / "rewards" / "nuclei.yaml")))


@pytest.fixture(scope="session")
def samples() -> list[Sample]:
    """Four crops of real images, about 100 superpixels each, with their truth."""
    prepare = Preparation(subgraph_sizes=(4, 9))
    return [prepare(*crop(number)) for number in range(4)]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with six of these crops under images/ and labels/."""
    return write_folder(tmp_path_factory.mktemp("crops"), 6)


@pytest.fixture(scope="session")
def trained(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Four epochs of the policy gradient, the first two by imitation."""
    return Run.fit(folder, tmp_path_factory.mktemp("trained"))


@pytest.fixture(scope="session")
def trained_sac(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The same with sac: replay, slow critic, object-aware critic."""
    return Run.fit(folder, tmp_path_factory.mktemp("trained_sac"), *Run.SAC)
