"""What a configuration names is imported from trusted packages alone."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from jsonargparse import ArgumentParser
from lightning.pytorch.callbacks import Callback
from nuclei import Run

from rlseg.__main__ import main
from rlseg.commands.trust import only_from

MODULE = """
from pathlib import Path
from lightning.pytorch.callbacks import Callback
(Path(__file__).parent / "imported").touch()

class Spy(Callback):
    pass
"""
NAMED_BY = {
    "logger": ["--trainer.logger", "stranger.Spy"],
    "inline": ["--trainer.logger", "{class_path: stranger.Spy}"],
    "callbacks": ["--trainer.callbacks", "stranger.Spy"],
    "one more callback": ["--trainer.callbacks+=stranger.Spy"],
    "strategy": ["--trainer.strategy", "stranger.Spy"],
    "plugins": ["--trainer.plugins", "[stranger.Spy]"],
    "profiler": ["--trainer.profiler", "stranger.Spy"],
    "superpixels": ["--data.preparation.superpixels", "stranger.Spy"],
    "nested": [
        *("--trainer.callbacks", "lightning.pytorch.callbacks.LambdaCallback"),
        *("--trainer.callbacks.setup", "stranger.Spy"),
    ],
    "file": {"trainer": {"logger": "stranger.Spy"}},
    "list of a file": {"trainer": {"callbacks": [{"class_path": "stranger.Spy"}]}},
    "nested in a file": {
        "trainer": {
            "callbacks": {
                "class_path": "lightning.pytorch.callbacks.LambdaCallback",
                "init_args": {"setup": {"class_path": "stranger.Spy", "init_args": {}}},
            }
        }
    },
    "file of a file": {"trainer": "other.yaml"},
}


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A module that leaves a file when it is imported: that file."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "stranger.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path / "code")
    yield tmp_path / "code" / "imported"
    sys.modules.pop("stranger", None)


@pytest.mark.parametrize("given", NAMED_BY.values(), ids=NAMED_BY)
def test_42_a_class_of_another_package_is_refused_and_its_module_not_imported(
    given: list[str] | dict[str, object],
    stranger: Path,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.yaml").write_text("logger: stranger.Spy")
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(given))
    more = given if isinstance(given, list) else ["--config", "config.yaml"]
    words = Run.words(folder, tmp_path / "runs", *more)
    if isinstance(given, dict):  # the words would put their logger into the place of that of the file
        words = words[: words.index("--trainer.logger")] + more
    assert main(words) == 2
    said = capsys.readouterr().err
    assert said.startswith("rlseg: error: ")
    assert len(said.splitlines()[0]) < 400
    assert not stranger.exists()
    assert "stranger" not in sys.modules
    assert not (tmp_path / "runs").exists()
    if isinstance(given, dict) and given["trainer"] != "other.yaml":
        assert "config.yaml:" in said
    if "superpixels" in str(given):
        assert "'stranger.Spy'" in said
        assert "known kinds: auto, boundary_seeds" in said
    elif "strategy" not in str(given) and "profiler" not in str(given):  # known by names as well: not taken for a class
        assert (
            "stranger is not among the packages whose code may run\n  hint: if you trust it: --allow stranger" in said
        )


def test_42_the_configuration_of_a_run_is_checked_as_any_other(
    stranger: Path, trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = yaml.safe_load((trained.folder / "config.yaml").read_text())
    saved["trainer"]["callbacks"] = [{"class_path": "stranger.Spy", "init_args": {}}]
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(saved))
    assert main(["fit", "--config", str(tmp_path / "config.yaml")]) == 2
    assert "stranger is not among" in capsys.readouterr().err
    assert not stranger.exists()


def test_42_what_is_allowed_is_imported(stranger: Path, folder: Path, tmp_path: Path) -> None:
    words = [*Run.words(folder, tmp_path), "--trainer.callbacks+=stranger.Spy", "--print_config"]
    assert main([*words, "--allow=stranger"]) == 0
    assert stranger.exists()


@pytest.mark.parametrize("allow", ["../code", "*", "jsonargparse", "jsonargparse.typing", ""])
def test_42_only_packages_can_be_allowed(allow: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "--allow", allow]) == 2
    assert "not the name of a package" in capsys.readouterr().err


def test_42_no_file_can_allow_its_own_code(
    stranger: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.yaml").write_text("model: {allow: [stranger]}")
    words = Run.words(folder, tmp_path / "runs")
    assert main([*words, "--config", str(tmp_path / "config.yaml")]) == 2
    assert "config.yaml:1:9: model.allow cannot stand in a file" in capsys.readouterr().err
    assert main([*words, "--model.allow", "[stranger]"]) == 2


@pytest.mark.parametrize(
    ("option", "function", "says"),
    [
        ("trainer.callbacks", "os.system", "os is not among"),
        ("trainer.callbacks", "Foo", "Foo is not accepted here"),
        ("trainer.callbacks.setup", "lightning.pytorch.os.system", "posix.system is not imported"),
        ("trainer.callbacks.setup", "lightning.pytorch.seed_everything", "a configuration cannot name a function"),
    ],
)
def test_42_functions_and_unknown_names_are_refused(
    option: str, function: str, says: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*Run.words(folder, tmp_path), "--trainer.callbacks", "lightning.pytorch.callbacks.LambdaCallback"]
    assert main([*words, f"--{option}", function]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "tiny").exists()


def test_42_what_was_allowed_is_denied_again(stranger: Path) -> None:
    parser = ArgumentParser(exit_on_error=False)
    parser.add_argument("--callback", type=Callback)
    with only_from(["stranger"]):
        assert parser.parse_args(["--callback", "stranger.Spy"]).callback.class_path == "stranger.Spy"
    with only_from([]), pytest.raises(Exception, match="not allowed"):
        parser.parse_args(["--callback", "stranger.Spy"])
