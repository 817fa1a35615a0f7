"""Which images of a folder are frames of one film, and in which order."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlseg.data.films import films_of
from rlseg.errors import RlsegError
from rlseg.io import ImageFile


def found(*names: str) -> list[tuple[str, list[str]]]:
    files = [ImageFile(Path(name).stem, Path(name)) for name in names]
    return [(name, [file.stem for file in film]) for name, film in films_of(files)]


@pytest.mark.parametrize(
    ("names", "films"),
    [
        (["t10.tif", "t2.tif", "t1.tif"], [["t1", "t2", "t10"]]),
        (["a_t1.tif", "b_t1.tif", "a_t2.tif", "b_t2.tif"], [["a_t1", "a_t2"], ["b_t1", "b_t2"]]),
        (["well2_t01.tif", "well1_t02.tif", "well1_t01.tif", "well2_t02.tif"],
         [["well1_t01", "well1_t02"], ["well2_t01", "well2_t02"]]),
        (["t1_w488.tif", "t3_w488.tif"], [["t1_w488", "t3_w488"]]),
        (["one/t1.tif", "one/t2.tif", "two/t1.tif", "two/t2.tif"], [["t1", "t2"], ["t1", "t2"]]),
    ],
)  # fmt: skip
def test_the_last_number_that_differs_is_the_time(names: list[str], films: list[list[str]]) -> None:
    assert [film for _, film in found(*names)] == films


@pytest.mark.parametrize(
    "names", [["a.tif"], ["a1.tif", "a2.tif", "cell.tif"], ["a1_t1.tif", "a1_t2.tif", "b1_t1.tif"]]
)
def test_images_by_themselves_are_refused(names: list[str]) -> None:
    with pytest.raises(RlsegError, match=rf"{names[-1]} is an image by itself.*\n?.*pay: 0"):
        found(*names)
