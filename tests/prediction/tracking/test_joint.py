"""Objects and links chosen at once: cases small enough to see, and a slow search for the best of all."""

from __future__ import annotations

from itertools import chain, combinations, product

import numpy as np
import pytest
from film_rules import film_rules
from hypothesis import given, settings
from hypothesis import strategies as st

from rlseg.environment import CandidateSegments, Hypotheses, no_hypotheses
from rlseg.prediction.tracking import joint
from rlseg.prediction.tracking.joint import choose_jointly
from rlseg.rewards import Tracks

SIZE = 40
LEAST = 0.3


def tracks(*lines: str, division: bool = True) -> Tracks:
    found = film_rules("joint: true", *lines, division=division).tracks
    assert found is not None
    return found


def frame(cells: list[tuple[int, int, int, int]], groups: dict[tuple[int, ...], float], found: list[int]) -> Hypotheses:
    """Rectangles (row, column, height, width) are superpixels from 1, the ground is 0; groups of them -> worth."""
    superpixels = np.zeros((SIZE, SIZE), np.int32)
    for number, (row, column, height, width) in enumerate(cells, start=1):
        superpixels[row : row + height, column : column + width] = number
    members = [np.array(group) for group in groups]
    masks = [np.isin(superpixels, group) for group in members]
    area = np.array([float(mask.sum()) for mask in masks])
    return Hypotheses(
        superpixels=superpixels,
        segments=CandidateSegments(np.cumsum([0, *map(len, members)]), np.concatenate(members)),
        worth=np.array(list(groups.values())),
        found=np.array(found, int),
        area=area,
        centroid=np.array([np.argwhere(mask).mean(axis=0) for mask in masks]),
        shapes={"area": area},
    )


HALVES = [(10, 10, 4, 8), (14, 10, 4, 8)]


def rod(whole: float, half: float, found: list[int]) -> Hypotheses:
    """Hypotheses: 0 = all of a rod, 1 and 2 = its halves."""
    return frame(HALVES, {(1, 2): whole, (1,): half, (2,): half}, found)


def test_what_is_cut_in_one_frame_alone_is_whole() -> None:
    film = [rod(0.8, 0.3, [0]), rod(0.5, 0.6, [1, 2]), rod(0.8, 0.3, [0])]
    found = choose_jointly(film, tracks(), 1.0, LEAST)
    assert [one.tolist() for one in found.frames] == [[0], [0], [0]]
    assert found.unsolved == 0
    # where links count next to nothing each frame has its way
    alone = choose_jointly(film, tracks("link_weight: 0.001", division=False), 1.0, LEAST)
    assert [one.tolist() for one in alone.frames] == [[0], [1, 2], [0]]


def test_what_divides_stays_divided() -> None:
    film = [rod(0.8, 0.3, [0]), rod(0.3, 0.8, [1, 2]), rod(0.6, 0.5, [0]), rod(0.3, 0.8, [1, 2])]
    chosen = choose_jointly(film, tracks(), 1.0, LEAST).frames
    assert [one.tolist() for one in chosen] == [[0], [1, 2], [1, 2], [1, 2]]


def test_what_is_worth_too_little_is_held_by_links_alone() -> None:
    faint = {(1,): 0.12}
    there = frame([(5, 5, 6, 6)], {(1,): 0.9}, [0])
    film = [there, frame([(5, 5, 6, 6)], faint, []), there]
    assert [one.tolist() for one in choose_jointly(film, tracks(), 1.0, LEAST).frames] == [[0], [0], [0]]
    # however well they go on, those that are faint in all frames are nothing
    film = [frame([(5, 5, 6, 6)], faint, [])] * 4
    assert [len(one) for one in choose_jointly(film, tracks(), 1.0, LEAST).frames] == [0, 0, 0, 0]


def test_nothing_is_a_film_too() -> None:
    nothing = no_hypotheses((SIZE, SIZE), ("area",))
    assert [len(one) for one in choose_jointly([nothing] * 3, tracks(), 1.0, LEAST).frames] == [0, 0, 0]
    chosen = choose_jointly([rod(0.8, 0.3, [0]), nothing], tracks("drift: 5"), 1.0, LEAST).frames
    assert [len(one) for one in chosen] == [1, 0]


