"""A reward file from outlined objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rlseg.arrays import Floats, Labels
from rlseg.data import Preparation
from rlseg.errors import RlsegError
from rlseg.io import OutlineFile, Reading, read_outlines
from rlseg.prediction.outlined.check import Check, check_objects
from rlseg.prediction.outlined.choose import LeftOut, choose, columns_of
from rlseg.prediction.outlined.describe import describe_objects, width_of
from rlseg.prediction.outlined.images import OutlinedImage, read_outlined, without_border
from rlseg.prediction.outlined.scene import OutlinedScene, prepare_scenes
from rlseg.prediction.outlined.table import area_range, table_of, table_of_shapes
from rlseg.prediction.outlined.text import LOOKS, Source, file_text
from rlseg.rewards import Objects, Reward
from rlseg.rewards.language import parse_reward

FEWEST = 3


@dataclass(frozen=True)
class MeasuredRules:
    """Rules from outlined objects.

    Attributes:
        text: the reward file, YAML.
        width: 10th and 90th percentile of the objects' short diameter (minor axis of the ellipse with the same second
            moments), px.
        objects: what they look like, for the section `objects` of the file; None if no images were given.
        levels: share of its brightness at which each object is outlined, see `rlseg.environment.drawn_levels`; without
            those whose brightness says nothing.
        left_out: terms that were not written, and why.
        check: what the rules pay for these very objects; None if no images were given.
        notes: lines on what was left out of the files.
    """

    text: str
    width: tuple[float, float]
    objects: Objects | None
    levels: Floats
    left_out: tuple[LeftOut, ...]
    check: Check | None
    notes: tuple[str, ...]

    @property
    def report(self) -> list[str]:
        """Lines for people: what was found, left out, and would be paid."""
        look = "" if self.objects is None else f", {LOOKS[self.objects.way]}"
        lines = [f"outlined objects: short diameter {self.width[0]:.3g} to {self.width[1]:.3g} px{look}"]
        lines += [f"left out, {bad.name}: {bad.reason}" for bad in self.left_out]
        return lines if self.check is None else [*lines, *self.check.lines]


def rules_from_outlines(
    files: Sequence[OutlineFile],
    preparation: Preparation = Preparation(),
    reading: Reading = Reading(),
    name: str = "measured",
    describe: bool = True,
) -> MeasuredRules:
    """Measure outlined objects, choose the terms that tell them from what lies around, and check what they pay.

    Args:
        files: of `find_outlines`; all with an image, or none, then shapes alone are measured.
        preparation: of the training that is meant: its superpixels must be able to show the objects. Unless it says
            what the objects look like, that is measured, too.
        reading: how image files are read.
        name: of the reward.
        describe: whether the file has a section `objects`, by which images are looked at from then on, also here.

    Raises:
        RlsegError: a file cannot be used, the name is none, or there are less than three whole objects.
    """
    if files and files[0].image is None:
        if preparation.volume:
            raise RlsegError("shapes of volumes are not measured without their images", "name them with --images")
        return _of_shapes(files, name)
    return rules_from_images(read_outlined(files, reading, preparation.volume), preparation, name, describe)


def rules_from_images(
    images: Sequence[OutlinedImage],
    preparation: Preparation = Preparation(),
    name: str = "measured",
    describe: bool = True,
) -> MeasuredRules:
    """The same for images and outlines that are in memory, see `rules_from_outlines`."""
    _refuse_few(sum(len(np.unique(i.labels[i.labels > 0])) for i in images), sum(i.cut_off for i in images))
    objects = describe_objects(images, preparation)
    if preparation.objects is not None:  # somebody knows better, but for the width in px
        objects = preparation.objects.model_copy(update={"width": objects.width})
    elif describe:
        preparation = preparation.model_copy(update={"objects": objects, "objects_in": "px"})
    found = rules_of_scenes(prepare_scenes(images, preparation), objects, name, describe)
    return replace(found, notes=tuple(note for image in images for note in image.notes))


def rules_of_scenes(
    scenes: Sequence[OutlinedScene], objects: Objects, name: str = "measured", describe: bool = True
) -> MeasuredRules:
    """The same for images that are prepared already, see `rules_from_outlines`. objects: of `describe_objects`."""
    count = sum(scene.count for scene in scenes)
    cut_off = sum(scene.cut_off for scene in scenes)
    _refuse_few(count, cut_off)
    volumes = any(scene.sample.regions.is_volume for scene in scenes)
    table, areas = table_of(scenes, columns_of(min(len(scene.sample.image) for scene in scenes), volumes))
    chosen, left_out = choose(table, objects.way)
    width, size = width_of(table["axis_minor_length", 0].outlined), table["area", 0].outlined
    proposals = all(scene.sample.regions.proposals is not None for scene in scenes)
    extremes = float(size.min()), float(size.max())
    source = Source(count, len(scenes), cut_off, width, objects, describe, areas, *extremes, proposals, volumes)
    text = file_text(name, source, chosen, left_out)
    check = check_objects(Reward(parse_reward(text, f"--name {name}")), scenes)
    levels = np.concatenate([scene.levels for scene in scenes])
    return MeasuredRules(text, width, objects, levels, tuple(left_out), check, ())


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
    width, extremes = width_of(table["axis_minor_length", 0].outlined), (float(size.min()), float(size.max()))
    source = Source(len(size), len(files), cut_off, width, None, False, area_range([size]), *extremes, False)
    text = file_text(name, source, chosen, left_out)
    parse_reward(text, f"--name {name}")
    return MeasuredRules(text, width, None, np.empty(0), tuple(left_out), None, tuple(notes))


def _refuse_few(count: int, cut_off: int) -> None:
    if count < FEWEST:
        raise RlsegError(
            f"{count} whole outlined object(s) ({cut_off} touch the border), at least {FEWEST} are needed",
            "outline some more",
        )
