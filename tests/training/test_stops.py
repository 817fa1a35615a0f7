"""Trainings that end by themselves, through the command."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from lightning.pytorch.callbacks import Timer
from nuclei import Run, digest
from PIL import Image

from rlseg.__main__ import main
from rlseg.errors import RlsegError
from rlseg.models.curves import read_curves
from rlseg.training.callbacks.panels import MOST_STEPS, file_name, forget_old
from rlseg.training.callbacks.stops import Stops
from rlseg.training.ending import Ending, out_of_time, still_rising
from rlseg.training.module import SegmentationModule


@pytest.fixture(scope="module")
def in_time(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A training whose time is over after the first of its twelve batches."""
    return Run.fit(folder, tmp_path_factory.mktemp("in_time"), "--minutes", "1e-9")


def test_time_ends_a_training_with_a_validation_and_a_checkpoint(
    in_time: Run, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert int(in_time.content()["state_dict"]["steps_done"]) == 1
    assert in_time.best.is_file()
    lines = read_curves(in_time.folder)
    assert [line["step"] for line in lines] == [1, 1]
    assert 0 <= lines[0]["metrics"]["validation/reward"] <= 1
    over = "its 1e-09 minutes are over after 1 of 12 planned batches, while it still imitated the search"
    assert lines[-1]["ended"].startswith(f"{over}, but nothing is found")
    resumed = Run.fit(folder, tmp_path, "--ckpt_path", str(in_time.last))
    # the rest of the epoch that was ended is not made up for
    assert int(resumed.content()["state_dict"]["steps_done"]) == 1 + 9
    assert "ended after 10 batches: trainer.max_epochs is 4\nnext: rlseg predict " in caplog.text
    again = read_curves(resumed.folder)
    assert [line["step"] for line in again] == [1, 4, 7, 10, 10]
    assert again[0] == lines[0]
    assert "ended" in again[-1]


def test_a_training_that_had_too_little_time_says_so() -> None:
    over = Ending("its 5 minutes are over")
    assert out_of_time(over, 5, 60, 150, False) == over
    assert out_of_time(over, 5, 400, None, False) == over
    hardly = out_of_time(over, 5, 40, 150, False)
    assert hardly.happened == "its 5 minutes are over after 40 of 150 planned batches"
    assert "(--minutes 19 for all 150 batches)" in hardly.advice
    assert not hardly.hopeless
    beginning = out_of_time(over, 5, 60, 150, True)
    assert beginning.happened == "its 5 minutes are over, while it still imitated the search"
    assert out_of_time(over, 5, 60, None, True).advice.startswith("it may find more: give it more time (--minutes),")


@pytest.mark.parametrize(
    ("rewards", "rising"),
    [
        ([0.1, 0.2, 0.3], True),
        ([0.9, 0.1, 0.2, 0.3], False),
        ([0.1, 0.3, 0.302], False),
        ([0.3, 0.2, 0.4], False),
        ([0.1, 0.3], False),
        ([], False),
    ],
)
def test_what_still_rises_is_known(rewards: list[float], rising: bool) -> None:
    assert still_rising(rewards) == rising


def test_epochs_that_were_too_few_are_said_with_the_command_to_go_on(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("rlseg.training.callbacks.stops.still_rising", lambda rewards: len(rewards) == 2)
    run = Run.fit(folder, tmp_path, "--trainer.max_epochs", "2")
    config, last = run.folder / "config.yaml", run.folder / "checkpoints" / "last.ckpt"
    command = f"rlseg fit --config {config} --ckpt_path {last} --trainer.max_epochs 4"
    said = f"go on, to twice as many epochs in all, with: {command}"
    assert "trainer.max_epochs is 2, and the validation reward was still rising (" in caplog.text
    assert f"{said}\nnext: rlseg predict" in caplog.text
    assert read_curves(run.folder)[-1]["advice"] == said


def test_also_where_few_epochs_are_validated(folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    run = Run.fit(folder, tmp_path, "--stop.minutes=1e-9", "--trainer.check_val_every_n_epoch", "3")
    assert [line["step"] for line in read_curves(run.folder)] == [1, 1]
    assert "ended after 1 batch: its 1e-09 minutes are over" in caplog.text


def test_a_training_that_is_watched_is_what_it_would_be(folder: Path, tmp_path: Path, trained: Run) -> None:
    """Nothing random is drawn: weights and optimisers are the same, bit for bit."""
    off = ("--stop.unchanged", "null", "--stop.hopeless", "null")
    unwatched = Run.fit(folder, tmp_path, *off).content()
    watched = trained.content()
    for part in ("state_dict", "optimizer_states", "learner_memory", "imitation"):
        assert digest(unwatched[part]) == digest(watched[part])


def test_an_unchanging_training_ends(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rlseg.training.ending.BATCHES_UNCHANGED", 1)
    monkeypatch.setattr("rlseg.training.ending.SAME_REWARD", 2.0)
    monkeypatch.setattr("rlseg.training.ending.FEW_CHANGED", 1.0)
    monkeypatch.setattr("rlseg.training.ending.LOST", 0.0)
    words = ("--model.imitation.share", "0.25", "--trainer.max_epochs", "6", "--stop.unchanged", "2")
    run = Run.fit(folder, tmp_path, *words)
    # the first is no change either when everything counts as unchanged; batches 1-4 are imitated
    assert [line["step"] for line in read_curves(run.folder)] == [3, 6, 9, 9]
    assert read_curves(run.folder)[-1]["ended"].startswith("the objects found and their rewards have not changed for 3")


def test_a_hopeless_training_warns_at_its_end(folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    words = ("--model.actor.mu_start", "-2.9", "--model.imitation.steps", "0", "--trainer.max_epochs", "2")
    run = Run.fit(folder, tmp_path, *words)
    ended = "ended after 6 batches: trainer.max_epochs is 2, but nothing is found: the reward is 0.000, and there is no"
    assert f"warning: {ended} object on the 2 validation images\n  it was short: go on with" in caplog.text
    assert read_curves(run.folder)[-1]["hopeless"] is True


def test_other_limits_are_named(trained: Run) -> None:
    module = SegmentationModule.load_from_checkpoint(trained.best, map_location="cpu")
    limits = [(4, -1, "trainer.max_epochs is 4"), (-1, 7, "trainer.max_steps is 7"), (9, 9, "a callback has stopped")]
    for epochs, steps, ended in limits:
        stops = Stops()
        trainer: Any = SimpleNamespace(
            max_epochs=epochs, max_steps=steps, current_epoch=4, global_step=7, callbacks=[], fast_dev_run=True
        )
        stops.on_train_end(trainer, module)
        assert stops.ending is not None
        assert stops.ending.happened.startswith(ended)
    stops = Stops()
    trainer.callbacks = [Timer(duration={"seconds": 0})]
    stops.on_train_end(trainer, module)
    assert stops.ending is not None
    assert stops.ending.happened == "trainer.max_time is over"


@pytest.mark.parametrize(
    ("minutes", "words"), [(1, "its 1 minute is over"), (2.5, "its 2.5 minutes are over"), (9, "")]
)
def test_the_clock_of_a_training(minutes: float, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("rlseg.training.callbacks.stops.time.monotonic", lambda: now[0])
    trainer: Any = SimpleNamespace(world_size=1, should_stop=False, check_val_every_n_epoch=5)
    stops, module = Stops(minutes=minutes), cast(SegmentationModule, None)
    stops.on_train_start(trainer, module)
    now[0] += min(60 * minutes, 180) - 0.1
    stops.on_train_batch_end(trainer)
    assert not trainer.should_stop
    now[0] += 0.2
    stops.on_train_batch_end(trainer)
    assert trainer.should_stop == bool(words)
    assert trainer.check_val_every_n_epoch == (1 if words else 5)
    assert stops.ending == (Ending(words) if words else None)


@pytest.mark.parametrize("given", [{"minutes": 0.0}, {"minutes": -1.0}, {"unchanged": 0}, {"hopeless": 0}])
def test_impossible_settings_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(RlsegError, match=f"stop.{next(iter(given))} must be"):
        Stops(**given)


def test_a_wrong_number_of_minutes_is_one_line(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(Run.words(folder, tmp_path, "--minutes", "some")) == 2
    assert "stop.minutes" in capsys.readouterr().err
    assert main(["validate", *Run.words(folder, tmp_path, "--minutes", "3")[1:]]) == 2
    assert "minutes" in capsys.readouterr().err, "an evaluation has no time limit"


def test_panels_are_files_as_well(trained: Run) -> None:
    names = sorted(path.name for path in (trained.folder / "panels").iterdir())
    assert len(names) == 8
    assert [name.partition("_")[0] for name in names] == [f"{step:06d}" for step in (3, 6, 9, 12) for _ in range(2)]
    with Image.open(trained.folder / "panels" / names[-1]) as picture:
        assert picture.width > 3 * 96


def test_panels_are_few_and_stay_in_their_folder(tmp_path: Path) -> None:
    assert file_name(25, '../a b<"&/c') == "000025_.._a_b___" + "_c.png"
    for step in range(1, 31):
        for name in "ab":
            (tmp_path / file_name(step, name)).write_bytes(b"")
    (tmp_path / "mine.png").write_bytes(b"")
    forget_old(tmp_path)
    left = sorted(path.name for path in tmp_path.iterdir())
    assert "mine.png" in left
    steps = sorted({int(name.partition("_")[0]) for name in left if name != "mine.png"})
    assert steps == [1, *range(20, 31)]
    assert len(steps) == MOST_STEPS
    forget_old(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2 * MOST_STEPS + 1
