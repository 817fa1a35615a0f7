"""What a film chooses from: overlapping objects of one image, each with its worth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiments.drawings.films import draw_film
from rlseg.data import Preparation
from rlseg.environment import hypotheses as module
from rlseg.environment import hypotheses_of, no_hypotheses
from rlseg.graph import Sample
from rlseg.rewards.measure import Segments


@pytest.fixture(scope="module")
def sample() -> Sample:
    return Preparation()(draw_film(1, frames=1, size=64, count=2).images)


def by_area(segments: Segments) -> np.ndarray:
    """1 for 250 px."""
    return np.exp(-(((segments.descriptor("area") - 250) / 100) ** 2))


def weights_of(sample: Sample, inside: np.ndarray) -> np.ndarray:
    """(E,) .9 around what is inside, .1 elsewhere."""
    u, v = sample.edge_index
    return np.where(inside[u] != inside[v], 0.9, 0.1).astype(np.float32)


def test_what_was_found_is_among_them_and_nothing_is_there_twice(sample: Sample) -> None:
    found = np.zeros(sample.regions.num_nodes, np.int64)
    found[[0, 3]], found[5] = 1, 2
    for weights in (None, weights_of(sample, found > 0)):
        some = hypotheses_of(sample, found, by_area, weights, 0.2, ("solidity",))
        np.testing.assert_array_equal(some.owners(some.found), found)
        masks = some.members.toarray().T > 0
        area = masks @ sample.regions.area
        np.testing.assert_allclose(some.area, area)
        np.testing.assert_allclose(some.shapes["area"], area)
        others = np.setdiff1d(np.arange(some.count), some.found)
        assert len(others) > 3
        assert (np.exp(-(((area[others] - 250) / 100) ** 2)) >= 0.2).all()
        both = (masks * sample.regions.area) @ masks.T
        iou = both / (area[:, None] + area - both)
        assert (iou[np.ix_(others, others)] - np.eye(len(others)) <= module.ALIKE).all()
        rows, columns = np.indices(sample.superpixels.shape)
        here = np.isin(sample.superpixels, np.flatnonzero(masks[others[0]]))
        np.testing.assert_allclose(some.centroid[others[0]], [rows[here].mean(), columns[here].mean()])
        assert ((some.shapes["solidity"] > 0) & (some.shapes["solidity"] <= 1)).all()


def test_a_policy_agrees_where_it_cuts_around_and_not_inside(sample: Sample) -> None:
    """Against a count edge by edge."""
    found = (np.arange(sample.regions.num_nodes) < 9).astype(np.int64)
    weights = weights_of(sample, found > 0)
    some = hypotheses_of(sample, found, by_area, weights, 0.2)
    u, v = sample.edge_index
    for number in (*some.found, *range(0, some.count, 7)):
        inside = some.members.toarray()[:, number] > 0
        logs, length = {True: 0.0, False: 0.0}, {True: 0.0, False: 0.0}
        for e, size in enumerate(sample.regions.edge_length):
            if inside[u[e]] or inside[v[e]]:
                within = bool(inside[u[e]] and inside[v[e]])
                logs[within] += size * np.log(1 - weights[e] if within else weights[e])
                length[within] += size
        agreed = np.exp(sum(logs[kind] / max(length[kind], 1e-9) for kind in (True, False)))
        paid = np.exp(-(((some.area[number] - 250) / 100) ** 2))
        assert some.worth[number] == pytest.approx(paid * agreed, rel=1e-5)


def test_final_outlines_count_where_they_are_paid_more(sample: Sample) -> None:
    found = np.zeros(sample.regions.num_nodes, np.int64)
    found[0] = 1
    weights = weights_of(sample, found > 0)
    plain = hypotheses_of(sample, found, by_area, weights, 0.2)
    final = hypotheses_of(sample, found, by_area, weights, 0.2, paid_found=np.array([0.9]))
    assert plain.worth[plain.found[0]] < 0.5
    assert final.worth[final.found[0]] == pytest.approx(0.9 * 0.9, rel=1e-5)  # nothing is inside of one superpixel


def test_without_several_ways_of_looking_half_agree(sample: Sample) -> None:
    blind = replace(sample, regions=replace(sample.regions, proposals=None))
    found = np.zeros(sample.regions.num_nodes, np.int64)
    some = hypotheses_of(blind, found, by_area, None, 0.2)
    np.testing.assert_allclose(some.worth, np.exp(-(((some.area - 250) / 100) ** 2)) / 2)
    assert len(some.found) == 0


def test_no_place_has_many_more_than_so_many(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LAYERS", 2)
    found = np.zeros(sample.regions.num_nodes, np.int64)
    some = hypotheses_of(sample, found, by_area, None, 0.05)
    masks = some.members.toarray() > 0
    for number in range(some.count):
        better = masks[:, some.worth > some.worth[number]].sum(axis=1)
        crowded = masks[:, number] & (better >= 2)
        assert 2 * sample.regions.area[crowded].sum() <= some.area[number] + 1e-9


def test_nothing() -> None:
    none = no_hypotheses((4, 5), ("solidity",))
    assert (none.count, none.labels(none.found).shape, none.members.shape) == (0, (4, 5), (1, 0))
