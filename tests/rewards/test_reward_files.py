"""Whole files: golden reports, files that must load, and everything a hostile file can do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reward_edits import EDITS, Edit, edited
from work import calls_of

from rlseg.rewards.language.errors import RewardFileError
from rlseg.rewards.language.load import load_reward, parse_reward
from rlseg.rewards.language.schema import RewardFile

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "reward_files"
WRONG = sorted((FOLDER / "err").glob("*.yaml"))
RIGHT = sorted((FOLDER / "ok").rglob("*.yaml")) + sorted((ROOT / "rewards").glob("*.yaml"))
SHIPPED = (ROOT / "rewards" / "nuclei.yaml").read_text()
NOT_FOR_USERS = (
    "pydantic",
    "Traceback",
    "Input should",
    "NoneType",
    "dict",
    "tuple",
    "validation error",
    "str ",
)


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_golden_reports(path: Path) -> None:
    """The report is exactly the .out file; RLSEG_UPDATE_GOLDEN=1 writes it anew."""
    with pytest.raises(RewardFileError) as caught:
        load_reward(path, name=f"err/{path.name}")
    report = str(caught.value) + "\n"
    golden = path.with_suffix(".out")
    if os.environ.get("RLSEG_UPDATE_GOLDEN"):
        golden.write_text(report)
    assert report == golden.read_text()
    assert not [word for word in NOT_FOR_USERS if word in report]


@pytest.mark.parametrize("path", RIGHT, ids=lambda path: path.stem)
def test_right_files_load_and_survive_a_round_trip(path: Path) -> None:
    file = load_reward(path)
    text = file.resolved_yaml()
    assert "extends" not in text.replace(file.name, "")
    again = parse_reward(text, "checkpoint")
    assert again == file
    assert again.resolved_yaml() == text


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
TRICKY = ["1e-3", "0o7", "no", "~", "<<", "=", "2021-01-01", "a: b", "#", "- x", "!a", "&a", "*a"]
JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**53), 2**53),
        st.floats(allow_nan=False, allow_infinity=False),
        TEXT,
        st.sampled_from(TRICKY),
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXT.filter(lambda key: key != "<<"), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(JSON, TEXT)
def test_free_notes_survive_a_round_trip(notes: object, description: str) -> None:
    data = {"version": 1, "name": "t", "units": {"length": "px"}, "rewards": {"foreground": 0.5}}
    file = RewardFile.model_validate({**data, "metadata": {"notes": notes}, "description": description})
    assert parse_reward(file.resolved_yaml()) == file


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(EDITS)
def test_edited_files_raise_nothing_but_reports(edits: list[Edit]) -> None:
    text = edited(SHIPPED, edits)
    try:
        file = parse_reward(text, "edited.yaml")
    except RewardFileError as error:
        report = str(error)
        assert report.endswith("problem(s) in edited.yaml")
        report.encode()  # prints on any terminal
        for problem in error.problems:
            assert problem.span is not None
            assert problem.span.line < len(problem.span.source.lines)
    else:
        assert parse_reward(file.resolved_yaml()) == file


LINES = SHIPPED.split("\n")
MOVES = st.lists(
    st.tuples(*[st.integers(0, len(LINES) - 1)] * 2, st.integers(0, 40)), min_size=1, max_size=6
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(MOVES)
def test_swapped_and_cut_lines_raise_nothing_but_reports(moves: list[tuple[int, int, int]]) -> None:
    lines = list(LINES)
    for a, b, length in moves:
        lines[a], lines[b] = lines[b], lines[a][:length]
    try:
        file = parse_reward("\n".join(lines))
    except RewardFileError as error:
        assert len(error.problems) > 0  # noqa: PT017 - the file may also be right
    else:
        assert parse_reward(file.resolved_yaml()) == file


HOSTILE = {
    "deep lists": "a: " + "[" * 400_000,
    "deep mappings": "{a: " * 200_000,
    "deep blocks": "\n".join(" " * i + "a:" for i in range(1000)),
    "long": "a" * 999_999,
    "many keys": "\n".join(f"key_{i}: 1" for i in range(60_000)),
    "many terms": "rewards: {a: {terms: {" + ", ".join(f"t{i}: {{kind: x}}" for i in range(1200)) + "}}}",
    "long key": "k" * 500_000 + ": 1",
    "long line": "version: 1\nrewards: {" + ", ".join(f"kindd_{i}: [a, b]" for i in range(1500)) + "}",
    "aliases": "a: &a [x]\nb: [" + "*a, " * 200_000 + "]",
    "too large": "#" + "x" * 1_000_001,
    "many bytes": "#" + "é" * 600_000,
    "digits": "version: " + "9" * 900_000,
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_40_hostile_files_are_refused_quickly(text: str) -> None:
    def refuse() -> None:
        with pytest.raises(RewardFileError) as caught:
            parse_reward(text)
        assert len(str(caught.value)) < 200_000

    assert calls_of(refuse) < 5_000_000  # 4 for each of a million characters


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "nuclei.yaml").write_bytes(b"version: 1\nname: \xff\n")
    with pytest.raises(RewardFileError, match=r"nuclei.yaml:2:7: this is no UTF-8"):
        load_reward(tmp_path / "nuclei.yaml")
    with pytest.raises(RewardFileError, match=r"(?s)cannot find.*did you mean '.*nuclei.yaml'"):
        load_reward(tmp_path / "nucleii.yaml")
    with pytest.raises(RewardFileError, match="is a folder"):
        load_reward(tmp_path)
    (tmp_path / "large.yaml").write_text("#" * 1_000_001)
    with pytest.raises(RewardFileError, match="larger than 1 MB"):
        load_reward(tmp_path / "large.yaml")


def test_text_cannot_extend_a_file() -> None:
    with pytest.raises(RewardFileError, match="only a file can extend"):
        parse_reward("version: 1\nextends: ./nuclei.yaml")


def test_byte_order_mark_and_windows_lines() -> None:
    assert parse_reward("\ufeff" + SHIPPED.replace("\n", "\r\n")) == parse_reward(SHIPPED)


def test_columns_of_windows_lines() -> None:
    text = "version: 1\r\nname: t\r\nunits: {length: px}\r\nrewards: {foreground: 5}\r\n"
    with pytest.raises(RewardFileError, match=r"^reward:4:23: rewards.foreground: must be at most") as caught:
        parse_reward(text)
    assert "\r" not in str(caught.value)
