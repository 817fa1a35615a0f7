"""Which image of an OME-Zarr folder is meant: its own, one of several inside, or the labels inside an image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlseg.errors import RlsegError
from rlseg.io.decode.content import Wanted, pick

_KIND = "OME-Zarr images"


@dataclass(frozen=True)
class NgffImage:
    """One image of an OME-Zarr folder.

    Attributes:
        place: of its group in the folder, or "" if it is the folder itself.
        multiscale: NGFF's description of it.
        finest: the entry of its finest resolution.
        array: that resolution, an array of zarr that has not been read.
        labels: whether it says that it holds labels.
        channels: the names of its channels, if all have one.
    """

    place: str
    multiscale: dict[str, Any]
    finest: dict[str, Any]
    array: Any
    labels: bool
    channels: tuple[str, ...] = ()


def choose(path: Path, group: Any, wanted: Wanted) -> NgffImage:
    """The image that is wanted.

    Folders of bioformats2raw and others hold their images in groups 0, 1, ... An image may hold its labels in
    labels/NAME: where labels are wanted and there is one NAME, these are taken.

    Args:
        path: of the folder, for messages.
        group: of zarr.
        wanted: what is to be read.

    Raises:
        RlsegError: there is none, or several and no choice; it is an image without labels where these are wanted; or
            its description is incomplete.
    """
    if "plate" in _ome(path, group):
        raise RlsegError(
            f"{path} is an OME-Zarr plate of many images",
            f'name one, like {path / "A" / "1" / "0"}, or a pattern, "{path}/*/*/*"',
        )
    images = _images(path, group)
    place, multiscale = images[pick(path, [name for name, _ in images], wanted, _KIND)]
    group = group[place] if place else group
    if wanted.labels and "image-label" not in _ome(path, group):
        names = _labels_of(path, group)
        if len(names) > 1:
            inside = path / place / "labels" / names[0]
            listed = ", ".join(names)
            raise RlsegError(f"{path} holds {len(names)} label images: {listed}", f"name one of them, like {inside}")
        if names:
            place = "/".join(part for part in (place, "labels", names[0]) if part)
            group = group["labels"][names[0]]
            multiscale = next((found for _, found in _images(path, group)), {})
        elif "omero" in _ome(path, group):
            raise RlsegError(f"{path} is an OME-Zarr image without labels in it", "labels are needed here")
    try:
        finest = dict(multiscale["datasets"][0])
        found = str(finest["path"])
        named = [str(axis["name"]) for axis in multiscale["axes"]]
    except (LookupError, TypeError, AttributeError, ValueError):
        raise RlsegError(
            f"cannot read {path}: its OME-Zarr description does not name its axes and resolutions",
            "open it elsewhere and save it again",
        ) from None
    if not named or found not in group:
        raise RlsegError(f"cannot read {path}: its OME-Zarr description names {found!r}, which is not there", "copy it")
    ome = _ome(path, group)
    return NgffImage(place, multiscale, finest, group[found], "image-label" in ome, _channels(ome))


def _images(path: Path, group: Any) -> list[tuple[str, dict[str, Any]]]:
    """Group inside, or "", and description of each image; those inside are in the order of their numbers or names."""
    own = [("", dict(found)) for found in _ome(path, group).get("multiscales", [])]
    if own:
        return own
    listed = _ome(path, group["OME"]).get("series") if "OME" in group else None
    there = set(group.group_keys()) - {"OME", "labels"}
    names = listed if isinstance(listed, list) else sorted(there, key=_natural)
    inside = [(str(name), _ome(path, group[str(name)])) for name in names if str(name) in there]
    return [(name, dict(ome["multiscales"][0])) for name, ome in inside if ome.get("multiscales")]


def _labels_of(path: Path, group: Any) -> list[str]:
    if "labels" not in group:
        return []
    listed, there = _ome(path, group["labels"]).get("labels"), sorted(group["labels"].group_keys())
    return [str(name) for name in listed if str(name) in there] if isinstance(listed, list) else there


def _ome(path: Path, group: Any) -> dict[str, Any]:
    """What OME says of a group: version 0.5 under a key of its own, 0.4 beside other attributes."""
    attributes = dict(group.attrs)
    found = attributes.get("ome", attributes)
    if not isinstance(found, dict):
        raise RlsegError(f"cannot read {path}: its OME-Zarr description is {found!r:.40}", "copy it again")
    return found


def _channels(ome: dict[str, Any]) -> tuple[str, ...]:
    match ome.get("omero"):
        case {"channels": [*channels]}:
            names = [channel.get("label") if isinstance(channel, dict) else None for channel in channels]
            return tuple(str(name) for name in names) if all(names) else ()
    return ()


def _natural(name: str) -> tuple[int, int, str]:
    return (0, int(name), "") if name.isdecimal() else (1, 0, name)
