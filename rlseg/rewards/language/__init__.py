"""YAML to a checked tree, and what can be said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlseg.arrays import lazy_names
from rlseg.rewards.language.document import MOST_BYTES, Node, read_document, too_large
from rlseg.rewards.language.earlier import EARLIER_KINDS, earlier_words
from rlseg.rewards.language.errors import Problem, RewardFileError
from rlseg.rewards.language.findings import Path, locate
from rlseg.rewards.language.load import load_reward, load_tree, parse_reward, stored_reward
from rlseg.rewards.language.schema import CLASS_KINDS, FOREGROUND, PlainDumper, RewardFile

if TYPE_CHECKING:
    from rlseg.rewards.language.fields import members
    from rlseg.rewards.language.json_schema import schema_text
    from rlseg.rewards.language.model_texts import FieldText, example_of, field_texts, models_in, show_value, summary

__all__ = [
    "CLASS_KINDS",
    "EARLIER_KINDS",
    "FOREGROUND",
    "MOST_BYTES",
    "FieldText",
    "Node",
    "Path",
    "PlainDumper",
    "Problem",
    "RewardFile",
    "RewardFileError",
    "earlier_words",
    "example_of",
    "field_texts",
    "load_reward",
    "load_tree",
    "locate",
    "members",
    "models_in",
    "parse_reward",
    "read_document",
    "schema_text",
    "show_value",
    "stored_reward",
    "summary",
    "too_large",
]

# loaded when asked for: a prediction must not wait for what explains the language
__getattr__ = lazy_names(
    __name__,
    {
        "fields": ("members",),
        "json_schema": ("schema_text",),
        "model_texts": ("FieldText", "example_of", "field_texts", "models_in", "show_value", "summary"),
    },
)
