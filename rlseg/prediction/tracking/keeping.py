"""No blinking: what is paid too little is kept where it is paid enough before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Ints, Labels
from rlseg.io import PixelSize
from rlseg.prediction.tracking.film import Film
from rlseg.prediction.tracking.linking import link_by
from rlseg.rewards.language import RewardFile


@dataclass(frozen=True)
class Found:
    """The objects of one frame.

    Attributes:
        labels: (H, W) or (Z, H, W) int32, 0 = background, objects 1..n.
        columns: name -> (n,) what is known of them.
    """

    labels: Labels
    columns: Mapping[str, npt.NDArray[Any]]

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self.labels.max(initial=0))


def doubtful_from(rules: RewardFile, min_score: float) -> float | None:
    """What doubtful objects are paid at least, see `link_found`; None if there are none to look for.

    Args:
        rules: a reward file.
        min_score: what sure ones are paid at least.
    """
    keep = None if rules.tracks is None else rules.tracks.keep
    return keep if keep is not None and keep < min_score else None


def link_found(
    rules: RewardFile,
    sure: Sequence[Found],
    doubtful: Sequence[Found],
    pixel_size: PixelSize | None = None,
    name: str = "the film",
    plane_distance: float | None = None,
) -> tuple[Film, list[Found]]:
    """Link the objects of a film, with those of `doubtful` that links hold.

    Args:
        rules: a reward file with a section `tracks`.
        sure: objects of each frame that are paid enough.
        doubtful: of each frame, what is found if less is asked for: these objects and others; or nothing at all.
        pixel_size, name, plane_distance: see `link_by`.

    Returns:
        The film; and its objects frame by frame, the sure ones first.

    Raises:
        RlsegError: see `link_by`.
    """

    def linked(frames: Sequence[Found]) -> Film:
        return link_by(rules, [one.labels for one in frames], pixel_size, name, plane_distance)

    if not doubtful:
        return linked(sure), list(sure)
    both = [_added(one, more) for one, more in zip(sure, doubtful, strict=True)]
    film = linked(both)
    kept = _held(film, [one.count for one in sure])
    left = [_only(one, np.array(sorted(some), int)) for one, some in zip(both, kept, strict=True)]
    return linked(left), left


def _added(sure: Found, more: Found) -> Found:
    """The sure objects, and what is found beside them, numbered after them."""
    free = more.labels * (sure.labels == 0)
    area, left = (np.bincount(labels.ravel(), minlength=more.count + 1)[1:] for labels in (more.labels, free))
    new = np.flatnonzero(2 * left > area) + 1  # the others are the sure ones
    number = np.zeros(more.count + 1, np.int32)
    number[new] = sure.count + 1 + np.arange(len(new))
    columns = {
        name: np.append(values, more.columns[name][new - 1])
        for name, values in sure.columns.items()
        if name in more.columns
    }
    return Found(np.where(free > 0, number[free], sure.labels).astype(np.int32), columns)


def _held(film: Film, sure: Sequence[int]) -> list[set[int]]:
    """Labels of each frame: the sure ones 1..n, and those with a sure one before and after them in their line."""
    objects = film.objects
    certain = objects.label <= np.array(sure, int)[objects.frame]
    before, after = np.zeros((2, len(certain)), bool)
    last = np.full(len(film.first) + 1, -1)  # object of each track so far
    whence = np.full(len(certain), -1)
    for one, track in enumerate(objects.track.tolist()):  # by frame
        whence[one] = last[track] if last[track] >= 0 else last[film.parent[track - 1]]
        last[track] = one
        if whence[one] >= 0:
            before[one] = before[whence[one]] or certain[whence[one]]
    for one in range(len(certain) - 1, -1, -1):
        if whence[one] >= 0:
            after[whence[one]] |= after[one] or certain[one]
    good = certain | (before & after)
    return [set(objects.label[(objects.frame == t) & good].tolist()) for t in range(len(sure))]


def _only(found: Found, kept: Ints) -> Found:
    """Some of the objects, numbered without gaps. kept: ascending labels."""
    number = np.zeros(found.count + 1, np.int32)
    number[kept] = 1 + np.arange(len(kept))
    return Found(number[found.labels], {name: values[kept - 1] for name, values in found.columns.items()})
