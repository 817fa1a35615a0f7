"""Pictures, tables and checkpoints of a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import torch
from lightning.pytorch import Trainer
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.utilities.exceptions import SIGTERMException
from nuclei import REWARD, Run, write_folder

from rlseg.data.prepare import Preparation
from rlseg.data.samples import Samples
from rlseg.environment.label_image import object_scores
from rlseg.errors import RlsegError
from rlseg.graph.sample import Sample
from rlseg.regions import majority
from rlseg.rewards.reward import Reward
from rlseg.training.callbacks.best_checkpoint import BestCheckpoint
from rlseg.training.callbacks.console import ConsoleReport, collapse_advice, print_table
from rlseg.training.callbacks.last_checkpoint import LastCheckpoint
from rlseg.training.callbacks.panels import ValidationPanels, draw_panel
from rlseg.training.module import SegmentationModule


@pytest.mark.parametrize("labelled", ["all", "some", "none"])
def test_a_training_says_what_its_rules_leave_out(
    labelled: str, samples: list[Sample], reward: Reward, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("rlseg.training.callbacks.console.rank_zero_info", told.append)
    monkeypatch.setattr("rlseg.training.callbacks.console.folder_of", lambda trainer: "runs")
    known = {"all": 4, "some": 2, "none": 0}[labelled]
    given = [sample if i < known else replace(sample, truth=None) for i, sample in enumerate(samples)]
    data = SimpleNamespace(train_samples=Samples.of(given[1:]), validation_samples=Samples.of(given[:1]))
    module = SegmentationModule(str(REWARD))
    ConsoleReport().on_fit_start(cast(Trainer, SimpleNamespace(datamodule=data, is_global_zero=True)), module)
    assert told[0].endswith("writing to runs")
    if not known:
        assert len(told) == 1
        return
    objects = sum(int(len(np.unique(sample.truth)) - 1) for sample in samples[:known])
    # as a training would have them: every superpixel is of the object that covers most of it
    poor = 0
    for sample in samples[:known]:
        labels = majority(sample.superpixels, sample.truth)[sample.superpixels]
        count = int(sample.truth.max())
        present = np.isin(np.arange(1, count + 1), sample.truth)
        poor += int((object_scores(sample, labels.astype(np.int32), reward, count)[present] < 0.3).sum())
    assert 0 < poor < objects
    assert told[1].startswith(
        f"true objects, as the superpixels show them: {poor} of {objects} objects are paid less than 0.3 by these rules"
    )


def test_a_panel_shows_all_stages(trained: Run, folder: Path) -> None:
    from rlseg.io.read import read_image, read_labels

    module = SegmentationModule.load_from_checkpoint(trained.best, map_location="cpu").eval()
    preparation = Preparation.model_validate(trained.content()["preparation"])
    path = sorted((folder / "images").iterdir())[0]
    truth = read_labels(folder / "labels" / path.name, (96, 96))
    raw = read_image(path, 1).pixels
    with_truth = draw_panel(module, preparation(raw, "a", truth))
    without = draw_panel(module, preparation(raw, "a"))
    assert with_truth.dtype == np.uint8
    assert with_truth.ndim == 3
    assert with_truth.shape[2] == 3
    assert with_truth.size > without.size or (with_truth != without).any(), "the truth is one of the stages"
    assert len(np.unique(with_truth.reshape(-1, 3), axis=0)) > 50


def test_pictures_become_rare_and_the_last_is_drawn(
    trained: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = SegmentationModule.load_from_checkpoint(trained.best, map_location="cpu").train()
    drawn: list[int] = []
    black = np.zeros((4, 5, 3), np.uint8)
    monkeypatch.setattr(
        "rlseg.training.callbacks.panels.draw_panel", lambda module, _: [drawn.append(module.training), black][1]
    )
    done: list[int] = []
    board = TensorBoardLogger("unused")
    writer = SimpleNamespace(add_summary=lambda *_: done.append(panels.validations))
    monkeypatch.setattr(board, "_experiment", SimpleNamespace(file_writer=writer))
    data = SimpleNamespace(validation_samples=[SimpleNamespace(name=name) for name in "abcde"])
    trainer: Any = SimpleNamespace(loggers=[board], sanity_checking=True, is_global_zero=True, datamodule=data)
    trainer.log_dir, trainer.state = str(tmp_path), SimpleNamespace(fn="validate")
    panels = ValidationPanels(images=2)
    panels.on_validation_end(trainer, module)
    assert not done
    trainer.sanity_checking = False
    for _ in range(9):
        panels.on_validation_end(trainer, module)
    state, panels = panels.state_dict(), ValidationPanels(images=2)
    panels.load_state_dict(state)
    for _ in range(8):
        panels.on_validation_end(trainer, module)
    for _ in range(2):
        panels.on_train_end(trainer, module)
    assert done == [n for n in (1, 2, 3, 4, 6, 8, 11, 15, 17) for _ in range(2)]
    assert drawn[-2:] == [False, False], "not as networks behave in training"
    assert module.training
    assert not list(tmp_path.iterdir()), "files are kept of trainings alone"


def test_the_table_pairs_metrics_with_their_pooled_ones(capsys: pytest.CaptureFixture[str]) -> None:
    metrics = {"test/ap50": 0.5, "test/pooled_ap50": 0.25, "test/reward": 0.125, "validation/ap50": 0.9, "loss": 3.0}
    print_table("test", metrics)
    printed = capsys.readouterr().out
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in printed.splitlines() if "│" in line]
    assert ["ap50", "0.500", "0.250"] in rows
    assert ["reward", "0.125", ""] in rows
    assert "0.900" not in printed
    assert "pooled_ap50" not in printed


def write_best(path: Path, score: float) -> bytes:
    """A best checkpoint as far as a resumed run looks at it."""
    saved = BestCheckpoint()
    saved.best_model_score = torch.tensor(score)
    callbacks = {saved.state_key: saved.state_dict()}
    head = {"state_dict": {}, "hyper_parameters": {"reward_text": ""}, "preparation": {}}
    path.parent.mkdir(exist_ok=True)
    torch.save(head | {"callbacks": callbacks}, path)
    return path.read_bytes()


def resumed(earlier: Path, here: Path, fitting: bool = True, **more: object) -> BestCheckpoint:
    """A run in `here` that goes on from last.ckpt beside `earlier`, which says that the best so far was 0.5."""
    callback = BestCheckpoint()
    trainer: Any = SimpleNamespace(ckpt_path=str(earlier.parent / "last.ckpt"))
    callback.dirpath, callback._fitted = str(here), trainer if fitting else None
    callback.load_state_dict({"best_model_score": torch.tensor(0.5)} | more)
    return callback


def test_the_best_checkpoint_of_before_moves_to_the_resumed_run(tmp_path: Path) -> None:
    """With its own score, for a run may be killed after it is saved and before the last one is."""
    earlier, here = tmp_path / "version_0" / "best.ckpt", tmp_path / "version_1"
    written = write_best(earlier, 0.7)
    assert resumed(earlier, here, fitting=False).best_model_path == ""
    assert resumed(earlier, here, best_model_score=None).best_model_path == ""
    assert not here.exists(), "an evaluation copies nothing, nor a run that had no best"
    callback = resumed(earlier, here)
    assert (here / "best.ckpt").read_bytes() == written
    assert callback.best_model_path == str(here / "best.ckpt")
    trainer: Any = SimpleNamespace(strategy=SimpleNamespace(reduce_boolean_decision=lambda better: better))
    assert not callback.check_monitor_top_k(trainer, torch.tensor(0.6))
    assert callback.check_monitor_top_k(trainer, torch.tensor(0.8))
    earlier.unlink()
    assert resumed(earlier, here).best_model_path == "", "a folder that is gone is no error"


def test_a_best_checkpoint_that_is_none_is_not_taken(tmp_path: Path) -> None:
    earlier, here = tmp_path / "version_0" / "best.ckpt", tmp_path / "version_1"
    written = write_best(earlier, 0.7)
    earlier.write_bytes(written[:500])
    with pytest.raises(RlsegError, match="is not a checkpoint"):
        resumed(earlier, here)
    content = {"state_dict": {}, "hyper_parameters": {"reward_text": ""}, "preparation": {}, "callbacks": {}}
    torch.save(content, earlier)
    with pytest.raises(RlsegError, match="does not say how good it is"):
        resumed(earlier, here)
    assert not here.exists()


def test_a_checkpoint_cannot_name_other_files_to_be_copied(tmp_path: Path) -> None:
    """As those of earlier versions did."""
    earlier, here, secret = tmp_path / "given" / "best.ckpt", tmp_path / "mine", tmp_path / "secret.txt"
    earlier.parent.mkdir()
    secret.write_text("secret")
    assert resumed(earlier, here, best_model_path=str(secret)).best_model_path == ""
    earlier.symlink_to(secret)
    assert resumed(earlier, here, best_model_path=str(earlier)).best_model_path == ""
    assert not here.exists()
    earlier.unlink()
    written = write_best(earlier, 0.7)
    moved = resumed(earlier, here, best_model_path="/the/folder/in/which/it/was/made/best.ckpt")
    assert (here / "best.ckpt").read_bytes() == written
    assert moved.best_model_path == str(here / "best.ckpt")


def test_a_collapsed_policy_is_said_with_what_to_try() -> None:
    assert collapse_advice(0.5) is None
    assert collapse_advice(1e-4) is None
    merged, split = collapse_advice(0.0), collapse_advice(1.0)
    assert merged is not None
    assert split is not None
    assert "all superpixels of all validation images are merged" in merged
    assert "--model.actor.mu_start 1," in merged
    assert "are separate" in split
    assert "--model.actor.mu_start -1," in split
    for advice in (merged, split):
        assert all(word in advice for word in ("imitation.steps", "entropy", "reward score"))


def test_a_training_that_collapses_says_so(folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    words = ("--model.actor.mu_start", "-2.9", "--model.imitation.steps", "0", "--trainer.max_epochs", "3")
    run = Run.fit(folder, tmp_path, *words)
    assert caplog.text.count("the policy has collapsed: all superpixels of all validation images are merged") == 1
    events = EventAccumulator(str(run.folder)).Reload()
    assert [event.value for event in events.Scalars("validation/cut_share")] == [0, 0, 0]


@pytest.mark.parametrize(
    ("exception", "step", "world", "saved"),
    [
        (KeyboardInterrupt(), 3, 1, True),
        (SIGTERMException(), 3, 1, True),
        (KeyboardInterrupt(), 0, 1, False),
        (KeyboardInterrupt(), 3, 2, False),
        (ValueError(), 3, 1, False),
    ],
)
def test_an_interrupted_run_saves_what_it_has(
    tmp_path: Path, exception: BaseException, step: int, world: int, saved: bool
) -> None:
    written: list[Path] = []

    def save(path: Path, weights_only: bool) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
        written.append(path)

    trainer: Any = SimpleNamespace(
        state=SimpleNamespace(fn="fit"),
        global_step=step,
        training=True,
        world_size=world,
        log_dir=str(tmp_path),
        save_checkpoint=save,
    )
    module: Any = None
    for _ in range(2):  # the second time there is one already
        LastCheckpoint().on_exception(trainer, module, exception)
    # a run that was ended between two steps always has something newer
    times = 2 if isinstance(exception, SIGTERMException) else 1
    assert written == ([tmp_path / "checkpoints" / "last.ckpt"] * times if saved else [])


def test_samples_without_edges_can_be_drawn(trained: Run, samples: list[Sample]) -> None:
    module = SegmentationModule.load_from_checkpoint(trained.best, map_location="cpu").eval()
    preparation = Preparation.model_validate(trained.content()["preparation"])
    flat = preparation(np.ones((1, 40, 40), np.float32), "flat", None, np.zeros((40, 40), np.int32))
    assert flat.regions.num_edges == 0
    assert draw_panel(module, flat).size > 0


def test_63_one_training_image(tmp_path: Path) -> None:
    """It is in both parts; the last epoch is as good as any."""
    run = Run.fit(write_folder(tmp_path / "one", 1), tmp_path, "--trainer.max_epochs", "2")
    content = run.content()
    assert int(content["state_dict"]["steps_done"]) == 6
    assert content["guard"]["skipped"] == 0
    assert all(torch.isfinite(values).all() for values in content["state_dict"].values())
