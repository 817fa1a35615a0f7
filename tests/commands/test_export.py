"""`rlseg export`: a folder that can be read, shared and predicted from."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from nuclei import REWARD, Run, digest
from test_bad_input import assert_refused

from rlseg.__main__ import main
from rlseg.errors import RlsegError
from rlseg.models.folder import read_model, write_model
from rlseg.rewards.language.load import load_reward, parse_reward


@pytest.fixture
def model(trained: Run, tmp_path: Path) -> Path:
    """The exported best checkpoint."""
    assert main(["export", str(trained.best), str(tmp_path / "shared" / "model")]) == 0
    return tmp_path / "shared" / "model"


def test_a_folder_gives_the_labels_of_its_checkpoint(model: Path, trained: Run, folder: Path, tmp_path: Path) -> None:
    for source, out in ((trained.best, "a"), (model, "b")):
        words = ["predict", str(source), str(folder / "images"), "--output", str(tmp_path / out)]
        assert main([*words, "--table", str(tmp_path / f"{out}.csv")]) == 0
    written = sorted((tmp_path / "a").iterdir())
    assert len(written) == 6
    for file in written:
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


@pytest.mark.parametrize("which", ["trained", "trained_guided"])
def test_nothing_that_a_prediction_needs_is_lost(which: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    run: Run = request.getfixturevalue(which)
    content = run.content()
    write_model(content, tmp_path)
    found = read_model(tmp_path)
    for part in ("state_dict", "hyper_parameters", "preparation", "reference"):
        assert digest(found[part]) == digest(content[part]), part


def test_the_text_can_be_read(model: Path) -> None:
    text = (model / "model.yaml").read_text()
    found = yaml.safe_load(text)
    assert list(found) == ["rlseg", "weights", "training", "reference", "preparation", "model", "reward"]
    assert found["rlseg"]["format"] == 2
    assert found["training"]["steps"] in (3, 6, 9, 12)
    assert 0 < found["training"]["best_validation_reward"] < 1
    assert found["reference"]["images"] == 2
    assert found["preparation"]["superpixels"]["kind"] == "level_sets"
    assert found["model"]["learner"]["kind"] == "policy_gradient"
    # a block of many lines, as a reward file would be
    assert "\nreward: |\n  version: 1\n  name: nuclei\n" in text
    assert parse_reward(found["reward"]) == load_reward(REWARD)
    assert {path.name for path in model.iterdir()} == {"model.yaml", "model.safetensors"}


def test_a_model_takes_the_place_of_another(model: Path, trained_guided: Run) -> None:
    before = read_model(model)
    assert main(["export", str(trained_guided.last), str(model)]) == 0
    learners = [content["hyper_parameters"]["learner"]["kind"] for content in (before, read_model(model))]
    assert learners == ["policy_gradient", "guided"]


def test_48_damaged_folders_are_refused(model: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights, text = model / "model.safetensors", model / "model.yaml"
    raw, words = weights.read_bytes(), text.read_text()
    predict = ["predict", str(model), str(folder / "images"), "--output", str(model / "labels")]

    def refused(says: str, lines: int = 2) -> None:
        assert_refused(predict, says, model, capsys, lines)
        weights.write_bytes(raw)
        text.write_text(words)

    for damaged in (b"", raw[:-1], raw[: len(raw) // 2], raw[:-1] + b"x"):
        weights.write_bytes(damaged)
        refused("model.safetensors is damaged")
    weights.unlink()
    refused("it has no model.safetensors")
    text.unlink()
    refused("it has no model.yaml")
    for changed, says in (
        ("", "the model is empty"),
        ("[]", "is no model"),
        (words.replace("reward: |", "rewards: |"), "it has no reward"),
        (words.replace("sha256", "sha512"), "it has no weights.sha256"),
        (words.replace("model:\n", "model: &a\n"), "anchors"),
        (words.replace("model:\n", "model: !!python/name:os.system\n"), "tags"),
        ("x" * 2_000_000, "larger than 1 MB"),
        (words.replace("depth: 2", "depth: 3"), "does not fit these networks"),
        (words.replace("  learner:", "  lerner:"), "does not fit this version"),
    ):
        text.write_text(changed)
        refused(says, lines=7)


def test_onnx_without_its_package(
    trained: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr("rlseg.models.onnx.build.import_module", missing)
    assert main(["export", str(trained.best), str(tmp_path / "model"), "--onnx"]) == 2
    assert 'pip install "rlseg[onnx]"' in capsys.readouterr().err
    assert not (tmp_path / "model").exists()


def test_45_a_folder_of_a_newer_version_is_refused(model: Path) -> None:
    text = model / "model.yaml"
    text.write_text(text.read_text().replace("format: 2", "format: 7"))
    with pytest.raises(RlsegError, match="in format 7; this is rlseg"):
        read_model(model)


def test_what_cannot_be_exported(
    trained: Run, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert_refused(["export", str(trained.best), str(tmp_path / "file")], "is a file", tmp_path, capsys)
    assert_refused(["export", str(trained.best), str(tmp_path / "file" / "x")], "cannot make", tmp_path, capsys)
    assert_refused(["export", str(tmp_path / "none.ckpt"), str(tmp_path / "x")], "no such checkpoint", tmp_path, capsys)
    assert main(["export", "--help"]) == 0
    assert "model.safetensors" in capsys.readouterr().out
