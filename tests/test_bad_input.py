"""What is wrong with what a user gave: one line, exit code 2, nothing written, no traceback."""

from __future__ import annotations

from argparse import ArgumentError
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
from nuclei import REWARD, Run

from rlseg.__main__ import main
from rlseg.commands.parser_errors import explain
from rlseg.io.find import KINDS
from rlseg.models.checkpoint import read_checkpoint

Fault = Callable[[Path, Path], list[str]]


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def assert_refused(
    words: list[str], text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], lines: int = 2
) -> str:
    """One line that says `text`, perhaps with a hint below it, and no new file."""
    before = files(tmp_path)
    assert main(words) == 2
    said = capsys.readouterr().err
    assert said.startswith("rlseg: error: ")
    assert text in said
    assert len(said.strip().splitlines()) <= lines
    assert len(said.splitlines()[0]) < 400
    assert "Traceback" not in said
    assert files(tmp_path) == before
    return said


def images(tmp_path: Path, *arrays: np.ndarray) -> str:
    (tmp_path / "given").mkdir()
    for number, array in enumerate(arrays):
        tifffile.imwrite(tmp_path / "given" / f"{number}.tif", array, photometric="minisblack")
    return str(tmp_path / "given")


def of_text(tmp_path: Path, name: str, text: str) -> str:
    (tmp_path / name).write_text(text)
    return str(tmp_path / name)


