"""What an object-aware critic sees."""

from __future__ import annotations

import numpy as np
import pytest

from rlseg.data.prepare import Preparation
from rlseg.environment.measured_objects import OBJECT_FEATURES, ObjectTable
from rlseg.environment.partition import solve_multicut
from rlseg.graph.sample import Sample
from rlseg.rewards.measure.segments import Segments


def partitions(sample: Sample, seed: int, count: int = 3) -> Segments:
    actions = np.random.default_rng(seed).random((count, sample.regions.num_edges))
    return Segments(sample.regions, solve_multicut(sample.regions.num_nodes, sample.edge_index, actions))


@pytest.mark.parametrize("number", range(4))
def test_features_are_finite_and_of_order_one(samples: list[Sample], number: int) -> None:
    segments = partitions(samples[number], number)
    table = ObjectTable.of(segments)
    features, share = table.features, table.share
    assert features.shape == (3, samples[number].regions.num_nodes, len(OBJECT_FEATURES))
    assert features.dtype == share.dtype == np.float32
    assert np.isfinite(features).all()
    assert np.abs(features).max() <= 4
    assert 0.05 < np.abs(features).mean() < 2
    spread = features.reshape(-1, len(OBJECT_FEATURES)).std(0)
    assert (spread > 0.02).all(), dict(zip(OBJECT_FEATURES, spread, strict=True))


def test_shares_sum_to_the_number_of_objects(samples: list[Sample]) -> None:
    segments = partitions(samples[1], 7)
    share = ObjectTable.of(segments).share
    np.testing.assert_allclose(share.sum(1), np.diff(segments.offsets), rtol=1e-5)
    assert share.min() > 0
    assert share.max() <= 1


def test_superpixels_of_one_object_see_the_same(samples: list[Sample]) -> None:
    segments = partitions(samples[2], 3)
    features = ObjectTable.of(segments).features
    for m in range(segments.count):
        assert len(np.unique(features[segments.labels == m], axis=0)) == 1
    area = segments.descriptor("area")[segments.labels]
    np.testing.assert_allclose(
        features[..., OBJECT_FEATURES.index("log_area")], np.clip(np.log(area) - 5, -4, 4), atol=1e-5
    )


def test_everything_merged_and_everything_cut(samples: list[Sample]) -> None:
    sample = samples[0]
    count = sample.regions.num_nodes
    segments = Segments(sample.regions, np.stack([np.zeros(count, np.int64), np.arange(count)]))
    table = ObjectTable.of(segments)
    features, share = table.features, table.share
    assert np.isfinite(features).all()
    np.testing.assert_allclose(share[0], 1 / count)
    np.testing.assert_array_equal(share[1], 1)


def test_roundness_against_distances_of_every_crack(samples: list[Sample]) -> None:
    segments = partitions(samples[1], 3, count=1)
    features = ObjectTable.of(segments).features
    labels = segments.labels[0][samples[1].superpixels]
    for m in range(segments.count):
        mask = labels == m
        centre = np.argwhere(mask).mean(0)
        down, right = mask[1:] != mask[:-1], mask[:, 1:] != mask[:, :-1]
        cracks = np.concatenate([np.argwhere(down) + np.array([0.5, 0]), np.argwhere(right) + np.array([0, 0.5])])
        square = ((cracks - centre) ** 2).sum(1)
        wanted = np.exp(-4 * square.std() / square.mean()), mask.sum() / (np.pi * square.mean())
        found = features[0, segments.labels[0] == m][0, -2:]
        np.testing.assert_allclose(found, np.clip(wanted, -4, 4), atol=1e-4)


def test_a_disc_is_round_and_a_bar_is_not() -> None:
    row, column = np.indices((60, 60))
    picture = np.zeros((60, 60), np.int32)
    picture[(row - 20) ** 2 + (column - 20) ** 2 <= 12**2] = 1
    picture[45:50, 5:50] = 2
    sample = Preparation(subgraph_sizes=(4,))(np.ones((1, 60, 60), np.float32), "shapes", None, picture)
    features = ObjectTable.of(Segments(sample.regions, np.arange(3)[None])).features
    roundness, fill = features[0, :, -2:].T
    assert roundness[1] > 0.7 > 0.2 > roundness[2]
    assert fill[1] == pytest.approx(1, abs=0.05)
    assert fill[2] < 0.6
