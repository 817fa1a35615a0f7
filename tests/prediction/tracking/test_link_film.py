"""Objects of frames are linked: cases small enough to see, and a slow search for the best of all."""

from __future__ import annotations

from itertools import chain, combinations
from pathlib import Path

import numpy as np
import pytest
import tifffile
from film_rules import HEAD, film_rules, rules_text
from hypothesis import given, settings
from hypothesis import strategies as st

import rlseg
from rlseg.errors import RlsegError
from rlseg.io import square_pixels
from rlseg.prediction.tracking import Film, link_by, link_film
from rlseg.prediction.tracking.assignment import choose
from rlseg.rewards.film.candidates import Candidates, find_candidates
from rlseg.rewards.film.drift import drift_between
from rlseg.rewards.film.frame import FrameObjects
from rlseg.rewards.language import parse_reward


def frame(*squares: tuple[int, int, int, int], size: int = 40) -> np.ndarray:
    """Squares as label, first row, first column, side."""
    labels = np.zeros((size, size), np.int32)
    for label, row, column, side in squares:
        labels[row : row + side, column : column + side] = label
    return labels


def linked(*frames: np.ndarray, **keys: object) -> Film:
    lines = [f"{key}: {value}" for key, value in keys.items() if key not in ("reach", "division")]
    rules = film_rules(*lines, reach=float(keys.get("reach", 8)), division=bool(keys.get("division")))  # type: ignore[arg-type]
    return link_by(rules, frames)


def numbers(film: Film) -> list[list[tuple[int, int]]]:
    """Of each frame: label before -> track."""
    found = film.objects
    return [
        sorted(zip(found.label[here].tolist(), found.track[here].tolist(), strict=True))
        for here in (found.frame == t for t in range(len(film.labels)))
    ]


def test_objects_keep_their_number_whatever_it_was() -> None:
    film = linked(frame((7, 2, 2, 5), (3, 20, 20, 5)), frame((1, 21, 20, 5), (2, 2, 4, 5)))
    assert numbers(film) == [[(3, 1), (7, 2)], [(1, 1), (2, 2)]]
    assert film.labels[1, 21, 20] == 1
    assert film.labels[1, 2, 4] == 2
    assert film.labels.dtype == np.int32
    assert np.isnan(film.objects.link[:2]).all()
    assert (film.objects.link[2:] > 0.9).all()


def test_the_best_of_all_links_is_not_always_the_best_of_each() -> None:
    """Object b lies nearest to both, but then nothing is left for the other.

    a . . . b . . c     before
    . . . B . . . . C   after: taking b -> B leaves a without any
    """
    before = frame((1, 5, 2, 3), (2, 5, 9, 3))
    after = frame((1, 5, 8, 3), (2, 5, 15, 3))
    assert numbers(linked(before, after, reach=7, min_score=0.01)) == [[(1, 1), (2, 2)], [(1, 1), (2, 2)]]


def test_what_is_out_of_reach_or_unlike_begins_a_track() -> None:
    film = linked(frame((1, 5, 5, 4), (2, 20, 5, 4)), frame((1, 5, 14, 4), (2, 20, 5, 12)), reach=8)
    assert numbers(film)[1] == [(1, 3), (2, 4)]
    assert film.parent.tolist() == [0, 0, 0, 0]
    assert film.first.tolist() == [0, 0, 1, 1]
    assert film.last.tolist() == [0, 0, 1, 1]


def test_one_divides_where_the_rules_say_how() -> None:
    before, after = frame((1, 10, 10, 8), (2, 30, 30, 6)), frame((1, 8, 11, 6), (2, 15, 11, 6), (3, 30, 31, 6))
    film = linked(before, after, division=True)
    assert numbers(film)[1] == [(1, 3), (2, 4), (3, 2)]
    assert film.parent.tolist() == [0, 0, 1, 1]
    assert film.divisions == 1
    assert film.last.tolist() == [0, 1, 1, 1]
    assert linked(before, after).divisions == 0


def test_halves_that_do_not_conserve_are_no_division() -> None:
    film = linked(frame((1, 10, 10, 8)), frame((1, 8, 11, 3), (2, 15, 11, 3)), division=True)
    assert film.divisions == 0
    film = linked(frame((1, 10, 10, 8)), frame((1, 10, 10, 8), (2, 19, 11, 3)), division=True)
    assert (film.divisions, numbers(film)[1]) == (0, [(1, 1), (2, 2)])


