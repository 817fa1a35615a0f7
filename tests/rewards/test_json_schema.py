"""The JSON schema accepts what the loader accepts, and rejects what an editor can see is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from rlseg.__main__ import main
from rlseg.rewards.group import TERM_KINDS
from rlseg.rewards.language.document import read_document
from rlseg.rewards.language.json_schema import reward_schema, schema_text
from rlseg.rewards.language.model_texts import example_of
from rlseg.rewards.language.schema import CLASS_KINDS

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "rewards" / "reward.schema.json"
SHIPPED = sorted((ROOT / "rewards").glob("*.yaml"))
EXAMPLES = sorted((ROOT / "tests" / "reward_files" / "ok").rglob("*.yaml"))
VALIDATOR = Draft202012Validator(reward_schema())


def plain(text: str) -> Any:
    tree, problems = read_document(text, "test")
    assert tree is not None
    assert not problems
    return tree.plain()


def test_committed_schema_is_up_to_date() -> None:
    """python -m experiments.reward_docs writes it anew."""
    assert COMMITTED.read_text() == schema_text()


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(reward_schema())


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reward", "schema"]) == 0
    assert json.loads(capsys.readouterr().out) == reward_schema()
    assert main(["reward", "schema", "-o", str(tmp_path / "schema.json")]) == 0
    assert json.loads((tmp_path / "schema.json").read_text()) == reward_schema()
    assert main(["reward", "schema", "-o", str(tmp_path / "nowhere" / "schema.json")]) == 2
    assert "cannot write" in capsys.readouterr().err


@pytest.mark.parametrize("path", SHIPPED + EXAMPLES, ids=lambda path: path.stem)
def test_right_files_are_valid(path: Path) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(plain(path.read_text()))] == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_files_name_the_schema(path: Path) -> None:
    assert path.read_text().startswith("# yaml-language-server: $schema=./reward.schema.json\n")


HEAD: dict[str, Any] = {"version": 1, "name": "t", "units": {"length": "px"}}


def with_term(term: Any, **more: Any) -> dict[str, Any]:
    return {**HEAD, "rewards": {"foreground": {"terms": {"t": term}}}, **more}


@pytest.mark.parametrize("kind", sorted(TERM_KINDS))
def test_examples_of_terms(kind: str) -> None:
    term = plain(example_of(TERM_KINDS[kind]))
    assert VALIDATOR.is_valid(with_term(term))
    assert not VALIDATOR.is_valid(with_term({**term, "kind": f"{kind}_x"}))
    assert not VALIDATOR.is_valid(with_term({**term, "scalee": 1}))
    assert not VALIDATOR.is_valid(with_term({**term, "weight": 0}))
    assert not VALIDATOR.is_valid(with_term({**term, "weight": "heavy"}))
    without_kind = {name: value for name, value in term.items() if name != "kind"}
    assert not VALIDATOR.is_valid(with_term(without_kind))
    # a change of an inherited term needs no kind, and null removes it
    for change in (without_kind, {"weight": 2}, {"weight": None}, None):
        child = {**with_term(change), "extends": "./parent.yaml"}
        assert VALIDATOR.is_valid(child)
    assert not VALIDATOR.is_valid({**with_term({"scalee": 1}), "extends": "./parent.yaml"})


@pytest.mark.parametrize("kind", sorted(CLASS_KINDS))
def test_examples_of_classes(kind: str) -> None:
    rule = plain(example_of(CLASS_KINDS[kind]))
    file = {**HEAD, "rewards": {"foreground": 0.5, "a": 0}}
    assert VALIDATOR.is_valid({**file, "classes": {"a": rule}})
    assert not VALIDATOR.is_valid({**file, "classes": {"a": {**rule, "kind": "x"}}})
    assert not VALIDATOR.is_valid({**file, "classes": {"a": {**rule, "x": 1}}})


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"units": {"length": "mm"}},
        {"units": {}},
        {"rewards": {"foreground": 1.5}},
        {"rewards": {"two words": 0.5}},
        {"rewards": {"foreground": {"terms": {}}}},
        {"edges": {"cut": "maximum"}},
        {"clases": {}},
    ],
    ids=str,
)
def test_wrong_files_are_not_valid(change: dict[str, Any]) -> None:
    right = {**HEAD, "rewards": {"foreground": 0.5}}
    assert VALIDATOR.is_valid(right)
    assert not VALIDATOR.is_valid({**right, **change})


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["version", "name", "units", "rewards"]), st.booleans())
def test_what_is_required_is_required_of_whole_files_only(key: str, extends: bool) -> None:
    file: dict[str, Any] = {**HEAD, "rewards": {"foreground": 0.5}}
    del file[key]
    if extends:
        file["extends"] = "./parent.yaml"
    assert VALIDATOR.is_valid(file) == (extends and key != "version")


def test_every_definition_and_every_key_is_described() -> None:
    definitions = reward_schema()["$defs"]
    for name, definition in definitions.items():
        if name.startswith("Partial") or "properties" not in definition:
            continue
        assert definition["description"], name
        silent = [key for key, value in definition["properties"].items() if not value.get("description")]
        assert silent in ([], ["kind"]), (name, silent)
