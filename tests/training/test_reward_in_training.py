"""What a training says of its reward file before it begins."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from nuclei import REWARD, Run
from test_bad_input import assert_refused

from rlseg.__main__ import main

TERM = """
import numpy as np
from rlseg.rewards.terms.base import Term

class Faulty(Term):
    how: str
    def score(self, scene):
        count = scene.segments.count
        if self.how == "raises":
            raise KeyError("no such thing")
        return np.full(count, np.nan) if self.how == "nan" else np.ones(count + 1)
"""


@pytest.fixture
def faulty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A reward file with a term of a package `faulty_lab`; HOW stands for what is wrong with it."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "faulty_lab.py").write_text(TERM)
    monkeypatch.syspath_prepend(tmp_path / "code")
    term = "{class_path: faulty_lab.Faulty, init_args: {how: HOW}}"
    text = REWARD.read_text().replace("    terms:\n", f"    terms:\n      odd: {term}\n", 1)
    (tmp_path / "own.yaml").write_text(text)
    yield tmp_path / "own.yaml"
    sys.modules.pop("faulty_lab", None)


@pytest.mark.parametrize(
    ("how", "says"),
    [("raises", "fails: KeyError"), ("nan", "that are no finite numbers"), ("long", "returns scores of shape")],
)
def test_44_an_own_term_that_fails_is_named_before_the_first_step(
    how: str, says: str, faulty: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    faulty.write_text(faulty.read_text().replace("HOW", how))
    words = [*Run.words(folder, tmp_path / "runs"), "--model.reward", str(faulty), "--allow", "faulty_lab"]
    said = assert_refused(words, "the reward term foreground/odd (faulty_lab.Faulty) ", tmp_path / "runs", capsys)
    assert says in said
    assert not (tmp_path / "runs").exists()


def test_42_a_term_of_a_package_that_is_not_allowed(
    faulty: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*Run.words(folder, tmp_path / "runs"), "--model.reward", str(faulty)]
    assert_refused(words, "the package 'faulty_lab' is not among those", tmp_path, capsys, lines=6)
    assert "faulty_lab" not in sys.modules


def test_39_a_training_warns_of_priors_that_contradict_each_other(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    term = "area: {kind: descriptor, property: area, expected: 9, scale: 2}"
    text = REWARD.read_text().replace("    terms:\n", f"    terms:\n      {term}\n", 1)
    (tmp_path / "odd.yaml").write_text(text)
    for name in ("lightning", "lightning.pytorch"):
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
    words = [*Run.words(folder, tmp_path), "--model.reward", str(tmp_path / "odd.yaml")]
    with caplog.at_level(logging.INFO):
        assert main([*words, "--trainer.max_steps", "1"]) == 0
    said = [record.getMessage() for record in caplog.records]
    # one step finds nothing, and the training says so as well
    told = [line for line in said if "warning:" in line and not line.startswith("warning: ended")]
    assert len(told) == 2
    assert told[0].startswith("warning: area (area 9) and minor_diameter (axis_minor_length 12 to 20) contradict")
    assert "what the class debris leaves" in told[1]
