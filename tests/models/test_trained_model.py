"""Which model is meant by what one has at hand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rlseg.errors import RlsegError
from rlseg.models.trained_model import model_of


def run(folder: Path, number: int, *names: str) -> Path:
    """A run with empty checkpoints."""
    inside = folder / f"version_{number}" / "checkpoints"
    inside.mkdir(parents=True)
    for name in names:
        (inside / name).touch()
    return inside


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """As `rlseg new` writes it, trained twice, and a third time without a checkpoint."""
    folder = tmp_path / "mine"
    run(folder / "runs" / "fit", 2, "last.ckpt", "best.ckpt")
    run(folder / "runs" / "fit", 10, "last.ckpt", "best.ckpt")
    run(folder / "runs" / "fit", 11)
    logger = f"{{class_path: x.TensorBoardLogger, init_args: {{save_dir: {folder / 'runs'}, name: fit}}}}"
    (folder / "reward.yaml").touch()
    (folder / "config.yaml").write_text(f"trainer:\n  logger: {logger}\n", encoding="utf-8")
    return folder


def test_of_a_project_the_newest_run_that_has_a_model(project: Path) -> None:
    best = project / "runs" / "fit" / "version_10" / "checkpoints" / "best.ckpt"
    assert model_of(project) == best
    assert model_of(project / "config.yaml") == best
    assert model_of(project / "runs" / "fit") == best


def test_of_a_run_the_best_or_else_the_last(tmp_path: Path) -> None:
    inside = run(tmp_path, 0, "last.ckpt")
    assert model_of(inside.parent) == inside / "last.ckpt"
    (inside / "best.ckpt").touch()
    assert model_of(inside.parent) == inside / "best.ckpt"


def test_checkpoints_and_other_folders_are_taken_as_they_are(tmp_path: Path) -> None:
    assert model_of(tmp_path / "some.ckpt") == tmp_path / "some.ckpt"
    assert model_of(tmp_path) == tmp_path


def test_a_run_without_a_checkpoint_is_named(tmp_path: Path) -> None:
    inside = run(tmp_path, 0)
    with pytest.raises(RlsegError, match="has no checkpoint yet"):
        model_of(inside.parent)


def test_a_project_that_is_not_trained_says_how(project: Path) -> None:
    for checkpoint in project.rglob("*.ckpt"):
        checkpoint.unlink()
    with pytest.raises(RlsegError, match=r"nothing is trained yet in .*fit") as raised:
        model_of(project)
    assert re.search("rlseg fit --config .*config.yaml", str(raised.value.hint))


@pytest.mark.parametrize("text", ["trainer: {logger: true}\n", "[1, 2]\n", "trainer: {logger: {init_args: {}}}\n"])
def test_a_configuration_that_does_not_say_where_is_refused(tmp_path: Path, text: str) -> None:
    config = tmp_path / "other.yaml"
    config.write_text(text, encoding="utf-8")
    with pytest.raises(RlsegError, match="does not say where its runs are"):
        model_of(config)
