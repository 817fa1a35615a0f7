"""Shapes that are on the screen of a viewer."""

from __future__ import annotations

import numpy as np
import pytest

from rlseg.errors import RlsegError
from rlseg.io.outlines import outlines_on_screen

SQUARE = [(2, 3), (2, 7), (6, 7), (6, 3)]


@pytest.mark.parametrize("kind", ["polygon", "rectangle", "path"])
def test_what_is_around_an_object(kind: str) -> None:
    found = outlines_on_screen([(kind, SQUARE)], (12, 12))
    inside = np.argwhere(found.labels == 1)
    # corners are centres of pixels, and lie on the outline: the square is 4 x 4 px
    assert len(inside) == 16
    assert np.ptp(inside, axis=0).tolist() == [3, 3]
    assert np.abs(inside.mean(axis=0) - (4, 5)).max() <= 0.5
    assert found.notes == ()


@pytest.mark.parametrize(("kind", "ends"), [("line", [(10, 4), (10, 16)]), ("path", [(4, 10), (16, 10)])])
def test_a_line_is_the_diameter_of_a_disc(kind: str, ends: list[tuple[int, int]]) -> None:
    labels = outlines_on_screen([(kind, ends)], (21, 21)).labels
    rows, columns = np.mgrid[:21, :21]
    assert ((labels > 0) == ((rows - 10) ** 2 + (columns - 10) ** 2 < 36)).sum() >= 21 * 21 - 4


def test_an_ellipse_has_the_size_of_its_box() -> None:
    labels = outlines_on_screen([("ellipse", [(2, 2), (2, 18), (12, 18), (12, 2)])], (21, 21)).labels
    assert (labels > 0).sum() == pytest.approx(np.pi * 5 * 8, rel=0.05)


def test_what_is_no_object() -> None:
    with pytest.raises(RlsegError, match="no outlined object lies in the image"):
        outlines_on_screen([("polygon", [(50, 50), (50, 60), (60, 60)])], (12, 12))
    with pytest.raises(RlsegError, match="shape 1 is of the kind 'star'"):
        outlines_on_screen([("star", SQUARE)], (12, 12))
    found = outlines_on_screen([("polygon", SQUARE), ("polygon", [(50, 50), (50, 60), (60, 60)])], (12, 12))
    assert found.labels.max() == 1
    assert "1 outline left out: outside of the image" in found.notes[0]