GRAY = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64)
RED = np.stack([GRAY, GRAY // 2, GRAY // 3]).astype(np.uint8)


def unreadable(tmp_path: Path, folder: Path) -> list[str]:
    images(tmp_path, GRAY, GRAY)
    (tmp_path / "given" / "2.png").write_bytes(b"\x89PNG\r\n\x1a\n nothing more")
    return ["--data.images", str(tmp_path / "given"), "--data.labels", "null"]


def two_kinds(tmp_path: Path, folder: Path) -> list[str]:
    images(tmp_path, GRAY, GRAY)
    tifffile.imwrite(tmp_path / "given" / "9.tif", RED, metadata={"axes": "CYX"}, photometric="minisblack")
    return ["--data.images", str(tmp_path / "given"), "--data.labels", "null"]


def empty(tmp_path: Path, folder: Path) -> list[str]:
    return ["--data.images", images(tmp_path)]


def stranger(tmp_path: Path, folder: Path) -> list[str]:
    torch.save({"state_dict": {}}, tmp_path / "other.ckpt")
    return ["--ckpt_path", str(tmp_path / "other.ckpt")]


def bytes_of_chance(tmp_path: Path, folder: Path) -> list[str]:
    (tmp_path / "random.ckpt").write_bytes(np.random.default_rng(0).bytes(4000))
    return ["--ckpt_path", str(tmp_path / "random.ckpt")]


def missing_label(tmp_path: Path, folder: Path) -> list[str]:
    return ["--data.images", images(tmp_path, GRAY, GRAY)]


FAULTS: dict[str, tuple[Fault | list[str], str]] = {
    "missing folder": (["--data.images", "nowhere"], "no such file or folder: nowhere"),
    "empty folder": (empty, f"no {KINDS} image in the folder"),
    "unreadable image": (unreadable, "2.png"),
    "no common channel count": (two_kinds, "channel"),
    "label missing": (missing_label, "label image"),
    "unknown option": (
        ["--model.lerner", "guided"],
        "unknown setting model.lerner\n  hint: did you mean model.learner?",
    ),
    "unknown value": (["--model.learner.kind", "sax"], "--model.learner: there is no kind 'sax'"),
    "out of range": (
        ["--model.actor.width", "2"],
        "model.actor.width: Input should be greater than or equal to 4, got",
    ),
    "no number": (["--data.batch_size", "four"], "data.batch_size"),
    "contradiction": (["--model.actor.std_min", "2"], "std_min (2.0) must be below std_max (1.0)"),
    "lonely word": (["extra"], "unknown setting extra"),
    "no value": (["--model.reward"], "--model.reward"),
    "no seed": (["--seed_everything", "true"], "seed_everything must be a whole number"),
    "bad seed": (["--seed_everything", "-1"], "seed_everything must be a whole number"),
    "missing configuration": (["--config", "none.yaml"], "none.yaml"),
    "missing checkpoint": (["--ckpt_path", "none.ckpt"], "no such checkpoint: none.ckpt"),
    "folder as checkpoint": (["--ckpt_path", "."], "no such checkpoint"),
    "text as checkpoint": (lambda t, _: ["--ckpt_path", of_text(t, "a.ckpt", "hello")], "is not a checkpoint"),
    "empty checkpoint": (lambda t, _: ["--ckpt_path", of_text(t, "a.ckpt", "")], "is not a checkpoint"),
    "random checkpoint": (bytes_of_chance, "is not a checkpoint"),
    "checkpoint of others": (stranger, "it has no hyper_parameters, preparation"),
    "spawned processes": (
        ["--trainer.strategy", "ddp_spawn", "--trainer.devices", "2"],
        "strategy ddp_spawn cannot be",
    ),
    "a strategy for GPUs": (["--trainer.strategy", "fsdp", "--trainer.accelerator", "cpu"], "requires a GPU"),
    "clipping by Lightning": (["--trainer.gradient_clip_val", "1.0"], "gradient_clip_val"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_fit_refuses(name: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fault, text = FAULTS[name]
    more = fault if isinstance(fault, list) else fault(tmp_path, folder)
    assert_refused([*Run.words(folder, tmp_path / "runs"), *more], text, tmp_path, capsys)


def test_35_reward_files_are_refused_with_their_place(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = REWARD.read_text().replace("kind: descriptor,", "kind: descriptor, epected: 3,", 1)
    wrong = of_text(tmp_path, "wrong.yaml", text)
    line = next(n for n, row in enumerate(text.splitlines(), start=1) if "epected" in row)
    words = Run.words(folder, tmp_path / "runs")
    said = assert_refused([*words, "--model.reward", wrong], "unknown key 'epected'", tmp_path, capsys, lines=7)
    assert f"wrong.yaml:{line}:" in said
    assert "did you mean 'expected'?" in said
    assert_refused([*words, "--model.reward", "nix.yaml"], "nix.yaml: cannot find this file", tmp_path, capsys, lines=4)


@pytest.mark.parametrize("verb", ["validate", "test"])
def test_evaluation_needs_a_checkpoint_and_images(
    verb: str, folder: Path, trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [verb, *Run.words(folder, tmp_path / "runs")[1:]]
    assert_refused(words, f"rlseg {verb} needs a checkpoint", tmp_path, capsys)
    if verb == "test":
        assert_refused([*words, "--ckpt_path", str(trained.last)], "no images to test on", tmp_path, capsys)


def changed(run: Run, tmp_path: Path, **settings: object) -> str:
    """The last checkpoint with other hyper-parameters."""
    content = run.content()
    content["hyper_parameters"] |= settings
    torch.save(content, tmp_path / "changed.ckpt")
    return str(tmp_path / "changed.ckpt")


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"actor": {"width": 16}}, "does not fit these networks"),
        ({"learner": {"kind": "guided", "samples": 4}}, "does not fit these networks"),
        ({"forgotten": 1}, "does not fit this version of rlseg"),
        ({"columns": {"node": 2, "edge": 1, "channels": 1, "sizes": [6]}}, "trained on other data"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_45_49_checkpoints_of_other_settings_are_refused(
    settings: dict[str, object],
    text: str,
    folder: Path,
    trained: Run,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = changed(trained, tmp_path, **settings)
    assert_refused([*Run.words(folder, tmp_path / "runs"), "--ckpt_path", path], text, tmp_path, capsys, lines=7)
    out = str(tmp_path / "out")
    fits = "does not fit" if "columns" in settings else text
    assert_refused(["predict", path, str(folder / "images"), "--output", out], fits, tmp_path, capsys, lines=7)


def test_a_checkpoint_that_is_one_is_read(trained: Run) -> None:
    content = read_checkpoint(trained.last)
    assert {"state_dict", "hyper_parameters", "preparation", "learner_memory"} <= set(content)


def test_parser_errors_never_grow_long() -> None:
    error = explain(ArgumentError(None, 'Parser key "a.b":\n' + "very long " * 200), [])
    assert len(error.message) <= 300
    assert error.message.startswith("a.b: very long")
    assert "\n" not in error.message
    unknown = explain(ArgumentError(None, "unrecognized arguments: --zzz=4"), ["model.reward"])
    assert unknown.message == "unknown setting zzz"
    assert "--print_config" in str(unknown.hint)
