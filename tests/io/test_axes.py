"""Axes that are given in place of those a file declares."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from rlseg.errors import RlsegError
from rlseg.io.axes import arrange
from rlseg.io.decode.content import Content
from rlseg.io.read_options import Reading

FILE = Path("a.tif")
values = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)


@pytest.mark.parametrize("axes", ["TCYX", "CZYX", "YXCZ", "XYTC", "ZTXY"])
def test_17_18_every_order_becomes_one(axes: str) -> None:
    found, stack = arrange(FILE, Content(values, "QQQQ"), axes)
    assert stack == "".join(a for a in axes if a in "TZ")
    where = [axes.index(a) for a in [*stack, *("C" if "C" in axes else ""), "Y", "X"]]
    np.testing.assert_array_equal(found.reshape(values.transpose(where).shape), values.transpose(where))
    assert found.ndim == len(stack) + 3


def test_17_axes_of_length_one_need_not_be_named() -> None:
    content = Content(values[:1, :, None], "QQQQQ")
    np.testing.assert_array_equal(arrange(FILE, content, "CYX")[0], values[0])
    np.testing.assert_array_equal(arrange(FILE, content, "TCZYX")[0], values[0])
    with pytest.raises(RlsegError, match=r"a.tif has 3 axes \(3 x 4 x 5\), --axes YX names 2"):
        arrange(FILE, content, "YX")


@pytest.mark.parametrize("axes", ["CSYX", "ZZYX", "QCYX", "CTYY", "ZCTX"])
def test_17_axes_that_are_not_known_or_there_twice(axes: str) -> None:
    with pytest.raises(RlsegError, match=r"a.tif has 4 axes \(2 x 3 x 4 x 5\) and does not say which"):
        arrange(FILE, Content(values, axes))


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (0, 5, 6)])
def test_19_images_without_pixels(shape: tuple[int, ...]) -> None:
    with pytest.raises(RlsegError, match="has no pixels"):
        arrange(FILE, Content(np.zeros(shape), "CYX"[-len(shape) :]))


def test_17_axes_are_letters() -> None:
    assert Reading(axes="czyx").axes == "CZYX"
    for wrong in ("", "YY", "CX", "YXQ", "YXS", "Y X"):
        with pytest.raises(ValidationError, match="axes must be some of"):
            Reading(axes=wrong)
