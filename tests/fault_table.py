"""Which faults of faults.yaml which tests are about, by the numbers in their names: `test_11_12_nan_and_infinity`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

FAULTS = Path(__file__).parent / "faults.yaml"
_NUMBERS = re.compile(r"^test_((?:\d{1,3}_)+)")
HEAD = """\
<!-- Written by `make reliability`. Do not edit. -->
# Reliability

What goes wrong in practice, what `rlseg` does then, and the tests that see to it ({passed} of {faults} faults: all
their tests pass{slow}).

| | what goes wrong | what happens | tests |
| --- | --- | --- | --- |
"""


def numbers(test: str) -> list[int]:
    """The faults that a test's name says it is about."""
    found = _NUMBERS.match(test)
    return [] if found is None else [int(number) for number in found[1].rstrip("_").split("_")]


def load_faults(path: Path = FAULTS) -> dict[int, dict[str, str]]:
    """Number -> what goes wrong ("fault") and what happens ("then")."""
    return {int(number): text for number, text in yaml.safe_load(path.read_text(encoding="utf-8")).items()}


def written(folder: Path) -> dict[int, list[str]]:
    """Fault -> names of the tests about it, as they stand in the files of a folder."""
    found: dict[int, list[str]] = {}
    for file in sorted(folder.rglob("test_*.py")):
        for name in re.findall(r"^\s*def (test_\d\w*)", file.read_text(encoding="utf-8"), re.MULTILINE):
            for number in numbers(name):
                found.setdefault(number, []).append(name)
    return found


@dataclass(frozen=True)
class Outcome:
    """Of one test: its file and name, without parameters; and whether it passed, was skipped, or failed."""

    test: str
    outcome: str


def table(outcomes: Iterable[Outcome], faults: Mapping[int, Mapping[str, str]]) -> str:
    """docs/reliability.md: a line for each fault; a test with several parameters counts once, by its worst outcome."""
    worst: dict[str, str] = {}
    order = ("passed", "skipped", "failed")
    for result in outcomes:
        known = worst.get(result.test, "passed")
        worst[result.test] = max(known, result.outcome, key=order.index)
    by_fault: dict[int, list[str]] = {}
    for test in worst:
        for number in numbers(test.rpartition("::")[2]):
            by_fault.setdefault(number, []).append(test)
    good = [n for n in faults if by_fault.get(n) and all(worst[test] == "passed" for test in by_fault[n])]
    lines = [_line(n, text, by_fault.get(n, []), worst) for n, text in faults.items()]
    slow = ", the slow ones among them" if any("/slow/" in test for test in worst) else ""
    return HEAD.format(passed=len(good), faults=len(faults), slow=slow) + "\n".join(lines) + "\n"


def _line(number: int, text: Mapping[str, str], tests: Sequence[str], outcome: Mapping[str, str]) -> str:
    shown = []
    for test in tests:
        file, _, name = test.partition("::")
        note = "" if outcome[test] == "passed" else f" **{outcome[test]}**"
        shown.append(f"[{name.rpartition('::')[2]}](../{file}){note}")
    return f"| {number} | {text['fault']} | {text['then']} | {'<br>'.join(shown) or '**none**'} |"
