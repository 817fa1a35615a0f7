"""`rlseg fit`, `validate` and `test` as users call them."""

from __future__ import annotations

import io
import logging
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from nuclei import REWARD, ROOT, TRAIN, Run
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from rlseg.__main__ import main
from rlseg.data.prepare import Preparation
from rlseg.prediction.scoring import score_labels
from rlseg.rewards.reward import Reward


def events(run: Run) -> EventAccumulator:
    """Everything a run wrote for TensorBoard."""
    sizes = {"scalars": 0, "images": 0, "histograms": 0, "compressedHistograms": 1}
    return EventAccumulator(str(run.folder), size_guidance=sizes).Reload()


def test_a_run_leaves_its_configuration_split_and_settings(trained: Run, folder: Path) -> None:
    names = {path.name for path in trained.folder.iterdir()}
    assert {"config.yaml", "split.yaml", "hparams.yaml", "checkpoints"} <= names
    config = yaml.safe_load((trained.folder / "config.yaml").read_text())
    assert config["seed_everything"] == 0
    assert config["model"]["imitation"]["steps"] == 6
    assert config["model"]["actor"]["width"] > 0, "defaults are written out"
    assert config["data"]["batch_size"] == 2
    split = yaml.safe_load((trained.folder / "split.yaml").read_text())
    stems = sorted(path.stem for path in (folder / "images").iterdir())
    assert sorted(split["training"] + split["validation"]) == stems
    assert len(split["validation"]) == 2
    hparams = yaml.safe_load((trained.folder / "hparams.yaml").read_text())
    assert hparams["learner"]["kind"] == "policy_gradient"
    assert "reward_text" in hparams


COMMON = {
    *("policy/std", "reward/train", "gradient_norm/actor", "gradient_norm/skipped", "learning_rate/actor"),
    *("time/environment_ms", "time/features_ms", "time/loss_ms", "time/backward_ms", "loss/actor", "loss/imitation"),
    *("validation/reward", "validation/reward_all_merged", "validation/reward_all_split", "validation/objects"),
    *("validation/mean_ap", "validation/ap50", "validation/ap75", "validation/pq", "validation/vi_split"),
    *("validation/vi_merge", "validation/are", "validation/pooled_mean_ap", "reward/non_finite_scores"),
}
OF_CRITIC = {
    *("loss/critic", "loss/temperature", "critic/within_state_r2", "temperature/6", "temperature/12", "temperature/32"),
    *("gradient_norm/critic", "gradient_norm/temperature", "learning_rate/critic", "learning_rate/temperature"),
}


@pytest.mark.parametrize("which", ["trained", "trained_guided"])
def test_tensorboard_shows_what_was_promised(which: str, request: pytest.FixtureRequest, reward: Reward) -> None:
    run: Run = request.getfixturevalue(which)
    shown = events(run)
    scalars = set(shown.Tags()["scalars"])
    assert not COMMON - scalars
    assert scalars.issuperset(OF_CRITIC) == (which == "trained_guided")
    terms = {f"reward/{name}" for name in reward.term_names}
    assert len(scalars & terms) > 5
    for tag in scalars:
        values = [event.value for event in shown.Scalars(tag)]
        assert np.isfinite(values).all(), tag
        assert [event.step for event in shown.Scalars(tag)] == sorted(event.step for event in shown.Scalars(tag))
    assert [event.value for event in shown.Scalars("gradient_norm/skipped")] == [0] * 12
    # x counts batches: an epoch has three
    assert len(shown.Scalars("validation/reward")) == 4
    assert shown.Scalars("policy/std")[-1].step == 12
    assert "policy/actions" in shown.Tags()["histograms"]
    pictures = shown.Tags()["images"]
    split = yaml.safe_load((run.folder / "split.yaml").read_text())
    assert set(pictures) == {f"Pictures/{name}" for name in split["validation"]}
    drawn = shown.Images(pictures[0])
    assert [event.step for event in drawn] == [3, 6, 9, 12]
    with Image.open(io.BytesIO(drawn[-1].encoded_image_string)) as picture:
        assert picture.width > 3 * 96
    assert drawn[0].encoded_image_string != drawn[-1].encoded_image_string


def test_validation_reward_is_above_the_trivial_ones(trained: Run) -> None:
    shown = events(trained)
    last = {name: shown.Scalars(f"validation/{name}")[-1].value for name in ("reward", "reward_all_merged")}
    assert last["reward"] > shown.Scalars("validation/reward_all_split")[-1].value + 0.1
    assert last["reward"] > last["reward_all_merged"] + 0.1


