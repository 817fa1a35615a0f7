"""Kinds by name: a new one is one new file in the folder of its kind, nothing else needs to know."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Collection, Iterator, Mapping
from importlib.metadata import entry_points
from types import ModuleType
from typing import Annotated, Any, TypeVar, Union, get_args

from pydantic import BaseModel, Discriminator, Field, Tag

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)


def find_kinds(package: str, base: type[T]) -> dict[str, type[T]]:
    """All concrete subclasses of `base` that the modules of a package define.

    Args:
        package: dotted name of the package whose modules are imported, in alphabetical order.
        base: an abstract class; each concrete subclass says its name in `kind`, a text, or for models a field that is
            a Literal of one name.

    Returns:
        kind -> class.

    Raises:
        ValueError: two classes share a kind, or a class has no kind.
    """
    kinds: dict[str, type[T]] = {}
    for module in modules_of(package):
        for _, member in inspect.getmembers(module, inspect.isclass):
            if member.__module__ != module.__name__ or not issubclass(member, base) or inspect.isabstract(member):
                continue
            kind = kind_of(member)
            if kind is None or kind in kinds:
                raise ValueError(f"{member.__qualname__}: kind must be one name that is not taken yet")
            kinds[kind] = member
    return kinds


def find_marks(package: str, kind: type[T]) -> list[T]:
    """All objects of a class that the modules of a package hold at their top, for kinds that are more than one class.

    Args:
        package: dotted name of the package whose modules are imported, in alphabetical order.
        kind: the class.
    """
    return [
        found
        for module in modules_of(package)
        for _, found in inspect.getmembers(module, lambda member: isinstance(member, kind))
    ]


def modules_of(package: str) -> Iterator[ModuleType]:
    """The modules of a package, imported in alphabetical order of their names."""
    root = importlib.import_module(package)
    for name in sorted(module.name for module in pkgutil.iter_modules(root.__path__)):
        yield importlib.import_module(f"{package}.{name}")


def kind_of(cls: type) -> str | None:
    """The name that a class says in `kind`, or None."""
    if issubclass(cls, BaseModel):
        names = get_args(cls.model_fields["kind"].annotation)
        return names[0] if len(names) == 1 else None
    kind = getattr(cls, "kind", None)
    return kind if isinstance(kind, str) else None


def installed_kinds(group: str, base: type[M], taken: Collection[str]) -> tuple[dict[str, type[M]], dict[str, str]]:
    """Kinds that installed packages offer as entry points, "kind = package.module:Class".

    Args:
        group: name of the group of entry points.
        base: what the classes must be derived from.
        taken: kinds that exist already.

    Returns:
        kind -> class; and kind -> what is wrong with it, for those that cannot be used.
    """
    kinds: dict[str, type[M]] = {}
    broken: dict[str, str] = {}
    for entry in entry_points(group=group):
        try:
            found = entry.load()
        except (Exception, SystemExit) as error:  # a faulty package must not keep the others from working
            broken[entry.name] = f"{entry.value} cannot be imported ({type(error).__name__})"
            continue
        if not inspect.isclass(found) or not issubclass(found, base) or inspect.isabstract(found):
            broken[entry.name] = f"{entry.value} is no complete subclass of {base.__module__}.{base.__name__}"
        elif get_args(found.model_fields["kind"].annotation) != (entry.name,):
            broken[entry.name] = f"{entry.value} must declare kind: Literal[{entry.name!r}]"
        elif entry.name in taken or entry.name in kinds:
            broken[entry.name] = f"{entry.value} takes a name that exists already"
        else:
            kinds[entry.name] = found
    return kinds, {name: reason for name, reason in broken.items() if name not in kinds and name not in taken}


def _tag(value: Any) -> str | None:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return f"<{kind}>" if isinstance(kind, str) else None


def union_of(kinds: Mapping[str, type[M]]) -> Any:
    """The annotation of a field that holds one of these kinds, told apart by the key `kind`."""
    members = tuple(Annotated[cls, Tag(f"<{kind}>")] for kind, cls in kinds.items())
    return Annotated[Union[members], Discriminator(_tag)]  # noqa: UP007 - a union made at run time


def any_of(kinds: Mapping[str, type[M]]) -> Any:
    """The same for settings, whose errors name no tags."""
    return Annotated[Union[tuple(kinds.values())], Field(discriminator="kind")]  # noqa: UP007
