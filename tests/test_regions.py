"""The majority label of each superpixel."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlseg.regions import majority, numbered


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from([0, 1, 2, 7, 10**9])), min_size=1, max_size=40))
def test_majority_is_that_of_a_slow_count(pixels: list[tuple[int, int]]) -> None:
    superpixels, labels = np.array(pixels).T[:, None]
    found = majority(superpixels, labels)
    assert len(found) == superpixels.max() + 1
    for number, label in enumerate(found.tolist()):
        count = Counter(name for node, name in pixels if node == number)
        best = max(count.values(), default=0)
        assert label == min((name for name, size in count.items() if size == best), default=0)


def test_of_two_that_are_equally_frequent_the_smaller_counts() -> None:
    assert majority(np.array([[0, 0, 1, 1]]), np.array([[9, 4, 0, 3]])).tolist() == [4, 0]


@pytest.mark.parametrize("seed", range(5))
def test_ids_are_numbered_as_numpy_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ids = (rng.integers(0, 40, (9, 7)) * 3 + 10**6 * seed).astype(np.int32)
    numbers, places = numbered(ids)
    expected, inverse = np.unique(ids, return_inverse=True)
    assert numbers.dtype == places.dtype == np.int64
    np.testing.assert_array_equal(numbers, expected)
    np.testing.assert_array_equal(places, inverse.reshape(ids.shape))
