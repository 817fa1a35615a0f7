"""Where two nested settings say different things."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from jsonargparse import Namespace

NOTHING = object()
LONGEST = 60


def differences(one: Any, other: Any, key: str = "", whole: bool = False) -> Iterator[tuple[str, Any, Any]]:
    """Go through two nested settings.

    Args:
        one, other: plain nested values, as `plain` makes them.
        key: of both.
        whole: whether what `one` does not say counts as well.

    Returns:
        Key and both values of each difference; NOTHING where one of them says nothing.
    """
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        names = [*one, *(name for name in other if whole and name not in one)]
        for name in names:
            below = f"{key}.{name}" if key else str(name)
            yield from differences(one.get(name, NOTHING), other.get(name, NOTHING), below, whole)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other) and whole:
        for number, pair in enumerate(zip(one, other, strict=True), start=1):
            yield from differences(*pair, f"{key}.{number}", whole)
    elif one != other:
        yield key, one, other


def plain(value: Any) -> Any:
    """Namespaces as dicts, tuples as lists; everything else as it is."""
    if isinstance(value, Namespace):
        return {name: plain(part) for name, part in vars(value).items()}
    if isinstance(value, Mapping):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value


def show(value: Any) -> str:
    """A value as YAML would say it, in a few words."""
    if value is NOTHING:
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 4]} ..."
