"""What may be written in a configuration file."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from rlseg.__main__ import main

ROOT = Path(__file__).parents[2]


def fit(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Exit code of a configuration that extends that of the nuclei, with --print_config."""
    monkeypatch.chdir(ROOT)
    more = folder / "more.yaml"
    more.write_text(text)
    return main(["fit", "--config", "experiments/nuclei.yaml", "--config", str(more), "--print_config"])


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "level_sets", "merge_cost": 0.1},
        {"kind": "gradient_watershed", "min_size": 7},
        {"kind": "mutex_watershed", "reach": 3},
        {"kind": "boundary_seeds"},
        {"class_path": "rlseg.data.superpixels.gradient.GradientWatershed", "init_args": {"min_size": 7}},
    ],
)
def test_superpixels_of_every_kind(
    given: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fit(yaml.safe_dump({"data": {"preparation": {"superpixels": given}}}), tmp_path, monkeypatch) == 0
    printed = capsys.readouterr().out
    found = yaml.safe_load(printed)["data"]["preparation"]["superpixels"]
    wanted = given if "kind" in given else {"kind": "gradient_watershed", "min_size": 7}
    assert found.items() >= wanted.items()
    # what is printed, and saved with a run, is itself a configuration
    assert fit(printed, tmp_path, monkeypatch) == 0
    assert yaml.safe_load(capsys.readouterr().out)["data"]["preparation"]["superpixels"] == found


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("{kind: watershd}", ["'watershd'", "gradient_watershed, level_sets"]),
        ("{kind: gradient_watershed, min_sise: 3}", ["min_sise: ", "min_size"]),
    ],
)
def test_superpixels_that_there_are_not(
    given: str, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fit(f"data: {{preparation: {{superpixels: {given}}}}}", tmp_path, monkeypatch) == 2
    shown = capsys.readouterr()
    assert all(word in shown.err for word in words)
    assert "Traceback" not in shown.err


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        ("no: 1\n", "1:1", "no is no name of a setting: to YAML it is False"),
        ("trainer:\n  max_epochs: 1\n  on: 2\n", "3:3", "on is no name"),
        ("model:\n  actor:\n    1: 2\n", "3:5", "1 is no name"),
        ("null: 1\n", "1:1", "to YAML it is None"),
    ],
)
def test_keys_that_yaml_takes_for_something_else(
    text: str,
    place: str,
    word: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert fit(text, tmp_path, monkeypatch) == 2
    said = capsys.readouterr().err
    assert f"more.yaml:{place}: " in said
    assert word in said
