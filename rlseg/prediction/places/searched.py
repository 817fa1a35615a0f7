"""What a search without learning would choose in a whole image, found once for all of its places."""

from __future__ import annotations

from rlseg.environment import Selection, search_objects
from rlseg.graph import Sample
from rlseg.prediction.places.scores import Judge


def search_whole(sample: Sample, judge: Judge, enough: float) -> Selection:
    """Search an image for objects.

    Args:
        sample: the image.
        judge: pays segments one by one.
        enough: what is paid less is never chosen, 0..1.
    """
    return search_objects(sample.regions, sample.guide, lambda segments: judge(segments)[:, 2], enough)
