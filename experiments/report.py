"""docs/results.md from its template and from what the experiments have left in runs/."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from compare import paired_bootstrap
from figures import FIGURES, draw_curves
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jobs import ROOT, Part, ScriptJob, SeedsJob

TEMPLATE = ROOT / "experiments" / "results.md.j2"
OUTPUT = ROOT / "docs" / "results.md"
MISSING = "not measured"


class Results:
    """What the template may ask for. Whatever is not there yet is written as "not measured" and noted in `missing`."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = parts
        self.missing: list[str] = []
        self._jobs = {job.name: job for part in parts for job in part.jobs}

    def seeds(self, name: str) -> list[dict[str, Any]]:
        """The results of a training, one a seed."""
        job = self._jobs[name]
        assert isinstance(job, SeedsJob), f"{name} is no training"
        found = job.results()
        if len(found) < job.seeds:
            self._miss(name)
        return found

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The rows that a script has written."""
        job = self._jobs[name]
        assert isinstance(job, ScriptJob), f"{name} is no script"
        found = job.rows()
        if not found:
            self._miss(name)
        return found

    def mean(self, name: str, key: str = "mean_ap", digits: int = 3) -> str:
        """Mean ± standard deviation over seeds, and their number."""
        values = [float(result[key]) for result in self.seeds(name)]
        if not values:
            return MISSING
        if len(values) == 1:
            return f"{values[0]:.{digits}f} (1 seed)"
        return f"{np.mean(values):.{digits}f} ± {np.std(values, ddof=1):.{digits}f} ({len(values)})"

    def value(self, name: str, key: str = "mean_ap") -> float:
        """Mean over seeds; NaN if there are none."""
        values = [float(result[key]) for result in self.seeds(name)]
        return float(np.mean(values)) if values else float("nan")

    def worst(self, name: str, key: str = "mean_ap") -> float:
        """Smallest over seeds; NaN if there are none."""
        return min((float(result[key]) for result in self.seeds(name)), default=float("nan"))

    def row(self, name: str, **conditions: Any) -> dict[str, Any]:
        """The row of a script whose columns have these values; an empty one if it is not there yet."""
        for row in self.rows(name):
            if all(row.get(key) == value for key, value in conditions.items()):
                return row
        return {}

    def difference(self, name: str, images: Sequence[float]) -> str:
        """Mean difference of mAP to another method, image by image, with a 95 % interval and p by bootstrap.

        Args:
            name: of a training; the mean over its seeds is compared.
            images: mAP of the other method on the test images, sorted by their names.
        """
        results = self.seeds(name)
        if not results or len(images) != len(results[0]["images"]):
            return MISSING
        own = np.mean([[r["images"][image] for image in sorted(r["images"])] for r in results], axis=0)
        found = paired_bootstrap(own, np.asarray(images))
        return f"{found.difference:+.3f} ({found.low:+.3f} to {found.high:+.3f}, p = {found.p:.4f})"

    def curves(self, file: str, names: dict[str, str], key: str = "mean_ap", level: float | None = None) -> str:
        """A picture of learning curves, as Markdown. names: title -> training; level: a line at this height."""
        curves = {title: [seed["curve"] for seed in self.seeds(name)] for title, name in names.items()}
        draw_curves(ROOT / "docs" / FIGURES / file, curves, key, level)
        return f"![{', '.join(names)}]({FIGURES}/{file})"

    def picture(self, file: str, title: str) -> str:
        """A picture that an experiment has left in docs/results/, as Markdown."""
        if not (ROOT / "docs" / FIGURES / file).is_file():
            self._miss(file)
        return f"![{title}]({FIGURES}/{file})"

    def commits(self) -> str:
        """The commits at which the experiments ran."""
        found = {job.state().get("commit") for part in self.parts for job in part.jobs} - {None}
        return ", ".join(sorted(found)) or MISSING

    def _miss(self, name: str) -> None:
        if name not in self.missing:
            self.missing.append(name)


def _number(value: Any, digits: int = 3) -> str:
    """A number as text, without the sign of NaN; MISSING if it is not there."""
    if value is None or value == "" or (isinstance(value, float) and np.isnan(value)):
        return MISSING
    return f"{float(value):.{digits}f}"


def write_report(
    parts: Sequence[Part], template: Path = ROOT / "experiments" / TEMPLATE, output: Path = OUTPUT
) -> list[str]:
    """Write the report; returns the names of what is missing in it."""
    results = Results(parts)
    environment = Environment(
        loader=FileSystemLoader(template.parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["n"] = _number
    text = environment.get_template(template.name).render(r=results)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text, encoding="utf-8")
    return results.missing
