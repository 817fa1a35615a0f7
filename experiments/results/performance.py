"""docs/performance.md from what `make bench` has measured.

    python -m experiments.results.performance runs/bench/latest.json
    python -m experiments.results.performance --compare runs/bench/before.json runs/bench/latest.json

The first writes the report, its figure and docs/results/performance.json. The second prints what has become slower or
faster by more than 15 % and ends with 1 if anything has become slower.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from experiments import ROOT
from experiments.results.command import one_line_errors
from experiments.results.figures import draw_growth
from experiments.results.templates import render_template
from rlseg.errors import RlsegError

TEMPLATE = ROOT / "experiments" / "results" / "performance.md.j2"
OUTPUT = ROOT / "docs" / "performance.md"
LAST = OUTPUT.parent / "results" / "performance.json"
LOSS = 0.15

Row = Mapping[str, Any]


def read(file: Path) -> dict[str, Any]:
    """What pytest-benchmark has written, without the single times.

    Returns:
        {"machine": ..., "commit": ..., "rows": [{"name", "group", "ms", "rounds", and the benchmark's own}]}

    Raises:
        RlsegError: there is no such file, or it is another kind of file.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if "rows" in content:
            return dict(content)
        rows = [
            {
                "name": entry["name"],
                "group": entry["group"],
                "ms": 1e3 * entry["stats"]["median"],
                "rounds": entry["stats"]["rounds"],
                **entry["extra_info"],
            }
            for entry in content["benchmarks"]
        ]
        cpu = content["machine_info"]["cpu"]
        machine = {"cores": cpu.get("count"), "python": content["machine_info"]["python_version"]}
        return {"machine": machine, "commit": content["commit_info"]["id"][:7], "rows": rows}
    except OSError as error:
        raise RlsegError(f"cannot read {file}: {error.strerror}", "make bench writes it") from error
    except (ValueError, KeyError, TypeError) as error:
        raise RlsegError(f"{file} is not what pytest-benchmark writes: {error!r}") from error


class Report:
    """What the template may ask for.

    Args:
        measured: see `read`.
    """

    def __init__(self, measured: Mapping[str, Any]) -> None:
        self.machine = measured["machine"]
        self.commit = measured["commit"]
        self.remark = measured.get("remark", "")
        self.rows: list[Row] = measured["rows"]

    def of(self, prefix: str) -> dict[str, list[Row]]:
        """Rows of the groups whose names begin so, by the rest of the name, in the order in which they ran."""
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            if (row["group"] or "").startswith(prefix):
                found.setdefault(row["group"].removeprefix(prefix), []).append(row)
        return found

    def one(self, group: str) -> Row | None:
        """The row of a group that has one, or None: it was not measured."""
        return next((row for row in self.rows if row["group"] == group), None)

    def stage(self, stage: str, size: int, partitions: int = 1) -> str:
        """Three cells: milliseconds of a stage at a size of image, its floor, and how many times that; or dashes."""
        rows = [
            row
            for row in self.of("stage: ").get(stage, [])
            if row["size"] == size and row.get("partitions", 1) == partitions and "learner" not in row
        ]
        if not rows:
            return "- | - | -"
        bandwidth = self.one("floor: bandwidth")
        if bandwidth is None or "bytes" not in rows[0]:
            return f"{number(rows[0]['ms'])} | - | -"
        floor = 1e3 * rows[0]["bytes"] / bandwidth["value"]
        return f"{number(rows[0]['ms'])} | {number(floor)} | {number(rows[0]['ms'] / floor)}"

    def partitions(self, stage: str) -> list[int]:
        """In how many at once a stage was measured, besides one."""
        found = {row.get("partitions", 1) for row in self.of("stage: ")[stage]}
        return sorted(found - {1})

    def graph(self, size: int) -> Row:
        """Numbers of superpixels and edges at a size."""
        return next(row for row in self.of("stage: ")["multicut"] if row["size"] == size)

    def growth(self) -> dict[str, list[tuple[int, float]]]:
        """Stage -> (superpixels, milliseconds), smallest first."""
        return {
            stage: sorted((row["superpixels"], row["ms"]) for row in rows) for stage, rows in self.of("scale: ").items()
        }

    def exponent(self, points: Sequence[tuple[int, float]]) -> str:
        """Of n in the cost, from ten thousand superpixels on, between neighbouring sizes."""
        large = [point for point in points if point[0] > 5000]
        slopes = [np.log(b[1] / a[1]) / np.log(b[0] / a[0]) for a, b in pairwise(large)]
        return ", ".join(f"{slope:.2f}" for slope in slopes)


def number(value: float) -> str:
    """Three digits that mean something."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def write(measured: Mapping[str, Any], output: Path = OUTPUT) -> None:
    """Write the report, its figure, and the numbers beside the figure."""
    report = Report(measured)
    folder = output.parent / "results"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "performance.json").write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    draw_growth(folder / "growth.png", report.growth())
    output.write_text(render(report), encoding="utf-8")


def carry_over(measured: Mapping[str, Any], earlier: Mapping[str, Any]) -> dict[str, Any]:
    """Networks of others that nobody had installed this time keep what an earlier run has measured, with its commit.

    Args:
        measured, earlier: see `read`.
    """
    known = {row["name"]: {"commit": earlier["commit"], **row} for row in earlier["rows"] if row.get("passes")}
    rows = [known.get(row["name"], row) if row.get("passes") == [] else row for row in measured["rows"]]
    return {**measured, "rows": rows}


def render(report: Report, template: Path = TEMPLATE) -> str:
    """The report as Markdown."""
    return render_template(template, number, report)


def compare(before: Iterable[Row], after: Iterable[Row], loss: float = LOSS) -> list[tuple[str, float]]:
    """Benchmarks that are in both and differ by more than a share: (name, time after over time before).

    What has no time in one of them was not measured there, such as a network that nobody had installed.
    """
    known = {row["name"]: row["ms"] for row in before}
    ratios = [(row["name"], row["ms"] / known[row["name"]]) for row in after if known.get(row["name"]) and row["ms"]]
    return [(name, ratio) for name, ratio in ratios if not 1 / (1 + loss) <= ratio <= 1 + loss]


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Run the script; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--compare", action="store_true", help="of two files: what has become slower")
    parser.add_argument("--remark", default="", help="a sentence for the report, on how it was measured")
    options = parser.parse_args(arguments)
    if len(options.files) != 1 + options.compare:
        parser.error("one file for the report, two to compare")
    measured = [read(file) for file in options.files]
    if not options.compare:
        earlier = carry_over(measured[0], read(LAST)) if LAST.is_file() else measured[0]
        write(earlier | ({"remark": options.remark} if options.remark else {}))
        print("written: docs/performance.md")
        return 0
    found = compare(measured[0]["rows"], measured[1]["rows"])
    for name, ratio in found:
        print(f"{name}: {'SLOWER' if ratio > 1 else 'faster'}, {ratio:.2f} times the time")
    print(f"{len(found)} of {len(measured[1]['rows'])} changed by more than {100 * LOSS:.0f} %")
    return int(any(ratio > 1 for _, ratio in found))


if __name__ == "__main__":
    sys.exit(main())
