"""What a file about volumes asks for that there is of images alone, and the other way round."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import BaseModel

from rlseg.rewards.edge_terms import EDGE_KEYS
from rlseg.rewards.language.document import Node
from rlseg.rewards.language.errors import Problem
from rlseg.rewards.language.findings import Finding, Path, show_path
from rlseg.rewards.measure import DESCRIPTORS, VOLUME_DESCRIPTORS
from rlseg.rewards.properties import PropertyName
from rlseg.rewards.words import nearest, quote

_OTHERS = "docs/volumes.md lists what there is"


def check_dimensions(root: Node, users: Iterable[tuple[Path, Node, type[BaseModel]]]) -> Iterator[Finding]:
    """What has no meaning for what the file judges, each at its place.

    Args:
        root: the file.
        users: path, node and type of its terms and class rules.
    """
    dimensions = root.children.get("dimensions")
    volumes = dimensions is not None and dimensions.value == 3
    for path, node, model in users:
        kind = node.children.get("kind")
        if volumes and not getattr(model, "VOLUMES", False):
            word = model.__name__ if kind is None else str(kind.value)
            yield _images_alone(path, f"the kind {quote(word)}", node if kind is None else kind)
        if volumes and "channel" in model.model_fields:
            yield from _check_channel(path, node)
        for field, info in model.model_fields.items():
            given = node.children.get(field)
            if given is not None and any(isinstance(mark, PropertyName) for mark in info.metadata):
                yield from _check_property((*path, field), given, volumes)
    if volumes:
        yield from _check_sections(root)


def _check_property(path: Path, given: Node, volumes: bool) -> Iterator[Finding]:
    there, elsewhere = (VOLUME_DESCRIPTORS, DESCRIPTORS) if volumes else (DESCRIPTORS, VOLUME_DESCRIPTORS)
    name = str(given.value)
    if name in there or name not in elsewhere:
        return
    what = "images" if volumes else "volumes"
    message = f"{show_path(path)}: {quote(name)} is a property of {what} alone"
    hint = None if volumes else "if the file is about volumes, say dimensions: 3 at its top"
    near = nearest(name, there)
    problem = Problem(
        "bad-reference", message, given.place, suggestion=near, word=name, allowed=tuple(sorted(there)), hint=hint
    )
    yield Finding(problem, path)


def _check_channel(path: Path, node: Node) -> Iterator[Finding]:
    """Pictures made from the channels of a volume are looked at for objects alone, not measured."""
    given = node.children.get("channel")
    if given is None or isinstance(given.value, int):
        return
    what = "a channel made from others" if given.children else f"the channel {quote(str(given.value))}"
    yield _images_alone((*path, "channel"), what, given)


def _check_sections(root: Node) -> Iterator[Finding]:
    for name in ("geometry", "supervised"):
        if name in root.children:
            yield _images_alone((), f"the section {quote(name)}", root.children[name], at_key=True)
    if "tracks" in root.children:
        yield from _check_tracks(root.children["tracks"])
    edges = root.children.get("edges")
    for key in EDGE_KEYS:
        found = None if edges is None else edges.children.get(key.name)
        if found is not None and found.value is not None and not key.volumes:
            yield _images_alone(("edges",), quote(key.name), found, at_key=True)
        elif found is not None:
            yield from _check_channel(("edges", key.name), found)
    objects = root.children.get("objects")
    look = None if objects is None else objects.children.get("look")
    if look is not None and look.value == "different":
        yield _images_alone(("objects", "look"), quote(str(look.value)), look)
    channel = None if objects is None else objects.children.get("channel")
    if channel is not None and channel.children:
        yield _images_alone(("objects", "channel"), "a channel made from others", channel)
    rewards = root.children.get("rewards")
    for name, node in (rewards.children if rewards is not None else {}).items():
        border = node.children.get("at_border")
        if border is not None and border.value == "continued":
            yield _images_alone(("rewards", name, "at_border"), quote("continued"), border)


def _check_tracks(tracks: Node) -> Iterator[Finding]:
    """Volumes of a film are segmented one by one and then linked."""
    for name in ("joint", "pay"):
        given = tracks.children.get(name)
        if given is not None and given.value not in (None, False, 0):
            yield _images_alone(("tracks", name), quote(name), given, at_key=True)
    division = tracks.children.get("division")
    for path, part in ((("tracks",), tracks), (("tracks", "division"), division)):
        terms = None if part is None else part.children.get("terms")
        for name, term in (terms.children if terms is not None else {}).items():
            given = term.children.get("property")
            if given is not None:
                yield from _check_property((*path, "terms", name, "property"), given, True)


def _images_alone(path: Path, what: str, node: Node, at_key: bool = False) -> Finding:
    where = f"{show_path(path)}: " if path else ""
    place = node.key if at_key and node.key is not None else node.place
    return Finding(
        Problem("bad-reference", f"{where}{what} is for images alone, not for volumes", place, hint=_OTHERS), path
    )
