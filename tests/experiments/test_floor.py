"""What must be moved at least, and what pixels and objects add."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from experiments.analysis.floor import bandwidth, bytes_of, growth_of


@dataclass
class Pair:
    first: np.ndarray
    second: object


def test_arrays_are_found_wherever_they_are_and_counted_once(tmp_path: Path) -> None:
    one, other = np.zeros((3, 5), np.float32), torch.zeros(7, dtype=torch.int64)
    file = tmp_path / "a"
    file.write_bytes(b"123456")
    assert bytes_of(one) == 60
    assert bytes_of(Pair(one, {"x": [other, one]}), one, "words", 3, None) == 60 + 56
    assert bytes_of(torch.nn.Linear(4, 2)) == 4 * (8 + 2)
    assert bytes_of(file) == 6


def test_a_copy_has_a_speed() -> None:
    assert 10**8 < bandwidth(rounds=1) < 10**13


def test_the_shares_of_pixels_and_objects_are_told_apart() -> None:
    pixels, objects = [100, 10_000, 10_000, 1_000_000], [1, 20, 90, 500]
    ms = [0.5 + 30e-6 * p + 4e-3 * n for p, n in zip(pixels, objects, strict=True)]
    found = growth_of(pixels, objects, ms)
    assert (found.constant, found.pixel, found.object) == pytest.approx((0.5, 30, 4))
    assert found.error == pytest.approx(0, abs=1e-9)


def test_no_cost_is_negative() -> None:
    found = growth_of([100, 200, 300, 400], [4, 3, 2, 1], [1.0, 2.0, 3.0, 4.0])
    assert found.object == 0
    assert found.constant == pytest.approx(0, abs=1e-9)
    assert found.pixel == pytest.approx(10_000)
