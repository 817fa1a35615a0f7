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
    labels, start, view, region = proposed_regions(regions)
    segments = Segments(regions, np.where(labels >= 0, labels, labels.max(initial=-1) + 1))
    judged = judge(segments)
    return start, region, judged[segments.labels[view, region][start[:-1]]]


def proposed_regions(regions: RegionStatistics) -> tuple[Ints, Ints, Ints, Ints]:
    """The regions of each proposal, one proposal after the other.

    Args:
        regions: N of an image that somebody has looked at in V ways.

    Returns:
        (V, N) int64 the proposal of each region in each view, -1 if none; (C + 1,) where the regions of each of C
        proposals begin; and (P,) the view and the number of these regions, numbers ascending.
    """
    assert regions.proposals is not None
    labels = regions.proposals.labels(regions.area)
    view, region = np.nonzero(labels >= 0)
    order = np.lexsort((region, labels[view, region]))
    view, region = view[order], region[order]
    first = np.unique(labels[view, region], return_index=True)[1]
    return labels, np.append(first, len(region)), view, region
