"""The order from the highest pixel on is that of a stable sort."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlseg.data.filters import highest_first


@settings(max_examples=200, deadline=None)
@given(
    heights=st.lists(
        st.floats(0, allow_infinity=False) | st.sampled_from([0.0, -0.0, 1.0, 2.0, np.nextafter(1.0, 2.0)]), max_size=60
    )
)
def test_of_any_numbers(heights: list[float]) -> None:
    values = np.array(heights, np.float64)
    found = highest_first(values)
    assert found.dtype == np.int64
    assert np.array_equal(found, np.argsort(-values, kind="stable"))


@pytest.mark.parametrize("levels", [1, 4, 1000, 10**9])
def test_of_many_with_ties(levels: int) -> None:
    rng = np.random.default_rng(levels)
    values = rng.integers(0, levels, 20_000) * rng.choice([1e-5, 0.3, 7.0])
    assert np.array_equal(highest_first(values), np.argsort(-values, kind="stable"))
