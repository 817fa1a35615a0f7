"""Settings beside a checkpoint: those that are not its own are an error, and what is saved is what was used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from jsonargparse import Namespace
from nuclei import REWARD, Run

from rlseg.__main__ import main
from rlseg.commands.choices import Gathering
from rlseg.commands.config_text import ConfigurationReader
from rlseg.commands.differences import NOTHING, differences, plain, show
from rlseg.commands.fit import files_of
from rlseg.commands.from_checkpoint import given_settings, settle
from rlseg.commands.lightning_cli import RlsegCLI
from rlseg.errors import RlsegError
from rlseg.models.checkpoint import read_checkpoint

Settled = Callable[..., Namespace]


OLD = Path(__file__).parents[1] / "models" / "old" / "guided.ckpt"


class ParsedError(Exception):
    """Ends a command when the parser is made."""


@pytest.fixture(scope="module")
def parsers(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The parser of each verb; to make one takes longer than all that is tested here."""
    made: dict[str, Any] = {}

    def stop(self: RlsegCLI) -> None:
        made[self.verb] = self.parser
        raise ParsedError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RlsegCLI, "_parse_ckpt_path", lambda self: None)
        patch.setattr(RlsegCLI, "instantiate_classes", stop)
        for verb in ("fit", "validate"):
            words = [verb, *Run.words(folder, tmp_path_factory.mktemp("none"))[1:], "--ckpt_path", str(OLD)]
            with pytest.raises(ParsedError):
                main(words)
    return made


@pytest.fixture
def settled(parsers: dict[str, Any], trained: Run, tmp_path: Path) -> Settled:
    """The settings of a run beside the checkpoint of a training, after some words; FILE is a configuration."""

    def run(*words: str, verb: str = "fit", text: str = "", checkpoint: Path = trained.last) -> Namespace:
        (tmp_path / "given.yaml").write_text(text or "{}")
        named = ["--data.images", str(tmp_path), *(w.replace("FILE", str(tmp_path / "given.yaml")) for w in words)]
        reader = ConfigurationReader(files_of(named))
        reader.serve()
        gathering = Gathering(reader.contents(), reader.read, reader.place)
        line = [verb, *gathering.words(named), "--ckpt_path", str(checkpoint)]
        config = parsers[verb].parse_args(line)
        given = given_settings(parsers[verb], line, gathering.choices, reader)
        return settle(parsers[verb], config, given, read_checkpoint(checkpoint), reader.place)[verb]

    return run


OTHERS = {
    ("--model.clip", "3"): ("model.clip is 3.0, but 10.0 in the checkpoint ",),
    ("--model.refinement", "null"): ('model.refinement is null, but {"levels": [0.5], "reach": 3, "loss": 0.0} in',),
    ("--model.features.unet.widths", "[4, 8]"): ('model.features.unet is {"widths": [4, 8]}, but null in',),
    ("--model.learner.kind", "guided"): ("model.learner.kind is guided, but policy_gradient in",),
    ("--model.learner.lr", "0.5"): ("model.learner.lr is 0.5, but 0.001 in",),
    ("--model.learner.samples", "5", "--model.min_score=0.3"): ("0.3, but 0.1 in", "(so are model.learner.samples)"),
    ("--seed_everything", "3"): ("seed_everything is 3, but 0 in",),
    ("--data.preparation.superpixels.kind", "gradient_watershed"): (
        "data.preparation.superpixels.kind is gradient_watershed, but level_sets in",
    ),
    ("--data.preparation.normalisation.method", "percentile"): ("method is percentile, but robust in",),
    ("--data.preparation.ring", "{center: [1, 2], ring: [3, 4]}"): ("data.preparation.ring is {", "}, but null in"),
    ("--config", "FILE"): ("given.yaml:2:3: model.constant_share is 0.1, but 0.5 in",),
}
FILE = "model:\n  constant_share: 0.1\n"


@pytest.mark.parametrize("words", OTHERS, ids=" ".join)
def test_85_another_setting_than_the_checkpoints_is_an_error_that_names_both(
    settled: Settled, words: tuple[str, ...]
) -> None:
    with pytest.raises(RlsegError) as caught:
        settled(*words, text=FILE)
    assert all(part in caught.value.message for part in OTHERS[words]), caught.value.message
    assert "leave it out" in str(caught.value.hint)
    assert len(caught.value.message.splitlines()) == 1


@pytest.mark.parametrize("old", ["combine: geometric", "over: 1500", "  debris: 0.0"])
def test_85_another_reward_is_an_error_that_names_the_first_difference(
    settled: Settled, tmp_path: Path, old: str
) -> None:
    new, says = {
        "combine: geometric": ("combine: mean", "rewards.foreground.combine is mean in the file, but geometric there"),
        "over: 1500": ("over: 1400", "classes.background.over is 1400.0 in the file, but 1500.0 there"),
        "  debris: 0.0": ("  debris: 0.1", "rewards.debris is 0.1 in the file, but 0.0 there"),
    }[old]
    assert old in REWARD.read_text()
    (tmp_path / "other.yaml").write_text(REWARD.read_text().replace(old, new, 1))
    with pytest.raises(RlsegError) as caught:
        settled("--model.reward", str(tmp_path / "other.yaml"), verb="validate")
    assert "other.yaml is not the reward of the checkpoint " in caught.value.message
    assert says in caught.value.message
    assert "--model.reward null takes that of the checkpoint" in str(caught.value.hint)


