"""Settings of Lightning's trainer: each works or is one line, before anything is written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from inspect import signature
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from jsonargparse import Namespace
from lightning.pytorch import Trainer
from nuclei import Run, digest

from rlseg.__main__ import main
from rlseg.commands.lightning_errors import explained
from rlseg.commands.trainer_settings import (
    has_validations,
    refuse_finished,
    refuse_late_validation,
    refuse_trainer_settings,
)
from rlseg.errors import RlsegError
from rlseg.training.callbacks import ConsoleReport
from rlseg.training.run_folder import next_version

Fit = Callable[..., int]
SHORT = (
    *("--trainer.max_epochs", "1", "--data.batches_per_epoch", "2", "--data.batch_size", "1"),
    *("--model.learner.samples", "2", "--model.imitation.steps", "1"),
)


@pytest.fixture(autouse=True)
def _own_modes() -> Iterator[None]:
    """What Lightning switches on in the whole process is switched back."""
    benchmark = torch.backends.cudnn.benchmark
    known = os.environ.get("CUBLAS_WORKSPACE_CONFIG")
    yield
    torch.use_deterministic_algorithms(False)
    torch.backends.cudnn.benchmark = benchmark
    torch.autograd.set_detect_anomaly(False)
    if known is None:
        os.environ.pop("CUBLAS_WORKSPACE_CONFIG", None)


@pytest.fixture
def fit(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fit:
    """A short training in a folder of its own with some settings of the trainer; returns the exit code."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str, **settings: object) -> int:
        given = [word for name, value in settings.items() for word in (f"--trainer.{name}", str(value))]
        return main([*Run.words(folder, tmp_path), *SHORT, *words, *given])

    return run


def settings(**given: Any) -> Namespace:
    """All settings of the trainer, some of them given."""
    known = signature(Trainer.__init__).parameters
    return Namespace({name: found.default for name, found in known.items() if name != "self"} | given)


PRECISIONS = ["16-mixed", "bf16-true", "16-true", "64-true", "16", "bf16", "64", 16, 64, "transformer-engine"]
REFUSED = [
    *(("precision", value, "take 32-true, or bf16-mixed") for value in PRECISIONS),
    ("accumulate_grad_batches", 2, "raise --data.batch_size"),
    ("gradient_clip_val", 1.0, "say --model.clip"),
    ("gradient_clip_val", 0, "say --model.clip"),
    ("overfit_batches", 1, "few images by --data.images"),
    ("overfit_batches", 0.5, "few images by --data.images"),
    ("max_epochs", 0, "at least 1"),
    ("max_steps", 0, "at least 1"),
    ("limit_train_batches", 0, "leave it out"),
    ("limit_train_batches", 0.0, "leave it out"),
    ("check_val_every_n_epoch", 0, "at least 1"),
    ("check_val_every_n_epoch", -1, "at least 1"),
    ("val_check_interval", 0, "at least 1"),
    ("val_check_interval", 0.0, "at least 1"),
    ("barebones", True, "leave it out"),
]


@pytest.mark.parametrize(("name", "value", "hint"), REFUSED)
def test_86_what_a_training_cannot_follow_is_one_line(name: str, value: object, hint: str) -> None:
    with pytest.raises(RlsegError, match=rf"^trainer\.{name} cannot be {str(value).lower()}: ") as caught:
        refuse_trainer_settings(settings(**{name: value}), fit=True, policy=True)
    assert hint in str(caught.value.hint)
    assert len(caught.value.message.splitlines()) == 1


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"precision": "32"},
        {"precision": 32},
        {"precision": "32-true"},
        {"precision": "bf16-mixed"},
        {"max_epochs": -1, "max_steps": 3},
        {"limit_val_batches": 0, "check_val_every_n_epoch": None, "val_check_interval": 3},
    ],
    ids=str,
)
def test_what_it_can_follow_is_not_refused(given: dict[str, Any]) -> None:
    refuse_trainer_settings(settings(**given), fit=True, policy=True)
    # a pre-training has one optimiser and may accumulate; an evaluation trains nothing
    refuse_trainer_settings(settings(accumulate_grad_batches=2), fit=True, policy=False)
    refuse_trainer_settings(settings(max_epochs=0, gradient_clip_val=1.0), fit=False, policy=True)
    with pytest.raises(RlsegError, match="precision"):
        refuse_trainer_settings(settings(precision="16-mixed"), fit=False, policy=True)


