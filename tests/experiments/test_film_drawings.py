"""Drawn films: what is in them, and that their objects are linked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import label

from experiments.analysis.films import main, on_disk, scored
from experiments.drawings.films import APART, CROWDED, Crowd, DrawnFilm, draw_film
from experiments.drawings.volume_films import draw_volume_film
from rlseg import RlsegError, load_reward
from rlseg.metrics import Lineage

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def films() -> list[DrawnFilm]:
    return [draw_film(seed, drift=drift) for seed, drift in ((0, 0.0), (1, 0.0), (2, 8.0))]


def test_discs_move_grow_divide_and_leave(films: list[DrawnFilm]) -> None:
    for film in films:
        assert film.images.shape == film.labels.shape == (12, 200, 200)
        assert film.images.dtype == np.float32
        assert film.images.min() >= 0
        assert film.images.max() <= 1
        spans = {}
        for number in np.unique(film.labels[film.labels > 0]):
            there = np.flatnonzero((film.labels == number).any(axis=(1, 2)))
            assert (np.diff(there) == 1).all(), "nothing blinks"
            spans[int(number)] = there
        assert all(spans[child][0] == spans[one][-1] + 1 for child, one in film.parent.items())
        # each of those that divide has two children
        assert set(np.unique(list(film.parent.values()), return_counts=True)[1]) == {2}
        whole = [n for n, there in spans.items() if len(there) > 4 and not _at_border(film.labels == n)]
        area = [[int((film.labels[t] == n).sum()) for t in spans[n]] for n in whole]
        assert all(later > earlier for one in area for earlier, later in zip(one, one[2:], strict=False))
    assert any(there[-1] < 11 and n not in film.parent.values() for n, there in spans.items()), "some leave"


def _at_border(mask: np.ndarray) -> bool:
    return bool(mask[:, [0, -1]].any() or mask[:, :, [0, -1]].any())


def test_each_object_is_in_one_piece(films: list[DrawnFilm]) -> None:
    for frame in films[0].labels:
        assert label(frame > 0)[1] == len(np.unique(frame)) - 1


def test_the_same_seed_draws_the_same_film(films: list[DrawnFilm]) -> None:
    np.testing.assert_array_equal(draw_film(1).images, films[1].images)
    assert not np.array_equal(films[0].images, films[1].images)


def test_true_objects_are_linked(films: list[DrawnFilm]) -> None:
    """Films of which the section knows no drift and one of which it does."""
    rules = load_reward(ROOT / "rewards" / "film_discs.yaml")
    assert rules.tracks is not None
    drifting = rules.model_copy(update={"tracks": rules.tracks.model_copy(update={"drift": 15.0})})
    for film, known in zip(films, (rules, rules, drifting), strict=True):
        ap50, scores = scored(list(film.labels), Lineage(film.labels, film.parent), known)
        assert ap50 == scores.det == scores.seg == 1
        assert scores.tra >= 0.99
        assert scores.links >= 0.97


@pytest.mark.parametrize(("crowd", "count"), [(APART, 10), (CROWDED, 9)])
def test_balls_of_volumes_move_divide_and_are_linked(crowd: Crowd, count: int) -> None:
    film = draw_volume_film(700, crowd=crowd, count=count)
    assert film.images.shape == film.labels.shape == (8, 20, 96, 96)
    assert film.images.dtype == np.float32
    assert film.images.min() >= 0
    assert film.images.max() <= 1
    assert len(np.unique(film.labels[0])) == count + 1
    np.testing.assert_array_equal(draw_volume_film(700, crowd=crowd, count=count).images, film.images)
    assert set(np.unique(list(film.parent.values()), return_counts=True)[1]) == {2}
    rules = load_reward(ROOT / "rewards" / "film_volumes.yaml")
    ap50, scores = scored(list(film.labels), Lineage(film.labels, film.parent), rules)
    assert ap50 == scores.det == scores.seg == 1
    assert scores.tra >= 0.99
    assert scores.links >= 0.97


def test_the_film_of_the_project_has_tracks() -> None:
    ((name, frames, truth),) = on_disk(ROOT / "experiments" / "data" / "film")
    assert (name, len(frames), frames[0].shape) == ("film", 12, (1, 230, 390))
    assert np.shape(truth.labels) == (12, 230, 390)
    assert len(truth.edges()) == 53
    assert sum(truth.edges().values()) == 2 * 7


def test_a_film_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no/such/film"]) == 2
    assert "no such file or folder" in capsys.readouterr().err


def test_at_least_one_film() -> None:
    with pytest.raises(RlsegError, match="at least one film"):
        main.__wrapped__(["drawn", "--count", "0"])  # type: ignore[attr-defined]
