"""Whole processes, as a user starts them: what they cost, and what of it is starting. `make bench`."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from workbench import ROOT, note

from experiments.analysis import start_up
from experiments.analysis.processes import Processes, show, wanted_works
from experiments.analysis.scaling import Training, compare
from experiments.analysis.works import Pictures, Work, write_pictures

pytestmark = pytest.mark.bench

ASKED = "RLSEG_BENCH_ALL" in os.environ
"""Whether what takes minutes is wished for."""
PEERS = "RLSEG_PEERS"
"""Names the Pythons of environments that hold cellpose or stardist, with a colon between them."""
SCRIPT = ROOT / "experiments/baselines/networks_alone.py"


@pytest.mark.parametrize("work", wanted_works("", ASKED), ids=lambda work: work.name)
def test_process(benchmark: BenchmarkFixture, processes: Processes, work: Work) -> None:
    found = benchmark.pedantic(lambda: processes.compare(work, 2, first=not work.warm), rounds=1)
    show(found)
    note(benchmark, "process: " + work.name, ms=1e3 * found.costs["now"].wall, **found.as_dict())
    assert found.ratio <= work.limit


def test_start_up(benchmark: BenchmarkFixture, processes: Processes, tmp_path: Path) -> None:
    """Of a prediction of one image; how its parts are told apart stands in `start_up`."""
    write_pictures(Pictures(1, 256), tmp_path / "one")
    found = benchmark.pedantic(lambda: start_up.measure(processes.model, tmp_path / "one", rounds=3), rounds=1)
    rows = start_up.rows(found)
    note(benchmark, "start: predict one image", ms=found.whole, parts=rows)
    print("\n" + "\n".join(f"{name:45} {ms:8.1f} ms" for name, ms in rows.items()))
    # else a part is missing, or counted twice
    assert found.once > 0
    assert 0.5 * found.whole < sum(rows.values()) < 2.5 * found.whole


@pytest.mark.parametrize("learner", ["policy_gradient", "guided"])
def test_training_as_trained(benchmark: BenchmarkFixture, before: Path | None, tmp_path: Path, learner: str) -> None:
    """A step between two lines of the log of `rlseg fit`: batches, optimisers and log included."""
    builds = {"before": before, "now": ROOT} if before is not None else {"now": ROOT}
    training = Training(learner)
    found = benchmark.pedantic(lambda: compare(training, [*builds.values()], 3, tmp_path), rounds=1)
    seconds = {whose: float(np.median(times)) for whose, times in zip(builds, found, strict=True)}
    note(benchmark, f"training: {learner}", ms=1e3 * seconds["now"], **seconds)
    print(f"\n{learner}, seconds a step: {seconds}")
    assert seconds["now"] <= 1.25 * seconds.get("before", np.inf)


def test_two_processes(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """Images a second of a training by two processes over those by one; more is better."""
    one, two = (Training(processes=count) for count in (1, 2))

    def both() -> list[float]:
        return [float(np.median(compare(training, [ROOT], 3, tmp_path)[0])) for training in (one, two)]

    alone, together = benchmark.pedantic(both, rounds=1)
    rates = [one.batch_size / alone, 2 * two.batch_size / together]
    note(benchmark, "ddp: policy_gradient", ms=1e3 * together, one=rates[0], two=rates[1], least=1.2)
    print(f"\nimages a second: one process {rates[0]:.1f}, two {rates[1]:.1f}")
    assert rates[1] >= 1.2 * rates[0]


def passes_of(name: str) -> list[dict[str, Any]]:
    """What the first of the named Pythons that has a network says of it; empty if none has."""
    for python in filter(None, os.environ.get(PEERS, "").split(os.pathsep)):
        done = subprocess.run([python, str(SCRIPT), name, "1"], capture_output=True, text=True)
        if done.returncode == 0:
            return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        assert done.returncode == 3, done.stderr
    return []


@pytest.mark.parametrize("name", ["cellpose-sam", "stardist"])
def test_network_alone(benchmark: BenchmarkFixture, name: str) -> None:
    """Of Cellpose-SAM and StarDist the network with random weights, for one tile; where somebody has installed it."""
    passes = benchmark.pedantic(lambda: passes_of(name), rounds=1)
    note(benchmark, f"network: {name}", passes=passes, ms=1e3 * min((one["seconds"] for one in passes), default=0))
    print(f"\n{name}: {passes or f'not installed, not measured ({PEERS} names no Python that has it)'}")
