"""The pixels of shapes against one point after another."""

from __future__ import annotations

import numpy as np
import pytest
from outline_files import drawn

from rlseg.io.outlines.draw import draw, left_out_note
from rlseg.io.outlines.fill import fill, winding
from rlseg.io.outlines.shapes import Found, Mask, Shape, polygon_of

SIZE = (23, 31)


def star(rng: np.random.Generator, corners: int, whole: bool) -> np.ndarray:
    """(corners, 2) x, y of a ring that does not cross itself, also beyond the image."""
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    ring = rng.uniform(-3, 34, 2) + rng.uniform(2, 15, (corners, 1)) * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.round(ring) if whole else ring


@pytest.mark.parametrize("whole", [True, False], ids=["whole numbers", "any numbers"])
@pytest.mark.parametrize("seed", range(6))
def test_pixels_are_those_whose_centre_lies_inside(seed: int, whole: bool) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(8):
        ring = star(rng, int(rng.integers(3, 12)), whole)
        for way in (ring, ring[::-1], np.roll(ring, 2, axis=0)):
            found = fill(Shape("", (polygon_of([way]),)), SIZE)
            pixels = np.zeros(SIZE, bool)
            mask = found.mask
            height, width = mask.pixels.shape
            pixels[mask.row : mask.row + height, mask.column : mask.column + width] = mask.pixels
            np.testing.assert_array_equal(pixels, drawn([way.tolist()], SIZE))


def test_centres_on_the_outline_belong_to_one_of_two_neighbours() -> None:
    centres = np.array([[2.5, 2.5], [6.5, 2.5], [6.5, 5.5], [2.5, 5.5]])
    one, other = (fill(Shape("", (polygon_of([centres + move]),)), SIZE) for move in ([0, 0], [4, 0]))
    assert one.count == other.count == 12  # the area
    assert one.mask.pixels.shape == (4, 5)
    labels, _ = draw(Found([Shape("", (polygon_of([centres + np.array([4 * n, 0])]),)) for n in range(2)]), SIZE)
    np.testing.assert_array_equal(labels[2:5, 2:10], [[1] * 4 + [2] * 4] * 3)
    assert (labels > 0).sum() == 24


def test_rings_run_around_pixels_as_often_as_they_do() -> None:
    twice = np.array([[0, 0], [0, 4], [4, 4], [4, 0]] * 2, float)
    np.testing.assert_array_equal(np.abs(winding(twice, 0, 0, (6, 6)))[:4, :4], 2)
    assert not winding(twice, 0, 0, (6, 6))[4:].any()
    assert (winding(twice[::-1], 0, 0, (4, 4)) == -winding(twice, 0, 0, (4, 4))).all()


def box(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)


def shape(name: str, *rings: np.ndarray) -> Shape:
    return Shape(name, (polygon_of(rings),))


def test_what_is_no_object_is_named() -> None:
    bow = np.array([[2, 2], [10, 10], [10, 2], [2, 10]], float)
    slip = np.array([[12, 12], [20, 12], [20, 20], [12, 20], [12, 11.4], [12.6, 11.4], [12.6, 12.6]])
    found = Found(
        [
            shape("bow tie", bow),
            shape("overshot", slip),
            shape("far", box(50, 50, 60, 60)),
            shape("dot", box(3.1, 3.1, 3.3, 3.3)),
            shape("hole", box(22, 2, 30, 10), box(24, 4, 28, 8)),
            shape("nothing", np.array([[np.nan, 1], [2, 2], [3, 3]])),
            Shape("void", ()),
        ],
        left_out=[("a line", "axis"), ("a line", "")],
    )
    labels, names = draw(found, SIZE)
    assert names == {1: "overshot", 2: "hole"}
    assert (labels == 2).sum() == 64 - 16
    assert (labels == 1).sum() in (64, 65)
    assert left_out_note(found) == (
        "7 outlines left out: a line (2, like axis), crosses itself (bow tie), outside of the image (far), "
        "smaller than a pixel (dot), empty or broken (2, like nothing)"
    )


def test_the_smaller_lies_above_and_a_second_copy_is_none() -> None:
    cell, nucleus = box(1, 1, 15, 15), box(4, 4, 9, 9)
    found = Found([shape("cell", cell), shape("nucleus", nucleus), shape("again", cell)])
    labels, names = draw(found, SIZE)
    assert names == {1: "cell", 2: "nucleus"}
    assert (labels == 2).sum() == 25
    assert (labels == 1).sum() == 14 * 14 - 25
    assert found.left_out == [("covered by another", "again")]


def test_parts_add_up_and_masks_are_cut_at_the_border() -> None:
    mask = Mask(-2, 28, np.ones((5, 6), bool))
    found = Found([Shape("", (polygon_of([box(0, 0, 4, 4)]), polygon_of([box(2, 2, 6, 6)]), mask))])
    labels, _ = draw(found, SIZE)
    assert (labels > 0).sum() == 16 + 16 - 4 + 9
    assert labels[:3, 28:].all()


def test_numbers_are_those_of_the_file_if_they_are_different() -> None:
    parts = [(polygon_of([box(5 * n, 0, 5 * n + 3, 3)]),) for n in range(3)]
    for numbers, expected in (((7, 3, 5), {7, 3, 5}), ((7, 3, 3), {1, 2, 3}), ((7, None, 5), {1, 2, 3})):
        found = Found([Shape(str(number), part, number) for number, part in zip(numbers, parts, strict=True)])
        labels, names = draw(found, SIZE)
        assert set(names) == expected == set(np.unique(labels)) - {0}
