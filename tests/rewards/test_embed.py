"""Mask pictures beside a reward file: found relative to the file that names them, checked, put into the reward."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rlseg.rewards.language.errors import Problem, RewardFileError
from rlseg.rewards.language.load import load_reward, parse_reward

HEAD = "version: 1\nname: test\nunits: {length: px}\n"
TEXT = HEAD + "rewards:\n  foreground:\n    terms:\n      shape: {kind: template_shape, mask: %s, scale: 0.3}\n"
MASK = np.array([[0, 0, 0, 0], [0, 1, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]], np.uint8)


def write(folder: Path, picture: np.ndarray | Image.Image = MASK, name: str = "cell.png", mask: str = "") -> Path:
    """A reward file that names a picture in its folder."""
    folder.mkdir(exist_ok=True)
    (picture if isinstance(picture, Image.Image) else Image.fromarray(picture)).save(folder / name)
    path = folder / "reward.yaml"
    path.write_text(TEXT % (mask or f"./{name}"))
    return path


def mask_of(path: Path) -> tuple[str, ...]:
    return load_reward(path).rewards["foreground"].terms["shape"].mask  # type: ignore[union-attr]


def only_problem(path: Path) -> Problem:
    with pytest.raises(RewardFileError) as caught:
        load_reward(path)
    (problem,) = caught.value.problems
    assert problem.span is not None
    return problem


@pytest.mark.parametrize(
    "picture",
    [
        MASK,
        MASK * 255,
        MASK.astype(bool),
        MASK.astype(np.uint16) * 3,
        Image.fromarray(MASK * 200).convert("P"),
    ],
    ids=["1", "255", "bool", "uint16", "palette"],
)
def test_gray_pictures_become_rows(picture: np.ndarray, tmp_path: Path) -> None:
    path = write(tmp_path, picture)
    assert mask_of(path) == ("##", "#.")
    assert len(load_reward(path).resolved_yaml()) < 1000


def test_the_resolved_reward_needs_no_file(tmp_path: Path) -> None:
    file = load_reward(write(tmp_path))
    text = file.resolved_yaml()
    assert ".png" not in text
    assert parse_reward(text, "checkpoint") == file


def test_the_largest_picture_still_fits_into_a_checkpoint(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 2, (256, 256)).astype(np.uint8)
    noise[[0, -1]] = noise[:, [0, -1]] = 1
    file = load_reward(write(tmp_path, np.pad(noise, 100)))
    assert parse_reward(file.resolved_yaml()) == file


def test_relative_to_the_file_that_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if another file extends that one, from wherever it is called."""
    write(tmp_path / "base")
    other = np.ones((2, 3), np.uint8)
    Image.fromarray(other).save(tmp_path / "own.png")
    plain, own = tmp_path / "plain.yaml", tmp_path / "own.yaml"
    plain.write_text("version: 1\nextends: ./base/reward.yaml\nname: plain\n")
    own.write_text(plain.read_text() + "rewards: {foreground: {terms: {shape: {mask: own.png}}}}\n")
    monkeypatch.chdir(tmp_path / "base")
    assert mask_of(plain) == ("##", "#.")
    assert mask_of(own) == ("###", "###")
    assert mask_of(Path("reward.yaml")) == ("##", "#.")


def test_a_problem_of_the_parent_is_shown_in_the_parent(tmp_path: Path) -> None:
    path = write(tmp_path / "base", mask="gone.png")
    child = tmp_path / "child.yaml"
    child.write_text("version: 1\nextends: ./base/reward.yaml\n")
    problem = only_problem(child)
    assert problem.span is not None
    assert problem.span.source.name.endswith("base/reward.yaml")
    assert problem.message == only_problem(path).message


