"""What groups with `at_border: continued` pay for what the border of the image cuts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import random_segments
from reward_text import compiled
from scenes import drawn

from rlseg.graph.rag import measure_regions
from rlseg.rewards.language.errors import RewardFileError
from rlseg.rewards.language.load import parse_reward
from rlseg.rewards.measure.segments import Segments
from rlseg.rewards.reward import Reward, RewardBreakdown
from rlseg.rewards.single import of_single_segments

TERMS = {
    "size": "{kind: descriptor, property: area, expected: [60, 120], scale: 30}",
    "round": "{kind: descriptor, property: eccentricity, expected: 0.4, scale: 0.3, side: above, min_score: 0.1}",
    "outline": "{kind: descriptor, property: perimeter, expected: [30, 40], scale: 10, weight: 2}",
    "box": "{kind: rotated_box, templates: [{radii: [4, 6], scale: 3, orientation: 45}]}",
    "alike": "{kind: peers, property: area, expected: [10, 200], scale: 60, fewest: 3, within: 0.5}",
    "solid": "{kind: descriptor, property: solidity, expected: 0.9, scale: 0.2, side: below}",
    "bright": "{kind: descriptor, property: intensity_mean, expected: 0.5, scale: 0.05}",
    "count": "{kind: object_count, of: foreground, expected: 2, scale: 3}",
}
SEEING_BEYOND = {"size", "round", "outline", "box", "alike"}
BIG = "classes: {big: {kind: area, over: 400}}\n"


def paid(
    segments: Segments, at_border: str, terms: dict[str, str] = TERMS, combine: str = "geometric"
) -> RewardBreakdown:
    """What a group of these terms pays; segments of more than 400 px are of another class."""
    listed = ", ".join(f"{name}: {term}" for name, term in terms.items())
    group = f"{{combine: {combine}, at_border: {at_border}, terms: {{{listed}}}}}"
    return compiled(f"{BIG}rewards: {{big: 0.1, foreground: {group}}}").evaluate(segments)


def continued(segments: Segments, name: str, m: int) -> float:
    """A descriptor of segment m, which touches the border."""
    return float(segments.continued.descriptor(name)[list(segments.continued.ids).index(m)])


def slow_continued(name: str, segments: Segments, m: int) -> float:
    """The score of a term for segment m alone, whose descriptors are set to the continued ones."""
    gaussian = lambda off, scale: float(np.exp(-0.5 * (off / scale) ** 2))  # noqa: E731
    value = {key: continued(segments, key, m) for key in ("area", "eccentricity", "perimeter")}
    if name == "size":
        return gaussian(max(60 - value["area"], value["area"] - 120, 0), 30)
    if name == "round":
        return gaussian(max(value["eccentricity"] - 0.4, 0), 0.3)
    if name == "outline":
        return gaussian(max(30 - value["perimeter"], value["perimeter"] - 40, 0), 10)
    if name == "box":
        width, length = (continued(segments, f"box_{side}", m) for side in ("width", "length"))
        fit = gaussian(width / 2 - 4, 3) * gaussian(length / 2 - 6, 3)
        large, small = segments.variances
        turn = np.radians(segments.descriptor("orientation")[m] - 45) if large[m] - small[m] > 1e-6 else np.pi / 4
        return 0.8 * fit + 0.2 * float(np.cos(turn)) ** 2
    area = segments.descriptor("area")
    others = [
        area[n]
        for n in range(segments.count)
        if n != m and segments.partition[n] == segments.partition[m] and area[n] <= 400
    ]
    if len(others) < 3 or not 10 <= np.median(others) <= 200:
        return gaussian(max(10 - value["area"], value["area"] - 200, 0), 60)
    spread = max(1.4826 * float(np.median(np.abs(others - np.median(others)))), 15)
    return gaussian(max(abs(value["area"] - float(np.median(others))) / spread - 0.5, 0), 1)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), pieces=st.integers(8, 40), combine=st.sampled_from(["geometric", "mean", "min"]))
def test_against_a_loop_over_segments(seed: int, pieces: int, combine: str) -> None:
    segments = random_segments(seed, pieces=pieces)
    seen, found = (paid(segments, word, combine=combine) for word in ("as_seen", "continued"))
    border = segments.total(segments.regions.border)
    weight = {name: 2 if name == "outline" else 1 for name in TERMS}
    for m in np.flatnonzero(seen.segment_class == 1):
        scores = {name: float(seen.terms[f"foreground/{name}"][m]) for name in TERMS}
        if border[m] > 0:
            shown = min(1.0, 2 * segments.descriptor("area")[m] / continued(segments, "area", m))
            worst = min(scores["solid"], scores["bright"])
            for name in SEEING_BEYOND:
                scores[name] = max(scores[name], shown * min(slow_continued(name, segments, m), worst))
        for name, score in scores.items():
            assert found.terms[f"foreground/{name}"][m] == pytest.approx(score, abs=1e-9), (name, m)
        total = sum(weight.values())
        expected = {
            "geometric": np.prod([scores[n] ** (weight[n] / total) for n in TERMS]),
            "mean": sum(weight[n] * scores[n] for n in TERMS) / total,
            "min": min(scores.values()),
        }[combine]
        expected = 0.0 if scores["round"] < 0.1 else expected
        assert found.segment_score[m] == pytest.approx(expected, abs=1e-9)
    np.testing.assert_array_equal(found.segment_class, seen.segment_class)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), pieces=st.integers(8, 60), combine=st.sampled_from(["geometric", "product", "sum"]))
def test_nothing_is_paid_less_and_nothing_inside_is_paid_more(seed: int, pieces: int, combine: str) -> None:
    segments = random_segments(seed, pieces=pieces, count=90)
    seen, found = (paid(segments, word, combine=combine).segment_score for word in ("as_seen", "continued"))
    inside = segments.total(segments.regions.border) == 0
    np.testing.assert_array_equal(found[inside], seen[inside])
    assert (found >= seen).all()


def test_as_seen_is_what_a_file_means_that_does_not_say() -> None:
    terms = {"size": "{kind: descriptor, property: area, expected: 254, scale: 100}"}
    silent = compiled(f"rewards: {{foreground: {{terms: {{size: {terms['size']}}}}}}}").evaluate(disc(9))
    as_seen, other = (paid(disc(9), word, terms, "mean").segment_score[1] for word in ("as_seen", "continued"))
    assert silent.segment_score[1] == as_seen < other


NUCLEUS = {
    "width": "{kind: descriptor, property: axis_minor_length, expected: [17, 19], scale: 4}",
    "round": "{kind: descriptor, property: eccentricity, expected: 0.4, scale: 0.15, side: above}",
    "length": "{kind: descriptor, property: perimeter, expected: [53, 60], scale: 10}",
    "solid": "{kind: descriptor, property: solidity, expected: 0.93, scale: 0.04, side: below}",
    "bright": "{kind: descriptor, property: intensity_mean, expected: 0.5, scale: 0.1}",
}


def disc(hidden: float, brightness: float = 0.5, radius: float = 9.0) -> Segments:
    """A disc, segment 1, of whose height so much lies above the image."""
    rows, columns = np.indices((30, 60)) + 0.5
    labels = ((rows - radius + hidden) ** 2 + (columns - 30) ** 2 < radius**2).astype(np.int32)
    return Segments(measure_regions(np.full((1, *labels.shape), brightness), labels), np.arange(2)[None])


def pay_of(segments: Segments, at_border: str) -> float:
    """What the last segment is paid."""
    return float(paid(segments, at_border, NUCLEUS).segment_score[-1])


def test_half_a_nucleus_is_paid_as_a_whole_one_and_less_of_it_ever_less() -> None:
    whole = pay_of(disc(-3), "as_seen")
    assert whole > 0.99
    assert pay_of(disc(9), "as_seen") < 0.3
    assert pay_of(disc(9), "continued") > 0.95
    falling = [pay_of(disc(hidden), "continued") for hidden in range(9, 17)]
    assert (np.diff(falling) <= 1e-3).all()
    assert falling[-1] < 0.1
    assert max(pay_of(disc(hidden), "continued") for hidden in range(18)) <= whole


@pytest.mark.parametrize("shape", [(1, 3), (3, 1), (1, 17), (2, 9)])
def test_slivers_stay_slivers(shape: tuple[int, int]) -> None:
    labels = np.zeros((30, 60), int)
    labels[: shape[0], 20 : 20 + shape[1]] = 1
    assert pay_of(drawn(labels), "continued") < 0.2


def test_what_is_certain_is_not_excused() -> None:
    dim = disc(9, brightness=0.3)
    certain = np.exp(-2)  # two scales too dark
    found = paid(dim, "continued", NUCLEUS).terms
    seen = paid(dim, "as_seen", NUCLEUS).terms
    assert found["foreground/bright"][1] == pytest.approx(certain)
    for name in ("width", "round", "length"):
        tag = f"foreground/{name}"
        assert found[tag][1] == pytest.approx(max(seen[tag][1], certain))
    dented = np.zeros((30, 60), int)
    dented[:9, 20:38] = 1
    dented[2:9, 26:32] = 0  # open towards the inside of the image
    assert paid(drawn(dented), "continued", NUCLEUS).terms["foreground/solid"][1] < 0.05
    assert pay_of(drawn(dented), "continued") < 0.1


def test_too_large_is_wrong_at_the_border_too() -> None:
    labels = np.zeros((60, 90), int)
    labels[:30, 20:33] = 1
    assert 0 < pay_of(drawn(labels), "continued") == pay_of(drawn(labels), "as_seen") < 0.4


def test_with_nothing_certain_the_continued_size_is_believed() -> None:
    alone = {"size": "{kind: descriptor, property: area, expected: 254, scale: 10}"}
    assert paid(disc(9), "continued", alone).segment_score[1] > 0.9
    assert paid(disc(9), "as_seen", alone).segment_score[1] < 0.01


def test_classes_are_those_of_what_is_seen() -> None:
    debris = "classes: {debris: {kind: area, under: 200}}\nrewards: {debris: 0, foreground: {%s terms: {size: %s}}}"
    reward = compiled(debris % ("at_border: continued,", TERMS["size"]))
    assert reward.evaluate(disc(9)).segment_score[1] == 0


def test_a_search_sees_it_too() -> None:
    found = []
    for word in ("as_seen", "continued"):
        terms = f"{{size: {{kind: descriptor, property: area, expected: 254, scale: 10}}, count: {TERMS['count']}}}"
        text = f"{BIG}rewards: {{big: 0, foreground: {{at_border: {word}, terms: {terms}}}}}"
        single, _ = of_single_segments(compiled(text))
        found.append(single.evaluate(disc(9)).foreground_score[1])
    assert found[0] < 0.01
    assert found[1] > 0.9


def test_a_search_that_leaves_out_all_that_sees_beyond_judges_what_is_seen() -> None:
    terms = f"{{alike: {TERMS['alike']}, solid: {TERMS['solid']}}}"
    reward = compiled(f"{BIG}rewards: {{big: 0, foreground: {{at_border: continued, terms: {terms}}}}}")
    single, left_out = of_single_segments(reward)
    assert left_out == ("foreground/alike",)
    seen = paid(disc(9), "as_seen", {"solid": TERMS["solid"]}).segment_score[1]
    assert single.evaluate(disc(9)).foreground_score[1] == pytest.approx(seen)


OWN = '''
from typing import Literal
import numpy as np
from rlseg.rewards.terms.base import Term

class Wide(Term):
    """1 from a width on."""
    kind: Literal["wide"]
    def score(self, scene):
        return (scene.measurements.value("axis_minor_length") > 15).astype(float)

class WideBeyond(Wide):
    kind: Literal["wide_beyond"]
    def sees_beyond(self):
        return True
'''


def test_own_terms_choose_whether_they_see_beyond(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_widths.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    terms = "terms: {seen: {class_path: own_widths.Wide}, beyond: {class_path: own_widths.WideBeyond}}"
    text = (
        f"version: 1\nname: t\nunits: {{length: px}}\n{BIG}rewards: {{big: 0, foreground: {{{terms}, at_border: %s}}}}"
    )
    for word, expected in (("as_seen", [0, 0]), ("continued", [0, 0])):
        found = Reward(parse_reward(text % word, allow=("own_widths",))).evaluate(disc(9)).terms
        assert [found[f"foreground/{name}"][1] for name in ("seen", "beyond")] == expected, (
            word
        )  # capped by what is seen
    alone = text.replace("seen: {class_path: own_widths.Wide}, ", "") % "continued"
    assert Reward(parse_reward(alone, allow=("own_widths",))).evaluate(disc(9)).terms["foreground/beyond"][1] == 1


def test_a_group_that_cannot_use_it_is_an_error() -> None:
    with pytest.raises(RewardFileError, match="'continued' does nothing"):
        compiled(f"rewards: {{foreground: {{at_border: continued, terms: {{t: {TERMS['solid']}}}}}}}")
