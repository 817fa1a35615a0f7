"""Label images made worse: each version against what can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from reward_toys_images import DISCS

from rlseg.prediction.degraded import best_quarter, by_threshold, grown, pairs_merged, random_half, shrunken


def drawn(text: str) -> np.ndarray:
    return np.array([[int(letter) for letter in line] for line in text.split()], np.int32)


@pytest.mark.parametrize(("count", "kept"), [(1, 1), (2, 1), (5, 3), (6, 3)])
def test_a_random_half(count: int, kept: int) -> None:
    labels = np.repeat(np.arange(count + 1) * 10, 3)
    half = random_half(labels)
    assert len(np.unique(half[half > 0])) == kept
    assert np.isin(half, [0, *labels]).all()
    assert (half[half > 0] == labels[half > 0]).all()
    if count == 6:
        assert len({tuple(random_half(labels, seed)) for seed in range(9)}) > 3
    np.testing.assert_array_equal(random_half(labels, 3), random_half(labels, 3))


@pytest.mark.parametrize(("count", "kept"), [(1, 1), (3, 1), (4, 1), (5, 2)])
def test_the_best_quarter(count: int, kept: int) -> None:
    labels = np.arange(count + 1) * 7
    scores = np.linspace(0.1, 0.9, count)
    best = best_quarter(labels, scores)
    assert best[best > 0].tolist() == labels[-kept:].tolist()
    worst = best_quarter(labels, -scores)
    assert worst[worst > 0].tolist() == labels[1 : kept + 1].tolist()


def test_pairs_that_share_an_outline_are_merged_once() -> None:
    labels = drawn("1122330 0000330 4400000 0055066")
    merged = drawn("1111330 0000330 4400000 0055066")  # 3 lost 2 to 1; 4 and 5 touch with a corner alone
    np.testing.assert_array_equal(pairs_merged(labels), merged)
    np.testing.assert_array_equal(pairs_merged(labels.T), merged.T)
    apart = drawn("1101 0000 2202")
    np.testing.assert_array_equal(pairs_merged(apart), apart)


def test_outlines_are_moved_by_an_eighth_of_the_diameter() -> None:
    rows, columns = np.indices((60, 60))
    distance = np.hypot(rows - 30, columns - 30)
    disc = (distance <= 16).astype(np.int32)  # 4 px
    assert (grown(disc) == (distance <= 20)).mean() > 0.98
    assert (shrunken(disc) == (distance <= 12)).mean() > 0.98
    touching = np.where(columns < 30, disc, 2 * disc)
    assert (shrunken(touching)[:, 28:32] == 0).all()  # also where two touch
    assert set(np.unique(shrunken(touching))) == {0, 1, 2}
    assert set(np.unique(grown(touching))) == {0, 1, 2}
    assert (grown(DISCS) >= DISCS).all()  # small ones by a pixel at least
    assert (grown(DISCS) != DISCS).any()
    full = np.ones((5, 5), np.int32)
    np.testing.assert_array_equal(shrunken(full), full)  # there is no outline
    np.testing.assert_array_equal(grown(0 * full), 0 * full)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_threshold_takes_the_side_of_the_objects(dark: bool, channels: int) -> None:
    image = np.where(DISCS > 0, 0.8, 0.1)
    found = by_threshold(np.stack([1 - image if dark else image] * channels), DISCS)
    assert found.max() == DISCS.max()
    np.testing.assert_array_equal(found > 0, DISCS > 0)
