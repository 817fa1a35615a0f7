"""What a segment is paid, term by term, and which term takes most from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rlseg.arrays import Floats
from rlseg.rewards import Group, Reward, RewardBreakdown, of_single_segments
from rlseg.rewards.classes import AreaRule
from rlseg.rewards.language import FOREGROUND
from rlseg.rewards.measure import Segments


@dataclass(frozen=True)
class Scored:
    """A segment and what it is paid.

    Attributes:
        area: in pixels.
        class_name: the class that takes it, "foreground" if none does.
        reward: what it is paid as an object, 0 outside the foreground.
        terms: the score in each term of the foreground, as if it were in it; empty if that is not known.
        without: term -> what it would be paid as an object without that term, with the same scores in the others.
    """

    area: float
    class_name: str
    reward: float
    terms: Mapping[str, float]
    without: Mapping[str, float]

    @property
    def limiting(self) -> str | None:
        """The term without which it would be paid most, the lowest of those that are alike; None if it has no terms."""
        return max(self.without, key=lambda name: (round(self.without[name], 2), -self.terms[name]), default=None)


class Judge:
    """Scores segments one by one: as the rules say, and as if no class but the foreground existed.

    Args:
        reward: the rules.

    Attributes:
        left_out: what looks at the whole partition and has no say here.
        terms: names of the foreground's terms that have one.
    """

    def __init__(self, reward: Reward) -> None:
        self._single, self.left_out = of_single_segments(reward)
        file = self._single.file
        nothing = dict.fromkeys(file.classes, AreaRule(kind="area", under=0))
        self._open = Reward(file.model_copy(update={"classes": nothing}), reward.pixel_size)
        foreground = file.rewards[FOREGROUND]
        self._group = foreground if isinstance(foreground, Group) else None
        self.terms = () if self._group is None else tuple(self._group.terms)

    def __call__(self, segments: Segments) -> Floats:
        """(M, 5 + T) of M segments: area, class, reward, reward without classes, stability, terms of the foreground.

        The stability is 1 where nobody has looked in several ways.
        """
        looked = segments.regions.proposals is not None
        given, free = self._single.evaluate(segments), self._open.evaluate(segments)
        columns = [
            segments.descriptor("area"),
            given.segment_class.astype(np.float64),
            given.foreground_score,
            free.foreground_score,
            segments.descriptor("stability") if looked else np.ones(segments.count),
            *(np.nan_to_num(free.terms[f"{FOREGROUND}/{name}"]) for name in self.terms),
        ]
        return np.stack(columns, axis=1)

    def scored(self, values: Floats) -> Scored:
        """One row of these numbers in words."""
        names = self._single.file.class_names
        terms = dict(zip(self.terms, values[5:].tolist(), strict=True))
        return Scored(float(values[0]), names[int(values[1])], float(values[2]), terms, left_out(self._group, terms, 1))


def left_out(group: Group | None, terms: Mapping[str, float], crowd: int) -> dict[str, float]:
    """What a segment with these scores would be paid without each of the terms; with one term alone: all it can be.

    Args:
        group: of its class; None if it is paid a number.
        terms: name -> score.
        crowd: how many segments of the class its partition has, see `Group.reward`.
    """
    if group is None or not terms:
        return {}
    found = {}
    for name in terms:
        scores = {other: score for other, score in terms.items() if other != name} or {name: 1.0}
        fewer = group.model_copy(update={"terms": {other: group.terms[other] for other in scores}})
        found[name] = float(fewer.reward(np.array(list(scores.values()))[:, None], crowd)[0])
    return found


def scored_segment(reward: Reward, segments: Segments, breakdown: RewardBreakdown, number: int) -> Scored:
    """One segment of a partition, as it is paid beside the others.

    Args:
        reward: the rules.
        segments: of the partition.
        breakdown: what these rules say of them.
        number: 0..M-1.
    """
    name = breakdown.class_names[breakdown.segment_class[number]]
    foreground = reward.file.rewards[FOREGROUND]
    group = foreground if isinstance(foreground, Group) and name == FOREGROUND else None
    beside = segments.partition == segments.partition[number]
    crowd = int((beside & (breakdown.segment_class == breakdown.segment_class[number])).sum())
    terms = {}
    if group is not None:
        terms = {key: float(np.nan_to_num(breakdown.terms[f"{FOREGROUND}/{key}"][number])) for key in group.terms}
    area = float(segments.descriptor("area")[number])
    return Scored(area, name, float(breakdown.foreground_score[number]), terms, left_out(group, terms, crowd))