@pytest.mark.parametrize("verb", ["validate", "test"])
def test_evaluation_prints_a_table(
    verb: str, folder: Path, trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = Run.words(folder, tmp_path, "--data.test_images", str(folder / "images"), "--ckpt_path", str(trained.best))
    words += ["--data.test_labels", str(folder / "labels")]
    assert main([verb, *words[1:]]) == 0
    printed = capsys.readouterr().out
    assert "by image" in printed
    assert "pooled" in printed
    lines = {line.split()[1]: line for line in printed.splitlines() if len(line.split()) > 3 and "│" in line}
    assert {"reward", "objects", "mean_ap", "ap50", "ap75"} <= set(lines)
    shown = events(Run.newest(tmp_path))
    prefix = "validation" if verb == "validate" else "test"
    value = shown.Scalars(f"{prefix}/mean_ap")[0].value
    assert f"{value:.3f}" in lines["mean_ap"]
    if verb == "validate":
        best = max(event.value for event in events(trained).Scalars("validation/reward"))
        assert shown.Scalars("validation/reward")[0].value == pytest.approx(best, abs=1e-5)


def test_the_validation_reward_of_an_image_is_what_reward_score_pays_its_prediction(
    folder: Path, trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "images").mkdir()
    image = shutil.copy(min((folder / "images").iterdir()), tmp_path / "images")
    words = Run.words(folder, tmp_path, "--data.images", str(tmp_path / "images"), "--ckpt_path", str(trained.best))
    assert main(["validate", *words[1:]]) == 0
    shown = events(Run.newest(tmp_path))
    expected = [shown.Scalars(f"validation/reward{name}")[0].value for name in ("", "_all_merged", "_all_split")]
    truth = shown.Scalars("validation/reward_truth")[0].value
    assert main(["predict", str(trained.best), str(image), "--output", str(tmp_path / "labels")]) == 0
    (labels,) = (tmp_path / "labels").glob("*.tif")
    preparation = Preparation.model_validate(trained.content()["preparation"])
    scores = score_labels(REWARD, image, labels, preparation=preparation)
    assert [scores.reward, scores.all_merged, scores.all_split] == pytest.approx(expected, abs=1e-6)
    capsys.readouterr()
    for given, values in ((labels, expected), (folder / "labels" / Path(image).name, [truth])):
        score = ["reward", "score", str(REWARD), str(image), str(given), "--checkpoint", str(trained.best)]
        assert main(score) == 0
        (line,) = [line for line in capsys.readouterr().out.splitlines() if "mean edge reward" in line]
        assert line.split()[3 : 3 + len(values)] == [f"{value:.3f}" for value in values]


def test_the_console_is_calm(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And works without labels and refinement."""
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    loggers = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric")]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        more = ["--data.labels", "null", "--data.augment", "false", "--model.refinement", "null"]
        run = Run.fit(folder, tmp_path, "--trainer.max_epochs", "1", *more)
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
    printed = capsys.readouterr()
    # which of its loggers Lightning lets speak depends on what was imported first
    text = lines.getvalue() or printed.err.replace("INFO: ", "")
    told = [line for line in text.splitlines() if line.strip()]
    assert len(told) == 6, told
    assert not printed.out.strip()
    assert "superpixels an image" in told[0]
    assert told[1].endswith(f"writing to {run.folder}")
    assert told[2] == "imitation ends after 1 batch: model.imitation.share is 0.5"
    assert "step 3: reward 0." in told[3]
    assert told[4].startswith("warning: ended after 3 batches: trainer.max_epochs is 1, but nothing is found")
    assert told[5] == f"  it was short: go on with --ckpt_path {run.last} before you change the rules"
    tags = events(run).Tags()["scalars"]
    assert "validation/reward" in tags
    assert "validation/mean_ap" not in tags


def test_print_config_can_be_read_back(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = Run.words(folder, tmp_path)
    assert main([*words, "--model.actor.width", "20", "--print_config"]) == 0
    text = capsys.readouterr().out
    config = yaml.safe_load(text)
    assert config["model"]["actor"]["width"] == 20
    assert not (tmp_path / "tiny").exists()
    (tmp_path / "config.yaml").write_text(text)
    again = ["fit", "--config", str(tmp_path / "config.yaml"), "--trainer.max_epochs", "1", "--print_config"]
    assert main(again) == 0
    second = yaml.safe_load(capsys.readouterr().out)
    assert second["trainer"].pop("max_epochs") == 1
    assert config["trainer"].pop("max_epochs") == 4
    assert second == config


@pytest.mark.parametrize(("learner", "batches"), [("policy_gradient", 2), ("guided", 1)])
def test_few_steps_still_end_with_a_validation_and_checkpoints(
    learner: str, batches: int, folder: Path, tmp_path: Path
) -> None:
    """max_steps counts the steps of every optimiser, of which guided has three."""
    run = Run.fit(folder, tmp_path, "--trainer.max_steps", "2", "--model.learner.kind", learner)
    content = run.content()
    assert int(content["state_dict"]["steps_done"]) == batches
    assert run.best.is_file()
    assert len(events(run).Scalars("validation/reward")) == 1


@pytest.mark.parametrize("switch", ["logger", "fast_dev_run"])
def test_lightnings_switches_work(switch: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = [*Run.words(folder, tmp_path), "--trainer.max_epochs", "1"]
    if switch == "fast_dev_run":
        assert main([*words, "--trainer.fast_dev_run", "true"]) == 0
    else:
        words = words[: words.index("--trainer.logger")]
        off = ["--trainer.logger", "false", "--trainer.enable_checkpointing", "false"]
        assert main([*words, *off, "--trainer.max_epochs", "1"]) == 0
    assert not list(tmp_path.rglob("*.ckpt"))


@pytest.mark.parametrize("learner", ["policy_gradient", "guided"])
def test_the_shipped_experiment_runs(learner: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the root of the repository, as its first line says; only data, length and target are cut down."""
    monkeypatch.chdir(ROOT)
    for name in ("images", "labels"):
        (tmp_path / name).mkdir()
        for path in sorted((TRAIN / name).iterdir())[:3]:
            (tmp_path / name / path.name).write_bytes(path.read_bytes())
    words = ["fit", "--config", "experiments/nuclei.yaml", "--model.learner.kind", learner]
    words += ["--data.images", str(tmp_path / "images"), "--data.labels", str(tmp_path / "labels")]
    words += ["--data.cache", str(tmp_path / "cache"), "--trainer.max_steps", "3", "--trainer.accelerator", "cpu"]
    words += ["--trainer.logger.save_dir", str(tmp_path), "--trainer.logger.name", "tiny"]
    assert main(words) == 0
    run = Run.newest(tmp_path)
    assert int(run.content()["state_dict"]["steps_done"]) == (3 if learner == "policy_gradient" else 1)
    assert run.content()["hyper_parameters"]["learner"]["kind"] == learner


def test_pixel_features_can_be_chosen(folder: Path, tmp_path: Path) -> None:
    more = ["--model.features.handcrafted", "false", "--model.features.unet.widths", "[4, 8]"]
    run = Run.fit(folder, tmp_path, *more, "--trainer.max_epochs", "1")
    content = run.content()
    weights = content["state_dict"]
    assert any(name.startswith("networks.unet.") for name in weights)
    moved = run.content()["optimizer_states"][0]["state"]
    assert any(torch.count_nonzero(state["exp_avg"]) for state in moved.values())


PROBE = "import sys; from rlseg.__main__ import main; code = main({}); sys.exit(9 if 'torch' in sys.modules else code)"


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["reward", "check", "rewards/nuclei.yaml"]])
def test_78_what_needs_no_network_does_not_wait_for_torch(words: list[str]) -> None:
    done = subprocess.run([sys.executable, "-c", PROBE.format(words)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert main(["-h"]) == 0
    usage = capsys.readouterr().out
    assert all(f"  {verb} " in usage for verb in ("fit", "validate", "test", "predict", "reward"))
    assert main(["fit", "--help"]) == 0
    assert "--model.learner" in capsys.readouterr().out
    assert main(["predict", "--help"]) == 0
    assert "--overlay" in capsys.readouterr().out
    assert main(["ftt"]) == 2
    assert capsys.readouterr().err.startswith("rlseg: error: no command 'ftt'")


@pytest.mark.parametrize(
    ("word", "meant"), [("train", "fit"), ("trian", "fit"), ("Segment", "predict"), ("predct", "predict")]
)
def test_what_other_programs_call_a_command_is_understood(
    word: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([word]) == 2
    assert f"did you mean rlseg {meant}? one of new, " in capsys.readouterr().err
