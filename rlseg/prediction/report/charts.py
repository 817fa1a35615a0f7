"""Curves and bars as SVG that stands in the page itself; colours are those of its style."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from rlseg.arrays import Floats

WIDTH, HEIGHT = 640, 260
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 14, 34
TICKS = 5


@dataclass(frozen=True)
class Line:
    """One line of a chart: its name, the class of its style, and (n,) values; NaN are left out."""

    name: str
    style: str
    values: Sequence[float]


def line_chart(title: str, steps: Sequence[int], lines: Sequence[Line], imitated: int = 0, best: int = 0) -> str:
    """Values over the steps of a training.

    Args:
        title: says what is drawn, also to those who cannot see it.
        steps: (n,) ascending; at least one.
        lines: with n values each.
        imitated: the steps up to this one are shaded.
        best: a step to be marked, 0 for none.
    """
    known = [value for line in lines for value in line.values if math.isfinite(value)]
    low, high, ticks = _scale(min(known, default=0.0), max(known, default=1.0))
    last = max(steps[-1], 1)

    def x(step: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * step / last

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)

    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">']
    bottom = HEIGHT - BOTTOM
    if imitated:
        wide = x(min(imitated, last)) - LEFT
        parts.append(f'<rect class="shade" x="{LEFT}" y="{TOP}" width="{wide:.1f}" height="{bottom - TOP}"/>')
        parts.append(f'<text class="note" x="{LEFT + 6}" y="{bottom - 8}">imitation</text>')
    for tick in ticks:
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:.4g}</text>')
    for step in _scale(0, last)[2]:
        if step <= last:
            parts.append(
                f'<text class="tick" x="{x(step):.1f}" y="{bottom + 16}" text-anchor="middle">{step:.4g}</text>'
            )
    parts.append(f'<text class="tick" x="{WIDTH - RIGHT}" y="{HEIGHT - 3}" text-anchor="end">batches</text>')
    if best:
        parts.append(f'<line class="best" x1="{x(best):.1f}" x2="{x(best):.1f}" y1="{TOP}" y2="{bottom}"/>')
    for line in lines:
        points = [(x(s), y(v)) for s, v in zip(steps, line.values, strict=True) if math.isfinite(v)]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        parts.append(f'<polyline class="line {line.style}" points="{path}"/>')
        parts += [f'<circle class="dot {line.style}" cx="{a:.1f}" cy="{b:.1f}" r="2.5"/>' for a, b in points]
    parts.append("</svg>")
    keys = "".join(f'<span class="key {line.style}">{escape(line.name)}</span>' for line in lines)
    mark = '<span class="key best">best.ckpt</span>' if best else ""
    return (
        f'<figure><figcaption>{escape(title)}</figcaption>{"".join(parts)}<div class="keys">{keys}{mark}</div></figure>'
    )


def bars(rewards: Floats, terms: dict[str, Floats]) -> str:
    """The rewards and each term in a row, the lowest first: a bar to the median, a line over the middle half.

    Args:
        rewards: (n,) in [0, 1], at least one.
        terms: (n,) scores in [0, 1] by name; NaN are left out.
    """
    rows = []
    for name, values in terms.items():
        found = values[np.isfinite(values)]
        if len(found):
            rows.append((*np.quantile(found, [0.5, 0.25, 0.75]).tolist(), name))
    rows = [(*np.quantile(rewards, [0.5, 0.25, 0.75]).tolist(), "reward"), *sorted(rows)]
    parts = []
    for number, (middle, low, high, name) in enumerate(rows):
        kind = "bar" if number else "bar whole"
        quarter = f"{escape(name)}: median {middle:.2f}, middle half {low:.2f} to {high:.2f}"
        parts.append(
            f'<div class="{kind}" role="img" aria-label="{quarter}"><span class="name">{escape(name)}</span>'
            f'<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
            f'<rect class="track" width="100" height="10"/>'
            f'<rect class="fill" width="{100 * _unit(middle):.1f}" height="10"/>'
            f'<rect class="half" x="{100 * _unit(low):.1f}" y="4" width="{100 * _unit(high) - 100 * _unit(low):.1f}" '
            f'height="2"/></svg><span class="value">{middle:.2f}</span></div>'
        )
    return f'<div class="bars">{"".join(parts)}</div>'


def _unit(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _scale(low: float, high: float) -> tuple[float, float, list[float]]:
    """Round limits around two values, and ticks between them."""
    low = min(low, 0.0)
    high = high if high > low else low + 1.0
    step = 10.0 ** math.floor(math.log10((high - low) / TICKS))
    step *= next(factor for factor in (1, 2, 5, 10) if (high - low) / (factor * step) <= TICKS)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return first * step, last * step, [number * step for number in range(first, last + 1)]
