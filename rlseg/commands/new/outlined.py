"""A reward file from a few outlined objects."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rlseg.arrays import Floats, Labels
from rlseg.commands.new.images import Looked, Seen
from rlseg.commands.new.plan import MOST_CHANNELS, Asked, Example, Plan, objects_section, pictures
from rlseg.commands.notes import warn, warn_of_each
from rlseg.data import Normalisation, Preparation
from rlseg.environment import Appearance, appearance_of
from rlseg.errors import RlsegError
from rlseg.graph import measure_regions
from rlseg.io import OutlineFile, find_outlines, read_image, read_outlines
from rlseg.prediction.choosing import choose
from rlseg.prediction.outlined import rules_from_outlines
from rlseg.rewards import Channel, Look, Objects, Reward
from rlseg.rewards.language import parse_reward
from rlseg.rewards.measure import Segments

_BETTER = 1.25
# a few objects are more alike than all
_WIDER = 1.1
_NONE = "no outlines in "


def beside(images: Path) -> tuple[OutlineFile, ...]:
    """Outlines that lie beside the images of a folder; none if there are none, or cannot be told from each other."""
    if not images.is_dir():
        return ()
    try:
        return find_outlines(images, images, lambda _: None)
    except RlsegError as error:
        if not error.message.startswith(_NONE):
            warn(f"outlines beside the images are not used: {error.message}")
        return ()


def plan_outlined(name: str, seen: Seen, asked: Asked, files: Sequence[OutlineFile]) -> Plan:
    """Measure outlined objects: what they look like, how wide they are, and the terms that tell them.

    Args:
        name: of the reward.
        seen: the images.
        asked: what is known.
        files: of outlines, each with its image.

    Raises:
        RlsegError: a file cannot be used, or there are less than three whole objects.
    """
    images, labels = _read(files)
    channel, appearance = _channel(images, labels, asked.channel, seen.channels)
    look: Look = asked.look or appearance.look
    rim = None
    if look == "outlined":
        rim = "bright" if np.median(appearance.ridge) >= 0 else "dark"
    width = asked.width or _widths(labels)
    count = len(appearance.apart)
    where = f"{count} outlined objects in {len(files)} image(s)"
    width_from = "as you say" if asked.width else f"measured: four of five of {where}"
    look_from = "as you say" if asked.look else f"measured on {where}"
    section, said = objects_section(width, width_from, look, look_from, rim, channel)
    objects = Objects.model_validate({"width": width, "look": look, "channel": channel} | ({"rim": rim} if rim else {}))
    preparation = Preparation(objects=objects)
    first = parse_reward(rules_from_outlines(files, preparation, name=name).text, name)
    # what superpixels can show is measured on those that a training with such rules takes
    preparation = choose(Reward(first), preparation, [image.raw for image in seen.looked_at]).preparation
    rules = rules_from_outlines(files, preparation, name=name)
    warn_of_each(rules.notes)
    example = Example(images[0], labels[0], "outlined")
    return Plan(_with_objects(rules.text, section), f"measured on {where}", example, (*said, *rules.report[1:]))


def _with_objects(text: str, section: str) -> str:
    """The measured file with the section `objects:` after its units."""
    lines = [line for line in text.split("\n") if not line.startswith(("# Written by", "# yaml-language-server"))]
    place = next(number for number, line in enumerate(lines) if line.startswith("units:")) + 1
    return "\n".join([*lines[:place], "", section.rstrip("\n"), *lines[place:]])


def _read(files: Sequence[OutlineFile]) -> tuple[list[Looked], list[Labels]]:
    images, labels = [], []
    for file in files:
        assert file.image is not None
        raw = read_image(file.image)
        images.append(Looked(file.image, raw, Normalisation().apply(raw.pixels)))
        stem, shape = file.stem.rpartition("/")[2], raw.pixels.shape
        labels.append(read_outlines(file.path, (shape[1], shape[2]), stem).labels)
    return images, labels


def _channel(
    images: Sequence[Looked], labels: Sequence[Labels], asked: Channel | None, count: int
) -> tuple[Channel | None, Appearance]:
    """The channel, and what the objects look like in it: that in which they stand out most, if clearly more."""
    found = _appearance(images, labels, asked)
    if asked is not None or count == 1:
        return asked, found
    best: Channel | None = None
    for number in range(min(count, MOST_CHANNELS)):
        other = _appearance(images, labels, number)
        if _strength(other) > _strength(found) * (_BETTER if best is None else 1.0):
            best, found = number, other
    return best, found


def _appearance(images: Sequence[Looked], labels: Sequence[Labels], channel: Channel | None) -> Appearance:
    shown = zip(pictures(images, channel), labels, strict=True)
    return sum((appearance_of(picture, outlined) for picture, outlined in shown), Appearance(np.empty(0), np.empty(0)))


def _strength(found: Appearance) -> float:
    """By how many standard deviations the objects stand out, in the middle of all."""
    return float(np.median(np.maximum(np.abs(found.apart), np.abs(found.ridge)))) if len(found.apart) else 0.0


def _widths(labels: Sequence[Labels]) -> tuple[float, float]:
    """From a little below to a little above the short diameters of four of five objects, of whole ones if there are."""
    parts = [_diameters(outlined) for outlined in labels]
    minor, border = (np.concatenate([part[k] for part in parts]) for k in (0, 1))
    if not len(minor):
        raise RlsegError("no object is outlined", "outline a few")
    chosen = minor[border == 0] if (border == 0).any() else minor
    low, high = np.percentile(np.maximum(chosen, 2.0), [10, 90])
    return float(low / _WIDER), float(high * _WIDER)


def _diameters(labels: Labels) -> tuple[Floats, Floats]:
    """Short diameters of the objects of an image, and shares of their outlines on its border."""
    present, ids = np.unique(labels, return_inverse=True)
    regions = measure_regions(np.zeros((1, *labels.shape)), ids.reshape(labels.shape).astype(np.int32))
    segments = Segments(regions, np.arange(len(present))[None])
    chosen = present > 0
    return segments.descriptor("axis_minor_length")[chosen], segments.descriptor("border_share")[chosen]