def test_long_films_are_chosen_by_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    film = [rod(0.8, 0.3, [0]), rod(0.5, 0.6, [1, 2])] * 4 + [rod(0.8, 0.3, [0])]
    monkeypatch.setattr(joint, "WINDOW", 4)
    monkeypatch.setattr(joint, "AHEAD", 1)
    sizes = []
    solve = joint.solve_program

    def counted(gain: np.ndarray, *rest: object) -> object:
        sizes.append(len(gain))
        return solve(gain, *rest)

    monkeypatch.setattr(joint, "solve_program", counted)
    assert [one.tolist() for one in choose_jointly(film, tracks(), 1.0, LEAST).frames] == [[0]] * 9
    assert len(sizes) == 4  # frames 0-3, 2-5, 4-7, 6-8


def test_without_a_solution_frames_keep_their_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joint, "SECONDS", 0.0)
    film = [rod(0.8, 0.3, [0]), rod(0.5, 0.6, [1, 2])]

    class Nothing:
        x = None

    monkeypatch.setattr(joint, "solve_program", lambda *_: Nothing())
    found = choose_jointly(film, tracks(), 1.0, LEAST)
    assert ([one.tolist() for one in found.frames], found.unsolved) == ([[0], [1, 2]], 1)


@given(st.integers(0, 10_000), st.sampled_from([0.2, 1.0, 3.0]))
@settings(max_examples=6, deadline=None)
def test_what_is_chosen_is_the_best_of_all(seed: int, weight: float) -> None:
    """Two frames of three cells in a row, each one, two neighbours or all: against all sets and all links of them."""
    rng = np.random.default_rng(seed)
    rules = tracks(f"link_weight: {weight}")
    groups = [(1,), (2,), (3,), (1, 2), (2, 3), (1, 2, 3)]
    film = []
    for _ in range(2):
        cells = [(10, 8, 5, 4), (10, 12, 5, 4), (10 + int(rng.integers(0, 2)), 16, 5, 4)]
        film.append(
            frame(cells, {group: float(rng.uniform(0, 0.8) * rng.integers(0, 2) + 0.1) for group in groups}, [0, 1, 2])
        )
    chosen = choose_jointly(film, rules, 1.0, LEAST).frames
    sets = [
        some
        for some in chain.from_iterable(combinations(range(6), n) for n in range(4))
        if len({cell for one in some for cell in groups[one]}) == sum(len(groups[one]) for one in some)
    ]
    values = _worths(film, list(product(sets, sets)), rules)
    mine = values[tuple(chosen[0].tolist()), tuple(chosen[1].tolist())]
    assert mine == pytest.approx(max(values.values()), rel=2e-3, abs=1e-6)


Sets = tuple[tuple[int, ...], tuple[int, ...]]


def _worths(film: list[Hypotheses], every: list[Sets], rules: Tracks) -> dict[Sets, float]:
    """The largest sum that each set of objects gets, in areas, by trying all links one by one."""
    before, after = film
    found = joint._between(before, after, rules, 1.0, (0, 0))
    ways: list[tuple[float, set[tuple[int, int]]]] = []
    lowest = np.log(rules.min_score)
    for (a, b), score in zip(found.links.tolist(), found.link_scores.tolist(), strict=True):
        sure = np.sqrt(before.worth[a] * after.worth[b]) * min(before.area[a], after.area[b])
        sure *= max(before.worth[a], after.worth[b]) > LEAST / 2
        ways.append((sure * (1 - np.log(score) / lowest), {(0, a), (1, b)}))
    for (m, d, e), score in zip(found.divisions.tolist(), found.division_scores.tolist(), strict=True):
        sure = np.cbrt(before.worth[m] * after.worth[d] * after.worth[e])
        sure *= min(before.area[m], after.area[d] + after.area[e])
        sure *= max(before.worth[m], after.worth[d], after.worth[e]) > LEAST / 2
        ways.append((sure * (1 - np.log(score) / lowest), {(0, m), (1, d), (1, e)}))

    def best(left: list[tuple[float, set[tuple[int, int]]]]) -> float:
        if not left:
            return 0.0
        (gain, used), *others = left
        return max(best(others), rules.link_weight * gain + best([way for way in others if not way[1] & used]))

    worths = {}
    for some in every:
        there = {(t, one) for t in (0, 1) for one in some[t]}
        of_objects = sum(
            ((one.worth - LEAST / 2) * one.area)[list(few)].sum() for one, few in zip(film, some, strict=True)
        )
        worths[some] = float(of_objects) + best([way for way in ways if way[1] <= there])
    return worths
