"""What people write into reward files by mistake, one by one; all the words of the reports are in reward_files/err."""

from __future__ import annotations

from pathlib import Path

import pytest
from partitions import random_segments
from reward_text import HEAD

from rlseg.errors import RlsegError
from rlseg.rewards.language.errors import Problem, RewardFileError
from rlseg.rewards.language.load import parse_reward
from rlseg.rewards.reward import Reward

ONE = "rewards: {{foreground: {{terms: {{size: {{kind: descriptor, property: area, expected: 300, scale: 50{}}}}}}}}}"


def problems(text: str, head: str = HEAD) -> tuple[Problem, ...]:
    with pytest.raises(RewardFileError) as caught:
        parse_reward(head + text, "file.yaml")
    assert all(found.span is not None for found in caught.value.problems)
    return caught.value.problems


def test_35_an_unknown_key_with_its_line_and_the_nearest_one() -> None:
    (found,) = problems(ONE.format(", wieght: 2"))
    assert (found.code, found.suggestion) == ("unknown-key", "weight")
    assert str(found.span).startswith("file.yaml:4:")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (ONE.replace("expected: 300", "expected: [400, 300]").format(""), "the lower end 400 is above the upper end"),
        (ONE.replace("scale: 50", "scale: 0").format(""), "must be greater than 0"),
        (ONE.format(", weight: 0"), "must be greater than 0"),
        ("rewards: {foreground: {terms: {}}}", "must hold at least one entry"),
        ("rewards: {foreground: {}}", "'terms' is required"),
        ("rewards: {}", "'foreground' is required"),
        ("classes: {small: {kind: area, outside: [9, 4]}}\nrewards: {small: 0, foreground: 1}", "the lower end 9"),
    ],
)
def test_36_bounds_in_the_wrong_order_widths_of_0_and_nothing_to_reward(text: str, says: str) -> None:
    (found,) = problems(text)
    assert says in found.message


@pytest.mark.parametrize("number", [".nan", ".inf", "-.inf", "1e999"])
def test_37_numbers_that_are_not_finite(number: str) -> None:
    found = problems(ONE.replace("300", number).format(""))
    assert "is not a number that can be used here" in found[0].message


def test_38_lengths_without_a_unit_or_a_pixel_size() -> None:
    head = "version: 1\nname: test\n"
    assert "'units' is required" in problems(ONE.format(""), head)[0].message
    assert "'length' is required in units" in problems(ONE.format(""), head + "units: {}\n")[0].message
    file = parse_reward(head + "units: {length: um}\n" + ONE.format(""))
    with pytest.raises(RlsegError, match="is in um, but the pixel size of the image is not known") as caught:
        Reward(file).evaluate(random_segments(0))
    assert caught.value.hint is not None
    Reward(file, pixel_size=0.5).evaluate(random_segments(0))


@pytest.mark.parametrize("tag", ["!!python/name:os.system", "!!python/object/apply:os.mkdir", "!!python/module:os"])
def test_41_tags_build_nothing(tag: str, tmp_path: Path) -> None:
    (found, *_) = problems(f"description: {tag} [{tmp_path / 'harm'}]\n" + ONE.format(""))
    assert found.message == "tags (!name) are not part of the language"
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize("name", ["a.b", "__class__", "_hidden", "a/b", "a b", "../up", "foreground.size", "x" * 65])
def test_43_names_with_dots_or_underscores_in_front(name: str) -> None:
    for text in (ONE.replace("size:", f"{name!r}:").format(""), f"classes: {{{name!r}: {{kind: area, over: 9}}}}"):
        assert any("is no name that can be used" in found.message for found in problems(text))
    assert "is no name" in problems(ONE.format(""), HEAD.replace("name: t", f"name: {name!r} #"))[0].message


@pytest.mark.parametrize(("version", "hint"), [("2", "for a newer rlseg"), ("0", "write: 1"), ("one", "write: 1")])
def test_45_files_of_another_version(version: str, hint: str) -> None:
    (found,) = problems(ONE.format(""), HEAD.replace("version: 1", f"version: {version}"))
    assert found.message.startswith("version: must be 1, got")
    assert hint in str(found.hint)
