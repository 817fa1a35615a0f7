"""Normalisation and the way back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from rlseg.data.normalise import Normalisation

rng = np.random.default_rng(0)


@settings(max_examples=60, deadline=None)
@given(
    scale=st.floats(1e-6, 1e6),
    offset=st.floats(-1e4, 1e4),
    method=st.sampled_from(["robust", "minmax", "percentile"]),
    seed=st.integers(0, 9),
)
def test_result_does_not_depend_on_the_unit_of_intensity(scale, offset, method, seed):
    base = np.random.default_rng(seed).random((2, 6, 7))
    config = Normalisation(method=method)
    expected = config.apply(base)
    got = config.apply(base * scale + offset)
    assert got.pixels.dtype == np.float32
    tolerance = 1e-6 + 1e-12 * abs(offset) / scale  # digits lost in the sum
    np.testing.assert_allclose(got.pixels, expected.pixels, atol=tolerance)
    assert got.pixels.min() >= 0
    assert got.pixels.max() <= 1


def test_minmax_uses_the_whole_range_of_each_channel_and_can_be_undone():
    raw = rng.integers(0, 4096, (3, 8, 9)).astype(np.float32)
    raw[1] += 1000
    unit = Normalisation().apply(raw)
    np.testing.assert_array_equal(unit.pixels.min(axis=(1, 2)), 0)
    np.testing.assert_array_equal(unit.pixels.max(axis=(1, 2)), 1)
    back = unit.scale[:, None, None] * unit.pixels + unit.offset[:, None, None]
    np.testing.assert_allclose(back, raw, atol=1e-3)
    for channel in range(3):
        alone = Normalisation().apply(raw[channel : channel + 1])
        np.testing.assert_array_equal(alone.pixels[0], unit.pixels[channel])


def test_percentile_clips_outliers_and_can_be_undone_inside():
    raw = rng.normal(100, 10, (1, 50, 50))
    raw[0, 0, 0] = 1e6
    unit = Normalisation(method="percentile", low=1, high=99).apply(raw)
    low, high = np.percentile(raw, [1, 99])
    inside = (raw > low) & (raw < high)
    np.testing.assert_allclose((unit.scale[0] * unit.pixels + unit.offset[0])[inside], raw[inside], rtol=1e-5)
    assert unit.pixels[0, 0, 0] == 1
    assert np.count_nonzero(unit.pixels == 0) == pytest.approx(25, abs=2)


@pytest.mark.parametrize("method", ["robust", "minmax", "percentile"])
@pytest.mark.parametrize("value", [0.0, 7.0, -3.5])
def test_a_constant_channel_becomes_zero(method, value):
    raw = np.stack([np.full((4, 4), value), np.arange(16.0).reshape(4, 4)])
    unit = Normalisation(method=method).apply(raw)
    np.testing.assert_array_equal(unit.pixels[0], 0)
    assert (unit.scale[0], unit.offset[0]) == (1, value)
    assert unit.pixels[1].max() == 1


def test_few_bright_pixels_survive_equal_percentiles():
    raw = np.zeros((1, 40, 40))
    raw[0, 3, 3] = 9
    unit = Normalisation(method="percentile").apply(raw)
    assert unit.pixels[0, 3, 3] == 1
    assert unit.pixels.sum() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"low": 50, "high": 50},
        {"low": 99, "high": 1},
        {"low": -1},
        {"high": 101},
        {"method": "z"},
        {"typo": 1},
    ],
)
def test_wrong_settings_are_refused(fields):
    with pytest.raises(ValidationError):
        Normalisation(**fields)