def test_86_a_validation_that_never_comes_within_an_epoch_is_one_line() -> None:
    for given, batches in (
        ({"val_check_interval": 5}, 4),
        ({"val_check_interval": 5, "limit_train_batches": 4}, 9),
        ({"val_check_interval": 5, "limit_train_batches": 0.5}, 9),
    ):
        with pytest.raises(RlsegError, match="val_check_interval cannot be 5: an epoch has 4 batches"):
            refuse_late_validation(settings(**given), batches)
    refuse_late_validation(settings(val_check_interval=5), 5)
    refuse_late_validation(settings(val_check_interval=1.0), 5)
    refuse_late_validation(settings(val_check_interval=9, check_val_every_n_epoch=None), 5)


@pytest.mark.parametrize(
    "given", [{"precision": "16-mixed"}, {"accumulate_grad_batches": 2}, {"val_check_interval": 5}]
)
def test_86_the_command_says_it_before_anything_is_written(
    given: dict[str, Any], fit: Fit, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fit(**given) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"rlseg: error: trainer.{next(iter(given))} cannot be ")
    assert "hint: " in said
    assert not list(tmp_path.iterdir())


def test_86_an_operation_without_a_deterministic_way_is_one_line() -> None:
    said = "cumsum_cuda_kernel does not have a deterministic implementation, but you set 'torch.use_...'"
    with (
        pytest.raises(RlsegError, match="deterministic cannot be true on this device: cumsum_cuda_kernel is not"),
        explained(ConsoleReport(), lambda *_: None),
    ):
        raise RuntimeError(said)
    with pytest.raises(RuntimeError, match="else"), explained(ConsoleReport(), lambda *_: None):
        raise RuntimeError("else")


