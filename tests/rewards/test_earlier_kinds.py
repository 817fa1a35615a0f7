"""Kinds of terms by the names they had: read as what they are called today, and said so by `rlseg reward check`."""

from __future__ import annotations

from pathlib import Path

import pytest
from reward_text import HEAD

from rlseg.commands.reward import main
from rlseg.errors import RlsegError
from rlseg.rewards.language.load import load_reward, parse_reward, stored_reward

TEXT = """
classes: {{background: {{kind: area, over: 1400}}}}
rewards:
  foreground:
    terms:
      circle: {{kind: {}, radius: [10, 20], min_accumulator: 0.6}}
      one: {{kind: segments_per_circle, circle: circle}}
  background: 0
"""
OLD, NEW = HEAD + TEXT.format("hough_circle"), HEAD + TEXT.format("circle_coverage")


def test_both_names_say_the_same() -> None:
    assert parse_reward(OLD) == parse_reward(NEW) == stored_reward(OLD)
    assert parse_reward(OLD).resolved_yaml() == parse_reward(NEW).resolved_yaml()
    assert parse_reward(HEAD + TEXT.format("circle_hough")) != parse_reward(NEW)


def test_a_term_of_the_old_name_is_inherited_under_the_new_one(tmp_path: Path) -> None:
    """Of two kinds, the change would replace the whole term, radius and all."""
    (tmp_path / "old.yaml").write_text(OLD)
    child = "version: 1\nextends: ./old.yaml\nrewards: {foreground: {terms: {circle: {kind: circle_coverage}}}}\n"
    (tmp_path / "new.yaml").write_text(child)
    assert load_reward(tmp_path / "new.yaml") == parse_reward(NEW)


def test_check_says_the_new_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "old.yaml"
    file.write_text(OLD)
    assert main(["check", str(file)]) == 0
    said = capsys.readouterr().out.split("\n\n")
    assert said[1:] == [f"{file}:9:22: warning: hough_circle is now said as circle_coverage\n"]
    with pytest.raises(RlsegError, match="hough_circle is now said as circle_coverage"):
        main(["explain", "hough_circle"])
    file.write_text(NEW)
    assert main(["check", str(file)]) == 0
    assert "warning" not in capsys.readouterr().out
