"""What a few examples say, against slow counts and what is known of the normal distribution."""

from __future__ import annotations

import numpy as np
import pytest

from rlseg.prediction.outlined.spread import expect, spread_of, telling


@pytest.mark.parametrize("n", [5, 12, 60])
def test_the_spread_of_normal_values_is_their_standard_deviation(n: int) -> None:
    rng = np.random.default_rng(0)
    found = np.array([spread_of(rng.normal(3, 2, n)) for _ in range(400)])
    assert 0.85 * 2 < found.mean() < 1.25 * 2


def test_one_wrong_outline_among_a_dozen_moves_little() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(20, 1, 12)
    wrong = np.append(values[1:], 60.0)
    assert spread_of(wrong) < 2 * spread_of(values)
    assert wrong.std(ddof=1) > 8 * values.std(ddof=1)  # what stood in for it before
    for side in ("both", "below", "above"):
        before, after = expect([values], side, 0.1), expect([wrong], side, 0.1)
        assert abs(after.high - before.high) < 2
        assert abs(after.low - before.low) < 2


@pytest.mark.parametrize("n", [3, 5, 12, 100])
@pytest.mark.parametrize("side", ["both", "below", "above"])
def test_more_of_the_same_are_paid_well(n: int, side: str) -> None:
    rng = np.random.default_rng(2)
    paid, medians = [], []
    for _ in range(200):
        found = expect([rng.normal(5, 1, n)], side, 0.01)  # type: ignore[arg-type]
        scores = found.score(rng.normal(5, 1, 200))
        paid.append((scores < 0.3).mean())
        medians.append(np.median(scores))
    assert np.mean(paid) < 0.1
    assert np.mean(medians) > (0.85 if n == 3 else 0.95)


def test_the_fewer_the_wider() -> None:
    quantiles = {n: np.linspace(-1, 1, n) for n in (4, 12, 100)}
    found = [expect([values], "both", 0.01) for values in quantiles.values()]
    assert [f.low for f in found] == sorted(f.low for f in found)
    assert [f.scale for f in found] == sorted((f.scale for f in found), reverse=True)


def test_both_samples_are_held_and_the_scale_is_never_less_than_told() -> None:
    one, other = np.linspace(9.9, 10.1, 11), np.linspace(13.9, 14.1, 11)
    found = expect([one, other], "both", 0.5)
    assert found.low < 9.96
    assert found.high > 14.04
    assert found.scale == 0.5
    np.testing.assert_allclose(found.score(np.array([12.0, found.low - 0.5, found.high + 1.0])), np.exp([0, -0.5, -2]))
    assert expect([one], "below", 0.5).score(np.array([99.0])) == 1
    assert expect([one], "above", 0.5).score(np.array([-99.0])) == 1


def test_telling_counts_pairs() -> None:
    rng = np.random.default_rng(3)
    objects, others = rng.integers(0, 6, 13) / 5, rng.integers(0, 6, 29) / 5
    slow = np.mean([1.0 if a > b else 0.5 if a == b else 0.0 for a in objects for b in others])
    assert telling(objects, others) == pytest.approx(slow)
    assert telling(np.ones(3), np.zeros(4)) == 1
    assert telling(np.ones(3), np.ones(0)) == 0.5
