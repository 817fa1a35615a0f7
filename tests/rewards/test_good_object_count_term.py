"""Counting good objects against a loop, and the highest reward of a group."""

from __future__ import annotations

import numpy as np
import pytest
from partitions import random_segments
from reward_text import compiled

TEXT = """
classes: {{large: {{kind: area, over: 120}}}}
rewards:
  large:
    highest: {highest}
    terms:
      count: {{kind: good_object_count, of: foreground, over: {over}, expected: 4, scale: 3, kernel: linear{more}}}
  foreground: {{terms: {{size: {{kind: descriptor, property: area, expected: 60, scale: 20}}}}}}
"""


@pytest.mark.parametrize("over", [0.0, 0.3, 0.5, 1.0])
@pytest.mark.parametrize("highest", [1.0, 0.8])
def test_only_good_objects_count(over: float, highest: float) -> None:
    segments = random_segments(1, partitions=4, pieces=25)
    result = compiled(TEXT.format(over=over, highest=highest, more="")).evaluate(segments)
    counts = []
    for m in np.flatnonzero(result.segment_class == 0):
        same = segments.partition == segments.partition[m]
        good = sum(h > over for h, here in zip(result.foreground_score, same, strict=True) if here)
        counts.append(good)
        expected = max(0.0, 1 - abs(good - 4) / 3)
        assert result.terms["large/count"][m] == pytest.approx(expected)
        assert result.segment_score[m] == pytest.approx(highest * expected)
    assert len(counts) > 4


def test_too_many_are_fine_with_side_below() -> None:
    segments = random_segments(1, partitions=4, pieces=25)
    result = compiled(TEXT.format(over=0.0, highest=1.0, more=", side: below")).evaluate(segments)
    assert set(result.segment_score[result.segment_class == 0]) == {1.0}


def test_no_object_of_the_class() -> None:
    segments = random_segments(0, partitions=2, pieces=1)
    result = compiled(TEXT.format(over=0.0, highest=1.0, more="")).evaluate(segments)
    assert not result.segment_score.any()
    assert result.non_finite == 0
