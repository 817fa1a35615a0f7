"""From the place of an error in the data to the field of the schema that stands there."""

from __future__ import annotations

from collections.abc import Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, Tag

Location = Sequence[int | str]


def is_tag(part: int | str) -> bool:
    """Whether a part of a pydantic location names a member of a union instead of a key of the file."""
    return isinstance(part, str) and part.startswith("<") and part.endswith(">")


def model_at(model: type[BaseModel], location: Location) -> type[BaseModel] | None:
    """The model that checks the data at a location, or None if it is not a model."""
    return next(iter(models_at(model, location)), None)


def models_at(model: type[BaseModel], location: Location) -> list[type[BaseModel]]:
    """All models that may check the data at a location; several where a mapping can have one of several forms."""
    found = [_strip(member) for member in members(_annotation_at(model, location))]
    return [member for member in found if isinstance(member, type) and issubclass(member, BaseModel)]


def choices_at(model: type[BaseModel], location: Location) -> tuple[Any, ...]:
    """The values that the Literal at a location allows; none if it is no Literal."""
    found = _annotation_at(model, location)
    return tuple(value for member in members(found) for value in get_args(member) if isinstance(value, str | int))


def tags_at(model: type[BaseModel], location: Location) -> tuple[str, ...]:
    """The tags of the union at a location, without brackets."""
    tags = (_tag_of(member) for member in members(_annotation_at(model, location)))
    return tuple(tag.strip("<>") for tag in tags if tag is not None)


def _annotation_at(model: type[BaseModel], location: Location) -> Any:
    annotation: Any = model
    for part in location:
        annotation = _step(annotation, part)
    return _strip(annotation)


def _step(annotation: Any, part: int | str) -> Any:
    if is_tag(part):
        return next((member for member in members(annotation) if _tag_of(member) == part), None)
    for member in members(annotation):
        bare = _strip(member)
        if isinstance(bare, type) and issubclass(bare, BaseModel):
            if str(part) in bare.model_fields:
                return bare.model_fields[str(part)].annotation
        elif get_origin(bare) in (dict, list, tuple):
            return get_args(bare)[1 if get_origin(bare) is dict else 0]
    return None


def _strip(annotation: Any) -> Any:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return annotation


def members(annotation: Any) -> tuple[Any, ...]:
    """The members of a union, of unions in it as well, each with its tag."""
    bare = _strip(annotation)
    if get_origin(bare) not in (Union, UnionType):
        return (annotation,)
    found: list[Any] = []
    for member in get_args(bare):
        found += [member] if _tag_of(member) is not None else members(member)
    return tuple(found)


def _tag_of(annotation: Any) -> str | None:
    marks = getattr(annotation, "__metadata__", ())
    return next((mark.tag for mark in marks if isinstance(mark, Tag)), None)
