"""Drawn files: the same every time, readable as a user's, and never over other content."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.drawings import __main__ as draw
from experiments.drawings.circles import draw_circles
from experiments.drawings.embryo import draw_embryo
from rlseg.io.find import find_images
from rlseg.io.read import read_image, read_labels


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.png")}


@pytest.mark.parametrize("kind", ["circles", "embryo"])
def test_equal_arguments_give_equal_bytes(kind: str, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two, one):
        assert draw.main([kind, "--count", "2", "--seed", "3", "--output", str(folder)]) == 0
    assert content(one) == content(two)
    assert sorted(content(one)) == ["images/0000.png", "images/0001.png", "labels/0000.png", "labels/0001.png"]
    assert content(one)["images/0000.png"] != content(one)["images/0001.png"]
    # more images begin with the same ones; another seed has others
    assert draw.draw(kind, 3, 3).items() >= draw.draw(kind, 2, 3).items()
    assert not set(draw.draw(kind, 2, 3).values()) & set(draw.draw(kind, 2, 4).values())


@pytest.mark.parametrize(("kind", "by"), [("circles", draw_circles), ("embryo", draw_embryo)])
def test_files_hold_what_was_drawn(kind: str, by: Callable[[int], Any], tmp_path: Path) -> None:
    draw.write(draw.draw(kind, 2, 0), tmp_path)
    files = find_images(tmp_path / "images", tmp_path / "labels")
    for file, seed in zip(files, np.random.SeedSequence(0).generate_state(2, np.uint64), strict=True):
        drawn = by(int(seed))
        assert file.labels is not None
        np.testing.assert_array_equal(read_labels(file.labels), drawn.truth)
        np.testing.assert_allclose(read_image(file.image).pixels / 255, drawn.image, atol=0.501 / 255)


def test_sealed_drawings_are_no_others_and_their_seed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    used = [(kind, seed) for kind in draw.KINDS for seed in range(100)]  # whatever was drawn before
    assert draw.SEALED.keys() == draw.KINDS.keys()
    assert not {(kind, one.seed) for kind, one in draw.SEALED.items()} & set(used)
    monkeypatch.setattr(draw, "SEALED", {"circles": draw.Sealed(seed=1234567, count=2)})
    assert draw.main(["circles", "--sealed", "--output", str(tmp_path)]) == 0
    assert content(tmp_path) == draw.draw("circles", 2, 1234567)
    for words in (["--seed", "1234567"], ["--sealed", "--seed", "3"], ["--sealed", "--count", "2"]):
        with pytest.raises(SystemExit):
            draw.main(["circles", *words, "--output", str(tmp_path / "other")])
    assert "that of the final test" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("spoil", ["another file", "another count", "another seed", "no folder"])
def test_other_content_is_never_overwritten(spoil: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "here"
    words = ["circles", "--output", str(folder)]
    if spoil == "no folder":
        folder.write_text("mine")
    else:
        assert draw.main([*words, "--count", "2"]) == 0
    if spoil == "another file":
        (folder / "notes.txt").write_text("mine")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    more = {"another count": ["--count", "1"], "another seed": ["--count", "2", "--seed", "1"]}
    assert draw.main([*words, *more.get(spoil, ["--count", "2"])]) == 2
    assert str(folder) in capsys.readouterr().err
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


@pytest.mark.parametrize("words", [["squares"], ["circles", "--count", "0"], ["circles", "--seed", "-1"]])
def test_what_cannot_be_drawn(words: list[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as stopped:
        draw.main([*words, "--output", str(tmp_path / "new")])
    assert stopped.value.code == 2
    assert not (tmp_path / "new").exists()
