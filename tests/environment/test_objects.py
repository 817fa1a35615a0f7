"""What an object-aware critic sees."""

from __future__ import annotations

import numpy as np
import pytest

from rlseg.environment.objects import NAMES, object_features
from rlseg.environment.partition import solve_multicut
from rlseg.rewards.segments import Segments
from rlseg.sample import Sample


def partitions(sample: Sample, seed: int, count: int = 3) -> Segments:
    actions = np.random.default_rng(seed).random((count, sample.regions.num_edges))
    return Segments(sample.regions, solve_multicut(sample.regions.num_nodes, sample.edge_index, actions))


@pytest.mark.parametrize("number", range(4))
def test_features_are_finite_and_of_order_one(samples: list[Sample], number: int) -> None:
    segments = partitions(samples[number], number)
    features, share = object_features(segments)
    assert features.shape == (3, samples[number].regions.num_nodes, len(NAMES))
    assert features.dtype == share.dtype == np.float32
    assert np.isfinite(features).all()
    assert np.abs(features).max() <= 4
    assert 0.05 < np.abs(features).mean() < 2
    spread = features.reshape(-1, len(NAMES)).std(0)
    assert (spread > 0.02).all(), dict(zip(NAMES, spread, strict=True))


def test_shares_sum_to_the_number_of_objects(samples: list[Sample]) -> None:
    segments = partitions(samples[1], 7)
    _, share = object_features(segments)
    np.testing.assert_allclose(share.sum(1), np.diff(segments.offsets), rtol=1e-5)
    assert share.min() > 0
    assert share.max() <= 1


def test_superpixels_of_one_object_see_the_same(samples: list[Sample]) -> None:
    segments = partitions(samples[2], 3)
    features, _ = object_features(segments)
    for m in range(segments.count):
        assert len(np.unique(features[segments.labels == m], axis=0)) == 1
    area = segments.descriptor("area")[segments.labels]
    np.testing.assert_allclose(features[..., NAMES.index("log_area")], np.clip(np.log(area) - 5, -4, 4), atol=1e-5)


def test_everything_merged_and_everything_cut(samples: list[Sample]) -> None:
    sample = samples[0]
    count = sample.regions.num_nodes
    segments = Segments(sample.regions, np.stack([np.zeros(count, np.int64), np.arange(count)]))
    features, share = object_features(segments)
    assert np.isfinite(features).all()
    np.testing.assert_allclose(share[0], 1 / count)
    np.testing.assert_array_equal(share[1], 1)
