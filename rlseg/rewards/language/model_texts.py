"""What the models say of themselves: docstrings, fields, ranges and examples, for schema, `explain` and the manual."""

from __future__ import annotations

import ast
import inspect
import textwrap
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import AfterValidator, BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from rlseg.rewards.language.fields import members
from rlseg.rewards.model import ClassReference
from rlseg.rewards.properties import PropertyName

_BOUNDS: tuple[tuple[type, str, str], ...] = (
    (Gt, "gt", "> {}"),
    (Ge, "ge", ">= {}"),
    (Lt, "lt", "< {}"),
    (Le, "le", "<= {}"),
    (MinLen, "min_length", "at least {} entries"),
    (MaxLen, "max_length", "at most {} entries"),
)
_PLAIN = {float: "number", int: "whole number", str: "text", bool: "true or false", type(None): None}


@dataclass(frozen=True)
class FieldText:
    """One key of a mapping in the file, in words: its name, what can stand there, its default, what it means."""

    name: str
    values: str
    default: str
    text: str


@cache
def field_docs(model: type[BaseModel]) -> dict[str, str]:
    """The docstrings under the fields of a model and of those it inherits from, as one line each.

    They are read from the source when needed: pydantic would read them whenever a model is imported.
    """
    found: dict[str, str] = {}
    for cls in reversed(model.__mro__):
        if not issubclass(cls, BaseModel) or cls is BaseModel:
            continue
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
        except (OSError, TypeError, SyntaxError):  # a class without a source file
            continue
        (definition,) = (node for node in tree.body if isinstance(node, ast.ClassDef))
        name = None
        for statement in definition.body:
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                name = statement.target.id
            elif name is not None and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                found[name] = " ".join(inspect.cleandoc(str(statement.value.value)).split())
                name = None
            else:
                name = None
    # fields that were not written in a class say it themselves
    found |= {name: field.description for name, field in model.model_fields.items() if field.description}
    return {name: text for name, text in found.items() if name in model.model_fields}


def summary(model: type[BaseModel]) -> str:
    """The docstring of a model with the indentation removed."""
    return inspect.getdoc(model) or ""


def field_texts(model: type[BaseModel], without: tuple[str, ...] = ()) -> list[FieldText]:
    """All keys of a mapping in words; those that must be given first."""
    docs = field_docs(model)
    texts = [
        FieldText(name, _values(field), _default(field), docs.get(name, ""))
        for name, field in model.model_fields.items()
        if name != "kind" and name not in without
    ]
    return sorted(texts, key=lambda field: field.default != "required")


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """The models that an annotation names, in lists and mappings too, but not those in their fields."""
    found: dict[type[BaseModel], None] = {}
    for member in members(annotation):
        while hasattr(member, "__metadata__"):
            member = get_args(member)[0]
        if isinstance(member, type) and issubclass(member, BaseModel):
            found[member] = None
        else:
            inner = members(member) if len(members(member)) > 1 else get_args(member)
            found |= dict.fromkeys(model for part in inner for model in models_in(part))
    return list(found)


def example_of(model: type[BaseModel]) -> str:
    """The YAML flow mapping of a kind: its EXAMPLE, else made of the examples of the fields that must be given."""
    example = getattr(model, "EXAMPLE", None)
    if example:
        return str(example)
    (kind,) = get_args(model.model_fields["kind"].annotation)
    words = [f"kind: {kind}"]
    for name, field in model.model_fields.items():
        if field.examples and (field.is_required() or field.validate_default):
            words.append(f"{name}: {field.examples[0]}")
    return "{" + ", ".join(words) + "}"


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is PydanticUndefined:
        return "required"
    if value is None or isinstance(value, BaseModel):
        return "none" if field.validate_default is not True else "see text"
    return show_value(value)


def show_value(value: Any) -> str:
    """A value as it stands in a reward file."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(show_value(item) for item in value) + "]"
    if isinstance(value, BaseModel):
        return show_value(value.model_dump(exclude_defaults=True))
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {show_value(item)}" for name, item in value.items()) + "}"
    return "none" if value is None else str(value)


def _values(field: FieldInfo) -> str:
    """What can stand in a field, for people: "number > 0", "one of ...", "a class"."""
    marks = list(field.metadata)
    if any(isinstance(mark, ClassReference) for mark in marks):
        return "a class of the file"
    if any(isinstance(mark, PropertyName) for mark in marks):
        return "a property"
    return _named(field.annotation, marks)


def _named(annotation: Any, marks: list[Any]) -> str:
    found = [_named_one(member, marks) for member in members(annotation)]
    return " or ".join(dict.fromkeys(text for text in found if text))


def _named_one(annotation: Any, marks: list[Any]) -> str:
    while hasattr(annotation, "__metadata__"):
        marks = [*marks, *annotation.__metadata__]
        annotation = get_args(annotation)[0]
    if len(members(annotation)) > 1:
        return _named(annotation, marks)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return ", ".join(str(choice) for choice in arguments)
    if origin is tuple:
        if arguments[-1] is Ellipsis:
            return f"list of {_named(arguments[0], [])}"
        ordered = any(isinstance(mark, AfterValidator) for mark in marks)
        return "[low, high]" if ordered else f"[{', '.join(_named(argument, []) for argument in arguments)}]"
    if origin is list:
        return f"list of {_named(arguments[0], [])}"
    if origin is dict:
        return "mapping name: ..."
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "mapping with " + ", ".join(annotation.model_fields)
    plain = _PLAIN.get(annotation, "any value")
    return "" if plain is None else " ".join([plain, *_bounds(marks)])


def _bounds(marks: list[Any]) -> list[str]:
    flat = [part for mark in marks for part in (mark.metadata if isinstance(mark, FieldInfo) else [mark])]
    found = [
        text.format(show_value(getattr(mark, name)))
        for mark in flat
        for cls, name, text in _BOUNDS
        if isinstance(mark, cls)
    ]
    return [" and ".join(dict.fromkeys(found))] if found else []
