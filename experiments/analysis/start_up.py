"""Where the time of starting goes, before `rlseg predict` sees its first pixel.

    python -m experiments.analysis.start_up MODEL IMAGES

Three processes, each the fastest of some: Python that does nothing; a prediction as users start it; and one that
predicts twice and lists what it imports (`-X importtime`, which makes it slower by itself). What the first of two
predictions takes longer than the second, without imports, is what is done once: compiled loops are loaded.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from experiments import ROOT
from experiments.analysis.one_process import least, run

TWICE = """\
import sys, time
began = time.perf_counter()
from rlseg.__main__ import main
for number in range(2):
    assert main(sys.argv[1:]) == 0
    print(f"DONE {time.perf_counter() - began}", file=sys.stderr, flush=True)
"""
LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)")
# who comes with whom
OWNERS = {
    **dict.fromkeys(("llvmlite",), "numba"),
    **dict.fromkeys(("pydantic_core", "annotated_types", "typing_extensions", "typing_inspection"), "pydantic"),
    **dict.fromkeys(("_yaml",), "yaml"),
    **dict.fromkeys(("pygments", "markdown_it", "mdurl"), "rich"),
}
PYTHON = "the standard library"


@dataclass(frozen=True)
class StartUp:
    """Milliseconds of starting a prediction of one image.

    Attributes:
        whole: the process, as users start it.
        interpreter: Python that does nothing.
        imports: package -> of importing what is its own, most first.
        once: of the first prediction and not of the second, without imports.
        image: of the second prediction, the model read anew.
    """

    whole: float
    interpreter: float
    imports: dict[str, float]
    once: float
    image: float


def imports_of(lines: Iterable[str], left_out: Iterable[str] = ()) -> dict[str, float]:
    """Package -> milliseconds of importing its modules, most first, from what `-X importtime` prints.

    Args:
        lines: of it, others among them.
        left_out: modules that do not count.
    """
    skipped, total = set(left_out), Counter[str]()
    for microseconds, module in modules_of(lines):
        if module not in skipped:
            total[_owner(module)] += microseconds / 1e3
    return dict(total.most_common())


def modules_of(lines: Iterable[str]) -> list[tuple[int, str]]:
    """(microseconds, module) in the order in which they were imported, without what a module has imported itself."""
    return [(int(found[1]), found[2]) for line in lines if (found := LINE.match(line))]


def _owner(module: str) -> str:
    top = module.split(".")[0]
    if top in sys.stdlib_module_names or top.startswith("_sysconfigdata"):
        return PYTHON
    if top == "scipy":  # a house of many, of which one takes one room
        return ".".join(module.split(".")[:2])
    return OWNERS.get(top, top)


def measure(model: Path, images: Path, build: Path = ROOT, rounds: int = 5) -> StartUp:
    """Start predictions.

    Args:
        model: checkpoint.
        images: folder with one image.
        build: folder that holds the package.
        rounds: of each process; the imports are those of the fastest.

    Raises:
        RlsegError: a prediction fails.
    """
    with tempfile.TemporaryDirectory() as output:
        predict = ["predict", str(model), str(images), "--output", output]
        interpreter = least([run(["-c", "pass"], build) for _ in range(rounds)]).wall
        whole = least([run(["-m", "rlseg", *predict], build) for _ in range(rounds)]).wall
        said = min((_listed(["-c", TWICE, *predict], build) for _ in range(rounds)), key=lambda s: _moments(s)[0])
    bare = [module for _, module in modules_of(_listed(["-c", "pass"], build))]
    first = next(number for number, line in enumerate(said) if line.startswith("DONE"))
    found = imports_of(said[:first], bare)
    one, both = _moments(said)
    return StartUp(
        whole=1e3 * whole,
        interpreter=1e3 * interpreter,
        imports=found,
        once=1e3 * (one - (both - one)) - sum(found.values()),
        image=1e3 * (both - one),
    )


def _moments(said: Iterable[str]) -> list[float]:
    return [float(line.split()[1]) for line in said if line.startswith("DONE")]


def _listed(words: list[str], build: Path) -> list[str]:
    environment = os.environ | {"PYTHONPATH": str(build), "OMP_NUM_THREADS": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-P", "-X", "importtime", *words]
    done = subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stderr.splitlines()


def rows(found: StartUp, least_ms: float = 5.0) -> Mapping[str, float]:
    """What to show: name -> milliseconds. Packages of less than so many are summed up."""
    large = {f"import {name}": ms for name, ms in found.imports.items() if ms >= least_ms}
    small = sum(ms for ms in found.imports.values() if ms < least_ms)
    return {
        "interpreter": found.interpreter,
        **large,
        "import all others": small,
        "compiled loops, and what else is done once": found.once,
        "the image itself, and reading the model": found.image,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("images", type=Path, help="folder with one image")
    parser.add_argument("--build", type=Path, default=ROOT, help="folder that holds the package")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    found = measure(options.model.absolute(), options.images.absolute(), options.build.absolute(), options.rounds)
    for name, ms in rows(found).items():
        print(f"{name:45} {ms:8.1f} ms")
    print(f"{'sum':45} {sum(rows(found).values()):8.1f} ms\n{'the process, without clocks':45} {found.whole:8.1f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
