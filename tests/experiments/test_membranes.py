"""Partitions without training: evidence of edges, multicuts, mutex watersheds and watersheds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from experiments.analysis import embryo_report
from experiments.baselines import membranes
from experiments.baselines.boundary_unet import write_maps
from experiments.drawings.embryo import draw_embryo
from rlseg.data.prepare import Preparation
from rlseg.data.superpixels.boundary import BoundarySeeds
from rlseg.graph.sample import Sample


@pytest.fixture(scope="module")
def sample() -> Sample:
    drawn = draw_embryo(0)
    return embryo_report.PREPARATION(drawn.image, "drawing", drawn.truth)


def test_evidence_of_edges(sample: Sample) -> None:
    u, v = sample.edge_index
    ends = embryo_report.ceiling(sample)
    owner = np.zeros(sample.regions.num_nodes, int)
    owner[sample.superpixels.ravel()] = ends.ravel()
    true_cut = owner[u] != owner[v]
    for evidence in (membranes.boundary_evidence()(sample), membranes.grey_evidence(sample)):
        assert evidence.shape == u.shape
        assert evidence[true_cut].mean() > evidence[~true_cut].mean() + 0.5 * evidence.std()
    lines = membranes.ridges(sample)
    assert membranes.boundary_evidence()(sample) == pytest.approx(-sample.guide, abs=1e-6)
    inside = membranes.on_cracks(sample, lines)[1]
    mean = [lines[sample.superpixels == n].mean() for n in (u[0], v[0])]
    assert inside[0] == pytest.approx(np.mean(mean))


def test_a_bias_merges_or_cuts(sample: Sample) -> None:
    counts = [
        len(np.unique(membranes.multicut(membranes.grey_evidence, bias, by_length=False)(sample)))
        for bias in (-9, 0, 9)
    ]
    assert counts[0] == sample.regions.num_nodes
    assert counts[0] > counts[1] > counts[2] == 1
    methods = {str(b): membranes.multicut(membranes.grey_evidence, b, False) for b in (-9, 0, 9)}
    assert membranes.best_on(methods, lambda method: sum(embryo_report.score(method, [sample]).vi_all)) == "0"


def test_a_mutex_watershed_cuts_at_lines() -> None:
    """Two rooms with a bright wall: one side is one object, and the wall keeps them apart."""
    image = np.full((1, 40, 40), 0.2, np.float32)
    image[:, :, 19:21] = 1.0
    room = Preparation(superpixels=BoundarySeeds())(image)
    labels = membranes.mutex_watershed((5,), 2.0)(room)
    assert labels[20, 5] != labels[20, 35]
    assert len(np.unique(labels[5:35, 3:15])) == 1
    values = np.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(membranes.moved(values, (1, -1))[:2, 1:], values[1:, :-1])
    np.testing.assert_array_equal(membranes.moved(values, (-1, 0))[0], values[0])


@pytest.mark.parametrize("name", ["of the image, sigma 3", "of the lines, sigma 2.2, threshold 0.2, smoothed 3"])
def test_a_watershed_finds_the_rooms_of_a_house(name: str) -> None:
    image = np.full((1, 60, 60), 0.2, np.float32)
    image[:, 19:22] = image[:, 39:42] = image[:, :, 29:32] = 1.0
    house = Preparation(superpixels=BoundarySeeds())(image)
    labels = membranes.watersheds()[name](house)
    assert len(np.unique(labels)) == 6
    assert labels.min() == 0
    assert len(np.unique(labels[2:18, 2:28])) == 1


def test_learned_boundaries_are_drawn_on_both_of_their_sides(tmp_path: Path, sample: Sample) -> None:
    maps = np.zeros((3, 4, 5), np.float32)
    maps[1, 2, 1] = 0.5  # between the columns 1 and 2
    maps[2, 0, 4] = 0.25  # between the rows 0 and 1
    (tmp_path / "maps").mkdir()
    write_maps(tmp_path / "maps" / "drawing.tif", maps)
    lines = membranes.line_map(tmp_path)(sample)
    assert {(r, c): lines[r, c] for r, c in zip(*np.nonzero(lines), strict=True)} == {
        (2, 1): 0.5,
        (2, 2): 0.5,
        (0, 4): 0.25,
        (1, 4): 0.25,
    }
    assert membranes.line_map(tmp_path / "images") is membranes.ridges
