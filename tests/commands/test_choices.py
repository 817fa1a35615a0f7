"""Settings that are one of several kinds: put together from files and words before the parser sees them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from rlseg.__main__ import main
from rlseg.commands.choices import CHOICES, Gathering, file_of
from rlseg.commands.config_text import ConfigurationReader
from rlseg.commands.fit import files_of
from rlseg.errors import RlsegError

ROOT = Path(__file__).parents[2]
FILES = {
    "guided.yaml": {"model": {"learner": {"kind": "guided", "samples": 5}}},
    "samples.yaml": {"model": {"learner": {"samples": 7}}},
    "gradient.yaml": {"data": {"preparation": {"superpixels": {"kind": "gradient_watershed", "min_size": 9}}}},
    "name.yaml": {"model": {"learner": "guided"}},
    "nothing.yaml": {"model": {"learner": None}},
    "same.yaml": {"model": {"learner": {"kind": "guided", "samples": 5}}},
    "old.yaml": {"model": {"learner": "sac"}},
    "older.yaml": {"model": {"sac": {"samples": 3}}},
    "pathwise.yaml": {"model": {"sac": {"actor_loss": "pathwise"}}},
}


@pytest.fixture
def gathered(tmp_path: Path) -> Any:
    """What the parser is given for a key after some words; FILE/file.yaml stands for one of FILES."""
    for name, content in FILES.items():
        (tmp_path / name).write_text(yaml.safe_dump(content))

    def gather(key: str, *words: str) -> dict[str, Any]:
        named = [word.replace("FILE/", f"{tmp_path}/") for word in words]
        reader = ConfigurationReader(files_of(named))
        last = Gathering(reader.contents(), reader.read, reader.place).words(["fit", *named])[-1]
        name, _, value = last.partition("=")
        assert name == f"--{key}"
        given = json.loads(value)
        return given["init_args"] if "class_path" in given else given

    return gather


@pytest.fixture
def printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """What --print_config says to some words after those of the nuclei."""
    monkeypatch.chdir(ROOT)

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["fit", "--config", "experiments/nuclei.yaml", *words, "--print_config"])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run


LEARNERS = {
    ("--model.learner.kind", "guided"): {"kind": "guided", "samples": 8, "imagined": 16},
    # the parser alone would take the first kind that has such a setting, or keep what another kind had set
    ("--model.learner.kind=guided", "--model.learner.samples=4"): {"kind": "guided", "samples": 4},
    ("--model.learner.samples=4", "--model.learner.kind=guided"): {"kind": "guided", "samples": 4},
    ("--model.learner.kind", "pathwise", "--model.learner.samples", "1"): {"kind": "pathwise", "samples": 1},
    ("--model.learner.lr", "1e-4"): {"kind": "policy_gradient", "lr": 1e-4},
    ("--config", "FILE/guided.yaml"): {"kind": "guided", "samples": 5},
    ("-c", "FILE/guided.yaml"): {"kind": "guided", "samples": 5},
    ("-c=FILE/guided.yaml",): {"kind": "guided", "samples": 5},
    ("-cFILE/guided.yaml",): {"kind": "guided", "samples": 5},
    ("--conf", "FILE/guided.yaml"): {"kind": "guided", "samples": 5},
    # a file of the same text as another is a file of its own
    ("-c", "FILE/guided.yaml", "-c", "FILE/samples.yaml", "-c", "FILE/same.yaml"): {"kind": "guided", "samples": 5},
    ("--config=FILE/guided.yaml", "--config=FILE/samples.yaml"): {"kind": "guided", "samples": 7},
    ("--config", "FILE/guided.yaml", "--model.learner.imagined", "3"): {"kind": "guided", "samples": 5, "imagined": 3},
    ("--config", "FILE/guided.yaml", "--model.learner.kind", "pathwise"): {"kind": "pathwise", "samples": 8},
    ("--model.learner.kind", "pathwise", "--config", "FILE/guided.yaml"): {"kind": "guided", "samples": 5},
    ("--model.learner", "{kind: guided, samples: 3}", "--model.learner.imagined", "2"): {"samples": 3, "imagined": 2},
    ("--model.learner", "{class_path: Guided, init_args: {samples: 3}}"): {"kind": "guided", "samples": 3},
    ("--model.learner.class_path=rlseg.training.learners.guided.Guided",): {"kind": "guided", "samples": 8},
}


@pytest.mark.parametrize("words", LEARNERS, ids=" ".join)
def test_83_learners_of_every_kind(gathered: Any, words: tuple[str, ...]) -> None:
    assert gathered("model.learner", *words).items() >= LEARNERS[words].items()


@pytest.mark.parametrize("kind", ["policy_gradient", "guided"])
def test_what_is_printed_is_itself_a_configuration(printed: Any, tmp_path: Path, kind: str) -> None:
    words = ["--model.learner.kind", kind, "--model.learner.samples", "5"]
    words += ["--data.preparation.superpixels.kind=mutex_watershed", "--data.preparation.superpixels.min_size=3"]
    code, text, said = printed(*words)
    assert code == 0, said
    found = yaml.safe_load(text)
    assert found["model"]["learner"].items() >= {"kind": kind, "samples": 5}.items()
    assert found["data"]["preparation"]["superpixels"].items() >= {"kind": "mutex_watershed", "min_size": 3}.items()
    (tmp_path / "again.yaml").write_text(text)
    code, again, said = printed("--config", str(tmp_path / "again.yaml"))
    assert code == 0, said
    assert yaml.safe_load(again) == found


SUPERPIXELS = {
    ("--data.preparation.superpixels.kind", "gradient_watershed", "--data.preparation.superpixels.min_size", "3"): 3,
    ("--config", "FILE/gradient.yaml"): 9,
    ("--config", "FILE/gradient.yaml", "--data.preparation.superpixels.sigma", "2"): 9,
    ("--data.preparation", "{superpixels: {kind: gradient_watershed, min_size: 4}, guide: gradient}"): 4,
}


@pytest.mark.parametrize("words", SUPERPIXELS, ids=" ".join)
def test_83_superpixels_of_another_kind(gathered: Any, words: tuple[str, ...]) -> None:
    found = gathered("data.preparation.superpixels", *words)
    assert (found["kind"], found["min_size"]) == ("gradient_watershed", SUPERPIXELS[words])


@pytest.mark.parametrize(
    ("words", "file"),
    [
        (("--config", "a"), "a"),
        (("--conf=a", "b"), "a"),
        (("--clip", "a"), None),
        (("--c", "a"), None),
        (("-ca", "b"), "a"),
    ],
)
def test_the_ways_to_name_a_file(words: tuple[str, str], file: str | None) -> None:
    assert file_of(*words) == file


def test_help_of_a_kind_takes_its_name() -> None:
    reader = ConfigurationReader([])
    for name in ("guided", "Guided"):
        words = Gathering({}, reader.read, reader.place).words(["fit", "--model.learner.help", name])
        assert words == ["fit", "--model.learner.help", "Guided"]


def test_what_stands_beside_a_choice_stays() -> None:
    reader = ConfigurationReader([])
    words = ["fit", "--data.preparation", "{superpixels: {kind: boundary_seeds}, guide: gradient}", "--model.clip", "3"]
    rest = Gathering({}, reader.read, reader.place).words(words)
    assert rest[:-1] == ["fit", '--data.preparation={"guide": "gradient"}', "--model.clip", "3"]
    assert Gathering({}, reader.read, reader.place).words(["fit", "--model.clip=3"]) == ["fit", "--model.clip=3"]


ALL, LEARNER_KINDS = (", ".join(sorted(CHOICES[key])) for key in ("data.preparation.superpixels", "model.learner"))
WRONG = {
    ("--data.preparation.superpixels.kind", "gradient"): ("there is no kind 'gradient'", ALL),
    ("--model.learner.kind", "sac"): ("there is no kind 'sac'", LEARNER_KINDS),
    ("--model.learner", "[1]"): ("expected settings with a kind, got [1]", LEARNER_KINDS),
    ("--model.learner.sampels", "4"): ("model.learner.sampels: ", "did you mean samples?"),
    ("--model.learner.samples", "many"): ("model.learner.samples: Input should be a valid integer", ""),
    ("--config", "FILE/guided.yaml", "--model.learner.samples", "1"): ("model.learner.samples: ", ""),
    ("--model.learner.alpha_init=3", "--model.learner.kind=guided"): ("model.learner: alpha_min <= alpha_init", ""),
    ("--model.learner", "guided"): ("--model.learner: guided is a kind", "say --model.learner.kind guided"),
    ("--config", "FILE/name.yaml"): ("name.yaml:", "say --model.learner.kind guided, in a file {kind: guided}"),
    ("--config", "FILE/nothing.yaml"): ("expected settings with a kind, got None", LEARNER_KINDS),
    ("--model.learner.kind", "guidde"): ("there is no kind 'guidde'", "did you mean guided?"),
    ("--model.learner.kind",): ("--model.learner.kind needs a value", ""),
    ("--model.learner.kind", "--model.learner.samples", "4"): ("--model.learner.kind needs a value", ""),
    ("--model.learner", "{kind: guided"): ("--model.learner: a '{' is not closed", "got '{kind: guided'"),
    ("--model.learner.kind=[a",): ("--model.learner.kind: ", "got '[a'"),
    # how it was said before
    ("--model.learner", "sac"): ("--model.learner sac is now said as --model.learner.kind guided\n", ""),
    ("--model.learner=policy_gradient",): ("is now said as --model.learner.kind policy_gradient\n", ""),
    ("--model.sac.samples", "4"): ("--model.sac.samples is now said as --model.learner.samples\n", ""),
    ("--model.sac.actor_loss", "pathwise"): ("is now said as --model.learner.kind\n", ""),
    ("--model.policy_gradient.lr=1",): ("--model.policy_gradient.lr is now said as --model.learner.lr\n", ""),
    ("--config", "FILE/old.yaml"): ("old.yaml:2:3: model.learner sac is now said as learner: {kind: guided}\n", ""),
    ("--config", "FILE/older.yaml"): ("model.sac is now said as model.learner: {kind: guided, ...}\n", ""),
    ("--config", "FILE/pathwise.yaml"): ("is now said as model.learner: {kind: pathwise, ...}\n", ""),
}


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_what_is_no_choice_is_said_in_a_line(gathered: Any, words: tuple[str, ...]) -> None:
    with pytest.raises(RlsegError) as caught:
        gathered("", *words)
    said = f"{caught.value}\n"
    assert all(part in said for part in WRONG[words])
    assert len(said.splitlines()) <= 2


def test_the_command_ends_with_code_2(printed: Any) -> None:
    code, text, said = printed("--model.learner", "sac")
    assert (code, text) == (2, "")
    assert said == "rlseg: error: --model.learner sac is now said as --model.learner.kind guided\n"


def test_help_lists_all_kinds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert f"one of the kinds {LEARNER_KINDS}: --model.learner.kind NAME" in text
    assert f"one of the kinds {ALL}:" in text
