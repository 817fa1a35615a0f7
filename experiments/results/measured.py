"""What the experiments measured, as the report may ask for it; whatever is not there yet is "not measured"."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from experiments.results.differences import Difference, Scores, compare_scores
from experiments.results.figures import draw_curves

MISSING = "not measured"
Measured = Mapping[str, Any]
"""Part -> job -> {"state": ..., and "seeds": [...] of a training or "rows": [...] of a script, "on_request": True}."""


class Results:
    """What the template may ask for. Whatever is not there yet is written as "not measured".

    Args:
        measured: see `collect`.
        pictures: folder for learning curves, beside the report; None draws none.
    """

    def __init__(self, measured: Measured, pictures: Path | None) -> None:
        self.measured = measured
        self.pictures = pictures
        self._jobs = {name: job for jobs in measured.values() for name, job in jobs.items()}

    def seeds(self, name: str) -> list[dict[str, Any]]:
        """The results of a training, one a seed."""
        return list(self._jobs[name]["seeds"])

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The rows that a script has written."""
        return list(self._jobs[name]["rows"])

    def titles(self, prefix: str) -> dict[str, str]:
        """Titles, which are names without the prefix, of the trainings whose names begin with it."""
        names = [name for name, job in self._jobs.items() if name.startswith(prefix) and "seeds" in job]
        return {name.removeprefix(prefix).replace("_", " ").replace("/", ": "): name for name in names}

    def mean(self, name: str, key: str = "mean_ap", digits: int = 3) -> str:
        """Mean ± standard deviation over seeds, and their number."""
        values = [float(result[key]) for result in self.seeds(name)]
        if not values:
            return MISSING
        if len(values) == 1:
            return f"{values[0]:.{digits}f} (1)"
        return f"{np.mean(values):.{digits}f} ± {np.std(values, ddof=1):.{digits}f} ({len(values)})"

    def value(self, name: str, key: str = "mean_ap") -> float:
        """Mean over seeds; NaN if there are none."""
        values = [float(result[key]) for result in self.seeds(name)]
        return float(np.mean(values)) if values else float("nan")

    def deviation(self, name: str, key: str = "mean_ap") -> float:
        """Standard deviation over seeds; NaN if there are fewer than two."""
        values = [float(result[key]) for result in self.seeds(name)]
        return float(np.std(values, ddof=1)) if len(values) > 1 else float("nan")

    def extreme(self, name: str, key: str = "mean_ap", largest: bool = False) -> float:
        """The smallest (or largest) value of all seeds, NaN counting as infinite; NaN if there are none."""
        values = [float(result[key]) for result in self.seeds(name)]
        if not values:
            return float("nan")
        return float((np.max if largest else np.min)(np.nan_to_num(values, nan=np.inf)))

    def row(self, name: str, **where: str) -> dict[str, Any]:
        """The first row of a script with these values; empty if there is none."""
        return next((row for row in self.rows(name) if where.items() <= row.items()), {})

    def fastest(self, name: str) -> str:
        """Seconds until a validation first has 90 % of the ceiling: the range over seeds, and how many never do."""
        values = [float(result["seconds_to_90"]) for result in self.seeds(name)]
        reached = [value for value in values if not np.isnan(value)]
        if not reached:
            return "never" if values else MISSING
        text = f"{min(reached):.0f}-{max(reached):.0f}"
        return text if len(reached) == len(values) else f"{text}, {len(values) - len(reached)} of {len(values)} never"

    def curves(
        self,
        file: str,
        names: Mapping[str, str],
        key: str = "mean_ap",
        level: float | None = None,
        rewarded: int | None = None,
    ) -> str:
        """A picture of learning curves, as Markdown. names: title -> training; for the others see `draw_curves`."""
        curves = {title: [seed["curve"] for seed in self.seeds(name)] for title, name in names.items()}
        if not any(curves.values()):
            return f"({MISSING})"
        if self.pictures is not None:
            draw_curves(self.pictures / file, curves, key, level, rewarded)
        return f"![{', '.join(names)}](results/{file})"

    def commit(self, name: str) -> str:
        """The commit at which an experiment ran; what follows a colon in the name is left out."""
        return str(self._jobs[name.partition(":")[0]]["state"].get("commit") or MISSING)

    def difference(self, name: str, other: str) -> Difference | None:
        """How far the mAP of one training is above that of another, by image and seed; None if one is missing.

        Args:
            name: a training.
            other: a training, or JOB:METHOD of a script that has written the mAP of each of the same images, in the
                order of their names.
        """
        job, _, method = other.partition(":")
        if not self.seeds(name) or not (self.row(job, method=method) if method else self.seeds(job)):
            return None
        first = Scores.of_results(self.seeds(name))
        if not method:
            return compare_scores(first, Scores.of_results(self.seeds(job)))
        values = dict(zip(first.images, self.row(job, method=method)["images"], strict=True))
        return compare_scores(first, Scores.of_method(values))

    def between(self, name: str, method: str, other: str, key: str = "mean_ap") -> Difference | None:
        """How far a score of one method is above that of another of the same script, by image and seed.

        Args:
            name: of the script.
            method, other: names in its rows.
            key: the score.

        Returns:
            None if scores by image were not kept of both, or there is but one image, which has no interval.
        """
        rows = self.rows(name)
        first, second = Scores.of_rows(rows, method, key), Scores.of_rows(rows, other, key)
        if first is None or second is None or len(first.images) < 2:
            return None
        return compare_scores(first, second)

    def adds(self, name: str, method: str, other: str, key: str = "mean_ap") -> str:
        """By how much a score of one method of a script is above that of another, as "+0.015 [-0.002, +0.031]".

        The interval is that of `between`. What has none says so: [one image], or [not measured] where the scores of the
        images were not kept. The arguments are those of `between`.
        """
        one, two = self.row(name, method=method), self.row(name, method=other)
        if key not in one or key not in two:
            return MISSING
        found, kept = self.between(name, method, other, key), Scores.of_rows(self.rows(name), method, key)
        interval = MISSING if kept is None or len(kept.images) > 1 else "one image"
        if found is not None:
            interval = f"{found.low:+.3f}, {found.high:+.3f}"
        return f"{one[key] - two[key]:+.3f} [{interval}]"

    def picture(self, name: str, file: str, title: str) -> str:
        """A picture that a script has left in docs/results/, as Markdown."""
        return f"![{title}](results/{file})" if self._jobs[name]["state"] else f"({MISSING})"

    def minutes(self, part: str = "", key: str = "seconds") -> float:
        """Wall (or with "cpu_seconds" CPU) minutes of a part's experiments, or of all, one after the other."""
        jobs = self.measured[part] if part else self._jobs
        return sum(float(job["state"].get(key, 0.0)) for job in jobs.values()) / 60

    def hours(self) -> float:
        """Hours in which at least one experiment ran, also those run again later; NaN if one is missing. Without those
        that run on request alone."""
        states = [job["state"] for job in self._jobs.values() if not job.get("on_request")]
        if not states or any("began" not in state for state in states):
            return float("nan")
        total, last = 0.0, -np.inf
        for began, ended in sorted((state["began"], state["began"] + state["seconds"]) for state in states):
            total += max(0.0, ended - max(began, last))
            last = max(last, ended)
        return total / 3600

    def by_commit(self) -> dict[str, list[str]]:
        """The trainings by the commit at which they ran, the latest first."""
        found: dict[str, list[str]] = {}
        states = {name: job["state"] for name, job in self._jobs.items() if "seeds" in job}
        for name in sorted(states, key=lambda name: states[name].get("began", 0.0), reverse=True):
            if states[name].get("commit"):
                found.setdefault(states[name]["commit"], []).append(name)
        return found

    def unmeasured(self) -> list[str]:
        """Names of experiments that have not ended, some of their seeds perhaps."""
        return [
            name
            for name, job in self._jobs.items()
            if (len(job["seeds"]) < job["wanted"] if "seeds" in job else not job["state"])
        ]
