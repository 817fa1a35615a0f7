"""docs/results.md, paper.md, gallery.md and the tables of README.md, from results.json and what experiments left."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.results.jobs import ROOT, Part, SeedsJob
from experiments.results.measured import MISSING, Measured, Results
from experiments.results.paper import read_statements
from experiments.results.targets import TARGETS
from experiments.results.templates import render_template
from rlseg.errors import RlsegError
from rlseg.rewards.language import load_reward

TEMPLATE = ROOT / "experiments" / "results" / "results.md.j2"
OUTPUT = ROOT / "docs" / "results.md"
STATEMENTS = TEMPLATE.with_name("paper.yaml")
PAPER, GALLERY = OUTPUT.with_name("paper.md"), OUTPUT.with_name("gallery.md")
README, TABLE = ROOT / "README.md", ROOT / "experiments" / "results" / "readme.md.j2"
BEGIN, END = "<!-- written by make results -->\n", "<!-- end of what make results writes -->\n"


def collect(parts: Sequence[Part], earlier: Measured) -> Measured:
    """What lies in runs/ now; of experiments that have left nothing there, what is known from earlier."""
    found: dict[str, Any] = {}
    for part in parts:
        jobs = found.setdefault(part.name, {})
        for job in part.jobs:
            known = earlier.get(part.name, {}).get(job.name)
            if known and not job.state() and not (isinstance(job, SeedsJob) and job.results()):
                jobs[job.name] = known
                continue
            values = (
                {"seeds": job.results(), "wanted": job.seeds} if isinstance(job, SeedsJob) else {"rows": job.rows()}
            )
            state = {key: value for key, value in job.state().items() if key != "depends_on"}
            jobs[job.name] = {"state": state, **values, **({"on_request": True} if part.on_request else {})}
    return found


def number(value: Any, digits: int = 3) -> str:
    """A number as text; MISSING if it is not there."""
    if value is None or value == "" or (isinstance(value, float) and np.isnan(value)):
        return MISSING
    return f"{float(value):.{digits}f}"


def render(results: Results, template: Path = TEMPLATE) -> str:
    """The report as Markdown."""
    return render_template(template, number, results, targets=lambda: [target.judge(results) for target in TARGETS])


def render_paper(results: Results) -> str:
    """docs/paper.md as Markdown."""
    sections = read_statements(render(results, STATEMENTS))
    return render_template(TEMPLATE.with_name("paper.md.j2"), number, results, sections=sections)


def render_gallery(results: Results) -> str:
    """docs/gallery.md as Markdown."""
    rules = {path.stem: load_reward(path) for path in (ROOT / "rewards").glob("*.yaml")}
    return render_template(TEMPLATE.with_name("gallery.md.j2"), number, results, reward=rules.__getitem__)


def with_table(readme: str, results: Results) -> str:
    """The text of README.md with its table as measured.

    Raises:
        RlsegError: the marks between which the table lies are missing.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise RlsegError(f"no place for the table in {README.name}", f"it lies between {BEGIN!r} and {END!r}")
    return before + begin + render(results, TABLE) + end + after


def write_report(
    parts: Sequence[Part],
    template: Path = TEMPLATE,
    output: Path = OUTPUT,
    readme: Path | None = None,
    paper: Path | None = None,
    gallery: Path | None = None,
) -> list[str]:
    """Write the report, its numbers as JSON, its curves, and if these are named the tables of a README, the page on the
    paper and the gallery; returns what is missing in the report."""
    folder = output.parent / "results"
    folder.mkdir(parents=True, exist_ok=True)
    numbers = folder / "results.json"
    measured = collect(parts, json.loads(numbers.read_text(encoding="utf-8")) if numbers.is_file() else {})
    numbers.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    results = Results(measured, folder)
    output.write_text(render(results, template), encoding="utf-8")
    if readme is not None:
        readme.write_text(with_table(readme.read_text(encoding="utf-8"), results), encoding="utf-8")
    if paper is not None:
        paper.write_text(render_paper(results), encoding="utf-8")
    if gallery is not None:
        gallery.write_text(render_gallery(results), encoding="utf-8")
    return results.unmeasured()
