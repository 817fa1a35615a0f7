"""Trainings with experiments/learners/paper.yaml, shortened, through the command."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from nuclei import ROOT, Run, digest
from test_ddp import launch

from rlseg.training.ranks import memory_of_rank

PAPER = (
    *("--config", str(ROOT / "experiments" / "learners" / "paper.yaml"), "--data.batch_size", "2"),
    *("--data.batches_per_epoch", "4", "--trainer.max_epochs", "4", "--model.features.unet.widths", "[4,8]"),
    *("--data.preparation.subgraph_sizes", "[6,32]", "--model.learner.warmup_steps", "3"),
    *("--model.learner.environment_every", "3", "--model.learner.diagnose_every", "4"),
    *("--model.learner.diagnose_samples", "4", "--model.learner.replay_capacity", "8"),
)
STOP = ("--trainer.callbacks", "rank_report.StopAfter", "--trainer.callbacks.epochs", "2")


def assert_same_end(one: Run, other: Run) -> None:
    for part in ("state_dict", "optimizer_states", "learner_memory"):
        assert digest(one.content()[part]) == digest(other.content()[part]), part


@pytest.mark.slow
def test_a_run_of_the_papers_learner_is_resumed_bit_by_bit(folder: Path, tmp_path: Path) -> None:
    whole = Run.fit(folder, tmp_path, *PAPER)
    half = Run.fit(folder, tmp_path, *PAPER, *STOP)
    assert int(half.content()["state_dict"]["steps_done"]) == 8
    rest = Run.fit(folder, tmp_path, *PAPER, "--ckpt_path", str(half.last))
    assert int(rest.content()["state_dict"]["steps_done"]) == 16
    assert_same_end(rest, whole)
    assert len(whole.content()["learner_memory"]["items"]) == 8
    names = whole.content()["state_dict"]
    slow = [name for name in names if name.startswith("learner.target.")]
    assert slow
    assert any(not torch.equal(names[name], names[name.replace("target", "critic")]) for name in slow)


def test_each_process_finds_its_own_memory() -> None:
    kept = {"ranks": [{"next": 1}, {"next": 2}]}
    assert [memory_of_rank(kept, rank)["next"] for rank in range(4)] == [1, 2, 1, 2]
    assert memory_of_rank({"next": 7}, 1) == {"next": 7}
    assert memory_of_rank({}, 1) == {}


@pytest.mark.slow
def test_two_processes_remember_what_each_of_them_has_tried(folder: Path, tmp_path: Path) -> None:
    def end(*more: str) -> Run:
        code, printed = launch(folder, tmp_path, *PAPER, *more)
        assert code == 0, printed[-3000:]
        return Run.newest(tmp_path / "runs")

    whole, half = end(), end(*STOP)
    first, second = half.content()["learner_memory"]["ranks"]
    assert len(first["items"]) == len(second["items"]) == 8
    assert digest(first["items"]) != digest(second["items"])
    rest = end("--ckpt_path", str(half.last))
    assert_same_end(rest, whole)
    # one process alone takes up the memory of the first
    alone = Run.fit(folder, tmp_path / "alone", *PAPER, "--trainer.max_epochs", "3", "--ckpt_path", str(half.last))
    assert int(alone.content()["state_dict"]["steps_done"]) == 12
