"""Curves and bars as SVG."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from rlseg.prediction.report.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Line, bars, line_chart


def tree(text: str) -> ElementTree.Element:
    """The text must be well-formed."""
    return ElementTree.fromstring(f"<all>{text}</all>")


def test_points_lie_where_the_ticks_say() -> None:
    steps, values = [10, 20, 30, 40], [0.1, 0.73, math.nan, 0.52]
    drawn = tree(line_chart("a & b", steps, [Line("x < y", "a", values)], imitated=20, best=40))
    texts = [(found.text, float(found.get("x", 0)), float(found.get("y", 0))) for found in drawn.iter("text")]
    levels = {float(str(text)): y - 4 for text, x, y in texts if x == LEFT - 6}
    assert set(levels) >= {0.0, 0.2, 0.8}

    def expected(step: float, value: float) -> tuple[float, float]:
        share = (value - min(levels)) / (max(levels) - min(levels))
        return LEFT + step / 40 * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    (line,) = drawn.iter("polyline")
    points = [tuple(map(float, point.split(","))) for point in str(line.get("points")).split()]
    wanted = [expected(step, value) for step, value in zip(steps, values, strict=True) if not math.isnan(value)]
    np.testing.assert_allclose(points, wanted, atol=0.06)
    for value, y in levels.items():
        assert y == pytest.approx(expected(0, value)[1], abs=0.06)
    (svg,) = drawn.iter("svg")
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == "a & b"
    (shade,) = drawn.iter("rect")
    assert float(str(shade.get("width"))) == pytest.approx((WIDTH - LEFT - RIGHT) / 2, abs=0.06)
    assert [key.text for key in drawn.iter("span")] == ["x < y", "best.ckpt"]


@pytest.mark.parametrize("values", [[math.nan], [0.0], [1e-9], [5e6], [-3.0], [1.0]])
def test_any_values_can_be_drawn(values: list[float]) -> None:
    drawn = line_chart("t", [0], [Line("x", "a", values)])
    tree(drawn)
    assert "nan" not in drawn
    assert "inf" not in drawn


def test_bars_show_medians_and_the_middle_half() -> None:
    random = np.random.default_rng(0)
    rewards = random.random(41)
    terms = {"high": random.random(41) * 0.2 + 0.8, "<low>": random.random(41) * 0.2, "none": np.full(41, np.nan)}
    terms["high"][3] = np.nan
    drawn = tree(bars(rewards, terms))
    names = [found.text for found in drawn.iter("span") if found.get("class") == "name"]
    assert names == ["reward", "<low>", "high"]
    fills = [float(str(found.get("width"))) for found in drawn.iter("rect") if found.get("class") == "fill"]
    high = terms["high"][np.isfinite(terms["high"])]
    expected = [100 * float(np.median(values)) for values in (rewards, terms["<low>"], high)]
    np.testing.assert_allclose(fills, expected, atol=0.06)
    halves = [found for found in drawn.iter("rect") if found.get("class") == "half"]
    low, top = np.quantile(rewards, [0.25, 0.75])
    assert float(str(halves[0].get("x"))) == pytest.approx(100 * low, abs=0.06)
    assert float(str(halves[0].get("width"))) == pytest.approx(100 * (top - low), abs=0.11)
    spoken = [str(found.get("aria-label")) for found in drawn.iter("div") if found.get("role") == "img"]
    assert re.fullmatch(r"<low>: median 0\.\d\d, middle half 0\.\d\d to 0\.\d\d", spoken[1])
