"""`boundary_evidence` against plain loops over edges and pixels."""

from __future__ import annotations

import numpy as np
import pytest
from edge_cases import SIZE, check_edge_properties, cracks_of, odd_case, plain, random_case
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import random_regions
from reward_text import compiled
from scenes import ODD

from rlseg.errors import RlsegError
from rlseg.graph.rag import measure_regions
from rlseg.rewards.language.load import parse_reward
from rlseg.rewards.measure.segments import Segments
from rlseg.rewards.reward import Reward

MEASURES = pytest.mark.parametrize("measure", ["step", "bright", "dark"])
TERM = "{{weight: 0.4, measure: {}, channel: 1, between: [{}, {}]}}"


def check(segments: Segments, actions: np.ndarray, image: np.ndarray, measure: str, unit: str = "unit") -> list[float]:
    """The evidence at the edges; raw intensities are 100 times those of the image and 7."""
    between = (0.05, 0.1) if measure == "step" else (0.45, 0.55)
    if unit == "raw":
        image = image * 100 + 7
        between = tuple(100 * end + (0 if measure == "step" else 7) for end in between)
    head = f"version: 1\nname: t\nunits: {{length: px, intensity: {unit}}}\n"
    text = head + SIZE + f"edges: {{cut: max, boundary_evidence: {TERM.format(measure, *between)}}}"
    found = Reward(parse_reward(text)).evaluate(segments, actions).edge_score
    rules = plain(segments, "max")
    used = []
    for e, cracks in enumerate(cracks_of(segments.regions)):
        values = [(image[1][a], image[1][b]) for a, b in cracks]
        v = np.mean([abs(x - y) if measure == "step" else (x + y) / 2 for x, y in values])
        b = min(max((v - between[0]) / (between[1] - between[0]), 0), 1)
        b = 1 - b if measure == "dark" else b
        used.append(b)
        paid = b * actions[:, e] + (1 - b) * (1 - actions[:, e])
        np.testing.assert_allclose(found[:, e], 0.6 * rules[:, e] + 0.4 * paid, atol=1e-9)
    return used


@MEASURES
@pytest.mark.parametrize("unit", ["unit", "raw"])
def test_against_pixels(measure: str, unit: str) -> None:
    used = check(*random_case(5), measure, unit)
    assert min(used) == 0
    assert max(used) == 1
    assert len(set(used)) > 10


@MEASURES
@pytest.mark.parametrize("name", ODD)
def test_odd_objects(name: str, measure: str) -> None:
    check(*odd_case(name), measure)


@pytest.mark.parametrize(
    "term",
    ["{weight: 0.4, measure: step, between: [0.02, 0.1]}", "{weight: 1.0, measure: dark, between: [0.3, 0.6]}"],
)
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**6), row=st.integers(1, 35), column=st.integers(1, 37))
def test_range_names_and_place(term: str, seed: int, row: int, column: int) -> None:
    check_edge_properties(f"{{boundary_evidence: {term}}}", seed, row, column)


@MEASURES
def test_stronger_evidence_pays_more_for_cuts_and_less_for_merging(measure: str) -> None:
    """Two halves between which the evidence grows, from none over the interval to certainty."""
    reward = compiled(
        f"rewards: {{foreground: 0.5}}\nedges: {{boundary_evidence: {{weight: 0.3, measure: {measure}, "
        "between: [0.2, 0.6]}}"
    )
    cut, kept = [], []
    for strength in np.arange(0, 0.85, 0.1):
        image = np.full((1, 6, 8), 0.1)
        if measure == "step":
            image[:, :, 4:] += strength
        else:
            image[:, :, 3:5] = strength if measure == "bright" else 0.8 - strength
        halves = np.repeat([0, 1], 4)[None].repeat(6, axis=0).astype(np.int32)
        segments = Segments(measure_regions(image, halves), np.array([[0, 1]]))
        for paid, action in ((cut, 1.0), (kept, 0.0)):
            paid.append(reward.evaluate(segments, np.array([[action]])).edge_score[0, 0])
    assert cut[:3] == pytest.approx([0.35] * 3)
    assert (np.diff(cut[2:7]) > 0).all()
    assert cut[6:] == pytest.approx([0.65] * 3)
    np.testing.assert_allclose(kept, 1 - np.array(cut))


def test_graph_without_edges() -> None:
    regions = random_regions(0, shape=(5, 5), count=1)
    reward = compiled(SIZE + "edges: {boundary_evidence: {weight: 0.5, between: [0, 1]}}")
    assert reward.evaluate(Segments(regions, np.zeros((2, 1), int))).edge_score.shape == (2, 0)


def test_a_channel_that_is_not_there() -> None:
    segments, _, _ = random_case(0)
    text = SIZE + "edges: {boundary_evidence: {weight: 0.5, between: [0, 1], channel: 2}}"
    with pytest.raises(RlsegError, match=r"no channel 2 for boundary_evidence: the image has 2 channel\(s\)"):
        _ = compiled(text).evaluate(segments).edge_score