def test_a_picture_that_moves_as_a_whole() -> None:
    rng = np.random.default_rng(0)
    places = [(12 * int(n // 4) + 20, 12 * int(n % 4) + 20) for n in rng.permutation(16)[:9]]
    before = frame(*((n, r, c, 5) for n, (r, c) in enumerate(places, 1)), size=90)
    after = frame(*((n, r - 11, c + 13, 5) for n, (r, c) in enumerate(places, 1)), size=90)
    assert drift_between(FrameObjects.of(before, ()), FrameObjects.of(after, ()), 20) == (-11, 13)
    film = linked(before, after, drift=20)
    assert film.drift.tolist() == [[0, 0], [-11, 13]]
    assert [a == b for a, b in numbers(film)[1]] == [True] * 9
    assert len(linked(before, after).first) > 9


def test_the_shortest_of_equal_drifts() -> None:
    one = FrameObjects.of(frame((1, 10, 10, 4)), ())
    assert drift_between(one, FrameObjects.of(frame((1, 8, 8, 8)), ()), 5) == (0, 0)
    assert drift_between(one, FrameObjects.of(frame(), ()), 5) == (0, 0)
    assert drift_between(one, FrameObjects.of(frame((1, 10, 15, 4)), ()), 3) == (0, 3)


def test_a_gap_is_bridged_if_the_rules_allow_it() -> None:
    there = frame((1, 10, 10, 5), (2, 25, 25, 5))
    missing = frame((1, 25, 26, 5))
    film = linked(there, missing, missing, there, gap=2)
    assert numbers(film) == [[(1, 1), (2, 2)], [(1, 2)], [(1, 2)], [(1, 1), (2, 2)]]
    assert film.last.tolist() == [3, 3]
    assert len(linked(there, missing, missing, there, gap=1).first) == 3
    assert len(linked(there, missing, missing, there).first) == 3


def test_empty_frames_are_a_film_too() -> None:
    film = linked(frame(), frame((4, 5, 5, 5)), frame(), frame())
    assert numbers(film) == [[], [(4, 1)], [], []]
    assert (film.first.tolist(), film.last.tolist()) == ([1], [1])
    film = linked(frame(), frame(), drift=5, division=True, gap=1)
    assert (len(film.first), film.divisions, film.labels.max()) == (0, 0, 0)
    assert film.table()["frame"].shape == (0,)


def test_a_picture_full_of_objects_has_no_background() -> None:
    full = np.repeat(np.arange(1, 5), 10)[None].repeat(40, axis=0).astype(np.int32)
    text = HEAD + "tracks: {reach: 5, terms: {s: {kind: change, property: solidity, expected: 1, scale: 0.1}}}"
    film = link_by(parse_reward(text), [full, full])
    np.testing.assert_array_equal(film.labels, [full, full])


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        ([frame()], "the film has 1 frame, a film has two or more"),
        ([], "the film has 0 frames"),
        ([frame(), frame(size=30)], "differ in size: the first is 40 x 40 px, number 2 is 30 x 30 px"),
    ],
)
def test_what_is_no_film(frames: list[np.ndarray], message: str) -> None:
    with pytest.raises(RlsegError, match=message):
        link_film(frames, film_rules().tracks)


def test_rules_in_micrometres_need_the_size_of_pixels() -> None:
    rules = film_rules(head=HEAD.replace("px", "um"), reach=4)
    frames = [frame((1, 5, 5, 5)), frame((1, 5, 10, 5))]
    with pytest.raises(RlsegError, match="is in um, but the pixel size of the film is not known"):
        link_by(rules, frames)
    assert len(link_by(rules, frames, square_pixels(0.5)).first) == 1  # 2.5 um
    assert len(link_by(rules, frames, square_pixels(1.0)).first) == 2  # 5 um


def test_from_python(tmp_path: Path) -> None:
    frames = [frame((7, 2, 2, 5)), frame((1, 2, 4, 5))]
    path = tmp_path / "rules.yaml"
    path.write_text(rules_text())
    tifffile.imwrite(tmp_path / "labels.tif", np.stack(frames), metadata={"axes": "TYX"}, ome=True)
    for labels in (frames, np.stack(frames), tmp_path / "labels.tif", str(tmp_path / "labels.tif")):
        assert rlseg.track_labels(path, labels).objects.track.tolist() == [1, 1]
    um = film_rules(head=HEAD.replace("px", "um"))
    assert len(rlseg.track_labels(um, frames, pixel_size=5).first) == 2
    for wrong in (frames[0].astype(float), -frames[0], frames[0][None, None]):
        with pytest.raises(
            RlsegError, match=r"labels must be frames \(H, W\) or \(Z, H, W\) of whole numbers >= 0, got"
        ):
            rlseg.track_labels(path, [wrong, wrong])


def test_rules_without_the_section() -> None:
    with pytest.raises(RlsegError, match="does not say how objects are linked"):
        link_by(parse_reward(HEAD), [frame(), frame()])


@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 4), st.sampled_from([0.05, 0.3, 0.9]))
@settings(max_examples=60, deadline=None)
def test_what_is_chosen_is_the_best_of_all_sets(seed: int, before: int, after: int, lowest: float) -> None:
    """Against all sets of links and divisions that share no object."""
    rng = np.random.default_rng(seed)
    links = np.array([(i, j) for i in range(before) for j in range(after) if rng.random() < 0.6]).reshape(-1, 2)
    halves = [(i, j, k) for i in range(before) for j, k in combinations(range(after), 2) if rng.random() < 0.4]
    divisions = np.array(halves[:4], int).reshape(-1, 3)
    scores = [rng.uniform(lowest, 1, len(some)) for some in (links, divisions)]
    found = Candidates(links.astype(int), scores[0], divisions, scores[1])
    taken = [[("before", i), ("after", j)] for i, j in links] + [
        [("before", i), ("after", j), ("after", k)] for i, j, k in divisions
    ]
    gains = [*np.log(scores[0] / lowest), *np.log(scores[1] / lowest**1.5)]
    best = 0.0
    for some in chain.from_iterable(combinations(range(len(taken)), n) for n in range(before + 1)):
        used = [one for number in some for one in taken[number]]
        if len(set(used)) == len(used):
            best = max(best, sum(gains[number] for number in some))
    one, two = choose(found, (before, after), lowest)
    chosen = [*one.tolist(), *(two + len(links)).tolist()]
    used = [thing for number in chosen for thing in taken[number]]
    assert len(set(used)) == len(used)
    assert sum(gains[number] for number in chosen) == pytest.approx(best, abs=1e-4)


