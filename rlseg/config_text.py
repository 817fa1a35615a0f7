"""Configuration files as people write them, for the parser of the command line."""

from __future__ import annotations

from typing import Any, get_args

import yaml
from jsonargparse import get_loader, set_loader

from rlseg.data.prepare import Superpixels
from rlseg.errors import RlsegError

_CLASSES = {found.model_fields["kind"].default: found for found in get_args(get_args(Superpixels)[0])}
_load_yaml = get_loader("yaml")


def accept_kinds() -> None:
    """From now on `superpixels: {kind: ...}` is read as the class of that kind.

    The parser would fill in the class of the default and then refuse the kind of any other. Reading a kind or a setting
    that there is not raises an RlsegError.
    """
    set_loader("yaml", _load, (yaml.YAMLError,))


def _load(text: str) -> Any:
    return _with_classes(_load_yaml(text))


def _with_classes(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    read = {key: _with_classes(part) for key, part in value.items()}
    given = read.get("superpixels")
    if isinstance(given, dict) and "kind" in given and "class_path" not in given:
        read["superpixels"] = _class_of(given)
    return read


def _class_of(given: dict[str, Any]) -> dict[str, Any]:
    kind = given["kind"]
    if kind not in _CLASSES:
        raise RlsegError(f"there are no superpixels of kind {kind!r}", f"known kinds: {', '.join(sorted(_CLASSES))}")
    found = _CLASSES[kind]
    settings = {key: part for key, part in given.items() if key != "kind"}
    for key in settings.keys() - found.model_fields.keys():
        known = sorted(found.model_fields.keys() - {"kind"})
        raise RlsegError(f"superpixels of kind {kind} have no setting {key!r}", f"known settings: {', '.join(known)}")
    return {"class_path": f"{found.__module__}.{found.__name__}", "init_args": settings}
