"""Volumes that are a few voxels wide."""

from __future__ import annotations

import numpy as np
import pytest

from rlseg.commands.new.volume_ways import ways_in_volumes


@pytest.mark.parametrize("width", [2, 3, 4])
def test_volumes_of_few_columns_are_no_colours(width: int) -> None:
    """A warning of scikit-image about the shape of colour images would be an error here."""
    picture = np.random.default_rng(0).random((9, 12, width))
    (found,) = ways_in_volumes([picture], [(1.0, 1.0, 1.0)])
    assert {look for look, _ in found} <= {"brighter", "darker"}
