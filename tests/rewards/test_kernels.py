"""Kernels at their boundaries, against the formulas in plain Python, and their monotonicity."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reward_text import read

from rlseg.rewards.kernels import KERNELS, box, deviation, gaussian, linear, ratio
from rlseg.rewards.terms.target import TargetTerm

NUMBERS = st.floats(-1e6, 1e6)


def term(settings: str) -> TargetTerm:
    file = read("rewards: {foreground: {terms: {size: {kind: descriptor, property: area, " + settings + "}}}}")
    found = file.rewards["foreground"].terms["size"]  # type: ignore[union-attr]
    assert isinstance(found, TargetTerm)
    return found


def test_values_at_0_1_and_2_scales() -> None:
    z = np.array([0.0, 1.0, -1.0, 2.0])
    assert gaussian(z) == pytest.approx([1, math.exp(-0.5), math.exp(-0.5), math.exp(-2)])
    assert linear(z) == pytest.approx([1, 0, 0, 0])
    assert linear(np.array([0.25, -0.25])) == pytest.approx([0.75, 0.75])
    assert box(z) == pytest.approx([1, 1, 1, 0])
    assert box(np.array([np.nextafter(1, 2)])) == 0


def test_ratio_of_a_number() -> None:
    assert ratio(np.array([10.0, 5.0, 20.0, 0.0, -3.0]), 10, 10) == pytest.approx([1, 0.5, 0.5, 0, 0])


def test_ratio_of_an_interval_and_sides() -> None:
    x = np.array([5.0, 10.0, 15.0, 20.0, 40.0])
    assert ratio(x, 10, 20) == pytest.approx([0.5, 1, 1, 1, 0.5])
    assert ratio(x, 10, 20, "above") == pytest.approx([1, 1, 1, 1, 0.5])
    assert ratio(x, 10, 20, "below") == pytest.approx([0.5, 1, 1, 1, 1])


def test_deviation_is_zero_inside_and_on_the_side_that_is_not_wrong() -> None:
    x = np.array([5.0, 10.0, 15.0, 20.0, 26.0])
    assert deviation(x, 10, 20).tolist() == [-5, 0, 0, 0, 6]
    assert deviation(x, 10, 20, "above").tolist() == [0, 0, 0, 0, 6]
    assert deviation(x, 10, 20, "below").tolist() == [-5, 0, 0, 0, 0]


def slow_closeness(x: float, low: float, high: float, scale: float, kernel: str, side: str) -> float:
    if (x > high and side == "below") or (x < low and side == "above") or low <= x <= high:
        return 1.0
    if kernel == "ratio":
        return max(0.0, high / x if x > high else x / low)
    z = abs(x - (high if x > high else low)) / scale
    return {"gaussian": math.exp(-z * z / 2), "linear": max(0, 1 - z), "box": float(z <= 1)}[kernel]


@given(
    x=NUMBERS,
    ends=st.tuples(st.floats(0.01, 1e4), st.floats(0.01, 1e4)),
    scale=st.floats(0.01, 1e4),
    kernel=st.sampled_from([*KERNELS, "ratio"]),
    side=st.sampled_from(["both", "above", "below"]),
)
def test_terms_agree_with_the_formulas(
    x: float, ends: tuple[float, float], scale: float, kernel: str, side: str
) -> None:
    low, high = sorted(ends)
    scale_text = "" if kernel == "ratio" else f", scale: {scale}"
    target = term(f"expected: [{low}, {high}], kernel: {kernel}, side: {side}{scale_text}")
    got = target.closeness(np.array([x]))
    assert got == pytest.approx(slow_closeness(x, low, high, scale, kernel, side), abs=1e-12)
    assert 0 <= got <= 1


@given(x=NUMBERS, further=st.floats(0, 1e6), kernel=st.sampled_from([*KERNELS, "ratio"]))
def test_further_away_is_never_better(x: float, further: float, kernel: str) -> None:
    target = term("expected: 50, kernel: " + kernel + ("" if kernel == "ratio" else ", scale: 20"))
    away = x + further if x >= 50 else x - further
    near_score, far_score = target.closeness(np.array([x, away]))
    assert far_score <= near_score


@given(offset=st.floats(0, 1e4), kernel=st.sampled_from(list(KERNELS)))
def test_both_directions_are_equally_wrong(offset: float, kernel: str) -> None:
    target = term(f"expected: 0, kernel: {kernel}, scale: 20")
    above, below = target.closeness(np.array([offset, -offset]))
    assert above == below


def test_a_number_is_an_interval_of_length_zero() -> None:
    x = np.linspace(-5, 30, 71)
    one, two = term("expected: 10, scale: 4"), term("expected: [10, 10], scale: 4")
    np.testing.assert_array_equal(one.closeness(x), two.closeness(x))
