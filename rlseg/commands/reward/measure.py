"""`rlseg reward measure`: a reward file from some outlined objects."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rlseg.commands.notes import warn_of_each
from rlseg.commands.reward.preparation import Prepared
from rlseg.commands.reward.scene import read_comparison
from rlseg.commands.reward.verdict import verdict_lines
from rlseg.environment import label_objects
from rlseg.errors import RlsegError
from rlseg.graph import measure_regions
from rlseg.io import find_images, find_labels, read_image, read_labels
from rlseg.rewards import Reward
from rlseg.rewards.language import parse_reward
from rlseg.rewards.measure import Segments

FEWEST = 3


@dataclass(frozen=True)
class Wish:
    """A term to write: its name, its property, which side is wrong, the digits that matter, its smallest scale."""

    name: str
    property: str
    side: str
    least: float
    bright: bool = False


WISHES = (
    Wish("eccentricity", "eccentricity", "above", 0.05),
    Wish("minor_diameter", "axis_minor_length", "both", 0.5),
    Wish("perimeter", "perimeter", "both", 1.0),
    Wish("solidity", "solidity", "below", 0.02),
    Wish("ellipse_fill", "ellipse_fill", "below", 0.02),
    Wish("intensity_mean", "intensity_mean", "both", 0.02, bright=True),
    Wish("contrast", "contrast", "below", 0.02, bright=True),
    Wish("outline_level", "outline_level", "both", 0.02, bright=True),
    Wish("outline_step", "outline_step", "below", 0.01, bright=True),
)
AREA = Wish("area", "area", "both", 1.0)

Table = dict[str, npt.NDArray[np.float64]]


@dataclass(frozen=True)
class Outlined:
    """What was measured.

    Attributes:
        table: property -> values of the objects that lie wholly in their image.
        images: number of label images.
        left_out: number of objects that touch the border of their image.
        with_images: whether brightness was measured.
    """

    table: Table
    images: int
    left_out: int
    with_images: bool

    @property
    def objects(self) -> int:
        """Number of objects measured."""
        return len(self.table["area"])


def run(
    labels: Path,
    images: Path | None,
    name: str,
    output: Path | None,
    prepared: Prepared,
) -> int:
    """Measure the objects and write the file, or print it.

    Args:
        labels: folder of label images, or a pattern like masks/*_mask.tif, in which * stands for the image's name.
        images: folder of the images with the same names, or a pattern, or None.
        name: of the reward.
        output: the reward file to write, or None.
        prepared: how images are read and prepared.

    Raises:
        RlsegError: a file cannot be used, or there are not enough objects.
    """
    pairs = find_pairs(labels, images)
    text = reward_text(name, measure(labels, pairs, prepared))
    file = parse_reward(text, f"--name {name}" if output is None else str(output))
    if output is None:
        sys.stdout.write(text)
    else:
        from rlseg.io import atomic

        with atomic(output) as target:
            target.write(text.encode())
    if images is not None:
        prepared.say()
        found = [read_comparison(image, outlined, prepared) for outlined, image in pairs if image is not None]
        print("\n".join(verdict_lines(found, Reward(file))), file=sys.stderr)
    return 0


def find_pairs(labels: Path, images: Path | None) -> list[tuple[Path, Path | None]]:
    """The label images, and the image of each if images are given.

    Raises:
        RlsegError: there is none, or no image for one.
    """
    notes: list[str] = []
    files = find_labels(labels, notes.append)
    pixels: dict[Path, Path] = {}
    if images is not None:
        # none is needed: there may be more images than labels
        both = find_images(images, labels, labelled=(), say=notes.append)
        pixels = {file.labels: file.image for file in both if file.labels is not None}
    warn_of_each(notes)
    missing = [file.stem for file in files if images is not None and file.image not in pixels]
    if missing:
        raise RlsegError(f"no image for the labels {missing[0]} in {images}", "image and labels have the same name")
    return [(file.image, pixels.get(file.image)) for file in files]


def measure(labels: Path, pairs: Sequence[tuple[Path, Path | None]], prepared: Prepared) -> Outlined:
    """Descriptors of all outlined objects, in pixels and unit intensities.

    Args:
        labels: where they are from, for messages.
        pairs: label images, each with its image or None.
        prepared: how images are read and prepared.

    Raises:
        RlsegError: see `run`.
    """
    with_images = all(image is not None for _, image in pairs)
    wanted = [wish.property for wish in (*WISHES, AREA) if with_images or not wish.bright]
    parts: list[Table] = []
    left_out = 0
    for outlined, image in pairs:
        segments, chosen, touching = _objects(outlined, image, prepared)
        parts.append({name: segments.descriptor(name)[chosen] for name in wanted})
        left_out += touching
    table = {name: np.concatenate([part[name] for part in parts]) for name in wanted}
    found = Outlined(table, len(pairs), left_out, with_images)
    if found.objects < FEWEST:
        raise RlsegError(
            f"{found.objects} whole object(s) in {labels} ({left_out} touch the border), at least {FEWEST} are needed",
            "outline some more",
        )
    return found


def _objects(labels: Path, image: Path | None, prepared: Prepared) -> tuple[Segments, npt.NDArray[np.bool_], int]:
    """The segments of a label image, (M,) True for the objects that are whole, and how many touch the border."""
    given = read_labels(labels)
    if image is None:
        present, ids = np.unique(given, return_inverse=True)
        regions = measure_regions(np.zeros((1, *given.shape)), ids.reshape(given.shape).astype(np.int32))
        segments, objects = Segments(regions, np.arange(len(present))[None]), present > 0
    else:
        raw = read_image(image, reading=prepared.reading)
        shape = raw.pixels.shape[1:]
        if shape != given.shape:
            raise RlsegError(f"{labels} has shape {given.shape}, {image} has {shape}", "do they belong together?")
        prepare = prepared.preparation.model_copy(update={"intersect_with_truth": False, "proposals": None})
        # the objects alone are measured: superpixels and proposals would be found for nothing
        sample = prepare(raw.pixels, image.stem, superpixels=np.zeros(shape, np.int32))
        found = label_objects(sample, given)
        segments, regions = found.segments, found.segments.regions
        objects = np.arange(segments.count) >= found.pieces
    touching = segments.total(regions.border) > 0
    return segments, objects & ~touching, int((objects & touching).sum())


def reward_text(name: str, found: Outlined) -> str:
    """The reward file as text.

    `expected` is the mean and `scale` the standard deviation over the objects, at least what is worth telling
    apart. Segments a half larger than the largest object are background, those of less than half the smallest
    object are debris.
    """
    area = found.table["area"]
    low, high = area.min() / 2, area.max() * 1.5
    wishes = [wish for wish in WISHES if wish.property in found.table]
    rows = [_term(wish, found.table[wish.property]) for wish in wishes]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    terms = ["      " + " ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]
    units = "{length: px, intensity: unit}" if found.with_images else "{length: px}"
    source = f"{found.objects} outlined objects in {found.images} image(s)"
    lines = [
        "# yaml-language-server: $schema=./reward.schema.json",
        f"# Written by `rlseg reward measure` from {source};",
        f"# {found.left_out} objects that touch the border of their image were left out.",
        "# expected and scale are mean and standard deviation of these objects; adapt them as you like.",
        "version: 1",
        f"name: {name}",
        f"description: Measured on {source}.",
        f"units: {units}",
        "",
        "# Every segment gets one class. Classes are tried in order; the first match wins, the rest is foreground.",
        "classes:",
        f"  background: {{kind: area, over: {_round(high)}}}    # the largest object has {area.max():.0f} px",
        f"  debris:     {{kind: area, under: {_round(low)}}}    # the smallest one has {area.min():.0f} px",
        "",
        "rewards:",
        "  foreground:",
        "    combine: geometric                # one bad property spoils the whole",
        "    terms:",
        *terms,
        "  debris: 0.0",
        "  background: 0.0                     # what its edges are paid is said below",
        "",
        "edges:",
        "  cut: foreground                     # a cut edge is paid the larger score of the objects at its ends",
        "  background: near                    # an edge in the background is paid the scores of the objects near it",
    ]
    return "\n".join(lines) + "\n"


def _term(wish: Wish, values: npt.NDArray[np.float64]) -> tuple[str, ...]:
    scale = max(float(values.std(ddof=1)), wish.least)
    # a contrast below 0 is that of objects darker than what lies around them: then more is wrong
    wrong = "above" if wish.side == "below" and values.mean() < 0 else wish.side
    side = "" if wrong == "both" else f", side: {wrong}"
    return (
        f"{wish.name}:",
        f"{{kind: descriptor, property: {wish.property},",
        f"expected: {_round(float(values.mean()))},",
        f"scale: {_round(scale)}{side}}}",
        f"# from {_round(float(values.min()))} to {_round(float(values.max()))}",
    )


def _round(value: float) -> str:
    """Three digits, never in exponents that people stumble over."""
    text = f"{value:.3g}"
    return f"{float(text):g}" if "e" not in text else f"{float(text):.0f}"
