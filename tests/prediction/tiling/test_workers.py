"""Workers of a Dask cluster that end: one line, and nothing waits for ever."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Any

import distributed
import pytest
from distributed.comm import CommClosedError

from rlseg.prediction.tiling import workers
from rlseg.prediction.tiling.workers import Cluster, WorkersLostError


class StandIn:
    """A client of Dask whose jobs are done at once, but for one on which something happens.

    Args:
        job: its argument.
        happens: raises; called for its result.
        status: of the job after that, in Dask's words.
        left: workers after that.
    """

    def __init__(self, job: int, happens: Callable[[], Any], status: str = "pending", left: int = 1) -> None:
        self.job, self.happens, self.status, self.left = job, happens, status, left
        self.asked = 0

    def scheduler_info(self, **_: Any) -> dict[str, Any]:
        return {"workers": {"one": {}}}

    def nthreads(self) -> dict[str, int]:
        self.asked += 1
        return {"one": 1} if self.left >= self.asked else {}

    def scatter(self, jobs: list[Any], hash: bool) -> list[Any]:
        if self.status == "scatter" and jobs[0][0] == self.job:
            self.happens()
        return jobs

    def submit(self, call: Callable[..., Any], function: Callable[..., Any], job: tuple[int], pure: bool) -> Any:
        return Future(self, function, job)


class Future:
    def __init__(self, client: StandIn, function: Callable[..., Any], job: tuple[int]) -> None:
        self.client, self.function, self.job = client, function, job
        self.status = "finished"

    def result(self, timeout: float) -> Any:
        if self.job[0] == self.client.job:
            self.status = self.client.status
            self.client.happens()
        return self.function(*self.job)


def raising(error: BaseException) -> Callable[[], Any]:
    def happens() -> None:
        raise error

    return happens


def twice(number: int) -> int:
    return 2 * number


def mapped(client: StandIn, monkeypatch: pytest.MonkeyPatch, done: list[int]) -> None:
    monkeypatch.setattr(distributed, "Client", lambda *_, **__: client)
    for result in Cluster("tcp://nowhere").map(twice, ((number,) for number in range(6))):
        done.append(result)


LOST = {
    "scatter": (raising(CommClosedError("in <TCP (closed)>")), "scatter", 1, "CommClosedError"),
    "no worker to scatter to": (raising(TimeoutError("No valid workers found")), "scatter", 0, "TimeoutError"),
    "data of a job": (raising(CancelledError("cancelled for reason: lost dependencies")), "cancelled", 1, "Cancelled"),
    "scheduler": (raising(CommClosedError("closed")), "lost", 1, "CommClosedError"),
    "killed again and again": (raising(distributed.KilledWorker("job", None, 3)), "error", 1, "KilledWorker"),
    "nobody comes": (raising(TimeoutError()), "pending", 2, "TimeoutError"),
}


@pytest.mark.parametrize("way", LOST)
def test_90_a_worker_that_ends_is_one_line_after_all_that_came_before(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    happens, status, left, name = LOST[way]
    client, done = StandIn(4, happens, status, left), []
    with pytest.raises(WorkersLostError, match=r"^a worker of the Dask cluster, or its scheduler, has ended") as caught:
        mapped(client, monkeypatch, done)
    assert name in caught.value.message
    assert "--missing" in str(caught.value.hint)
    assert done == [0, 2, 4, 6][: len(done)]
    assert len(done) >= 3
    if way == "nobody comes":
        assert client.asked == 3, "it is waited for as long as there is anybody"


@pytest.mark.parametrize("error", [FileNotFoundError("a tile"), TimeoutError("of the work"), ValueError("wrong")])
def test_what_the_work_itself_raises_is_raised(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(type(error), match=str(error)):
        mapped(StandIn(4, raising(error), "error"), monkeypatch, [])


def test_a_cluster_brings_all_results_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    mapped(StandIn(-1, raising(ValueError())), monkeypatch, done)
    assert done == [0, 2, 4, 6, 8, 10]


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2])
def test_90_the_same_with_workers_that_are_killed(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "PATIENCE", 0.5)
    with distributed.LocalCluster(n_workers=count, threads_per_worker=1, dashboard_address=None) as local:
        cluster = Cluster(local.scheduler_address)
        for worker in local.workers.values():
            worker.auto_restart = False
        pids = [int(pid) for pid in cluster._client.run(os.getpid).values()]
        began = time.monotonic()
        results = cluster.map(time.sleep, [(0.3,)] * 40)
        for _ in range(3):
            next(results)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(WorkersLostError):
            list(results)
        assert time.monotonic() - began < 60
        cluster.close()
