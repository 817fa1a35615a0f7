"""The JSON schema of reward files, for editors that complete and check YAML while it is written."""

from __future__ import annotations

import copy
import json
from typing import Any

from pydantic import BaseModel

from rlseg.rewards.language.model_texts import field_docs, models_in, summary
from rlseg.rewards.language.schema import RewardFile

Json = dict[str, Any]

_WHOLE = "Reward"
_PARTIAL = "Partial"
_REFERENCE = "#/$defs/"


def reward_schema() -> Json:
    """JSON schema (draft 2020-12) of a reward file.

    A file with `extends` holds changes only: for it, nothing is required and null removes what is inherited. The
    partial schemas are derived from the whole ones.

    Returns:
        Plain data: `if extends then PartialReward else Reward`.
    """
    schema = RewardFile.model_json_schema()
    definitions: Json = schema.pop("$defs")
    definitions[_WHOLE] = schema
    models = {model.__name__: model for model in _reachable(RewardFile)} | {_WHOLE: RewardFile}
    for name, definition in definitions.items():
        if name in models:
            _describe(definition, models[name])
    definitions = {name: _tidy(definition) for name, definition in sorted(definitions.items())}
    partial = {_PARTIAL + name: _relaxed(definition) for name, definition in definitions.items()}
    partial[_PARTIAL + _WHOLE]["properties"] = {
        "extends": {
            "type": "string",
            "pattern": r"\.ya?ml$",
            "description": "The file to build on, relative to this one; null removes what is inherited.",
        },
        **partial[_PARTIAL + _WHOLE]["properties"],
        "version": definitions[_WHOLE]["properties"]["version"],
    }
    partial[_PARTIAL + _WHOLE]["required"] = ["version", "extends"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "rlseg reward file",
        "type": "object",
        "if": {"required": ["extends"]},
        "then": {"$ref": f"{_REFERENCE}{_PARTIAL}{_WHOLE}"},
        "else": {"$ref": f"{_REFERENCE}{_WHOLE}"},
        "$defs": definitions | partial,
    }


def schema_text() -> str:
    """The schema as it stands in rewards/reward.schema.json."""
    return json.dumps(reward_schema(), indent=1, ensure_ascii=False) + "\n"


def _reachable(model: type[BaseModel]) -> list[type[BaseModel]]:
    """The model and all models that stand in its fields."""
    found = [model]
    for known in found:
        inner = (other for field in known.model_fields.values() for other in models_in(field.annotation))
        found += [other for other in dict.fromkeys(inner) if other not in found]
    return found


def _describe(definition: Json, model: type[BaseModel]) -> None:
    definition["description"] = summary(model)
    for name, text in field_docs(model).items():
        if name in definition["properties"]:
            definition["properties"][name]["description"] = text


def _tidy(value: Any, keys_are_names: bool = False) -> Any:
    """Without the titles that pydantic makes up, and with no other keys than those the patterns allow."""
    if isinstance(value, list):
        return [_tidy(item) for item in value]
    if not isinstance(value, dict):
        return value
    tidy = {
        key: _tidy(item, keys_are_names=key in ("properties", "$defs"))
        for key, item in value.items()
        if keys_are_names or key not in ("title", "examples")
    }
    if "patternProperties" in tidy and not keys_are_names:
        tidy["additionalProperties"] = False
    return tidy


def _relaxed(definition: Json) -> Json:
    """The same for a file that changes another: nothing is required, null is allowed, defaults are inherited."""
    relaxed: Json = _relax(copy.deepcopy(definition))
    relaxed["description"] = definition.get("description", "")
    return relaxed


def _relax(value: Any, keys_are_names: bool = False) -> Any:
    if isinstance(value, list):
        return [_relax(item) for item in value]
    if not isinstance(value, dict):
        return value
    if keys_are_names:
        return {name: {"anyOf": [_relax(item), {"type": "null"}]} for name, item in value.items()}
    if "$ref" in value:
        return {"$ref": value["$ref"].replace(_REFERENCE, _REFERENCE + _PARTIAL)}
    relaxed: Json = {}
    for key, item in value.items():
        if key in ("required", "default", "minProperties"):
            continue
        named = key in ("properties", "patternProperties")
        # without its kind, a change of a term fits more than one
        relaxed["anyOf" if key == "oneOf" else key] = _relax(item, named) if isinstance(item, dict | list) else item
    return relaxed
