"""What several ways of looking propose, measured as segments."""

from __future__ import annotations

from collections.abc import Callable

from rlseg.arrays import Floats, Ints, np
from rlseg.regions import RegionStatistics
from rlseg.rewards.measure.segments import Segments


def judge_proposals(regions: RegionStatistics, judge: Callable[[Segments], Floats]) -> tuple[Ints, Ints, Floats]:
    """Judge each proposed segment once, beside the others of its view.

    Args:
        regions: of an image that somebody has looked at in several ways.
        judge: gives (M, D) numbers of the M segments of a table, one by one: what lies around them in the table is no
            partition into objects.

    Returns:
        (C + 1,) int64 where the regions of each of C proposals begin, these regions in ascending order, and (C, D) what
        the proposals were given.
    """
    assert regions.proposals is not None  # who asks has seen to it
    labels = regions.proposals.labels(regions.area)
    segments = Segments(regions, np.where(labels >= 0, labels, labels.max(initial=-1) + 1))
    judged = judge(segments)
    view, region = np.nonzero(labels >= 0)
    order = np.lexsort((region, labels[view, region]))
    view, region = view[order], region[order]
    first = np.unique(labels[view, region], return_index=True)[1]
    return np.append(first, len(region)), region, judged[segments.labels[view, region][first]]
