"""A table of scores that is printed line by line, and the same as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

Value = str | int | float | Mapping[str, Mapping[str, float]]
DIGITS = 6
"""Of the scores of single images."""


class ScoreTable:
    """Lines of named scores under one head, which is printed at once.

    Args:
        columns: names of the scores.

    Attributes:
        rows: of the JSON file: method, the scores, and what else is known of the line (seed, note, by_image, ..., or of
            several seeds their number and the standard deviations, <score>_sd).
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = list(columns)
        self.rows: list[dict[str, Value]] = []
        print(f"| {'method':36} | " + " | ".join(self.columns) + " | |\n" + "| --- " * (len(self.columns) + 2) + "|")

    def add(self, method: str, scores: Mapping[str, float], note: str = "", **more: Value) -> None:
        """Print one line and keep it. more: what else the JSON row says."""
        self._print(method, [f"{scores[name]:.3f}" for name in self.columns], note)
        said = {"note": note} if note else {}
        self.rows.append({"method": method, **{name: scores[name] for name in self.columns}, **said, **more})

    def add_images(
        self, method: str, scored: Mapping[str, Mapping[str, float]], note: str = "", **more: Value
    ) -> dict[str, float]:
        """Print and keep the mean over images, and keep what each has, for intervals (`Scores.of_rows`).

        Args:
            method, note, more: as of `add`.
            scored: name of the image -> its scores, at least those of the columns; at least one image.

        Returns:
            The means of the columns. In the row `by_image` has score -> name of the image -> value.
        """
        by_image = {
            name: {image: round(float(scores[name]), DIGITS) for image, scores in scored.items()}
            for name in self.columns
        }
        means = {name: float(np.mean([scores[name] for scores in scored.values()])) for name in self.columns}
        self.add(method, means, note, **more, by_image=by_image)
        return means

    def add_seeds(self, method: str, scores: Mapping[str, Mapping[str, float]]) -> None:
        """Print and keep mean and standard deviation over several seeds, by the seed's name; nothing if there is one.

        The lines of the seeds themselves are those of `add`.
        """
        if len(scores) < 2:
            return
        values = np.array([[one[name] for name in self.columns] for one in scores.values()])
        mean, spread = values.mean(axis=0), values.std(axis=0, ddof=1)
        note = f"mean ± standard deviation of {len(scores)} seeds"
        self._print(method, [f"{m:.3f} ± {s:.3f}" for m, s in zip(mean, spread, strict=True)], note)
        row: dict[str, Value] = {"method": method, "seeds": len(scores), "note": note}
        row |= {name: float(value) for name, value in zip(self.columns, mean, strict=True)}
        self.rows.append(row | {f"{name}_sd": float(value) for name, value in zip(self.columns, spread, strict=True)})

    def write(self, path: Path | None) -> None:
        """Write {"rows": [...]}, if there is a path."""
        write_rows(path, self.rows)

    def _print(self, method: str, values: Sequence[str], note: str) -> None:
        print(f"| {method:36} | " + " | ".join(values) + f" | {note} |", flush=True)


def write_rows(path: Path | None, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write {"rows": rows} as JSON, and the folders it needs; nothing without a path."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"rows": rows}, indent=1), encoding="utf-8")


def run_of(checkpoint: Path) -> tuple[str, str]:
    """Name and seed (or version) of the training behind runs/NAME/SEED/checkpoints/FILE.ckpt."""
    parts = checkpoint.absolute().parts
    return (parts[-4], parts[-3]) if len(parts) > 4 else (checkpoint.stem, "")