AGREE = [
    (
        *("--model.clip", "10", "--model.refinement.levels", "[0.5]", "--model.reward", str(REWARD)),
        *("--model.columns", "null", "--model.reward_text", "null", "--seed_everything", "0"),
        *("--model.learner.samples", "4", "--model.learner.kind", "policy_gradient"),
        *("--data.preparation.superpixels.kind", "level_sets", "--data.preparation.working_width", "15"),
    ),
    ("--model.reward", "null"),
    # parts of what is whole by its default alone
    ("--trainer.logger.init_args.name", "b", "--trainer.logger.init_args.version=7", "--config", "FILE"),
]


@pytest.mark.parametrize("words", AGREE, ids=len)
def test_what_agrees_is_no_error(settled: Settled, words: tuple[str, ...]) -> None:
    text = "trainer:\n  max_epochs: 9\n  logger: {init_args: {sub_dir: c}}\n"
    assert plain(settled(*words, text=text).model.imitation)["steps"] == 6


def test_the_rest_comes_from_the_checkpoint_and_what_changes_no_result_from_the_user(
    settled: Settled, trained: Run, tmp_path: Path
) -> None:
    content = trained.content()
    content["preparation"] |= {"guide": "gradient", "superpixels": {"kind": "gradient_watershed", "min_size": 9}}
    content["hyper_parameters"] |= {"seed": 5, "min_score": 0.2}
    del content["hyper_parameters"]["clip"]  # as if an earlier version had not known it
    torch.save(content, tmp_path / "other.ckpt")
    found = plain(settled(checkpoint=tmp_path / "other.ckpt"))
    assert (found["seed_everything"], found["model"]["min_score"], found["model"]["clip"]) == (5, 0.2, 10)
    assert found["data"]["preparation"]["guide"] == "gradient"
    superpixels = found["data"]["preparation"]["superpixels"]
    superpixels = superpixels.get("init_args", superpixels)
    assert (superpixels["kind"], superpixels["min_size"]) == ("gradient_watershed", 9)
    assert found["data"]["seed"] == 5
    assert found["model"]["reward"] is None
    with pytest.raises(RlsegError, match=r"model\.clip is 3\.0, but 10\.0"):
        settled("--model.clip", "3", checkpoint=tmp_path / "other.ckpt")
    mine = settled(
        "--model.threads", "3", "--model.solver", "nifty", "--data.batch_size", "7", "--trainer.max_epochs=9"
    )
    assert (mine.model.threads, mine.model.solver, mine.data.batch_size, mine.trainer.max_epochs) == (3, "nifty", 7, 9)
    assert settled().model.threads == 1
    # an evaluation draws nothing
    assert settled("--seed_everything", "3", verb="validate").seed_everything == 3


def test_85_the_configuration_of_a_run_goes_with_its_checkpoint_and_says_what_was_used(
    folder: Path, trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All settings are written out in it, also those that are none until the data are known."""
    content = trained.content()
    content["preparation"]["normalisation"] |= {"method": "percentile"}
    content["hyper_parameters"]["min_score"] = 0.25
    torch.save(content, tmp_path / "other.ckpt")
    runs = ["--trainer.logger.save_dir", str(tmp_path)]
    images = ["--data.images", str(folder / "images"), "--data.validation_share", "0.4"]
    given = [*images, "--trainer.accelerator", "cpu", "--trainer.logger", "TensorBoardLogger", *runs]
    given += ["--trainer.logger.name", "tiny", "--ckpt_path", str(tmp_path / "other.ckpt")]
    assert main(["validate", *given]) == 0
    saved = Run.newest(tmp_path).folder / "config.yaml"
    said = yaml.safe_load(saved.read_text())
    assert said["data"]["preparation"]["normalisation"]["method"] == "percentile"
    assert said["model"]["min_score"] == 0.25
    assert said["model"]["reward_text"] == content["hyper_parameters"]["reward_text"]
    assert main(["validate", "--config", str(saved)]) == 0
    assert main(["validate", "--config", str(trained.folder / "config.yaml"), *runs, *given[-2:]]) == 2
    assert "config.yaml:" in capsys.readouterr().err.replace("\n", " ").partition("but 0.25")[0]
    # without the checkpoint its text is the reward, and no file beside it is forgotten
    (tmp_path / "other.yaml").write_text(REWARD.read_text().replace("over: 1500", "over: 1400"))
    words = ["fit", "--config", str(saved), "--ckpt_path", "null", "--model.reward", str(tmp_path / "other.yaml")]
    assert main(words) == 2
    assert "is not the reward of model.reward_text: classes.background.over is 1400.0" in capsys.readouterr().err


def test_differences_are_found_wherever_they_are() -> None:
    one, other = {"a": {"b": 1, "c": [1, 2]}, "d": None}, {"a": {"b": 1, "c": [1, 3], "e": 0}, "d": None}
    assert list(differences(one, other)) == [("a.c", [1, 2], [1, 3])]
    assert list(differences(one, other, whole=True)) == [("a.c.2", 2, 3), ("a.e", NOTHING, 0)]
    assert list(differences({"x": 1}, {"y": 1})) == [("x", 1, NOTHING)]
    assert not list(differences({}, other))
    assert [show(value) for value in (NOTHING, None, True, 0.5, "a", [1])] == [
        "nothing",
        "null",
        "true",
        "0.5",
        "a",
        "[1]",
    ]
    assert len(show("x" * 200)) == 60
    assert plain(Namespace(a=(1, Namespace(b=2)))) == {"a": [1, {"b": 2}]}
