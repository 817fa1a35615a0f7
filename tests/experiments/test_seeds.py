"""Scores of trained seeds, and which of them need not be trained again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from nuclei import Run

from experiments.results import seeds
from rlseg.io.find import find_images
from rlseg.io.read import read_image, read_labels
from rlseg.metrics import score_image
from rlseg.prediction.predictor import Predictor


def result(seed: int, mean_ap: float) -> Any:
    numbers = dict.fromkeys(seeds.SeedResult.__dataclass_fields__, 0.5)
    return seeds.SeedResult(**{**numbers, "seed": seed, "mean_ap": mean_ap, "images": {"a": mean_ap}, "curve": []})


def test_scores_are_those_of_predicted_labels(trained: Run, folder: Path) -> None:
    scores = seeds.score_checkpoint(trained.best, folder)
    predictor = Predictor(trained.best)
    files = find_images(folder / "images", folder / "labels")
    assert list(scores.found) == list(scores.ceiling) == [file.stem for file in files]
    for file in files:
        assert file.labels is not None
        found = predictor(read_image(file.image, predictor.channels).pixels)
        assert scores.found[file.stem] == score_image(found.labels, read_labels(file.labels))
    assert sum(score.summary.mean_ap for score in scores.ceiling.values()) > 0.5 * len(files)


def test_a_seed_is_done_as_long_as_nothing_it_depends_on_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "a.yaml"
    config.write_text("a: 1")
    training, calls = seeds.Training("x", config), []

    def train(*arguments: Any) -> seeds.SeedResult:
        calls.append(arguments)
        return result(arguments[2], 0.25)

    monkeypatch.setattr(seeds, "train_seed", train)
    (tmp_path / "runs" / "x").mkdir(parents=True)
    assert training.done(0) is None
    assert [training.run(0), training.run(0), training.done(0)] == [result(0, 0.25)] * 3
    assert calls == [(config, "x", 0, [], seeds.TEST, False)]
    assert training.done(1) is None
    assert seeds.Training("x", config, overrides=("--y",)).done(0) is None
    config.write_text("a: 2")
    assert training.done(0) is None


def test_an_interrupted_training_goes_on_and_one_of_other_settings_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "a.yaml"
    config.write_text("a: 1")
    training, calls = seeds.Training("x", config), []

    def train(*arguments: Any) -> seeds.SeedResult:
        calls.append(arguments[3:])
        if len(calls) == 1:
            raise KeyboardInterrupt
        return result(0, 0.25)

    monkeypatch.setattr(seeds, "train_seed", train)
    with pytest.raises(KeyboardInterrupt):
        training.run(0)
    # out of time at once: scored, and not done
    assert training.run(0, minutes=1e-9) == result(0, 0.25)
    assert training.done(0) is None
    assert training.run(0) == training.done(0) == result(0, 0.25)
    config.write_text("a: 2")
    training.run(0)
    limited = ["--stop.minutes", "1e-09"]
    assert calls == [
        ([], seeds.TEST, False),
        (limited, seeds.TEST, True),
        ([], seeds.TEST, True),
        ([], seeds.TEST, False),
    ]


def test_an_interrupted_training_resumes_from_its_last_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    last = tmp_path / "runs" / "x" / "seed_0" / "checkpoints" / "last.ckpt"
    last.parent.mkdir(parents=True)
    last.touch()
    words: list[list[str]] = []

    def fit(arguments: list[str]) -> int:
        words.append(arguments)
        return 130

    monkeypatch.setattr(seeds, "rlseg", fit)
    for resume in (True, False):
        with pytest.raises(SystemExit, match="130"):
            seeds.train_seed(tmp_path / "a.yaml", "x", 0, [], resume=resume)
    assert words[0][words[0].index("--ckpt_path") + 1] == "runs/x/seed_0/checkpoints/last.ckpt"
    assert "--ckpt_path" not in words[1]
    assert not last.exists()  # what is begun anew leaves nothing of what was there


def test_table_ends_with_mean_and_standard_deviation() -> None:
    rows = [line.split("|")[1:-1] for line in seeds.table([result(0, 0.2), result(1, 0.4)]).splitlines()]
    column = [cell.strip() for cell in rows[0]].index("mean_ap")
    assert [row[column].strip() for row in rows[2:]] == ["0.200", "0.400", "0.300", "0.141"]
    assert "images" not in "".join(rows[0])
