"""`peers` against medians over lists of the other segments."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import random_image, random_segments
from reward_text import HEAD, compiled
from scenes import ODD, check_peak, drawn, odd, odd_image, scores_of
from slow_descriptors import objects
from term_properties import properties_of

from rlseg.rewards.language.errors import RewardFileError
from rlseg.rewards.language.load import parse_reward
from rlseg.rewards.measure.segments import Segments

TERM = "{{kind: peers, property: {}, expected: {}, scale: {}, within: {}, fewest: {}, kernel: {}, side: {}}}"
KERNELS = {"gaussian": lambda z: np.exp(-z * z / 2), "linear": lambda z: max(0, 1 - z), "box": lambda z: float(z <= 1)}
# property, expected, scale, within, fewest, kernel, side
SETTINGS = [
    ("area", (20.5, 90.5), 30.5, 0.5, 2, "linear", "both"),
    ("area", (5.5, 400.5), 80.5, 1.5, 4, "gaussian", "above"),
    ("perimeter", (10.3, 60.3), 8.3, 0, 3, "box", "below"),
    ("intensity_mean", (0.3, 0.5), 0.1, 1, 3, "gaussian", "both"),
]

test_range_names_and_place = properties_of(
    "{kind: peers, property: area, expected: [20.5, 200.5], scale: 60, fewest: 2, within: 0.3}",
    "{kind: peers, property: boundary_evidence, channel: 1, expected: [0, 1], scale: 0.1, fewest: 3, side: below}",
    "{kind: peers, property: perimeter, expected: [0, 10.3], scale: 30}",
)


def slow(x: float, others: list[float], settings: tuple) -> float:  # type: ignore[type-arg]
    """The score of one segment from the values of it and of the others of its class."""
    _, (low, high), scale, within, fewest, kernel, side = settings
    if len(others) >= fewest and low <= np.median(others) <= high:
        middle = float(np.median(others))
        scale = max(1.4826 * float(np.median([abs(other - middle) for other in others])), scale / 4)
        low, high = middle - within * scale, middle + within * scale
    too_high, too_low = max(x - high, 0) * (side != "below"), max(low - x, 0) * (side != "above")
    return float(KERNELS[kernel]((too_high + too_low) / scale))


def check(segments: Segments, image: np.ndarray) -> None:
    things = objects(segments, image)
    for number, chosen in enumerate(SETTINGS):
        term = TERM.format(chosen[0], list(chosen[1]), *chosen[2:])
        reward = compiled(
            "classes: {big: {kind: area, over: 40}}\nrewards:\n"
            + "".join(f"  {name}: {{terms: {{t: {term}}}}}\n" for name in ("big", "foreground"))
        )
        result = reward.evaluate(segments)
        values = [thing.measure(chosen[0]) for thing in things]
        for m, x in enumerate(values):
            mine = (segments.partition[m], result.segment_class[m])
            others = [
                values[n]
                for n in range(segments.count)
                if n != m and (segments.partition[n], result.segment_class[n]) == mine
            ]
            name = ("big", "foreground")[result.segment_class[m]]
            assert result.terms[f"{name}/t"][m] == pytest.approx(slow(x, others, chosen), abs=1e-9), (number, m)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6), pieces=st.integers(1, 40))
def test_against_lists_of_the_others(seed: int, pieces: int) -> None:
    check(random_segments(seed, pieces=pieces), random_image(seed))


@pytest.mark.parametrize("name", ODD)
def test_odd_objects(name: str) -> None:
    check(odd(name), odd_image(name))


def bars(*lengths: int) -> Segments:
    """Bars of one row and these lengths on a ground of much more than 100 px, segment 0."""
    labels = np.zeros((2 * len(lengths) + 1, max(lengths) + 110), int)
    for number, length in enumerate(lengths, start=1):
        labels[2 * number - 1, 1 : length + 1] = number
    return drawn(labels)


GROUND = "classes: {ground: {kind: area, over: 100}}\n"
AREA = "{kind: peers, property: area, expected: [5, 40], scale: 4, side: above%s}"


def paid(segments: Segments, term: str = AREA % "") -> list[float]:
    """Scores of the bars."""
    reward = compiled(f"{GROUND}rewards: {{ground: 0, foreground: {{terms: {{t: {term}}}}}}}")
    return reward.evaluate(segments).terms["foreground/t"][1:].tolist()


def test_twice_its_peers_is_bad_where_they_are_alike_and_fair_where_they_are_not() -> None:
    alike = paid(bars(10, 10, 11, 11, 9, 9, 20))
    assert alike[:6] == [1.0] * 6
    assert alike[6] < 0.01
    assert paid(bars(5, 8, 12, 18, 16, 6, 20)) == [1.0] * 7  # they differ
    assert paid(bars(20, 20, 21, 21, 19, 19, 20)) == [1.0] * 7  # as large as it


def test_a_segment_does_not_vouch_for_itself() -> None:
    """Among itself the longest bar would widen the spread of four peers; without it its own length does not matter."""
    term = AREA % ", fewest: 4, kernel: linear, within: 1"
    found = [paid(bars(10, 11, 12, 13, length), term)[4] for length in range(12, 17)]
    spread = 1.4826  # of 10, 11, 12, 13 around 11.5: .5 and 1.5, so 1
    assert found == pytest.approx([max(0, 1 - max(0, n - 11.5 - spread) / spread) for n in range(12, 17)])


@pytest.mark.parametrize(
    ("lengths", "why"),
    [
        ((10, 10, 10, 10, 38), "four peers"),
        ((3, 3, 3, 4, 3, 4, 38), "fragments"),
        ((60, 70, 65, 61, 66, 64, 38), "clumps"),
        ((38,), "alone"),
    ],
)
def test_the_file_decides_where_the_image_says_nothing(lengths: tuple[int, ...], why: str) -> None:
    found = paid(bars(*lengths))
    as_descriptor = paid(bars(*lengths), "{kind: descriptor, property: area, expected: [5, 40], scale: 4, side: above}")
    assert found[-1] == 1.0, why
    assert found == as_descriptor
    # the very same with what it lacked
    assert paid(bars(10, 10, 10, 10, 10, 38))[-1] < 0.01


@pytest.mark.parametrize("side", ["both", "above", "below"])
def test_farther_from_its_peers_is_worse(side: str) -> None:
    term = (AREA % ", within: 0").replace("above", side)
    found = [paid(bars(18, 22, 20, 16, 24, 20, length), term)[-1] for length in range(6, 35)]
    if side == "both":
        check_peak(found, best=14)
        return
    wrong = found[14:] if side == "above" else found[14::-1]
    assert wrong[0] == 1
    assert (np.diff(wrong) < 0).all()
    assert set(found) - set(wrong) <= {1.0}


def test_values_are_in_the_unit_of_the_file() -> None:
    segments = random_segments(2, pieces=25)
    term = "{{kind: peers, property: area, expected: [{}, {}], scale: {}, within: 0.5}}"
    in_px = scores_of(term.format(20.4, 200.4, 40), segments)
    in_um = scores_of(term.format(5.1, 50.1, 10), segments, length="um", pixel_size=0.5)
    np.testing.assert_allclose(in_um, in_px)
    assert np.ptp(in_px) > 0.5


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("property: orientation, expected: [0, 90], scale: 3", "'orientation' comes round again after 180 degrees"),
        ("property: area, expected: 13, scale: 3", "must be a list"),
        ("property: area, expected: [10, 20], scale: 3, fewest: 1", "must be at least 2"),
        ("property: area, expected: [10, 20], scale: 3, within: -1", "must be at least 0"),
        ("property: area, expected: [10, 20], scale: 3, kernel: ratio", "'ratio' is not one of the choices"),
        ("property: area, expected: [10, 20]", "'scale' is required"),
    ],
)
def test_what_it_cannot_do_is_said_when_the_file_is_read(wrong: str, said: str) -> None:
    with pytest.raises(RewardFileError, match=said):
        parse_reward(f"{HEAD}rewards: {{foreground: {{terms: {{t: {{kind: peers, {wrong}}}}}}}}}")
