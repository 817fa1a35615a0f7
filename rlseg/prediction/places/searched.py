"""What a search without learning would choose in a whole image, found once for all of its places."""

from __future__ import annotations

from dataclasses import dataclass

from rlseg.arrays import Bools, Floats, Ints
from rlseg.environment import search_objects
from rlseg.graph import Sample
from rlseg.prediction.places.scores import Judge


@dataclass(frozen=True)
class Searched:
    """The objects that a search would choose.

    Attributes:
        labels: (N,) a number for each object and for each superpixel in none.
        chosen: (N,) whether a superpixel is inside a chosen object.
        score: (N,) what that is paid, 0 elsewhere.
    """

    labels: Ints
    chosen: Bools
    score: Floats


def search_whole(sample: Sample, judge: Judge, enough: float) -> Searched:
    """Search an image for objects.

    Args:
        sample: the image.
        judge: pays segments one by one.
        enough: what is paid less is never chosen.
    """
    found = search_objects(sample.regions, sample.guide, lambda segments: judge(segments)[:, 2], enough)
    return Searched(found.labels, found.chosen, found.score)
