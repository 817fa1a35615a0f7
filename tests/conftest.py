"""Real images that several test modules share, and one tiny training."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from fault_table import Outcome, load_faults, numbers, table
from nuclei import ROOT, Run, crop, write_folder

from rlseg.data.prepare import Preparation
from rlseg.graph.sample import Sample
from rlseg.rewards.language.load import load_reward
from rlseg.rewards.reward import Reward


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c() -> None:
    """Ctrl-C interrupts also where the tests run in the background of a shell, for which it is ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Whoever goes elsewhere comes back: paths of the tests after it begin here."""
    left, begun = Path.cwd(), item.config.invocation_params.dir
    os.chdir(begun)
    assert left == begun


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
def trained_guided(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The same with the guided learner: replay, object-aware critic."""
    return Run.fit(folder, tmp_path_factory.mktemp("trained_guided"), *Run.GUIDED)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fault-table", type=Path, help="run the tests of faults.yaml alone and write the table there")
    parser.addoption("--napari-pictures", type=Path, help="keep the screenshots of make napari in this folder")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--fault-table") is not None:
        about = [bool(numbers(item.originalname if isinstance(item, pytest.Function) else "")) for item in items]
        config.hook.pytest_deselected(items=[item for item, yes in zip(items, about, strict=True) if not yes])
        items[:] = [item for item, yes in zip(items, about, strict=True) if yes]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    path = config.getoption("--fault-table")
    if path is not None:
        reports = [
            (kind, found) for kind in ("passed", "skipped", "failed") for found in terminalreporter.getreports(kind)
        ]
        reports += [("failed", found) for found in terminalreporter.getreports("error")]
        outcomes = [Outcome(found.nodeid.partition("[")[0], kind) for kind, found in reports]
        path.write_text(table(outcomes, load_faults()), encoding="utf-8")
