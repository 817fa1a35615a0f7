"""Work is shared out as evenly as many things for each allow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlseg.data.shares import fair_shares


@given(parts=st.integers(1, 5), each=st.integers(0, 5), data=st.data())
def test_everything_once_and_as_many_for_each(parts: int, each: int, data: st.DataObject) -> None:
    count = parts * each
    sizes = data.draw(st.lists(st.integers(0, 50), min_size=count, max_size=count))
    shares = fair_shares(sizes, parts)
    assert [len(share) for share in shares] == [each] * parts
    assert sorted(place for share in shares for place in share) == list(range(count))
    assert shares == [sorted(share) for share in shares]


def test_an_example() -> None:
    assert fair_shares([1, 9, 2, 8, 3, 7], 2) == [[1, 2, 4], [0, 3, 5]]  # 9 + 3 + 2 and 8 + 7 + 1
    assert fair_shares([5, 5, 5, 5], 2) == [[0, 2], [1, 3]]


@pytest.mark.parametrize(("parts", "most"), [(2, 1.05), (4, 1.1)])
def test_nobody_waits_long(parts: int, most: float) -> None:
    """Sizes that differ by a factor of 2 either way; in the order in which they come the slowest takes 1.2 times."""
    rng = np.random.default_rng(0)
    sizes = (500 * np.exp(0.7 * rng.standard_normal((300, parts, 4)))).astype(int)
    work = [[sum(row[place] for place in share) for share in fair_shares(row, parts)] for row in sizes.reshape(300, -1)]
    assert np.max(work, axis=1).sum() < most * np.mean(work, axis=1).sum()
    assert sizes.sum(axis=2).max(axis=1).sum() > 1.2 * sizes.sum(axis=2).mean(axis=1).sum()
