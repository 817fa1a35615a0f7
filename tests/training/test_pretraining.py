"""`rlseg pretrain` as users call it, and trainings that start from it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from nuclei import Run, digest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from rlseg.__main__ import main
from rlseg.agent.config import UNetConfig
from rlseg.errors import RlsegError
from rlseg.models.checkpoint import read_unet
from rlseg.training.pretraining import PretrainingModule

UNET = "--model.features.unet"
ALONE = ("--model.features.handcrafted", "false", "--model.features.handcrafted_edges", "false")


def pretrain(folder: Path, runs: Path, *more: str) -> Run:
    words = [word for word in Run.words(folder, runs, *more) if word != "fit"]
    keep = words[words.index("--data.images") :]
    start = ["--model.unet.widths", "[4, 8]", "--model.lr", "0.01"]
    assert main(["pretrain", *start, *keep]) == 0
    return Run.newest(runs)


def shaped(*more: str) -> tuple[str, ...]:
    return (f"{UNET}.widths", "[4, 8]", *more)


@pytest.fixture(scope="module")
def start(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Four epochs of three batches."""
    return pretrain(folder, tmp_path_factory.mktemp("pretrained"))


def test_its_time_can_be_over(folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    run = pretrain(folder, tmp_path, "--minutes", "1e-9")
    assert run.content()["global_step"] == 1
    assert "ended after 1 batch: its 1e-09 minutes are over" in caplog.text


def test_the_loss_falls_and_is_shown(start: Run) -> None:
    events = EventAccumulator(str(start.folder)).Reload()
    losses = [event.value for event in events.Scalars("validation/loss")]
    assert len(losses) == 4
    assert losses[-1] < 0.8 * losses[0]
    assert {"validation/pull", "validation/push", "loss", "loss/pull"} <= set(events.Tags()["scalars"])
    assert {"state_dict", "hyper_parameters", "preparation"} <= start.content().keys()
    assert start.content()["hyper_parameters"]["unet"]["widths"] == [4, 8]


def test_a_resumed_pretraining_is_the_uninterrupted_one(start: Run, folder: Path, tmp_path: Path) -> None:
    stop = ("--trainer.callbacks", "rank_report.StopAfter", "--trainer.callbacks.epochs", "2", "--allow", "rank_report")
    half = pretrain(folder, tmp_path, *stop)
    assert digest(half.content()["state_dict"]) != digest(start.content()["state_dict"])
    rest = pretrain(folder, tmp_path, "--ckpt_path", str(half.last))
    assert digest(rest.content()["state_dict"]) == digest(start.content()["state_dict"])


def test_frozen_weights_stay_and_the_checkpoint_needs_no_other(
    start: Run, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "start.ckpt"
    shutil.copyfile(start.last, file)
    frozen = shaped(f"{UNET}.frozen", "true", f"{UNET}.weights", str(file), *ALONE)
    run = Run.fit(folder, tmp_path, *frozen, "--trainer.max_epochs", "2")
    before = {f"networks.unet.{name}": values for name, values in read_unet(file).items()}
    after = {name: values for name, values in run.content()["state_dict"].items() if "unet." in name}
    assert before.keys() == after.keys()
    assert all(torch.equal(values, after[name]) for name, values in before.items())
    file.unlink()
    out = str(tmp_path / "labels")
    assert main(["predict", str(run.last), str(folder / "images"), "--output", out]) == 0
    rest = Run.fit(folder, tmp_path, *frozen, "--trainer.max_epochs", "3", "--ckpt_path", str(run.last))
    assert int(rest.content()["state_dict"]["steps_done"]) == 9
    kept = rest.content()["state_dict"]
    assert all(torch.equal(values, kept[name]) for name, values in before.items())


def test_a_training_starts_from_the_weights_and_moves_them(start: Run, folder: Path, tmp_path: Path) -> None:
    """One step of Adam moves each weight by its learning rate at most."""
    one = ("--trainer.max_epochs", "1", "--data.batches_per_epoch", "1")
    run = Run.fit(folder, tmp_path, *shaped(f"{UNET}.weights", str(start.last)), *one)
    before, after = read_unet(start.last), read_unet(run.last)
    moved = torch.cat([(after[name] - values).abs().flatten() for name, values in before.items()])
    assert 0 < float(moved.max()) < 0.0101
    again = Run.fit(folder, tmp_path, *shaped(f"{UNET}.weights", str(run.last)), *one)
    assert again.folder != run.folder, "a checkpoint of a training has a unet as well"


def refused(words: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(words) == 2
    error = capsys.readouterr().err
    assert text in error
    assert "Traceback" not in error
    assert len(error.strip().splitlines()) <= 7


def test_what_cannot_be_started_from_is_refused(
    start: Run, trained: Run, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fit(*more: str) -> list[str]:
        return Run.words(folder, tmp_path, *more)

    refused(fit(*shaped(f"{UNET}.weights", "no/such.ckpt")), "no such checkpoint", capsys)
    weights = (f"{UNET}.weights", str(start.last))
    refused(fit(f"{UNET}.widths", "[4, 16]", *weights), "weights differ, the first 5:\n  down.1", capsys)
    refused(fit(f"{UNET}.widths", "[4, 8, 8]", *weights), "missing in it", capsys)
    refused(fit(*shaped(f"{UNET}.weights", str(trained.last))), "has no unet", capsys)
    refused(fit(*shaped(f"{UNET}.frozen", "true")), "needs weights", capsys)
    refused(fit("--ckpt_path", str(start.last)), "checkpoint of rlseg pretrain", capsys)
    assert not (tmp_path / "tiny").exists(), "found before anything is written"
    images = str(folder / "images")
    refused(
        ["predict", str(start.last), images, "--output", str(tmp_path / "x")], "checkpoint of rlseg pretrain", capsys
    )
    with pytest.raises(RlsegError, match="is not a checkpoint"):
        read_unet(next((folder / "images").iterdir()))


def test_58_updates_that_are_not_finite_are_left_out_and_ten_in_a_row_are_an_error() -> None:
    module = PretrainingModule(UNetConfig(widths=(4,), out_channels=2), channels=1)
    optimizer = torch.optim.Adam(module.unet.parameters(), lr=0.1)
    weights = digest(module.state_dict())

    def step(gradient: float) -> None:
        for parameter in module.unet.parameters():
            parameter.grad = torch.full_like(parameter, gradient)
        module.configure_gradient_clipping(optimizer)
        optimizer.step()

    for _ in range(9):
        step(float("nan"))
    assert digest(module.state_dict()) == weights
    step(1.0)
    assert digest(module.state_dict()) != weights
    for _ in range(9):
        step(float("inf"))
    with pytest.raises(RlsegError, match="the pre-training has diverged"):
        step(float("nan"))
