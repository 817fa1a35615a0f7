"""Whether several ways of looking at the image show the same segment."""

from __future__ import annotations

from rlseg.arrays import Floats, np
from rlseg.errors import RlsegError
from rlseg.rewards.measure.agreement import best_overlaps
from rlseg.rewards.measure.catalogue import descriptor
from rlseg.rewards.measure.segments import Segments


@descriptor("1", volumes=True)
def stability(segments: Segments, channel: int = 0) -> Floats:
    """Mean over several ways of looking of the segment's best IoU with what each of them shows, from 0 to 1.

    The ways of looking are masks of the image at several levels, cut at their waists in several ways
    (`data.preparation.proposals`). An object is found at many levels, an accident at one. With V ways, stability(S) =
    mean over v of max over the segments P of v of |S and P| / |S or P|.
    """
    proposals = segments.regions.proposals
    if proposals is None or not proposals.views:
        raise RlsegError(
            "the reward asks for the stability of segments, but nobody has looked at the image in several ways",
            "set data.preparation.proposals, or leave out the term",
        )
    return segments.measure_joined(_stability)


def _stability(segments: Segments) -> Floats:
    labels, ids = segments.joined
    found = segments.regions.proposals
    assert found is not None
    size = np.ascontiguousarray(segments.pixels[ids])
    return best_overlaps(labels, size, found.start, found.index, found.pixels, found.area, found.view, found.views)
