"""Who does the work on the parts of an image: threads, or a Dask cluster. Results come in the order of the jobs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from rlseg.errors import RlsegError

T = TypeVar("T")
Job = tuple[Any, ...]
PATIENCE = 5.0
"""Seconds after which a result that has not come is asked after; doubled each time."""


class WorkersLostError(RlsegError):
    """Who does the work is gone: no image can be looked at any more, and this is not the fault of one of them."""


class Workers(Protocol):
    """Applies a function to the arguments of many jobs, some at a time; no more are held in memory than needed."""

    def map(self, function: Callable[..., T], jobs: Iterable[Job]) -> Iterator[T]:
        """function(*job) for every job, in order."""
        ...


class Threads:
    """Threads of this process.

    Args:
        count: how many.
    """

    def __init__(self, count: int) -> None:
        self.count = count

    def map(self, function: Callable[..., T], jobs: Iterable[Job]) -> Iterator[T]:
        """See `Workers.map`."""
        with ThreadPoolExecutor(self.count) as pool:
            yield from _in_order(lambda job: pool.submit(function, *job), jobs, self.count + 1)

    def close(self) -> None:
        """Nothing is left to be closed."""


class Cluster:
    """The workers of an existing Dask cluster, which must have rlseg installed.

    Args:
        address: of the scheduler, such as tcp://127.0.0.1:8786.

    Raises:
        RlsegError: dask is not installed, or there is no scheduler with workers at the address.
    """

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise RlsegError("dask.distributed is not installed", "pip install 'rlseg[dask]'") from None
        try:
            self._client = Client(address, timeout="3s")
        except (OSError, ValueError, TimeoutError) as error:
            raise RlsegError(f"no Dask scheduler at {address}: {error}", "start one: dask scheduler") from None
        self.count = len(self._client.scheduler_info(n_workers=-1)["workers"])
        if not self.count:
            raise RlsegError(f"the Dask scheduler at {address} has no workers", f"start some: dask worker {address}")

    def map(self, function: Callable[..., T], jobs: Iterable[Job]) -> Iterator[T]:
        """See `Workers.map`.

        Raises:
            WorkersLostError: a worker that held a part of the work is gone, or all of them, or the scheduler.
        """
        yield from _in_order(lambda job: self._submit(function, job), jobs, 2 * self.count)

    def _submit(self, function: Callable[..., Any], job: Job) -> _Promise:
        try:
            # arrays go to a worker at once, instead of through the scheduler with the task
            data = self._client.scatter([job], hash=False)[0]
            return _Promise(self._client.submit(_call, function, data, pure=False), self.has_workers)
        except (OSError, CancelledError) as error:
            raise _lost(error) from error

    def has_workers(self) -> bool:
        """Whether there is anybody left."""
        try:
            return bool(self._client.nthreads())
        except (OSError, CancelledError):
            return False

    def close(self) -> None:
        """Leave the cluster, which goes on."""
        self._client.close()


class _Promise:
    """A result on its way, waited for as long as there is anybody to bring it."""

    def __init__(self, future: Any, has_workers: Callable[[], bool]) -> None:
        self._future = future
        self._has_workers = has_workers

    def result(self) -> Any:
        from distributed import KilledWorker

        patience = PATIENCE
        while True:
            try:
                return self._future.result(timeout=patience)
            except KilledWorker as error:
                raise _lost(error) from error
            except (OSError, CancelledError) as error:
                if self._future.status == "error":
                    raise  # the work itself has raised it
                if not isinstance(error, TimeoutError) or not self._has_workers():
                    raise _lost(error) from error
            patience *= 2


def _lost(error: Exception) -> WorkersLostError:
    return WorkersLostError(
        f"a worker of the Dask cluster, or its scheduler, has ended ({type(error).__name__})",
        "what is done is kept: start them again and go on with --missing; a worker that ends again and again has too "
        "little memory, try a smaller --tile",
    )


def _call(function: Callable[..., T], job: Job) -> T:
    return function(*job)


def _in_order(submit: Callable[[Job], Any], jobs: Iterable[Job], ahead: int) -> Iterator[Any]:
    """Results in the order of the jobs, of which no more than `ahead` are under way."""
    waiting: deque[Any] = deque()
    for job in jobs:
        waiting.append(submit(job))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