@pytest.mark.parametrize(
    ("mask", "code", "message", "suggestion"),
    [
        ("./cel.png", "file-not-found", "cannot find './cel.png', relative to this file", "./cell.png"),
        ("sub/cell.png", "file-not-found", "cannot find 'sub/cell.png', relative to this file", None),
        ("cell.tif", "bad-value", "must name a .png file or be a list of rows, got 'cell.tif'", None),
        ("'##'", "bad-value", "must name a .png file or be a list of rows, got '##'", None),
        ('"a\\0.png"', "file-not-found", "cannot find 'a .png', relative to this file", None),
        ("5", "bad-value", "must be a list", None),
        (f"{'x' * 300}.png", "file-not-found", "File name too long", None),
    ],
)
def test_wrong_names(mask: str, code: str, message: str, suggestion: str | None, tmp_path: Path) -> None:
    path = write(tmp_path, mask=mask)
    problem = only_problem(path)
    assert problem.code == code
    assert message in problem.message
    assert problem.message.startswith("rewards.foreground.terms.shape.mask: ")
    assert problem.suggestion == suggestion
    assert problem.span is not None
    line = problem.span.source.lines[problem.span.line]
    assert line[problem.span.column : problem.span.end] == mask


def broken(folder: Path, content: bytes) -> Path:
    path = write(folder)
    (folder / "cell.png").write_bytes(content)
    return path


def test_wrong_pictures(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole", np.random.default_rng(0).integers(0, 2, (90, 90)).astype(np.uint8))
    content = (whole.parent / "cell.png").read_bytes()
    rgb = Image.fromarray(np.zeros((4, 4, 3), np.uint8))
    jpeg = write(tmp_path / "jpeg")
    Image.fromarray(MASK).save(jpeg.parent / "cell.png", format="JPEG")
    bomb = Image.fromarray(np.zeros((10000, 10000), bool))
    cases = [
        (write(tmp_path / "a", np.zeros((4, 4), np.uint8)), "holds no object"),
        (write(tmp_path / "b", np.ones((300, 20), np.uint8)), "an object of 300 x 20 px, at most 256 x 256"),
        (write(tmp_path / "c", rgb), "is a colour picture"),
        (write(tmp_path / "d", rgb.convert("RGBA")), "is a colour picture"),
        (broken(tmp_path / "e", b""), "it is no whole PNG file"),
        (broken(tmp_path / "f", b"no picture"), "it is no whole PNG file"),
        (broken(tmp_path / "g", content[: len(content) // 2]), "it is no whole PNG file"),
        (broken(tmp_path / "h", b"x" * 1_000_001), "is larger than 1 MB"),
        (jpeg, "it is no whole PNG file"),
        (write(tmp_path / "i", bomb), "it is no whole PNG file"),
    ]
    for path, message in cases:
        assert message in only_problem(path).message
    folder = write(tmp_path / "j")
    (folder.parent / "cell.png").unlink()
    (folder.parent / "cell.png").mkdir()
    assert "cannot find" in only_problem(folder).message


def test_damaged_pictures_raise_nothing_but_reports(tmp_path: Path) -> None:
    path = write(tmp_path, np.random.default_rng(0).integers(0, 2, (20, 20)).astype(np.uint8))
    picture = tmp_path / "cell.png"
    content = picture.read_bytes()
    rng = np.random.default_rng(1)
    for _ in range(200):
        changed = bytearray(content)
        for place in rng.integers(0, len(content), rng.integers(1, 4)):
            changed[place] = rng.integers(0, 256)
        picture.write_bytes(changed)
        try:
            load_reward(path)
        except RewardFileError as error:
            assert len(error.problems) == 1  # noqa: PT017 - the change may also do no harm


def test_other_terms_may_hold_any_text(tmp_path: Path) -> None:
    """Only fields that hold masks are read; terms of unknown kinds are reported as such."""
    path = tmp_path / "reward.yaml"
    path.write_text(HEAD + "rewards: {foreground: {terms: {a: {kind: nothing, mask: x.png}}}}\n")
    assert only_problem(path).code == "unknown-kind"
    path.write_text(HEAD + "rewards: {foreground: 0.5}\nmetadata: {mask: x.png}\n")
    assert load_reward(path).metadata == {"mask": "x.png"}
