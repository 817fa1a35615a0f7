"""Pixel-exact outlines: each object is cut again at a share of its own brightness, where that does not cost reward."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from rlseg.arrays import Bools, Floats, Labels, Pixels, give_back_freed_memory, ndimage
from rlseg.environment.label_image import LabelObjects, keep_numbers, label_objects, object_scores, occurring
from rlseg.environment.level_cut import cut_at
from rlseg.environment.polarity import LEAST_DISTANCE, relief_of, separation
from rlseg.graph import Sample
from rlseg.regions import slabs
from rlseg.rewards import Reward

# How far around an object its surroundings are compared with it, px.
_AROUND = 3
# Rows that are expanded at a time: the distances take ten times the memory of the labels.
_ROWS = 1024
# Rewards that differ by less are equal.
_ROUNDING = 1e-9
_NOBODY = -1


class Refinement(BaseModel):
    """Outlines finer than superpixels.

    An outline is moved to a level between the brightness of its object and that of the local background. Objects may be
    brighter or darker than that, each by itself. Where brightness does not tell an object from what lies around it
    (`rlseg.environment.polarity`), its outline stays.

    Attributes:
        levels: shares of the median contrast of an object with its local background, at which its outline is tried;
            one half is where a blurred edge truly lies.
        reach: how many pixels an outline may move outwards, of the working grid where objects are seen reduced; in a
            volume px.
        loss: how much reward an object may lose by a new outline; the best-paid of the levels is taken.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    levels: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = (0.5,)
    reach: int = Field(default=3, ge=0)
    loss: float = Field(default=0.0, ge=0, le=1)


@dataclass(frozen=True)
class Refined:
    """Objects whose outlines have been moved.

    Attributes:
        labels: (H, W) int32, objects 1..m, 0 = background.
        objects: their tables; None if there are none.
    """

    labels: Labels
    objects: LabelObjects | None


def refine_objects(sample: Sample, labels: Labels, reward: Reward, settings: Refinement) -> Labels:
    """The labels of `refine_and_measure`."""
    return refine_and_measure(sample, labels, reward, settings).labels


def refine_and_measure(sample: Sample, labels: Labels, reward: Reward, settings: Refinement) -> Refined:
    """Move the outline of each object to the best-paid of some brightness levels.

    Args:
        sample: the image.
        labels: (H, W) or (Z, H, W) objects 1..n, 0 = background.
        reward: judges each object before and after.
        settings: levels and how far outlines may move.

    Returns:
        Objects 1..m in the same order; an object may vanish under another's new outline. None is paid less by more
        than `settings.loss`.
    """
    labels = labels.astype(np.int32, copy=False)
    count = int(labels.max(initial=0))
    if count == 0:
        return Refined(labels.copy(), None)
    tidy = give_back_freed_memory if labels.ndim == 3 else _nothing_to_do  # volumes may be large
    before = object_scores(sample, labels, reward, count)
    tidy()
    relief, zone = where_to_cut(sample, labels, settings.reach)
    # a large image is let go of where nothing needs it any more
    nothing = np.empty((0, 0), np.float32)
    sample = replace(sample, above=nothing, below=nothing)
    candidates = [cut_at(relief, labels, zone, share) for share in settings.levels]
    del relief, zone
    tidy()
    best: Labels | None = None
    score = before - settings.loss
    while candidates:
        candidate = candidates.pop(0)
        gained = object_scores(sample, candidate, reward, count)
        # an object that has no piece on its side of the level keeps its outline
        gained[~_with_pixels(candidate, count)] = -np.inf
        better = gained >= score - _ROUNDING
        score = np.maximum(score, gained)
        best = labels.copy() if best is None else best
        _replace(best, candidate, better)
        del candidate
        tidy()
    best = labels.copy() if best is None else best
    found = _take_back_losses(sample, best, labels, reward, before - settings.loss - _ROUNDING)
    tidy()
    kept = occurring(best)
    kept[0] = False
    # pieces and objects are measured in the order of their numbers, which stays
    keep_numbers(best, kept)
    return Refined(best, replace(found, present=np.arange(1, len(found.present) + 1)))


