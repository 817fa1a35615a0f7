"""Priors that ask for more than there is."""

from __future__ import annotations

from pathlib import Path

import pytest
from partitions import random_segments
from reward_text import HEAD, read

from rlseg.commands.reward import main
from rlseg.rewards.language.load import load_reward
from rlseg.rewards.lint.unreachable import LARGEST, find_unreachable

ROOT = Path(__file__).parents[2]


def text(term: str) -> str:
    return f"rewards: {{foreground: {{terms: {{a: {{kind: descriptor, {term}}}}}}}}}"


@pytest.mark.parametrize("name", LARGEST)
def test_no_object_has_more(name: str) -> None:
    """But for the pixels of tiny ones."""
    for seed in range(5):
        segments = random_segments(seed, pieces=30)
        large = segments.descriptor("area") > 20
        assert segments.descriptor(name)[large].max() <= LARGEST[name] + 0.02


@pytest.mark.parametrize("name", LARGEST)
def test_more_is_found(name: str) -> None:
    (found,) = find_unreachable(read(text(f"property: {name}, expected: [1.152, 2], scale: 0.076")))
    assert found.path == ("rewards", "foreground", "terms", "a")
    assert found.message == (
        f"a ({name} 1.152) asks for more than there is: {name} is at most 1, so no object scores more than 0.14"
    )


@pytest.mark.parametrize(
    "term",
    [
        "property: solidity, expected: 1, scale: 0.1",
        "property: solidity, expected: [0.9, 1.5], scale: 0.1",
        "property: solidity, expected: 1.2, scale: 0.1, side: above",
        "property: area, expected: 1.2, scale: 0.1",
    ],
)
def test_other_priors_are_left_alone(term: str) -> None:
    assert list(find_unreachable(read(text(term)))) == []


def test_check_warns_at_the_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(HEAD + text("property: solidity, expected: 1.2, scale: 0.01") + "\n")
    assert main(["check", str(path)]) == 0
    printed = capsys.readouterr()
    assert "warning: a (solidity 1.2) asks for more than there is" in printed.out + printed.err
    assert f"{path}:" in printed.out + printed.err


def test_shipped_files_ask_for_what_there_is() -> None:
    for path in (ROOT / "rewards").glob("*.yaml"):
        assert list(find_unreachable(load_reward(path))) == []
