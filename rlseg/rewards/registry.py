"""Kinds by name: a new prior is one new file in `terms/` (or `classes/`), nothing else needs to know."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import Annotated, Any, TypeVar, Union, get_args

from pydantic import BaseModel, Discriminator, Tag

T = TypeVar("T", bound=BaseModel)


def find_kinds(package: str, base: type[T]) -> dict[str, type[T]]:
    """All concrete subclasses of `base` that the modules of a package define.

    Args:
        package: dotted name of the package whose modules are imported, in alphabetical order.
        base: an abstract model with a field `kind`, a Literal of one name in each concrete subclass.

    Returns:
        kind -> class.

    Raises:
        ValueError: two classes share a kind, or a class has no kind.
    """
    kinds: dict[str, type[T]] = {}
    root = importlib.import_module(package)
    for module_name in sorted(module.name for module in pkgutil.iter_modules(root.__path__)):
        module = importlib.import_module(f"{package}.{module_name}")
        for _, member in inspect.getmembers(module, inspect.isclass):
            if member.__module__ != module.__name__ or not issubclass(member, base) or inspect.isabstract(member):
                continue
            names = get_args(member.model_fields["kind"].annotation)
            if len(names) != 1 or names[0] in kinds:
                raise ValueError(f"{member.__qualname__}: kind must be a Literal of one name that is not taken yet")
            kinds[names[0]] = member
    return kinds


def _tag(value: Any) -> str | None:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return f"<{kind}>" if isinstance(kind, str) else None


def union_of(kinds: dict[str, type[T]]) -> Any:
    """The annotation of a field that holds one of these kinds, told apart by the key `kind`."""
    members = tuple(Annotated[cls, Tag(f"<{kind}>")] for kind, cls in kinds.items())
    return Annotated[Union[members], Discriminator(_tag)]  # noqa: UP007 - a union made at run time
