"""What the objects of some images look like, by what stands out in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rlseg.arrays import Map
from rlseg.commands.new.blobs import quantile
from rlseg.commands.new.ways import Found, ways_of
from rlseg.rewards import Look

# how good the other polarity must be beside the better one, and how many more objects both must show
_SAME, _MORE = 0.5, 1.4
_BOTH = 1.5


@dataclass(frozen=True)
class Guess:
    """What the objects of some images look like.

    Attributes:
        look: of the objects; rim: "bright" or "dark", of outlined ones.
        width, length: px, the short and the long diameter below which a tenth, and nine tenths, of their area lie.
        contrast: median of how much an object is brighter than what lies around it, of the image in [0, 1]; less than 0
            if it is darker.
        objects: how many were seen.
        sure: 0..1, how much these look like objects.
        rival: the next best look, and how good it was.
        found: the objects of each image, None where there are none.
    """

    look: Look
    rim: str
    width: tuple[float, float]
    length: tuple[float, float]
    contrast: float
    objects: int
    sure: float
    rival: tuple[Look, float]
    found: tuple[Found | None, ...]


Ways = tuple[dict[tuple[Look, str], Found], ...]
"""The best of each look, and of each rim of outlined objects, in each image."""


def guess(pictures: Sequence[Map], look: Look | None = None) -> Guess | None:
    """Look at images in all ways and take the one in which most of what stands out looks like objects of one kind.

    Args:
        pictures: (H, W) each, in [0, 1], at least one.
        look: what the objects look like if it is known.

    Returns:
        The best guess, or None if nothing looks like objects.
    """
    return best_of(ways_in(pictures), look)


def ways_in(pictures: Sequence[Map]) -> Ways:
    """What is seen in images in all ways of looking.

    Args:
        pictures: (H, W) each, in [0, 1], at least one.
    """
    best: list[dict[tuple[Look, str], Found]] = []
    for picture in pictures:
        ways: dict[tuple[Look, str], Found] = {}
        for found in ways_of(picture):
            key = (found.look, found.rim)
            if key not in ways or found.score > ways[key].score:
                ways[key] = found
        best.append(ways)
    return tuple(best)


def best_of(seen: Ways, look: Look | None = None) -> Guess | None:
    """The way in which most of what stands out looks like objects of one kind.

    Args:
        seen: what `ways_in` has found.
        look: what the objects look like if it is known.

    Returns:
        The best guess, or None if nothing looks like objects.
    """
    best = [{key: found for key, found in ways.items() if look in (None, key[0])} for ways in seen]
    total: dict[tuple[Look, str], float] = {}
    objects: dict[tuple[Look, str], float] = {}
    for ways in best:
        for key, found in ways.items():
            total[key] = total.get(key, 0.0) + found.score / len(seen)
            objects[key] = objects.get(key, 0.0) + found.blobs.objects
    if not total or not max(total.values()) > 0:
        return None
    _both(total, objects)
    order = sorted(total, key=lambda key: -total[key])
    first = order[0]
    others = [key for key in order if key[0] != first[0]]
    rival = (others[0][0], total[others[0]]) if others else (first[0], 0.0)
    return _measured(first, total[first], rival, tuple(ways.get(first) for ways in best))


def _both(total: dict[tuple[Look, str], float], objects: Mapping[tuple[Look, str], float]) -> None:
    """Raise the score of differing from the ground where bright and dark things look like objects, in many places."""
    one, other = (max((v for k, v in total.items() if k[0] == name), default=0.0) for name in ("brighter", "darker"))
    if not 0 < max(one, other) <= min(one, other) / _SAME:
        return
    most = max(count for (name, _), count in objects.items() if name in ("brighter", "darker"))
    for key in total:
        if key[0] == "different" and objects[key] > _MORE * most:
            total[key] *= _BOTH


def _measured(key: tuple[Look, str], sure: float, rival: tuple[Look, float], chosen: tuple[Found | None, ...]) -> Guess:
    """Widths, lengths and contrast over all images, each of which counts as much as it shows objects."""
    seen = [found for found in chosen if found is not None and found.blobs.weight.any()]
    weight = np.concatenate([found.blobs.weight / found.blobs.weight.sum() * found.score for found in seen])
    # what is measured may lie within the rim, the outline on it
    width, length = (
        np.concatenate([(getattr(found.blobs, name) + 2 * found.away) * found.reduce for found in seen])
        for name in ("width", "length")
    )
    contrast = np.concatenate([found.blobs.contrast * (-1 if found.dark else 1) for found in seen])
    look, rim = key
    return Guess(
        look=look,
        rim=rim,
        width=(quantile(width, weight, 0.1), quantile(width, weight, 0.9)),
        length=(quantile(length, weight, 0.1), quantile(length, weight, 0.9)),
        contrast=quantile(contrast, weight, 0.5),
        objects=round(sum(found.blobs.objects for found in seen)),
        sure=min(sure, 1.0),
        rival=rival,
        found=chosen,
    )
