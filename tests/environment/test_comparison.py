"""Label images on superpixels that are cut along them."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from nuclei import crop

from rlseg.data.prepare import Preparation
from rlseg.environment.comparison import cut_along
from rlseg.graph.intersection import intersect_with_truth
from rlseg.graph.sample import Sample
from rlseg.rewards.reward import Reward


@pytest.fixture
def shifted(samples: list[Sample]) -> np.ndarray:
    return np.roll(samples[0].truth, 2, axis=1)


@pytest.mark.parametrize("with_truth", [False, True])
def test_tables_are_those_of_an_image_prepared_with_the_cut_superpixels(
    samples: list[Sample], shifted: np.ndarray, with_truth: bool
) -> None:
    sample, (raw, name, truth) = samples[0], crop(0)
    given = truth if with_truth else None
    found = cut_along(sample, shifted, given)
    ids = intersect_with_truth(sample.superpixels, shifted)
    if with_truth:
        ids = intersect_with_truth(ids, truth)
    regions = Preparation()(raw, name, superpixels=ids).regions
    assert regions.num_nodes > sample.regions.num_nodes
    for field in fields(regions):
        np.testing.assert_array_equal(getattr(found.regions, field.name), getattr(regions, field.name), field.name)
    names = [partition.name for partition in found.partitions]
    assert names == ["given", "all merged", "all split", *(["truth"] if with_truth else [])]


def test_partitions_show_the_labels_exactly(samples: list[Sample], shifted: np.ndarray) -> None:
    sample = samples[0]
    given, merged, split, truth = (p.labels for p in cut_along(sample, shifted, sample.truth).partitions)
    ids = cut_along(sample, shifted, sample.truth).regions.superpixels
    for labels, image in ((given, shifted), (truth, sample.truth)):
        shown = labels[ids]
        np.testing.assert_array_equal(shown[image > 0], image[image > 0])
        # background: the first piece is 0, others come after all objects
        assert not (np.isin(shown, np.arange(1, image.max() + 1)) & (image == 0)).any()
    assert set(merged) == {0}
    np.testing.assert_array_equal(split[ids], sample.superpixels)


def test_the_same_labels_are_paid_the_same_as_given_and_as_truth(samples: list[Sample], reward: Reward) -> None:
    for sample in samples:
        given, _, _, truth = cut_along(sample, sample.truth, sample.truth).judge(reward).mean_reward
        alone = cut_along(sample, sample.truth).judge(reward).mean_reward[0]
        assert given == truth == alone
