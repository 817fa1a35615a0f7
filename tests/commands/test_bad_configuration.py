"""Configuration files that are wrong, hostile or of another version: one line with the place, nothing written."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from nuclei import Run
from test_bad_input import assert_refused, of_text
from work import calls_of
from yaml import YAMLError

from rlseg.commands.config_text import ConfigurationReader
from rlseg.errors import RlsegError

UNKNOWN = {
    "model:\n  lerner: guided\n": (":2:3: unknown setting model.lerner", "did you mean model.learner?"),
    "modle:\n  learner: guided\n": (":2:3: unknown setting modle.learner", "did you mean model.learner?"),
    "model:\n  critic: {gama: 3}\n": (":2:12: unknown setting model.critic.gama", ""),
    "trainer:\n  max_epoch: 3\n": (":2:3: unknown setting trainer.max_epoch", "did you mean trainer.max_epochs?"),
    "data:\n  preparation:\n    superpixel: {kind: level_sets}\n": (
        ":3:18: unknown setting data.preparation.superpixel.kind",
        "did you mean data.preparation.superpixels?",
    ),
}


@pytest.mark.parametrize("text", UNKNOWN)
def test_35_an_unknown_key_is_told_with_its_line_and_the_nearest_one(
    text: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*Run.words(folder, tmp_path / "runs"), "--config", of_text(tmp_path, "config.yaml", text)]
    for part in UNKNOWN[text]:
        assert part in assert_refused(words, "config.yaml", tmp_path, capsys)


def test_45_a_setting_of_another_version_names_the_command_that_shows_all(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "model:\n  was_called_so_in_version_0: 3\n"
    words = [*Run.words(folder, tmp_path / "runs"), "--config", of_text(tmp_path, "config.yaml", text)]
    said = assert_refused(words, "config.yaml:2:3: unknown setting", tmp_path, capsys)
    assert "rlseg fit --print_config shows all settings" in said


WRONG = {
    "model:\n  clip: much\n": "config.yaml:2:3: model.clip: Expected a float, got much",
    "data:\n  preparation:\n    superpixels: {kind: level_set}\n": "there is no kind 'level_set'",
    "trainer:\n  logger: {class_path: lightning.pytorch.loggers.TensorBordLogger}\n": "no attribute 'TensorBordLogger'",
    "model: [1,\n  : x\n": "config.yaml:2:3",
    "- a\n- b\n": "Unexpected config",
    "model:\n  clip: 1\n  clip: 2\n": "config.yaml:3:3: 'clip' stands here a second time",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_configuration_file_is_refused(
    text: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*Run.words(folder, tmp_path / "runs"), "--config", of_text(tmp_path, "config.yaml", text)]
    assert_refused(words, WRONG[text], tmp_path, capsys)


def test_a_value_of_the_command_line_is_not_looked_for_in_a_file(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = of_text(tmp_path, "config.yaml", "model:\n  clip: 3\n")
    words = [*Run.words(folder, tmp_path / "runs"), "--config", config, "--model.clip", "much"]
    assert_refused(words, "rlseg: error: model.clip: Expected a float, got much", tmp_path, capsys)


@pytest.mark.parametrize("value", [".nan", ".inf", "-.Inf", "1e999"])
def test_37_numbers_that_are_not_finite(
    value: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if value == ".nan":  # one of a file through the whole command, one of the command line
        words = [*Run.words(folder, tmp_path / "runs"), "--config", of_text(tmp_path, "c.yaml", "model: {clip: .nan}")]
        assert_refused(words, "c.yaml:1:15: '.nan' is not a number that can be used here", tmp_path, capsys)
        words = [*Run.words(folder, tmp_path / "runs"), "--model.clip", ".inf"]
        assert_refused(words, "model.clip: must be a finite number, got inf", tmp_path, capsys)
    with pytest.raises(YAMLError, match=r"configuration:1:15: .* is not a number that can be used here"):
        ConfigurationReader([]).read(f"model: {{clip: {value}}}")


NESTED = "\n".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9) if i else 'x'}]" for i in range(10))
HOSTILE = {
    "aliases that explode": (NESTED, "anchors"),
    "10 MB": ("model: " + "x" * 10_000_000, "larger than 1 MB"),
    "100 mappings deep": ("{a: " * 100 + "1" + "}" * 100, "more than 50 levels"),
    "100 lists deep, as JSON": ("[" * 100 + "]" * 100, "more than 50 levels"),
    "a million brackets": ("[" * 999_999, "more than 50 levels"),
    "20,000 values": ("a: [" + "1, " * 20_000 + "]", "more than 5000 values"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_40_hostile_configurations_cost_no_time(name: str, tmp_path: Path) -> None:
    text, says = HOSTILE[name]
    file = of_text(tmp_path, "config.yaml", text)

    def refuse() -> None:
        with pytest.raises((YAMLError, RlsegError), match=says):
            ConfigurationReader([file]).read(text)

    assert calls_of(refuse) < 1_500_000


@pytest.mark.parametrize("name", ["aliases that explode", "10 MB", "100 mappings deep"])
def test_40_hostile_configurations_cost_no_memory(name: str, tmp_path: Path) -> None:
    text, says = HOSTILE[name]
    file = of_text(tmp_path, "config.yaml", text)
    tracemalloc.start()
    try:
        with pytest.raises((YAMLError, RlsegError), match=says):
            ConfigurationReader([file]).read(text)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 100e6


@pytest.mark.parametrize("name", ["aliases that explode", "10 MB", "100 mappings deep"])
def test_40_hostile_configurations_are_refused_by_the_command(
    name: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, says = HOSTILE[name]
    words = [*Run.words(folder, tmp_path / "runs"), "--config", of_text(tmp_path, "config.yaml", text)]
    assert_refused(words, says, tmp_path, capsys)


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:pathlib.Path.touch", "!!python/name:os.system", "!!python/module:antigravity", "!x"]
)
def test_41_tags_build_nothing(tag: str, tmp_path: Path) -> None:
    text = f"model: {tag} [{tmp_path / 'harm'}]" if "apply" in tag else f"model: {tag} ''"
    with pytest.raises(YAMLError, match=r"config.yaml:1:8: tags \(!name\) are not part of the language"):
        ConfigurationReader([of_text(tmp_path, "config.yaml", text)]).read(text)
    assert not (tmp_path / "harm").exists()


def test_41_the_command_refuses_tags(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = f"model: !!python/object/apply:os.mkdir [{tmp_path / 'harm'}]"
    words = [*Run.words(folder, tmp_path / "runs"), "--config", of_text(tmp_path, "config.yaml", text)]
    assert_refused(words, "config.yaml:1:8: tags", tmp_path, capsys)
    assert not (tmp_path / "harm").exists()


def test_what_is_no_text_is_refused(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.yaml").write_bytes(b"model: \xff")
    words = [*Run.words(folder, tmp_path / "runs"), "--config", str(tmp_path / "config.yaml")]
    assert_refused(words, "config.yaml: cannot be read as UTF-8 text", tmp_path, capsys)


def test_comments_alone_are_an_empty_configuration() -> None:
    assert ConfigurationReader([]).read("# nothing\n\n") is None
