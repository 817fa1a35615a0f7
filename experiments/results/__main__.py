"""Run every experiment of docs/results.md, two at a time, and write the report.

    python -m experiments.results                      # what is not done yet and not on request alone, then the report
    python -m experiments.results circles embryo       # these parts only, and what they need
    python -m experiments.results circles/k4           # all of a part whose names begin so
    python -m experiments.results --report             # the report alone, from what is there

What is done is kept in runs/ and not done again, unless the experiment, the reward files or the package have changed.
Ctrl-C stops after nothing more than the trainings that are running; the next call goes on.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

from experiments import ROOT
from experiments.results.command import one_line_errors
from experiments.results.jobs import JOBS, Job, Part, load_parts
from experiments.results.report import GALLERY, PAPER, README, write_report
from rlseg.errors import RlsegError


class Runner:
    """Runs jobs in the order of the file, some at a time; a job waits for those it needs.

    Attributes:
        failed: names of jobs that ended with another code than 0, or whose needs did.
    """

    def __init__(self, workers: int) -> None:
        self.failed: list[str] = []
        self._pool = ThreadPoolExecutor(workers)
        self._ended: dict[str, Future[bool]] = {}
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = threading.Event()
        self._began = time.monotonic()

    def submit(self, job: Job) -> None:
        """Run a job when a worker is free. What it needs must have been submitted before."""
        needs = [self._ended[name] for name in job.needs if name in self._ended]
        self._ended[job.name] = self._pool.submit(self._run, job, needs)

    def wait(self) -> None:
        """Until all jobs have ended; on Ctrl-C the running ones are ended and no other begins."""
        try:
            for future in self._ended.values():
                future.result()
        except KeyboardInterrupt:
            self._stopped.set()
            for process in list(self._running):
                process.terminate()
            raise
        finally:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, job: Job, needs: list[Future[bool]]) -> bool:
        good = all(future.result() for future in needs)
        if self._stopped.is_set():
            return False
        if not good:
            self._say(f"{job.name}: left out, for something it needs has failed")
            self.failed.append(job.name)
            return False
        if job.done():
            return True
        self._say(f"{job.name} ...")
        began, log = time.monotonic(), JOBS / "logs" / f"{job.name.replace('/', '_')}.txt"
        log.parent.mkdir(parents=True, exist_ok=True)
        state = job.begin()
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-W", "ignore", *job.arguments()],
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
            self._running.add(process)
            _, status, usage = os.wait4(process.pid, 0)  # with the time of its own children
            code = process.returncode = os.waitstatus_to_exitcode(status)
            self._running.discard(process)
        seconds = time.monotonic() - began
        if code != 0:
            self._say(f"{job.name}: FAILED with code {code}, see {log.relative_to(ROOT)}")
            self.failed.append(job.name)
            return False
        job.end(state, seconds, usage.ru_utime + usage.ru_stime)
        self._say(f"{job.name}: done in {seconds:.0f} s")
        return True

    def _say(self, text: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        print(f"[{minutes:3d}:{seconds:02d}] {text}", flush=True)


def choose(parts: list[Part], words: list[str]) -> list[Job]:
    """The jobs of the parts that are named, and those whose names begin with a word; without any word all but those
    of parts on request.

    What they need comes along, of other parts too, in the order of the file.

    Raises:
        RlsegError: a word is neither.
    """
    jobs = [(part.name, job) for part in parts for job in part.jobs]
    names = {part.name for part in parts}
    usual = {part.name for part in parts if not part.on_request}

    def means(word: str, part: str, job: Job) -> bool:
        return word == part if word in names else job.name.startswith(word)

    for word in words:
        if not any(means(word, *each) for each in jobs):
            raise RlsegError(f"no such part: {word}", f"there are {', '.join(part.name for part in parts)}")
    wanted: set[str] = set()
    for part, job in reversed(jobs):  # what a job needs comes before it
        if (not words and part in usual) or job.name in wanted or any(means(word, part, job) for word in words):
            wanted |= {job.name, *job.needs}
    return [job for _, job in jobs if job.name in wanted]


def run(jobs: list[Job], workers: int) -> list[str]:
    """Run some jobs; returns the names of those that failed."""
    runner = Runner(workers)
    for job in jobs:
        runner.submit(job)
    runner.wait()
    return runner.failed


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Run the script; returns the exit code."""
    parts = load_parts()
    names = [part.name for part in parts]
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"of {', '.join(names)}; the usual ones if none is named"
    )
    parser.add_argument("--report", action="store_true", help="run nothing")
    parser.add_argument("--workers", type=int, default=2, help="experiments at a time, one thread each")
    options = parser.parse_args(arguments)
    os.chdir(ROOT)
    try:
        jobs = choose(parts, options.parts)
        failed = [] if options.report else run(jobs, options.workers)
    except KeyboardInterrupt:
        print("\nstopped; the same command goes on from here", file=sys.stderr)
        return 130
    missing = write_report(parts, readme=README, paper=PAPER, gallery=GALLERY)
    if missing:
        print(f"not measured yet, and so marked in the report: {', '.join(missing)}")
    print("written: docs/results.md, docs/paper.md, docs/gallery.md and the tables of README.md")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
