"""The figures of the reports that are no images: learning curves, and how costs grow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import numpy as np
from matplotlib import pyplot

Curve = Sequence[tuple[float, float, float | None]]


def draw_curves(
    file: Path,
    curves: Mapping[str, Sequence[Curve]],
    key: str,
    level: float | None = None,
    rewarded: int | None = None,
) -> None:
    """Validation scores against wall time, or rewards: a thin line for each seed, one colour for each title.

    Args:
        file: PNG to write.
        curves: title -> a curve for each seed: (seconds, reward, mAP or None) of each validation.
        key: "mean_ap" or "reward".
        level: height of a dashed line (the ceiling), or none.
        rewarded: number of partitions that are rewarded between two validations: they are then counted instead of the
            seconds.
    """
    figure, axes = pyplot.subplots(figsize=(7, 3.6), layout="constrained")
    for number, (title, seeds) in enumerate(curves.items()):
        for index, curve in enumerate(seeds):
            values = [point[2] if key == "mean_ap" else point[1] for point in curve]
            label = title if index == 0 else None
            places = [point[0] if rewarded is None else rewarded * count for count, point in enumerate(curve, 1)]
            axes.plot(places, values, color=f"C{number}", linewidth=1, alpha=0.8, label=label)
    if level is not None:
        axes.axhline(level, color="gray", linestyle="--", linewidth=1, label="ceiling")
    axes.set_xlabel("seconds since the start, preparation included" if rewarded is None else "partitions rewarded")
    axes.set_ylabel({"mean_ap": "validation mAP", "reward": "validation reward"}[key])
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=110)
    pyplot.close(figure)


def draw_growth(file: Path, stages: Mapping[str, Sequence[tuple[int, float]]]) -> None:
    """Time of each stage against the number of superpixels, both on logarithmic axes, beside n log n.

    Args:
        file: PNG to write.
        stages: title -> (superpixels, milliseconds), smallest first.
    """
    figure, axes = pyplot.subplots(figsize=(7, 4.2), layout="constrained")
    for title, points in stages.items():
        axes.loglog(*zip(*points, strict=True), marker="o", markersize=3, linewidth=1, label=title)
    sizes = np.array(sorted({size for points in stages.values() for size, _ in points}), float)
    if len(sizes):
        axes.loglog(sizes, 2e-5 * sizes * np.log2(sizes), color="gray", linestyle="--", linewidth=1, label="n log n")
    axes.set_xlabel("superpixels")
    axes.set_ylabel("milliseconds, one core")
    axes.grid(alpha=0.3, which="both", linewidth=0.4)
    axes.legend(fontsize=8)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=110)
    pyplot.close(figure)