@pytest.mark.parametrize("drift", [(0, 0), (2, -3), (-4, 1)])
def test_candidates_are_all_pairs_within_reach(drift: tuple[int, int]) -> None:
    """Distances, changes and overlaps against a slow count."""
    rng = np.random.default_rng(3)
    shape = (30, 34)
    images = [np.where(rng.random(shape) < 0.5, rng.integers(1, 7, shape), 0) for _ in range(2)]
    rules = film_rules(reach=6, division=True).tracks
    one, two = (FrameObjects.of(image, rules.needed) for image in images)
    found = find_candidates(one, two, rules.model_copy(update={"min_score": 1e-9}), 1.0, drift)
    rows, columns = np.indices(shape)
    slow, shares = {}, {}
    for i in range(one.count):
        for j in range(two.count):
            mine, theirs = images[0] == one.labels[i], images[1] == two.labels[j]
            a = np.array([rows[mine].mean(), columns[mine].mean()])
            b = np.array([rows[theirs].mean(), columns[theirs].mean()]) - drift
            far = np.hypot(*(a - b))
            if far <= 6:
                moved = np.zeros(shape, bool)
                for row, column in np.argwhere(theirs) - drift:
                    if 0 <= row < shape[0] and 0 <= column < shape[1]:
                        moved[row, column] = True
                shares[i, j] = (mine & moved).sum() / min(mine.sum(), theirs.sum())
                slow[i, j] = np.sqrt(
                    np.exp(-0.5 * (max(far - 2, 0) / 2) ** 2) * np.exp(-0.5 * _off(theirs.sum() / mine.sum()) ** 2)
                )
    assert {tuple(pair) for pair in found.links.tolist()} == {pair for pair, score in slow.items() if score >= 1e-9}
    np.testing.assert_allclose(found.link_scores, [slow[tuple(pair)] for pair in found.links.tolist()])
    text = "tracks: {reach: 6, min_score: 0.001, terms: {o: {kind: overlap, expected: 1, scale: 1, kernel: linear}}}"
    found = find_candidates(one, two, parse_reward(HEAD + text).tracks, 1.0, drift)
    assert {tuple(pair) for pair in found.links.tolist()} == {pair for pair, share in shares.items() if share > 0.001}
    np.testing.assert_allclose(found.link_scores, [shares[tuple(pair)] for pair in found.links.tolist()])


def _off(ratio: float) -> float:
    return (max(ratio - 1.25, 0) + min(ratio - 0.8, 0)) / 0.25


@pytest.mark.parametrize(
    ("most", "what"), [(2_000, "pairs of objects lie within reach"), (20_000, "divisions are possible")]
)
def test_118_intensities_of_which_no_table_could_be_held(most: int, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rlseg.rewards.film.candidates.MOST", most)
    values = 1 + np.random.default_rng(0).permutation(400).reshape(20, 20)
    with pytest.raises(RlsegError, match=f"{what}.* between two frames, at most {most} are looked at") as error:
        link_by(film_rules(reach=4, division=True), [values, values])
    assert "rlseg track --search" in str(error.value)


def test_118_intensities_in_the_place_of_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every object lies within reach of every other: no program would end."""
    monkeypatch.setattr("rlseg.prediction.tracking.assignment.MOST", 50)
    place = np.random.default_rng(0).permutation(400).reshape(20, 20)
    with pytest.raises(RlsegError, match="between two frames compete with each other, at most 50 are weighed") as error:
        link_by(film_rules(reach=30, division=True), [place % 9 + 1, place % 18 + 1])
    assert "are these labels of objects, not intensities?" in str(error.value)
