"""What the objects that were seen have of the properties of a template that depend on the images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from skimage.segmentation import expand_labels

from rlseg.arrays import Map
from rlseg.commands.new.asked import channel_text
from rlseg.commands.new.blobs import quantile
from rlseg.commands.new.guess import Guess
from rlseg.commands.new.like import Template, digits
from rlseg.commands.new.ways import Found
from rlseg.graph import measure_regions
from rlseg.rewards import Channel, unit_of
from rlseg.rewards.measure import Segments
from rlseg.rewards.terms import DescriptorTerm

# of what an object usually has: what is expected of each, and by how much less is clearly worse
EXPECTED, SCALE = 0.75, 0.2
_LEAST = 0.02
_SLOPING = ("below", "above")


def measured(
    template: Template,
    guess: Guess,
    pictures: Sequence[Map],
    channel: Channel | None,
    spacings: Sequence[tuple[float, ...]] | None = None,
) -> Template:
    """The template with intensities as they are in these images.

    Terms that ask for at least (or at most) some intensity ask for 0.75 times what the middle one of the objects has,
    and 0.2 times that less is clearly worse. What is seen with the other sign, or hardly at all, is left as it was.

    Args:
        template: the reward file.
        guess: the objects that were seen.
        pictures: the (H, W) images in [0, 1], in the channel in which the objects show.
        channel: which that is, so that the terms look there as well; the first if None.
        spacings: sides of the voxels of each, px, if they are volumes (Z, H, W).
    """
    sides = [None] * len(pictures) if spacings is None else spacings
    group = template.file.rewards["foreground"]
    changes: dict[str, str] = {}
    for name, term in getattr(group, "terms", {}).items():
        if not isinstance(term, DescriptorTerm) or unit_of(term.property) != "intensity":
            continue
        path = f"rewards.foreground.terms.{name}"
        scale = digits(term.scale) if term.scale is not None else ""
        usual = _middle(term.property, guess, pictures, sides)
        expected = term.expected
        if term.side in _SLOPING and isinstance(expected, float) and usual * expected > 0 and abs(usual) >= _LEAST:
            changes[f"{path}.expected"] = digits(EXPECTED * usual)
            scale = digits(SCALE * abs(usual))
        changes[f"{path}.scale"] = scale + (f", channel: {channel_text(channel)}" if channel else "")
    return template.changed(changes)


def _middle(name: str, guess: Guess, pictures: Sequence[Map], spacings: Sequence[tuple[float, ...] | None]) -> float:
    """The weighted median of a property of the objects."""
    values, weights = [], []
    for found, picture, spacing in zip(guess.found, pictures, spacings, strict=True):
        if found is None or not found.blobs.weight.any():
            continue
        values.append(_segments(found, picture, guess.look == "outlined", spacing).descriptor(name)[1:])
        weights.append(found.blobs.weight / found.blobs.weight.sum() * found.score)
    return quantile(np.concatenate(values), np.concatenate(weights), 0.5)


def _segments(found: Found, picture: Map, grown: bool, spacing: tuple[float, ...] | None) -> Segments:
    """The ground and the objects; those within a rim grown onto it."""
    labels = expand_labels(found.blobs.labels, max(round(found.away), 1)) if grown else found.blobs.labels
    corner = found.zoom.window(tuple(slice(place, place) for place in found.corner))
    window = tuple(slice(one.start, one.start + n) for one, n in zip(corner, labels.shape, strict=True))
    part = found.zoom.to_working(picture)[window]
    count = len(found.blobs.width) + 1
    apart = None if spacing is None else found.zoom.spacing(spacing)
    regions = measure_regions(part[None], labels.astype(np.int32), spacing=apart)
    return Segments(regions, np.arange(count)[None])