def _nothing_to_do() -> None:
    pass


def _take_back_losses(sample: Sample, best: Labels, labels: Labels, reward: Reward, least: Floats) -> LabelObjects:
    """Give objects of `best` that are paid less than `least` (n,) their outlines in `labels` back, in place.

    Rewards may depend on other objects, whose outlines were others when the new ones were judged.

    Returns:
        The objects of `best` as they are in the end.
    """
    count = len(least)
    while True:
        found = label_objects(sample, best)
        lost = found.scores(reward, count) < least
        moved = _differing(best, labels, count)
        if not (lost.any() and moved.any()):
            return found
        # where none of those that lose has moved itself, all others go back
        _replace(best, labels, lost & moved if (lost & moved).any() else moved)
        del found  # of a large image it is hundreds of megabytes


def where_to_cut(sample: Sample, labels: Labels, reach: int) -> tuple[Pixels, Labels]:
    """(H, W) how far each pixel stands out on the side of its object, and where each object may lie at most.

    Objects whose brightness says nothing have no zone; what is theirs belongs to nobody else.
    """
    times = max(sample.regions.zoom, 1.0)
    reach, least = round(reach * times), round(_AROUND * times)
    spacing = sample.regions.spacing
    zone = _expanded(labels, reach, spacing)
    around = zone if reach >= least else _expanded(labels, least, spacing)
    bright, dark = (separation(relief, labels, around) for relief in (sample.above, sample.below))
    darker = np.append(0, dark > bright).astype(np.int64)
    clear = np.append(True, np.maximum(bright, dark) >= LEAST_DISTANCE)
    relief = relief_of(sample.above, sample.below, zone, darker)
    for line in zone:
        line[~clear[line]] = _NOBODY
    return relief, zone


def _expanded(labels: Labels, reach: int, spacing: tuple[float, ...]) -> Labels:
    """(H, W) int32: each object and the pixels up to `reach` from it that are nearer to it than to any other.

    Of a volume (Z, H, W), whose voxels have these sides in px.
    """
    if labels.ndim == 3:
        return _expanded_volume(labels, reach, spacing)
    from skimage.segmentation import expand_labels  # takes long to import, and most models refine no outlines

    zone = labels.copy()
    for top in range(0, len(labels) if reach else 0, _ROWS):
        first, last = max(top - reach, 0), min(top + _ROWS + reach, len(labels))
        part = expand_labels(labels[first:last], reach)
        zone[top : top + _ROWS] = part[top - first : top - first + _ROWS]
    return zone


def _expanded_volume(labels: Labels, reach: int, spacing: tuple[float, ...]) -> Labels:
    zone = np.empty(labels.shape, np.int32)
    around = int(np.ceil(reach / spacing[0]))
    for planes in slabs(labels.shape):
        first = max(planes.start - around, 0)
        part = labels[first : planes.stop + around]
        if not part.any():  # what is nearest to nothing is not defined
            zone[planes] = 0
            continue
        far, nearest = ndimage.distance_transform_edt(part == 0, sampling=spacing, return_indices=True)
        found = np.where(far <= reach, part[tuple(nearest)], 0)
        zone[planes] = found[planes.start - first : planes.stop - first]
    return zone


def _with_pixels(labels: Labels, count: int) -> Bools:
    """(count,) which of the numbers 1..count occur."""
    found = np.zeros(count, np.bool_)
    present = occurring(labels)[1:]
    found[: len(present)] = present
    return found


def _differing(one: Labels, other: Labels, count: int) -> Bools:
    """(count,) which of the numbers 1..count have not the same pixels in both label images."""
    found = np.zeros(count + 1, np.bool_)
    for a, b in zip(one, other, strict=True):
        changed = a != b
        found[a[changed]] = found[b[changed]] = True
    return found[1:]


def _replace(labels: Labels, others: Labels, chosen: Bools) -> None:
    """Give the chosen objects the pixels that they have in the other label image, in place; none takes another's."""
    wanted = np.append(False, chosen)
    for line, other in zip(labels, others, strict=True):
        line[wanted[line]] = 0
        free = wanted[other] & (line == 0)
        line[free] = other[free]
