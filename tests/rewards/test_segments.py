"""The table of segments."""

from __future__ import annotations

import numpy as np
import pytest
from partitions import random_regions

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
    assert len(segments.joined[1]) == (np.bincount(segments.labels.ravel()) > 1).sum()
    assert len(regions.of_superpixels) == 1
