"""SEG, DET and TRA of cases that can be counted by hand; a script compares them with py-ctcmetrics."""

from __future__ import annotations

import numpy as np
import pytest

from rlseg.metrics import Lineage, score_tracks


def film(*rows: str, parent: dict[int, int] | None = None) -> Lineage:
    """Frames of one row of pixels each; a dot is background."""
    labels = np.array([[[0 if mark == "." else int(mark) for mark in row]] for row in rows])
    return Lineage(labels, parent or {})


# a disc that moves, and one that divides
TRUTH = film("111..2222.", ".111.2222.", "..11.33.44", parent={3: 2, 4: 2})
NODES, EDGES = 7, 5


def test_the_truth_scores_one() -> None:
    found = score_tracks(TRUTH, TRUTH)
    assert (found.nodes, found.edges) == (NODES, EDGES)
    assert (found.seg, found.det, found.tra, found.links) == (1, 1, 1, 1)


def test_numbers_do_not_matter() -> None:
    other = film("999..5555.", ".999.5555.", "..99.11.88", parent={1: 5, 8: 5})
    assert score_tracks(other, TRUTH).tra == 1


@pytest.mark.parametrize(
    ("found", "seg", "nodes", "edges"),
    [
        # (what costs the nodes, what costs the edges), by the weights of the challenge
        pytest.param(film("111..2222.", ".111.2222.", "..11.33.44"), 7, 0, 2 * 1.5, id="no parents"),
        pytest.param(
            film("111..2222.", ".555.2222.", "..55.33.44", parent={3: 2, 4: 2}), 7, 0, 1.5, id="a broken track"
        ),
        pytest.param(
            film("111..2222.", ".555.2222.", "..55.33.44", parent={3: 2, 4: 2, 5: 1}),
            7,
            0,
            1,
            id="a child that is none",
        ),
        pytest.param(film("111..2222.", ".111......", "..11.33.44"), 6, 10, 3 * 1.5, id="a missing object"),
        pytest.param(
            film("111..22226", ".111.2222.", "..11.33.44", parent={3: 2, 4: 2}), 7, 1, 0, id="an object that is none"
        ),
        pytest.param(
            film("111..2222.", ".111.2222.", "..11333344", parent={3: 2, 4: 2}), 6.5, 0, 0, id="an object too large"
        ),
        pytest.param(
            film("111..2222.", ".222.1111.", "..22.33.44", parent={3: 1, 4: 1}), 7, 0, 2 * 1.5 + 2 * 1, id="swapped"
        ),
        # one object holds two: a split; its links are none, and neither are those to the two
        pytest.param(
            film("111..2222.", "1111111111", "..11.33.44"), 5 + 3 / 10 + 4 / 10, 5, 5 * 1.5, id="two become one"
        ),
        pytest.param(film("..........", "..........", ".........."), 0, 70, 5 * 1.5, id="nothing"),
    ],
)
def test_what_must_be_changed(found: Lineage, seg: float, nodes: float, edges: float) -> None:
    scores = score_tracks(found, TRUTH)
    assert scores.seg == pytest.approx(seg / NODES)
    assert scores.det == pytest.approx(1 - nodes / (10 * NODES))
    assert scores.tra == pytest.approx(1 - (nodes + edges) / (10 * NODES + 1.5 * EDGES))


def test_links_of_what_was_found() -> None:
    """An object is missed: of the other links, one is broken."""
    scores = score_tracks(film("111..2222.", ".555......", "..55.33.44"), TRUTH)
    assert scores.edges_held == 2
    assert scores.links_of_found == 1 / 2
    assert score_tracks(film("111..2222.", "1111111111", "..11.33.44"), TRUTH).edges_held == 0
    assert score_tracks(film("...", "..."), film("11.", "11.")).links_of_found == 1


def test_half_of_an_object_is_not_enough() -> None:
    scores = score_tracks(film("11..", "1111"), film("1111", "1111"))
    assert (scores.missed, scores.wrong) == (1, 1)
    assert score_tracks(film("111.", "1111"), film("1111", "1111")).missed == 0


def test_no_cost_above_that_of_making_all_anew() -> None:
    crowd = film("1234567890", "1234567890")
    assert score_tracks(crowd, film("11........", "..........")).tra == 0
    assert score_tracks(crowd, film("..........", "..........")).det == 0
    nothing = film("..", "..")
    empty = score_tracks(nothing, nothing)
    assert (empty.seg, empty.det, empty.tra, empty.links) == (1, 1, 1, 1)


def test_a_track_with_a_gap_goes_on() -> None:
    with_gap = film("11..", "....", "11..")
    assert with_gap.edges() == {((0, 1), (2, 1)): False}
    assert score_tracks(with_gap, with_gap).tra == 1


def test_what_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="2 frames are found, the truth has 3"):
        score_tracks(film("1", "1"), film("1", "1", "1"))
    with pytest.raises(ValueError, match="prediction has shape"):
        score_tracks(film("1", "1"), film("11", "11"))
    with pytest.raises(ValueError, match="track 2 begins in frame 1, before its parent 1 ends"):
        score_tracks(film("1.", "12", parent={2: 1}), film("1.", "12"))
    with pytest.raises(ValueError, match="track 7 with its parent 1: one of them is in no frame"):
        score_tracks(film("1", "1", parent={7: 1}), film("1", "1"))
