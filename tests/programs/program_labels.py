"""Label images that are handed to other programs: what is hard to outline, and many objects that touch."""

from __future__ import annotations

import numpy as np
from scipy import ndimage


def _drawn(*rows: str) -> np.ndarray:
    return np.array([[0 if mark == "." else int(mark, 36) for mark in row] for row in rows])


def cells(side: int = 96, count: int = 40) -> np.ndarray:
    """(side, side) rounded cells that touch, with ragged outlines, some cut off by the border."""
    rng = np.random.default_rng(0)
    places = rng.uniform(0, side, (count, 2))
    wavy = ndimage.gaussian_filter(rng.normal(size=(2, side, side)), (0, 2, 2)) * 8
    y, x = np.mgrid[:side, :side] + wavy
    distance = np.hypot(y[..., None] - places[:, 0], x[..., None] - places[:, 1])
    return np.where(distance.min(axis=2) < 8, distance.argmin(axis=2) + 1, 0)


LABELS = {
    "a hole": _drawn("11111", "1...1", "1.2.1", "1...1", "11111"),
    "touching": _drawn("1122", "1122", "3344", "3333"),
    "one pixel": _drawn("...", ".7.", "..."),
    "two parts": _drawn("33...", "....3", "33.33"),
    "corners": _drawn("1..2", ".12.", "..1.", "2..1"),
    "holes that meet at a corner": _drawn("11111", "1.111", "11.11", "111.1", "11111"),
    "all of the image": _drawn("111", "111"),
    "cells": cells(),
}
