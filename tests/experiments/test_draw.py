"""The command that draws synthetic images."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from rlseg.data.embryo import draw_embryo
from rlseg.data.files import find_images
from rlseg.data.read import read_image, read_labels

PATH = Path(__file__).parents[2] / "experiments" / "draw.py"
spec = importlib.util.spec_from_file_location("draw", PATH)
assert spec is not None
assert spec.loader is not None
draw = importlib.util.module_from_spec(spec)
sys.modules["draw"] = draw
spec.loader.exec_module(draw)


def test_images_and_labels_are_those_of_the_seeds(tmp_path: Path) -> None:
    assert draw.main(["embryo", "--count", "2", "--seed", "7", "--output", str(tmp_path / "a")]) == 0
    files = find_images(tmp_path / "a" / "images", tmp_path / "a" / "labels")
    assert [file.stem for file in files] == ["embryo_00007", "embryo_00008"]
    expected = draw_embryo(8)
    assert files[1].labels is not None
    np.testing.assert_array_equal(read_labels(files[1].labels), expected.truth)
    np.testing.assert_array_equal(read_image(files[1].image).pixels, np.rint(255 * expected.image))
    assert draw.main(["embryo", "--count", "1", "--seed", "8", "--output", str(tmp_path / "b")]) == 0
    for part in ("images", "labels"):
        name = f"{part}/embryo_00008.png"
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize("wrong", [["--count", "0"], ["--count", "1", "--seed", "-1"], ["--count", "many"]])
def test_impossible_numbers(wrong: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        draw.main(["embryo", *wrong, "--output", str(tmp_path)])
    assert stopped.value.code == 2
    assert "--count" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert draw.main(["embryo", "--count", "1", "--output", str(tmp_path / "file")]) == 2
    assert capsys.readouterr().err.startswith("cannot write")
