"""The table of segments."""

from __future__ import annotations

import numpy as np
import pytest
from partitions import random_regions

from rlseg.rewards.measure.accumulate import first_alike, number_segments
from rlseg.rewards.measure.segments import Segments


@pytest.mark.parametrize("name", ["solidity", "feret_diameter_max", "perimeter"])
@pytest.mark.parametrize("pieces", [1, 3, 40, 60])
def test_segments_of_one_superpixel_are_measured_once_an_image(name: str, pieces: int) -> None:
    """The same values as measured one by one, for partitions that join nothing, some, or all superpixels."""
    regions = random_regions(3)
    labels = np.random.default_rng(pieces).integers(0, pieces, (4, regions.num_nodes)) if pieces < 60 else None
    labels = np.arange(regions.num_nodes)[None].repeat(2, 0) if labels is None else labels
    for part in (labels, labels[::-1]):  # the second time from what is kept
        segments = Segments(regions, part)
        np.testing.assert_array_equal(segments.descriptor(name), Segments(regions, part, plain=True).descriptor(name))
    members = {tuple(np.flatnonzero(row == s)) for row in segments.labels for s in np.unique(row)}
    assert len(segments.joined[1]) == sum(len(nodes) > 1 for nodes in members)
    assert len(regions.of_superpixels) == 1


@pytest.mark.parametrize("change", [0, 1, 5])
def test_segments_of_the_same_superpixels_are_found(change: int) -> None:
    """Against sets, where all, most and few of them lie in several partitions."""
    rng = np.random.default_rng(change)
    labels = np.repeat(rng.integers(0, 12, (1, 60)), 6, axis=0)
    for row in labels:
        row[rng.integers(0, 60, change)] = rng.integers(0, 12, change)
    ids, offsets = number_segments(labels)
    known: dict[tuple[int, ...], int] = {}
    expected = [known.setdefault(tuple(np.flatnonzero((ids == s).any(axis=0))), s) for s in range(offsets[-1])]
    assert first_alike(ids, int(offsets[-1])).tolist() == expected
    assert (len(known) < offsets[-1] / 2) == (change < 5)
