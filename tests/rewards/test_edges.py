"""Edge rules against a slow reference, one edge at a time, and at the boundaries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import random_regions
from reward_text import HEAD

from rlseg.rewards.language.load import stored_reward
from rlseg.rewards.measure.segments import Segments
from rlseg.rewards.reward import Reward, RewardBreakdown

REWARD = """
classes: {{background: {{kind: area, over: 150}}, halo: {{kind: area, over: 100}}}}
rewards:
  foreground: {{terms: {{size: {{kind: descriptor, property: area, expected: 60, scale: 20}}}}}}
  background: 0.4
  halo: 0.3
edges: {{{}}}
"""


def compiled(text: str) -> Reward:
    """Also of files that pay a class for nothing."""
    return Reward(stored_reward(HEAD + text))


def slow_edges(
    segments: Segments, result: RewardBreakdown, cut: str, background: str, names: tuple[str, ...]
) -> np.ndarray:
    """(K, E) by the definitions, in plain Python."""
    regions = segments.regions
    edges = list(zip(*regions.edge_index.tolist(), regions.edge_length.tolist(), strict=True))
    rows = []
    for labels in segments.labels:
        s = [result.segment_score[m] for m in labels]
        h = [result.foreground_score[m] for m in labels]
        inside = [background == "near" and result.class_names[result.segment_class[m]] in names for m in labels]
        level: dict[int, float] = {}
        for n in np.flatnonzero(inside):
            own = [(v if u == n else u, w) for u, v, w in edges if n in (u, v) and labels[u] != labels[v]]
            if own:
                level[n] = sum(w * h[o] for o, w in own) / sum(w for _, w in own)
        rest = 0.5 * float(np.mean(list(level.values()))) if level else 0.0
        row = []
        for u, v, _ in edges:
            if labels[u] != labels[v]:
                pay = {"max": max(s[u], s[v]), "foreground": max(h[u], h[v]), "mean": (s[u] + s[v]) / 2}[cut]
            elif inside[u]:
                w = [(1 if n in level else 0.1) / regions.area[n] for n in (u, v)]
                pay = (level.get(u, rest) * w[0] + level.get(v, rest) * w[1]) / sum(w)
            else:
                pay = s[u]
            row.append(pay)
        rows.append(row)
    return np.array(rows)


def partitions(seed: int, pieces: int, merged: float) -> Segments:
    """Partitions in which a share of the superpixels lies in one big segment."""
    regions = random_regions(seed, shape=(30, 40), count=50, channels=1)
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, pieces, (3, regions.num_nodes))
    labels[rng.random(labels.shape) < merged] = 0
    return Segments(regions, labels)


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    pieces=st.integers(1, 30),
    merged=st.floats(0, 1),
    cut=st.sampled_from(["max", "foreground", "mean"]),
    background=st.sampled_from(["own", "near"]),
    named=st.sampled_from([None, "halo", "[background, halo]"]),
)
def test_edges_agree_with_the_definitions(
    seed: int, pieces: int, merged: float, cut: str, background: str, named: str | None
) -> None:
    segments = partitions(seed, pieces, merged)
    rules = f"cut: {cut}, background: {background}" + (f", background_class: {named}" if named else "")
    names = {None: ("background",), "halo": ("halo",)}.get(named, ("background", "halo"))
    result = compiled(REWARD.format(rules)).evaluate(segments)
    expected = slow_edges(segments, result, cut, background, names)
    np.testing.assert_allclose(result.edge_score, expected, atol=1e-12)
    assert result.edge_score.shape == segments.cut.shape
    assert result.edge_score.min() >= 0
    assert result.edge_score.max() <= 1


@pytest.mark.parametrize("cut", ["max", "foreground", "mean"])
def test_edges_do_not_depend_on_the_other_partitions(cut: str) -> None:
    segments = partitions(5, 12, 0.4)
    reward = compiled(REWARD.format(f"cut: {cut}, background: near"))
    together = reward.evaluate(segments).edge_score
    for k, labels in enumerate(segments.labels):
        alone = reward.evaluate(Segments(segments.regions, labels[None])).edge_score
        np.testing.assert_allclose(alone[0], together[k], atol=1e-12)


def test_all_merged_into_background_earns_nothing_with_near() -> None:
    segments = partitions(0, 1, 0.0)
    result = compiled(REWARD.format("background: near")).evaluate(segments)
    assert not segments.cut.any()
    assert not result.edge_score.any()


def test_all_split_pays_cut_edges_only() -> None:
    regions = random_regions(0, shape=(30, 40), count=50, channels=1)
    segments = Segments(regions, np.arange(regions.num_nodes)[None])
    result = compiled(REWARD.format("cut: mean")).evaluate(segments)
    u, v = regions.edge_index
    expected = (result.segment_score[segments.labels[0, u]] + result.segment_score[segments.labels[0, v]]) / 2
    np.testing.assert_allclose(result.edge_score[0], expected)


def test_a_cut_is_never_paid_the_background_with_the_foreground_rule() -> None:
    """One background in two halves: the wrong cut between them earns 0.4 by the paper's rule, else 0."""
    regions = random_regions(0, shape=(30, 40), count=50, channels=1)
    left = regions.moments[:, 1] / regions.area < 20
    halves = Segments(regions, left.astype(int)[None])
    cut = halves.cut[0]
    paper = compiled(REWARD.format("cut: max")).evaluate(halves).edge_score[0]
    ours = compiled(REWARD.format("cut: foreground")).evaluate(halves).edge_score[0]
    assert set(paper[cut]) == {0.4}
    assert set(ours[cut]) == {0.0}
    assert set(ours[~cut]) == {0.4}
