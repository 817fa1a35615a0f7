"""Scalars by the core rules of YAML 1.2."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlseg.rewards.language.scalars import read_scalar


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1E3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("-0.5e+2", -50.0),
        ("0o17", 15),
        ("0xfF", 255),
        ("017", 17),
        ("-12", -12),
        ("+3", 3),
        ("", None),
        ("~", None),
        ("Null", None),
        ("true", True),
        ("FALSE", False),
        ("9007199254740993", 9007199254740992.0),
    ],
)
def test_read(text: str, value: object) -> None:
    got = read_scalar(text)
    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "yes",
        "on",
        "off",
        "y",
        "1_000",
        "12:30:45",
        "2021-07-06",
        "0b11",
        "0x",
        "e3",
        ".",
        "-",
        "nan",
        "inf",
        "1,5",
        "<<",
        "=",
    ],
)
def test_text_stays_text(text: str) -> None:
    assert read_scalar(text) == text


@pytest.mark.parametrize("text", [".inf", "-.INF", "+.Inf", "1e999", "-1e999", "9" * 100_000, "0x" + "f" * 99])
def test_too_large_is_infinite(text: str) -> None:
    value = read_scalar(text)
    assert isinstance(value, float)
    assert math.isinf(value)


def test_nan() -> None:
    value = read_scalar(".NaN")
    assert isinstance(value, float)
    assert math.isnan(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_as_python_writes_them(number: float) -> None:
    assert read_scalar(repr(number)) == number
