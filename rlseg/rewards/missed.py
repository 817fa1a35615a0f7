"""What a partition leaves in the background although the rules would pay for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rlseg.arrays import Bools, Floats, Ints, np
from rlseg.jit import compiled
from rlseg.regions import RegionStatistics
from rlseg.rewards.measure import Segments, judge_proposals


@dataclass(frozen=True)
class Candidates:
    """The segments that several ways of looking propose and the rules pay for, of one image.

    Attributes:
        start: (C + 1,) int64; the superpixels of candidate c are members[start[c]:start[c + 1]].
        members: int64.
        pay: (C,) what each is paid by itself, > 0.
    """

    start: Ints
    members: Ints
    pay: Floats

    @classmethod
    def of(cls, regions: RegionStatistics, score: Callable[[Segments], Floats]) -> Candidates:
        """Judge each proposal once.

        Args:
            regions: of an image that somebody has looked at in several ways.
            score: gives the (M,) segments of a table their pay, one by one.
        """
        start, members, judged = judge_proposals(regions, lambda segments: score(segments)[:, None])
        pay = judged[:, 0]
        size = np.diff(start)
        return cls(np.append(0, np.cumsum(size[pay > 0])), members[np.repeat(pay > 0, size)], pay[pay > 0])


def missed(segments: Segments, found: Bools, candidates: Candidates) -> Floats:
    """What is lost at each superpixel of each partition: (K, N), in [0, 1] if the pay is, 0 at those of found segments.

    A candidate of which the share b lies outside of found segments is lost by pay * max(0, 2 b - 1): not if objects
    hold half of it. At a superpixel it is the largest such loss of the candidates that hold it.

    Args:
        segments: M segments of K partitions.
        found: (M,) True for the segments that are objects.
        candidates: of the image.
    """
    regions = segments.regions
    empty = ~found[segments.labels]
    return _missed(empty, regions.area, candidates.start, candidates.members, candidates.pay)


@compiled
def _missed(empty: Bools, area: Floats, start: Ints, members: Ints, pay: Floats) -> Floats:
    lost = np.zeros(empty.shape)
    for k in range(len(empty)):
        for c in range(len(pay)):
            total, outside = 0.0, 0.0
            for n in members[start[c] : start[c + 1]]:
                total += area[n]
                if empty[k, n]:
                    outside += area[n]
            loss = pay[c] * (2 * outside / total - 1)
            if loss <= 0:
                continue
            for n in members[start[c] : start[c + 1]]:
                if empty[k, n]:
                    lost[k, n] = max(lost[k, n], loss)
    return lost
