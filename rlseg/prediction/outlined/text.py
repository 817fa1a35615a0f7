"""The reward file that is written, with where its numbers come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rlseg.prediction.outlined.choose import Chosen, LeftOut, digits, span
from rlseg.prediction.outlined.describe import described
from rlseg.rewards import Look, Objects
from rlseg.rewards.measure import CONTINUED


@dataclass(frozen=True)
class Source:
    """Where the numbers come from.

    Attributes:
        count: number of whole objects.
        images: number of images.
        cut_off: objects that touch the border of their image.
        width: 10th and 90th percentile of the short diameter (minor axis), px.
        objects: what they look like; None if there were no images.
        described: whether the file says so.
        areas: below and above which nothing is an object, px^2; of volumes px^3.
        smallest, largest: area of the outlined objects, px^2; of volumes px^3.
        proposals: whether the images are looked at in several ways.
        volumes: whether they are volumes.
    """

    count: int
    images: int
    cut_off: int
    width: tuple[float, float]
    objects: Objects | None
    described: bool
    areas: tuple[float, float]
    smallest: float
    largest: float
    proposals: bool
    volumes: bool = False


def file_text(name: str, source: Source, chosen: Sequence[Chosen], left_out: Sequence[LeftOut]) -> str:
    """The YAML of a reward file."""
    where = f"{source.count} outlined objects in {source.images} image(s)"
    seen = source.objects
    look = "" if seen is None else f", {LOOKS[seen.way]}"
    units = "{length: px}" if seen is None else "{length: px, intensity: unit}"
    low, high = source.areas
    px = "px^3" if source.volumes else "px"
    lines = [
        "# yaml-language-server: $schema=./reward.schema.json",
        f"# Written by `rlseg reward measure` from {where};",
        f"# {source.cut_off} objects that touch the border of their image were left out.",
        f"# Short diameter {digits(source.width[0])} to {digits(source.width[1])} px{look}.",
        *_explained(seen is not None),
        "version: 1",
        f"name: {name}",
        f"description: Measured on {where}.",
        *(["dimensions: 3"] if source.volumes else []),
        f"units: {units}",
        "",
        *([] if seen is None or not source.described else _objects(seen)),
        "# Every segment gets one class. Classes are tried in order; the first match wins, the rest is foreground.",
        "classes:",
        f"  background: {{kind: area, over: {digits(high)}}}    # the largest object has {source.largest:.0f} {px}",
        f"  debris:     {{kind: area, under: {digits(low)}}}    # the smallest one has {source.smallest:.0f} {px}",
        "",
        "rewards:",
        "  foreground:",
        "    combine: geometric                # one bad property spoils the whole",
        "    terms:",
        *_term_lines(chosen),
        *([f"    # left out, {bad.name}: {bad.reason}" for bad in left_out]),
        *([] if source.volumes else _at_border(chosen)),
        "  debris: 0.0",
        "  background: 0.0                     # what its edges are paid is said below",
        "",
        "edges:",
        "  cut: foreground                     # a cut edge is paid the larger score of the objects at its ends",
        "  background: near                    # an edge in the background is paid the scores of the objects near it",
    ]
    if source.proposals:
        lines.append("  missed: 1                           # less where it holds what would be paid as an object")
    return "\n".join(lines) + "\n"


LOOKS: dict[Look, str] = {
    "brighter": "brighter than what lies around them",
    "darker": "darker than what lies around them",
    "outlined": "with a rim that stands out",
    "different": "neither clearly brighter nor darker than what lies around them",
}


def _objects(seen: Objects) -> list[str]:
    return ["# What is sought: images are looked at by this. Width: 10th to 90th percentile, px.", described(seen), ""]


def _explained(with_images: bool) -> list[str]:
    if not with_images:
        return [
            "# What is expected is the middle half of the objects, wider if they are few; the scale is their spread.",
            "# No images were given: nobody knows whether superpixels can show this, or what else looks like it.",
        ]
    return [
        "# What is expected is the middle half of the objects, as outlined and as superpixels show them, wider if they",
        "# are few; the scale is their spread. Behind each term: from where to where the objects reach, and how often",
        "# they are paid more than what lies around them. Adapt it as you like.",
    ]


def _at_border(chosen: Sequence[Chosen]) -> list[str]:
    if not any(found.wish.property in CONTINUED for found in chosen):
        return []
    return ["    at_border: continued              # what the border of the image cuts is measured as if it went on"]


def _term_lines(chosen: Sequence[Chosen]) -> list[str]:
    rows = [_cells(found) for found in chosen]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["      " + " ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]


def _cells(found: Chosen) -> tuple[str, ...]:
    expected, side = found.expected, found.expected.side
    ends = {"both": f"[{digits(expected.low)}, {digits(expected.high)}]", "below": digits(expected.low)}
    last = "" if side == "both" else f", side: {side}"
    channel = f", channel: {found.channel}" if found.channel else ""
    comment = f"# {span(found.outlined)}"
    if len(found.shown):
        comment += f", in superpixels {span(found.shown)}"
    if found.tells is not None:
        comment += f"; tells in {100 * found.tells:.0f} of 100 pairs"
    return (
        f"{found.wish.name}:",
        f"{{kind: descriptor, property: {found.wish.property},",
        f"expected: {ends.get(side, digits(expected.high))},",
        f"scale: {digits(expected.scale)}{last}{channel}}}",
        comment,
    )
