"""A reward file from a few outlined objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from rlseg.arrays import Floats
from rlseg.commands.new.images import Looked, Seen
from rlseg.commands.new.plan import HALF, WIDER, Asked, Example, Plan, look_for, objects_section
from rlseg.commands.new.volume_plan import looked_at_as, noise_line, settings_for
from rlseg.commands.notes import warn, warn_of_each
from rlseg.data import Normalisation, Preparation
from rlseg.errors import RlsegError
from rlseg.io import OutlineFile, find_outlines
from rlseg.prediction.choosing import choose, usual
from rlseg.prediction.outlined import (
    FEWEST,
    check_objects,
    describe_objects,
    prepare_scenes,
    read_outlined,
    rules_from_outlines,
)
from rlseg.rewards import Look, Objects, Reward
from rlseg.rewards.language import parse_reward

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
    images = read_outlined(files, seen.reading, seen.volumes)
    known = describe_objects(images, seen.preparation)
    look: Look = asked.look or known.way
    rim = known.rim if look == "outlined" else None
    channel = asked.channel if asked.channel is not None else known.channel
    low, high = known.widths
    width = asked.width or (low / WIDER, high * WIDER)
    where = f"{sum(len(np.unique(i.labels)) - 1 for i in images)} outlined objects in {len(files)} image(s)"
    width_from = "as you say" if asked.width else f"measured: four of five of {where}"
    look_from = "as you say" if asked.look else f"measured on {where}"
    how = ""
    if seen.volumes:
        width, how = looked_at_as(width)
    section, said = objects_section(width, f"{width_from}{how}", look, look_from, rim, channel)
    objects = Objects.model_validate({"width": width, "look": look, "channel": channel} | ({"rim": rim} if rim else {}))
    settings = seen.preparation
    if seen.volumes:  # outlines may be few: what else is seen says how dim objects are
        _, found, _ = look_for(seen, channel, look)
        settings = settings_for(seen, found, channel)
    preparation = settings.model_copy(update={"objects": objects})
    if seen.volumes:
        preparation = usual(preparation).preparation
    else:
        first = rules_from_outlines(files, preparation, seen.reading, name=name, describe=False).text
        # what superpixels can show is measured on those that a training with such rules takes
        raw = [image.raw for image in seen.looked_at]
        preparation = choose(Reward(parse_reward(first, name)), preparation, raw).preparation
    rules = rules_from_outlines(files, preparation, seen.reading, name=name, describe=False)
    warn_of_each(rules.notes)
    outlined = images[0]
    assert files[0].image is not None
    shown = Looked(files[0].image, outlined.raw, Normalisation().apply(outlined.raw.pixels))
    example = Example(shown, outlined.labels, "outlined")
    level, level_from = _level(rules.levels)
    said += [_level_line(level, level_from), *noise_line(settings)]
    text, origin = _with_objects(rules.text, section), f"measured on {where}"
    return Plan(text, origin, example, (*said, *rules.report[1:]), None, level, level_from, settings=settings)


def with_drawn_level(plan: Plan, files: Sequence[OutlineFile]) -> Plan:
    """Rules of a template, with outlines at the level at which some are drawn, checked on these objects.

    Args:
        plan: the rules.
        files: of outlines, each with its image.

    Raises:
        RlsegError: a file cannot be used.
    """
    file = parse_reward(plan.text, "the template")
    scenes = prepare_scenes(read_outlined(files), Preparation().for_reward(file))
    level, level_from = _level(np.concatenate([scene.levels for scene in scenes]))
    lines = (_level_line(level, level_from), *check_objects(Reward(file), scenes).lines)
    return replace(plan, said=(*plan.said, *lines), level=level, level_from=level_from)


def _level_line(level: float, level_from: str) -> str:
    return f"outlines at {level:g} of the brightness of an object above its ground: {level_from}"


def _level(levels: Floats) -> tuple[float, str]:
    """The usual level of drawn outlines, and where it comes from."""
    if len(levels) < FEWEST:
        return HALF, "half way up; those that are drawn follow no level of brightness"
    low, middle, high = np.quantile(levels, [0.25, 0.5, 0.75])
    return round(float(middle), 2), f"as those of {len(levels)} objects are drawn, {low:.2g} to {high:.2g}"


def _with_objects(text: str, section: str) -> str:
    """The measured file with the section `objects:` after its units."""
    lines = [line for line in text.split("\n") if not line.startswith(("# Written by", "# yaml-language-server"))]
    place = next(number for number, line in enumerate(lines) if line.startswith("units:")) + 1
    return "\n".join([*lines[:place], "", section.rstrip("\n"), *lines[place:]])
