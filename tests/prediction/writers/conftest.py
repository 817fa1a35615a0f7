"""Label images that are hard to write down as outlines."""

from __future__ import annotations

import numpy as np
import pytest


def _drawn(*rows: str) -> np.ndarray:
    return np.array([[0 if mark == "." else int(mark, 36) for mark in row] for row in rows])


HARD = {
    "a hole": _drawn("11111", "1...1", "1.2.1", "1...1", "11111"),
    "touching": _drawn("1122", "1122", "3344", "3333"),
    "one pixel": _drawn("...", ".7.", "..."),
    "one pixel at the border": _drawn("1..", "...", "..2"),
    "all of the image": _drawn("11", "11"),
    "two parts": _drawn("33...", "....3", "33.33"),
    "parts that meet at a corner": _drawn("1..", ".1.", "..1"),
    "a hole that touches the outside at a corner": _drawn("1111", "1..1", "1.1.", "1111"),
    "holes that meet at a corner": _drawn("11111", "1.111", "11.11", "111.1", "11111"),
    "a corner of a hole in a ring": _drawn("111.", "1.1.", "11.1", "..11"),
    "nothing": _drawn("..", ".."),
    "large ids": np.array([[0, 70_000], [2**31 - 1, 70_000]]),
}


@pytest.fixture(params=HARD)
def hard(request: pytest.FixtureRequest) -> np.ndarray:
    """(H, W) int64 labels."""
    return HARD[request.param]
