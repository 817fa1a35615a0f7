"""No blinking: what is kept of objects that are paid too little."""

from __future__ import annotations

import numpy as np
from film_rules import film_rules

from rlseg.prediction.tracking import Found, link_found


def found(*squares: tuple[int, int, int]) -> Found:
    """Squares as row, column, side, numbered from 1; the column x is a hundred times the row."""
    labels = np.zeros((40, 40), np.int32)
    for number, (row, column, side) in enumerate(squares, start=1):
        labels[row : row + side, column : column + side] = number
    return Found(labels, {"x": 100 * np.array([row for row, _, _ in squares], float)})


A, B, C = (4, 4, 6), (20, 20, 6), (30, 6, 5)
RULES = film_rules("keep: 0.1", division=True)


def test_what_is_missed_between_two_frames_is_kept() -> None:
    sure = [found(A, B), found(A), found(A), found(A, B)]
    film, kept = link_found(RULES, sure, [found(A, B), found(B, A), found(A, B), found(A, B)])
    assert [one.count for one in kept] == [2, 2, 2, 2]
    assert (film.first.tolist(), film.last.tolist()) == ([0, 0], [3, 3])
    # the sure ones keep their labels and values, the others come after them
    assert kept[1].labels[4, 4] == 1
    assert kept[1].labels[20, 20] == 2
    assert kept[1].columns["x"].tolist() == [400, 2000]


def test_what_nothing_vouches_for_is_not() -> None:
    """C is doubtful throughout; B is sure at first alone, and at the end alone."""
    for sure in ([found(A, B), found(A), found(A)], [found(A), found(A), found(A, B)]):
        film, kept = link_found(RULES, sure, [found(A, B, C)] * 3)
        assert [one.count for one in kept] == [one.count for one in sure]
        assert len(film.first) == 2


def test_a_line_goes_on_over_a_division() -> None:
    whole, halves = (10, 10, 8), ((8, 11, 6), (15, 11, 6))
    sure = [found(whole), found(), found(*halves)]
    film, kept = link_found(RULES, sure, [found(whole), found(whole), found(*halves)])
    assert [one.count for one in kept] == [1, 1, 2]
    assert film.divisions == 1
    film, kept = link_found(RULES, [found(whole), found(), found(*halves)], [found(whole), found(C), found(*halves)])
    assert [one.count for one in kept] == [1, 0, 2]


def test_a_larger_version_of_a_sure_object_is_no_other() -> None:
    sure = [found(A), found(A), found(A)]
    _, kept = link_found(RULES, sure, [found((3, 3, 8))] * 3)
    for one, before in zip(kept, sure, strict=True):
        np.testing.assert_array_equal(one.labels, before.labels)
    # what lies half beside it is, without the pixels that are taken
    beside = (4, 8, 6)
    _, kept = link_found(RULES, [found(A, beside), found(A), found(A, beside)], [found(beside)] * 3)
    assert (kept[1].labels == 2).sum() == 24


def test_nothing_doubtful_is_a_plain_film() -> None:
    film, kept = link_found(film_rules(), [found(A, B), found(A)], [])
    assert [one.count for one in kept] == [2, 1]
    assert film.last.tolist() == [1, 0]
    film, kept = link_found(RULES, [found(), found()], [found(), found()])
    assert [one.count for one in kept] == [0, 0]
