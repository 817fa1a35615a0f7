"""Label images of the frames of a film become tracks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from rlseg.arrays import AnyLabels, Ints
from rlseg.errors import RlsegError
from rlseg.io import PixelSize
from rlseg.prediction.tracking.assignment import choose
from rlseg.prediction.tracking.film import Film, TrackedObjects
from rlseg.prediction.tracking.gaps import Object, bridge
from rlseg.rewards import Tracks
from rlseg.rewards.film import FrameObjects, drift_between, find_candidates

_ALIKE = 1.01
"""Distances of planes that differ by less are the same."""


def link_film(
    labels: Sequence[AnyLabels],
    rules: Tracks,
    per_pixel: float = 1.0,
    name: str = "the film",
    plane_distance: float = 1.0,
) -> Film:
    """Link the objects of neighbouring frames.

    Args:
        labels: T label images (H, W) or volumes (Z, H, W) of one size, 0 = background; frames may be empty, numbers
            need not last.
        rules: the section `tracks` of a reward file.
        per_pixel: side of a pixel in the file's unit of length.
        name: of the film, for messages.
        plane_distance: how far the planes of volumes are apart, in sides of a pixel.

    Returns:
        Its tracks, numbered from 1 in the order in which they begin, then by the labels in that frame.

    Raises:
        RlsegError: fewer than two frames, or frames of different sizes.
    """
    check_frames([image.shape for image in labels], name)
    frames = [FrameObjects.of(image, rules.needed, plane_distance) for image in labels]
    limit = rules.drift / per_pixel
    moved = np.array([(0, 0), *(drift_between(one, two, limit) for one, two in pairwise(frames))])
    linked = _Links(frames, moved, rules, per_pixel)
    return replace(_numbered(frames, linked, moved), plane_distance=plane_distance)


def check_frames(
    shapes: Sequence[tuple[int, ...]], name: str, sizes: Sequence[PixelSize | None] = (), channels: Sequence[int] = ()
) -> None:
    """See that these are the frames of a film.

    Args:
        shapes: (H, W) or (Z, H, W) of each.
        name: of the film, for messages.
        sizes: of their pixels; of volumes they say how far planes are apart.
        channels: how many each has.

    Raises:
        RlsegError: fewer than two frames, or frames of different sizes, distances of planes or numbers of channels.
    """
    if len(shapes) < 2:
        raise RlsegError(
            f"{name} has {len(shapes)} frame{'' if len(shapes) == 1 else 's'}, a film has two or more",
            "give a stack with an axis T, or a folder with an image for each frame",
        )
    other = next((place for place, shape in enumerate(shapes) if shape != shapes[0]), None)
    if other is not None:
        one, two = (" x ".join(map(str, shapes[place])) for place in (0, other))
        raise RlsegError(f"the frames of {name} differ in size: the first is {one} px, number {other + 1} is {two} px")
    if len(shapes[0]) == 3:
        _check_planes(sizes, name)
    odd = next((place for place, count in enumerate(channels) if count != channels[0]), None)
    if odd is not None:
        first, here = channels[0], channels[odd]
        raise RlsegError(f"the frames of {name} differ in channels: the first has {first}, number {odd + 1} has {here}")


def _check_planes(sizes: Sequence[PixelSize | None], name: str) -> None:
    """See that the planes of all frames are equally far apart, if any says it."""
    apart = [None if size is None or size.plane is None else size.plane / size.side for size in sizes]
    known = [(far, frame) for frame, far in enumerate(apart, start=1) if far is not None]
    if not known:
        return
    (low, near), (high, wide) = min(known), max(known)
    hint = "say how far they are apart in all of them: --plane-distance"
    if high > _ALIKE * low:
        raise RlsegError(
            f"the planes of {name} are {low:.3g} px apart in frame {near} and {high:.3g} px in frame {wide}", hint
        )
    if len(known) < len(apart):
        silent = apart.index(None) + 1
        raise RlsegError(
            f"the planes of {name} are {low:.3g} px apart in frame {near}, frame {silent} says nothing", hint
        )


class _Links:
    """What each object comes from.

    Attributes:
        before: object -> the one it was, and the score.
        halves: object -> the one that divided into it and another, and the score.
    """

    def __init__(self, frames: Sequence[FrameObjects], moved: Ints, rules: Tracks, per_pixel: float) -> None:
        self.before: dict[Object, tuple[Object, float]] = {}
        self.halves: dict[Object, tuple[Object, float]] = {}
        for now, (one, two) in enumerate(pairwise(frames), start=1):
            shift = (int(moved[now, 0]), int(moved[now, 1]))
            found = find_candidates(one, two, rules, per_pixel, shift)
            links, divisions = choose(found, (one.count, two.count), rules.min_score)
            for (a, b), score in zip(found.links[links].tolist(), found.link_scores[links].tolist(), strict=True):
                self.before[now, b] = ((now - 1, a), score)
            chosen = zip(found.divisions[divisions].tolist(), found.division_scores[divisions].tolist(), strict=True)
            for (a, b, c), score in chosen:
                self.halves[now, b] = self.halves[now, c] = ((now - 1, a), score)
        if rules.gap:
            self._bridge(frames, moved, rules, per_pixel)

    def of(self, frame: int, place: int) -> tuple[Object, float] | None:
        """What an object comes from and the score, or None."""
        return self.before.get((frame, place), self.halves.get((frame, place)))

    def _bridge(self, frames: Sequence[FrameObjects], moved: Ints, rules: Tracks, per_pixel: float) -> None:
        every = [(t, place) for t, one in enumerate(frames) for place in range(one.count)]
        followed = {before for known in (self.before, self.halves) for before, _ in known.values()}
        ends = [one for one in every if one not in followed and one[0] < len(frames) - 1]
        starts = [one for one in every if one not in self.before and one not in self.halves and one[0] > 0]
        total = moved.cumsum(axis=0)

        def drift(first: int, later: int) -> tuple[int, int]:
            down, right = total[later] - total[first]
            return int(down), int(right)

        self.before |= bridge(frames, ends, starts, rules, per_pixel, drift)


def _numbered(frames: Sequence[FrameObjects], linked: _Links, moved: Ints) -> Film:
    number: dict[Object, int] = {}
    first: list[int] = []
    last: list[int] = []
    parent: list[int] = []
    images, rows = [], []
    for now, frame in enumerate(frames):
        for place in range(frame.count):
            here = (now, place)
            if here in linked.before:
                number[here] = number[linked.before[here][0]]
                last[number[here] - 1] = now
            else:
                first.append(now)
                last.append(now)
                parent.append(number[linked.halves[here][0]] if here in linked.halves else 0)
                number[here] = len(first)
        tracks = np.array([number[now, place] for place in range(frame.count)], np.int64)
        images.append(np.append(0, tracks).astype(np.int32)[frame.place])
        whence = [linked.of(now, place) for place in range(frame.count)]
        scores = np.array([np.nan if one is None else one[1] for one in whence])
        order = np.argsort(tracks)
        rows.append((np.full(len(order), now), tracks[order], frame.labels[order], scores[order], frame.centroid[order],
                     frame.area[order]))  # fmt: skip
    objects = TrackedObjects(*(np.concatenate(column) for column in zip(*rows, strict=True)))
    return Film(np.stack(images), np.array(first, int), np.array(last, int), np.array(parent, int), objects, moved)