def test_switches_that_change_no_result_change_none(
    folder: Path, trained: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All at once: the weights of a training without them, bit for bit."""
    monkeypatch.chdir(tmp_path)
    on = {"num_sanity_val_steps": 2, "inference_mode": "false", "deterministic": "true"}
    on |= {"profiler": "simple", "reload_dataloaders_every_n_epochs": 1, "precision": "32-true", "min_epochs": 1}
    on |= {"log_every_n_steps": 0, "enable_model_summary": "true", "sync_batchnorm": "true"}
    run = Run.fit(folder, tmp_path, *(word for name, value in on.items() for word in (f"--trainer.{name}", str(value))))
    for mine, theirs in ((run.last, trained.last), (run.best, trained.best)):
        weights, others = (torch.load(path, weights_only=True)["state_dict"] for path in (mine, theirs))
        assert digest(weights) == digest(others)


@pytest.mark.parametrize("learner", ["policy_gradient", "guided"])
def test_86_mixed_precision_trains_validates_and_predicts(learner: str, fit: Fit, folder: Path, tmp_path: Path) -> None:
    more = Run.GUIDED[2:] if learner == "guided" else ()
    words = ["--model.learner.kind", learner, *more, "--model.imitation.steps", "0"]
    words += ["--model.features.unet.widths", "[4, 8]", "--model.learner.samples", "2"]
    assert fit(*words, precision="bf16-mixed", benchmark="true") == 0
    run = Run.newest(tmp_path)
    assert run.best.is_file()
    content = run.content()
    kinds = {values.dtype for values in content["state_dict"].values() if values.is_floating_point()}
    assert kinds == {torch.float32}
    assert all(torch.isfinite(v).all() for v in content["state_dict"].values())
    output = tmp_path / "labels"
    if learner == "policy_gradient":
        assert main(["predict", str(run.best), str(folder / "images"), "--output", str(output)]) == 0


UNVALIDATED: dict[str, dict[str, object]] = {
    "limit_val_batches": {"limit_val_batches": 0},
    "check_val_every_n_epoch": {"check_val_every_n_epoch": 5},
    "val_check_interval": {"check_val_every_n_epoch": "null", "val_check_interval": 3},
}


@pytest.mark.parametrize("name", UNVALIDATED)
def test_87_a_training_without_a_validation_says_that_there_is_no_best(
    name: str, fit: Fit, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert fit(**UNVALIDATED[name]) == 0
    run = Run.newest(tmp_path)
    assert run.last.is_file()
    assert not run.best.exists()
    lines = [record.getMessage() for record in caplog.records if "best.ckpt" in record.getMessage()]
    assert len(lines) == 1, lines
    assert "last.ckpt is the result" in lines[0]
    assert not any("could not find the monitored key" in record.getMessage() for record in caplog.records)


def test_whether_a_training_is_validated() -> None:
    for given, found in (
        ({}, True),
        ({"limit_val_batches": 0.0}, False),
        ({"limit_val_batches": 1}, True),
        ({"check_val_every_n_epoch": 3, "max_epochs": 2}, False),
        ({"check_val_every_n_epoch": 2, "max_epochs": 2}, True),
        ({"check_val_every_n_epoch": 3, "max_epochs": -1}, True),
        ({"check_val_every_n_epoch": None, "max_epochs": 2}, True),
    ):
        assert has_validations(settings(**given)) == found, given


def test_88_a_training_that_is_over_cannot_be_resumed(
    fit: Fit, trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--model.learner.samples", "4", "--model.imitation.steps", "6", "--ckpt_path", str(trained.last)]
    assert fit(*words, max_epochs=4) == 2
    said = capsys.readouterr().err
    assert f"rlseg: error: the training in {trained.last} is over: trainer.max_epochs is 4, and 4 are done" in said
    assert "raise --trainer.max_epochs" in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("limits", "over"),
    [
        ({"max_epochs": 4}, "max_epochs is 4, and 4"),
        ({"max_epochs": 2}, "max_epochs is 2, and 4"),
        ({"max_steps": 12}, "max_steps is 12, and 12"),
        ({"max_steps": 5, "max_epochs": -1}, "max_steps is 5, and 12"),
        ({"max_epochs": 5}, ""),
        ({"max_epochs": -1}, ""),
        ({"max_epochs": None, "max_steps": 13}, ""),
    ],
)
def test_88_what_is_over(limits: dict[str, Any], over: str, trained: Run) -> None:
    trainer: Any = SimpleNamespace(**{"max_epochs": -1, "max_steps": -1} | limits)
    if not over:
        return refuse_finished(trainer, trained.content(), "last.ckpt")
    with pytest.raises(RlsegError, match=f"the training in last.ckpt is over: trainer.{over} are done"):
        refuse_finished(trainer, trained.content(), "last.ckpt")
    return None


def test_89_a_run_without_a_logger_has_a_folder_of_its_own(
    folder: Path, trained: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would write over a configuration that lies in the working folder, and over the run before."""
    monkeypatch.chdir(tmp_path)
    Path("config.yaml").write_text((trained.folder / "config.yaml").read_text())
    Path("runs/unnamed/version_7").mkdir(parents=True)
    Path("runs/unnamed/version_8.zip").write_text("")
    mine = Path("config.yaml").read_bytes()
    words = ["--config", "config.yaml", "--trainer.logger", "false"]
    assert main(["fit", *words, *SHORT[:4]]) == 0
    assert main(["validate", *words, "--ckpt_path", str(trained.best)]) == 0
    assert Path("config.yaml").read_bytes() == mine
    assert {path.name for path in tmp_path.iterdir()} == {"config.yaml", "runs"}
    made = Path("runs/unnamed/version_8")
    assert {"best.ckpt", "last.ckpt"} == {path.name for path in (made / "checkpoints").iterdir()}
    assert {"config.yaml", "split.yaml"} <= {path.name for path in made.iterdir()}
    assert {path.name for path in Path("runs/unnamed/version_9").iterdir()} == {"config.yaml"}
    assert next_version(Path("runs/unnamed")).name == "version_10"
    assert next_version(tmp_path / "none").name == "version_0"


GRID: list[dict[str, object]] = [
    {"precision": "bf16-mixed"},
    {"check_val_every_n_epoch": 2, "max_epochs": 3},
    {"limit_val_batches": 1},
    {"limit_train_batches": 1},
    {"val_check_interval": 1},
    {"val_check_interval": 0.5},
    {"max_time": "00:00:00:01", "max_epochs": -1},
    {"num_sanity_val_steps": -1},
    {"detect_anomaly": "true"},
    {"deterministic": "warn"},
    {"profiler": "advanced"},
    {"fast_dev_run": 2},
    {"enable_progress_bar": "true"},
    {"min_steps": 5},
    {"max_epochs": -1, "max_steps": 3},
]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*is recommended for model debugging only", "ignore:You have turned on")
@pytest.mark.parametrize("given", GRID, ids=str)
def test_86_every_switch_by_itself(given: dict[str, object], fit: Fit) -> None:
    assert fit(**given) == 0
