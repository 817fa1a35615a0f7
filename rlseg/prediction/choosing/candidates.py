"""Which superpixels are worth a trial, by what the objects look like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rlseg.data import Preparation, Zoom
from rlseg.data.superpixels import BoundarySeeds, GradientWatershed, LevelSets, MutexWatershed, Superpixels
from rlseg.rewards import Objects

_COARSER, _FINER = 2 / 3, 1.5
_LEAST, _MOST = 4.0, 100.0
_LEAST_REDUCED = 10.0


@dataclass(frozen=True)
class Candidate:
    """One way to cut images into superpixels.

    Attributes:
        preparation: with a kind that makes superpixels.
        words: what is special about it, as in a configuration.
    """

    preparation: Preparation
    words: str


def usual(preparation: Preparation) -> Candidate:
    """What is taken where nothing is tried: boundary seeds for outlined objects, else level sets."""
    objects = preparation.objects
    outlined = objects is not None and objects.way == "outlined"
    return _candidate(preparation, BoundarySeeds() if outlined else LevelSets(), preparation.working_width)


def candidates(preparation: Preparation) -> tuple[Candidate, ...]:
    """All that suits the look of the objects, the usual one first.

    Args:
        preparation: its settings other than superpixels and working width stay as they are.

    Returns:
        Several kinds on grids on which the objects are as wide as `working_width`, two thirds and one and a half of it.
        Without `objects` every kind on the grid of the image. Of volumes what there is for them. And the superpixels
        of the preparation, if it says some.
    """
    own = preparation.superpixels
    given = [] if own.kind == "auto" else [_candidate(preparation, own, preparation.working_width)]
    objects = preparation.objects
    middle = preparation.working_width
    if objects is None:
        kinds: list[Superpixels] = [LevelSets(), GradientWatershed(), MutexWatershed(), BoundarySeeds()]
        kinds = [kind for kind in kinds if kind.VOLUMES or not preparation.volume]
        return (*(_candidate(preparation, kind, middle) for kind in kinds), *given)
    first, others = (_suiting_in_volumes if preparation.volume else _suiting)(objects)
    widths = [min(max(width, _LEAST), _MOST) for width in (middle * _COARSER, middle * _FINER)]
    widths = [width for width in widths if _wide_enough(preparation, objects, width)]
    found = [_candidate(preparation, kind, middle) for kind in (*first, *others)]
    found += [_candidate(preparation, kind, width) for width in widths for kind in first]
    return (*found, *given)


def _wide_enough(preparation: Preparation, objects: Objects, working_width: float) -> bool:
    """Whether reduced objects keep so many pixels across that an outline can still be told from the next."""
    if preparation.objects_in == "um":
        return True  # the size of the pixels is another for each image
    factor = Zoom.of(objects.middle, working_width).factor
    return factor <= 1 or objects.middle / factor >= _LEAST_REDUCED


def _suiting(objects: Objects) -> tuple[tuple[Superpixels, ...], tuple[Superpixels, ...]]:
    """Kinds that are tried on all grids, and those tried on the middle one alone."""
    if objects.way == "outlined":
        others = (BoundarySeeds(threshold=0.15), BoundarySeeds(threshold=0.04), GradientWatershed())
        return (BoundarySeeds(), LevelSets()), others
    # as fine as on bacteria and on crowded nuclei alike: 1.5 hides the cracks between rods, 1 follows the noise
    return (LevelSets(), GradientWatershed(sigma=1.2, min_size=15)), (LevelSets(high=0.9), MutexWatershed())


def _suiting_in_volumes(objects: Objects) -> tuple[tuple[Superpixels, ...], tuple[Superpixels, ...]]:
    """The same of volumes."""
    fine = GradientWatershed(sigma=1.2, min_size=15)
    if objects.way == "outlined":
        return (BoundarySeeds(),), (BoundarySeeds(threshold=0.15), BoundarySeeds(threshold=0.04), fine)
    return (LevelSets(),), (LevelSets(merge_cost=0.2), LevelSets(high=0.9), fine)


def changed(superpixels: Superpixels) -> dict[str, Any]:
    """Settings that are not the defaults of their kind, and which."""
    fields = type(superpixels).model_fields
    return {name: value for name, value in superpixels.model_dump().items() if value != fields[name].default}


def _candidate(preparation: Preparation, kind: Superpixels, width: float) -> Candidate:
    """The preparation with these superpixels."""
    update = {"superpixels": kind, "working_width": float(width)}
    words = ", ".join([kind.kind, *(f"{name} {value:g}" for name, value in changed(kind).items())])
    return Candidate(preparation.model_copy(update=update), words)
