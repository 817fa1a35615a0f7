"""What a user waits for, as whole processes: this build, an earlier one and something without rlseg in turn.

    make bench-before
    python -m experiments.analysis.processes --before runs/before/src --rounds 3

Each work is done by a new Python process of one thread, by the builds and the peer in turn, with the same other
packages. The smallest wall clock time, CPU time and peak memory of the rounds are shown, and how many times faster this
build is. With --asked also what takes minutes: an image of 10,000 x 10,000, and `make demo`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from experiments import ROOT
from experiments.analysis.one_process import Cost, least, run
from experiments.analysis.works import FIT, WORKS, Work, write_pictures
from experiments.results.command import one_line_errors
from rlseg.errors import RlsegError

NOW, BEFORE, PEER = "now", "before", "peer"


@dataclass(frozen=True)
class Compared:
    """What a work has cost: whose -> the smallest of the rounds. Whose is "now", "peer", and maybe "before"."""

    work: Work
    costs: dict[str, Cost]

    @property
    def ratio(self) -> float:
        """Over the peer, of what the limit of the work is about."""
        now, peer = self.costs[NOW], self.costs[PEER]
        return now.memory / peer.memory if self.work.memory else now.wall / peer.wall

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        said = {"work": self.work.name, "peer_name": self.work.peer.name, "cores": self.work.cores}
        said |= {"limit": self.work.limit, "ratio": self.ratio, "of_memory": self.work.memory}
        return said | {whose: asdict(cost) for whose, cost in self.costs.items()}


class Processes:
    """Runs works by several builds in turn.

    Args:
        folder: for models, images and results; exists.
        before: folder with the earlier package, or None.

    Raises:
        RlsegError: the earlier package is not there, or cannot train.
    """

    def __init__(self, folder: Path, before: Path | None) -> None:
        if before is not None and not (before / "rlseg").is_dir():
            raise RlsegError(f"{before} holds no package rlseg", "make bench-before puts an earlier build there")
        self.folder = folder
        self.builds = {NOW: ROOT} if before is None else {BEFORE: before, NOW: ROOT}
        # an earlier build cannot read every later model
        words = (*FIT, "--trainer.max_epochs", "1", "--trainer.logger.init_args.save_dir", str(folder / "model"))
        run(words, before or ROOT)
        (self.model,) = (folder / "model").rglob("best.ckpt")

    def compare(self, work: Work, rounds: int, first: bool = True) -> Compared:
        """Do a work so often by each build and by its peer.

        Args:
            work: the work; one that takes minutes is done once.
            rounds: of each, if the work does not ask for fewer.
            first: do it once more, before that, and do not count it: what is compiled or read first is not.

        Raises:
            RlsegError: one of them fails.
        """
        images = self.folder / ("none" if work.pictures is None else f"{work.pictures.count}_{work.pictures.side}")
        if work.pictures is not None and not images.exists():
            write_pictures(work.pictures, images)
        costs: dict[str, list[Cost]] = {}
        rounds = min(rounds, work.rounds)
        for _ in range(rounds + (first and not work.asked)):
            for whose, build in self.builds.items():
                costs.setdefault(whose, []).append(self._run(work, work.arguments, build, images))
            costs.setdefault(PEER, []).append(self._run(work, work.peer.arguments, ROOT, images))
        return Compared(work, {whose: least(found[-rounds:]) for whose, found in costs.items()})

    def _run(self, work: Work, words: Sequence[str], build: Path, images: Path) -> Cost:
        output = self.folder / "output"
        # what is a program and not a pattern has other braces
        known = {"{model}": str(self.model), "{images}": str(images), "{output}": str(output)}
        filled = [known.get(word, word) for word in words]
        try:
            if work.own_tree and words == work.arguments:
                tree = copy_tree(build, output)
                return run(filled, tree, work.cores, tree)
            return run(filled, build, work.cores)
        finally:
            shutil.rmtree(output, ignore_errors=True)


def copy_tree(build: Path, target: Path) -> Path:
    """Copy the package of a build and what works with it into a new folder; returns that."""
    for name in ("rlseg", "experiments", "rewards"):
        shutil.copytree(build / name if (build / name).is_dir() else ROOT / name, target / name)
    return target


def show(found: Compared) -> None:
    """Print a row of the table."""
    now, peer = found.costs[NOW], found.costs[PEER]
    cells = [_cells(found.costs[BEFORE]) if BEFORE in found.costs else " " * 22, _cells(now), _cells(peer)]
    faster = f"{found.costs[BEFORE].wall / now.wall:6.2f}" if BEFORE in found.costs else " " * 6
    print(
        f"{found.work.name:40} {' | '.join(cells)} | {faster} | {found.ratio:6.2f} of {found.work.limit:g}", flush=True
    )


def _cells(cost: Cost) -> str:
    return f"{cost.wall:7.2f} {cost.cpu:7.2f} {cost.memory:6.0f}"


def wanted_works(only: str, asked: bool) -> list[Work]:
    """Those with these words in their name, of those that take minutes only if they are asked for."""
    return [work for work in WORKS if only in work.name and (asked or not work.asked)]


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Run the script; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--before", type=Path, default=ROOT / "runs/before/src", help="folder with the earlier package")
    parser.add_argument("--rounds", type=int, default=3, help="of each work with each build")
    parser.add_argument("--only", default="", metavar="WORDS", help="only what has these words in its name")
    parser.add_argument("--asked", action="store_true", help="also what takes minutes")
    parser.add_argument("--json", type=Path, help="file for the rows of the table")
    options = parser.parse_args(arguments)
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        processes = Processes(Path(temporary), options.before.absolute())
        columns = " | ".join(f"{whose + ': s wall, CPU, MB':>22}" for whose in (BEFORE, NOW, PEER))
        print(f"{'':40} {columns} | faster | over the peer")
        for work in wanted_works(options.only, options.asked):
            found = processes.compare(work, options.rounds)
            show(found)
            rows.append(found.as_dict())
    if options.json is not None:
        options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
