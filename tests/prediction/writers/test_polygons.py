"""Outlines hold every pixel, and are what GeoJSON and ImageJ call a polygon."""

from __future__ import annotations

import numpy as np
import pytest
from fill import fill
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.measure import label

from rlseg.prediction.writers.polygons import polygons


def check(labels: np.ndarray) -> None:
    found = polygons(labels)
    assert list(found) == sorted({*labels.ravel().tolist()} - {0})
    for name, parts in found.items():
        together = np.zeros(labels.shape, int)
        for polygon in parts:
            mask = fill(polygon, labels.shape)
            assert label(mask, connectivity=1).max() == 1
            together += mask
            for number, ring in enumerate(polygon):
                check_ring(ring, outer=number == 0)
                assert not number or (fill([ring], labels.shape) & fill(polygon[:1], labels.shape)).any()
        np.testing.assert_array_equal(together, labels == name)
        assert len(parts) == label(labels == name, connectivity=1).max()


def check_ring(ring: np.ndarray, outer: bool) -> None:
    assert len({*map(tuple, ring.tolist())}) == len(ring) >= 4  # it does not touch itself
    steps = np.roll(ring, -1, axis=0) - ring
    assert ((steps == 0).sum(axis=1) == 1).all()
    assert (steps[:, 0].astype(bool) != np.roll(steps[:, 0], 1).astype(bool)).all()  # every point is a corner
    x, y = ring.T
    assert (np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) > 0) == outer


def test_75_hard_cases(hard: np.ndarray) -> None:
    check(hard)


@given(arrays(np.int32, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 3)))
def test_75_random_labels(labels: np.ndarray) -> None:
    check(labels)


@pytest.mark.parametrize("size", [1, 5])
def test_squares(size: int) -> None:
    labels = np.pad(np.full((size, size), 4), 2)
    ((ring,),) = polygons(labels)[4]
    assert sorted(map(tuple, ring.tolist())) == [(x, y) for x in (2, 2 + size) for y in (2, 2 + size)]
