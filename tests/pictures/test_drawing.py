"""Primitives of the pictures: outlines, cracks and colours of objects."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlseg.pictures.drawing import PALETTE, cracks, object_colours, outlines, stretch

small = st.integers(0, 3)
images = st.lists(st.lists(small, min_size=4, max_size=4), min_size=1, max_size=5).map(np.array)


@settings(max_examples=80, deadline=None)
@given(images)
def test_cracks_and_outlines_equal_a_loop_over_pixels(labels):
    height, width = labels.shape
    expected = set()
    border = np.zeros(labels.shape, bool)
    for r in range(height):
        for c in range(width):
            for rr, cc in ((r + 1, c), (r, c + 1)):
                if rr < height and cc < width and labels[r, c] != labels[rr, cc]:
                    expected.add((r * width + c, rr * width + cc))
                    border[r, c] = border[rr, cc] = True
    assert set(zip(*(side.tolist() for side in cracks(labels)), strict=True)) == expected
    result = outlines(labels)
    np.testing.assert_array_equal(result > 0, border)
    inside = border & (labels > 0)
    np.testing.assert_array_equal(result[inside], labels[inside])


def test_touching_and_near_objects_get_different_colours():
    labels = np.kron(np.arange(1, 101).reshape(10, 10), np.ones((5, 5), int))
    colours = object_colours(labels)
    first, second = cracks(labels)
    one, two = (colours[labels.ravel()[side]] for side in (first, second))
    assert (one != two).any(axis=1).all()
    assert len(np.unique(colours[1:], axis=0)) == len(PALETTE)
    assert not colours[0].any()


@pytest.mark.parametrize("labels", [np.zeros((3, 3), int), np.array([[0, 7]]), np.array([[3, 9]])])
def test_few_objects(labels):
    colours = object_colours(labels)
    assert colours.shape == (labels.max() + 1, 3)
    assert all(colours[i].any() == (i in labels and i > 0) for i in range(len(colours)))


def test_stretch_uses_the_whole_range_and_keeps_order():
    image = np.linspace(-3, 5, 400).reshape(1, 20, 20)
    picture = stretch(image)
    assert (picture.min(), picture.max()) == (0, 255)
    assert (np.diff(picture[..., 0].ravel().astype(int)) >= 0).all()
    assert (picture[..., 0] == picture[..., 2]).all()
    assert not stretch(np.full((1, 4, 4), 3.0)).any()


def test_three_channels_are_colours_and_two_are_not():
    image = np.random.default_rng(0).random((3, 9, 9))
    assert np.ptp(stretch(image).astype(int), axis=-1).any()
    assert not np.ptp(stretch(image[:2]).astype(int), axis=-1).any()
