"""A reward file from outlined objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rlseg.arrays import Floats, Labels
from rlseg.data import Preparation
from rlseg.environment import Profiles
from rlseg.errors import RlsegError
from rlseg.io import OutlineFile, Reading, read_outlines
from rlseg.prediction.outlined.check import Check, check_objects
from rlseg.prediction.outlined.choose import LeftOut, choose, columns_of
from rlseg.prediction.outlined.scene import OutlinedScene, read_scenes, without_border
from rlseg.prediction.outlined.table import area_range, table_of, table_of_shapes
from rlseg.prediction.outlined.text import LOOKS, Source, file_text
from rlseg.rewards import Look, Reward
from rlseg.rewards.language import parse_reward

FEWEST = 3


@dataclass(frozen=True)
class MeasuredRules:
    """Rules from outlined objects.

    Attributes:
        text: the reward file, YAML.
        width: 10th and 90th percentile of the objects' short diameter (minor axis of the ellipse with the same second
            moments), px.
        look: what they look like; None if no images were given.
        left_out: terms that were not written, and why.
        check: what the rules pay for these very objects; None if no images were given.
        notes: lines on what was left out of the files.
    """

    text: str
    width: tuple[float, float]
    look: Look | None
    left_out: tuple[LeftOut, ...]
    check: Check | None
    notes: tuple[str, ...]

    @property
    def report(self) -> list[str]:
        """Lines for people: what was found, left out, and would be paid."""
        look = "" if self.look is None else f", {LOOKS[self.look]}"
        lines = [f"outlined objects: short diameter {self.width[0]:.3g} to {self.width[1]:.3g} px{look}"]
        lines += [f"left out, {bad.name}: {bad.reason}" for bad in self.left_out]
        return lines if self.check is None else [*lines, *self.check.lines]


def rules_from_outlines(
    files: Sequence[OutlineFile],
    preparation: Preparation = Preparation(),
    reading: Reading = Reading(),
    name: str = "measured",
) -> MeasuredRules:
    """Measure outlined objects, choose the terms that tell them from what lies around, and check what they pay.

    Args:
        files: of `find_outlines`; all with an image, or none, then shapes alone are measured.
        preparation: of the training that is meant: its superpixels must be able to show the objects.
        reading: how image files are read.
        name: of the reward.

    Raises:
        RlsegError: a file cannot be used, the name is none, or there are less than three whole objects.
    """
    if files and files[0].image is None:
        return _of_shapes(files, name)
    return rules_of_scenes(read_scenes(files, preparation, reading), name)


def rules_of_scenes(scenes: Sequence[OutlinedScene], name: str = "measured") -> MeasuredRules:
    """The same for images that are prepared already, see `rules_from_outlines`."""
    count = sum(scene.count for scene in scenes)
    cut_off = sum(scene.cut_off for scene in scenes)
    _refuse_few(count, cut_off)
    table, areas = table_of(scenes, columns_of(min(len(scene.sample.image) for scene in scenes)))
    empty = Profiles(np.empty(0), np.empty(0))
    look = sum((scene.profiles for scene in scenes), empty).look
    chosen, left_out = choose(table, look)
    width, size = _width(table["axis_minor_length", 0].outlined), table["area", 0].outlined
    proposals = all(scene.sample.regions.proposals is not None for scene in scenes)
    extremes = float(size.min()), float(size.max())
    source = Source(count, len(scenes), cut_off, width, look, areas, *extremes, proposals)
    text = file_text(name, source, chosen, left_out)
    check = check_objects(Reward(parse_reward(text, f"--name {name}")), scenes)
    notes = tuple(note for scene in scenes for note in scene.notes)
    return MeasuredRules(text, width, look, tuple(left_out), check, notes)


def _of_shapes(files: Sequence[OutlineFile], name: str) -> MeasuredRules:
    labels: list[Labels] = []
    notes: list[str] = []
    cut_off = 0
    for file in files:
        outlines = read_outlines(file.path, image=file.stem.rpartition("/")[2])
        whole, border = without_border(outlines.labels)
        labels.append(whole)
        notes += outlines.notes
        cut_off += border
    table = table_of_shapes(labels, columns_of(0))
    size = table["area", 0].outlined
    _refuse_few(len(size), cut_off)
    chosen, left_out = choose(table, None)
    width, extremes = _width(table["axis_minor_length", 0].outlined), (float(size.min()), float(size.max()))
    source = Source(len(size), len(files), cut_off, width, None, area_range([size]), *extremes, False)
    text = file_text(name, source, chosen, left_out)
    parse_reward(text, f"--name {name}")
    return MeasuredRules(text, width, None, tuple(left_out), None, tuple(notes))


def _width(minor: Floats) -> tuple[float, float]:
    low, high = np.percentile(minor, [10, 90])
    return float(low), float(high)


def _refuse_few(count: int, cut_off: int) -> None:
    if count < FEWEST:
        raise RlsegError(
            f"{count} whole outlined object(s) ({cut_off} touch the border), at least {FEWEST} are needed",
            "outline some more",
        )
