"""Superpixels chosen without labels: what is found, what is tried, and when nothing is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import yaml
from drawn_discs import discs, rules

from rlseg.data.prepare import Preparation
from rlseg.data.superpixels import LevelSets, MutexWatershed
from rlseg.environment.label_image import object_scores
from rlseg.graph import RingGeometry
from rlseg.io import RawImage
from rlseg.metrics import score_image
from rlseg.pictures import Rgb
from rlseg.prediction.choosing import choice as module
from rlseg.prediction.choosing import choice_lines, draw_choice, settings_of
from rlseg.prediction.choosing.choice import Choice, choose, taken, worths
from rlseg.prediction.choosing.trial import Seen, Trial
from rlseg.rewards.language import parse_reward
from rlseg.rewards.reward import Reward

LOOKS = ("brighter", "darker", "outlined", "different")


def image(look: str, side: int = 96) -> RawImage:
    return RawImage(discs("brighter" if look == "different" else look, side)[0], np.dtype(np.float32))


@cache
def chosen(look: str) -> Choice:
    file = parse_reward(rules(look))
    return choose(Reward(file), Preparation(objects=file.objects), [image(look)])


@pytest.mark.parametrize("look", LOOKS)
def test_the_choice_finds_the_drawn_objects(look: str) -> None:
    found = chosen(look)
    truth = discs(look)[1]
    seen = found.trials[found.chosen].parts[0]
    scores = score_image(seen.objects, truth)
    assert scores.matched[0] == 16
    # the ground between bright rims has a bright rim as well
    assert scores.num_prediction == 16 or look == "outlined"
    kinds = {trial.preparation.superpixels.kind for trial in found.trials}
    assert ("boundary_seeds" in kinds) == (look == "outlined")
    assert "auto" not in kinds
    assert len(kinds) >= 2
    assert found.preparation == found.trials[found.chosen].preparation
    # nothing else of the preparation has changed
    assert found.preparation.model_dump(exclude={"superpixels", "working_width"}) == Preparation(
        objects=found.preparation.objects
    ).model_dump(exclude={"superpixels", "working_width"})


def slow_worths(trials: Sequence[Trial], fit: float) -> list[float]:
    pairs = [[(v - 0.3, s) for p in t.parts for v, s in zip(p.scores, p.sharpness, strict=True)] for t in trials]
    totals = [sum(paid for paid, _ in found) for found in pairs]
    best = 0.0
    for found, total in zip(pairs, totals, strict=True):
        if total > max(totals) / 2:
            best = max(best, sum(paid * sharp for paid, sharp in found) / total)
    values = []
    for trial, found in zip(trials, pairs, strict=True):
        value = sum(paid * ((sharp / best) ** 4 - 0.3) for paid, sharp in found)
        nodes = sum(len(np.unique(part.superpixels)) for part in trial.parts)
        cost = max(nodes / (5 * fit), 1) ** 0.05
        values.append(value / cost if value > 0 else value * cost)
    return values


@pytest.mark.parametrize("look", LOOKS)
def test_a_trial_is_worth_what_the_text_says(look: str) -> None:
    found = chosen(look)
    assert found.fit == pytest.approx(96 * 96 / (np.pi / 4 * 11 * 15))
    np.testing.assert_allclose(found.worths, slow_worths(found.trials, found.fit))
    assert found.chosen == taken(found.worths)
    assert all(trial.objects == sum(int(part.objects.max()) for part in trial.parts) for trial in found.trials)


def test_objects_and_what_they_are_paid_belong_together() -> None:
    found = chosen("brighter")
    file = parse_reward(rules("brighter"))
    for trial in found.trials:
        seen = trial.parts[0]
        sample = trial.preparation(image("brighter").pixels)
        again = object_scores(sample, seen.objects, Reward(file), len(seen.scores))
        np.testing.assert_allclose(again, seen.scores, atol=1e-9)


def test_the_same_images_give_the_same_choice() -> None:
    file = parse_reward(rules("darker"))
    again = choose(Reward(file), Preparation(objects=file.objects), [image("darker")])
    assert again.chosen == chosen("darker").chosen
    assert again.worths == chosen("darker").worths


@pytest.mark.parametrize(
    ("values", "number"),
    [([1.0, 1.02, 0.2], 0), ([1.0, 1.02, 1.06], 2), ([0.0, 0.0], 0), ([0.0, 0.01], 1), ([-np.inf, 0.5], 1)],
)
def test_others_than_the_usual_ones_must_be_worth_more(values: list[float], number: int) -> None:
    assert taken(values) == number


def with_terms(extra: str) -> Reward:
    text = rules("brighter")
    start, end = text.index("      size:"), text.index("  debris: 0")
    return Reward(parse_reward(text[:start] + extra + text[end:]))


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"ring": RingGeometry(center=(40, 40), ring=(10, 20))}, "ring"),
        ({"intersect_with_truth": True}, "along the truth"),
    ],
)
def test_where_nothing_is_tried_it_says_why(settings: dict[str, object], reason: str) -> None:
    file = parse_reward(rules("outlined"))
    preparation = Preparation.model_validate({"objects": file.objects, **settings})
    found = choose(Reward(file), preparation, [image("outlined")])
    assert found.trials == ()
    assert reason in str(found.reason)
    assert found.preparation.superpixels.kind == "boundary_seeds"
    assert choice_lines(found) == [f"superpixels: boundary_seeds; nothing else was tried, for {found.reason}"]


def test_rules_that_no_search_can_use() -> None:
    reward = with_terms("      number: {kind: object_count, of: foreground, expected: 16, scale: 4}\n")
    found = choose(reward, Preparation(objects=reward.file.objects), [image("brighter")])
    assert found.trials == ()
    assert "whole image" in str(found.reason)
    assert found.preparation.superpixels == LevelSets()


def test_nothing_is_found() -> None:
    file = parse_reward(rules("brighter"))
    flat = RawImage(np.full((1, 96, 96), 7, np.float32), np.dtype(np.float32))
    found = choose(Reward(file), Preparation(objects=file.objects), [flat])
    assert found.preparation.superpixels == LevelSets()
    assert "no object was found" in choice_lines(found)[-1]


def test_too_many_superpixels_are_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LEAST_MOST", 60)
    monkeypatch.setattr(module, "_AN_OBJECT", 1)
    file = parse_reward(rules("brighter"))
    found = choose(Reward(file), Preparation(objects=file.objects), [image("brighter")])
    refused = [trial for trial in found.trials if trial.refused is not None]
    assert refused
    assert all("more than" in str(trial.refused) for trial in refused)
    assert found.trials[found.chosen].refused is None
    lines = choice_lines(found)
    assert sum("more than" in line for line in lines) == len(refused)


def test_the_table_is_from_the_best_to_the_worst_and_marks_one() -> None:
    found = chosen("outlined")
    lines = choice_lines(found)
    rows = lines[2:-2]
    assert lines[-2].startswith("paid: an object found, on average; worth: all of them")
    assert len(rows) == len(found.trials)
    values = [float(row.split()[-1]) for row in rows]
    assert values == sorted(values, reverse=True)
    assert [row for row in rows if row.startswith("->")] == [row for row in rows if "->" in row]
    assert sum(row.startswith("->") for row in rows) == 1
    assert lines[-1].startswith(f"taken: {found.trials[found.chosen].words}")


def test_the_picture_has_a_tile_for_each_trial() -> None:
    found = chosen("brighter")
    picture: Rgb = draw_choice(found)
    count = len(found.trials) + 1
    columns = int(np.ceil(np.sqrt(count)))
    # tiles of 96 px, enlarged by 4, with captions and gaps
    assert picture.shape == (-(-count // columns) * (384 + 14 + 4) + 4, columns * (384 + 4) + 4, 3)
    first = picture[4 + 14 : 4 + 14 + 384, 4 : 4 + 384]
    assert (first[..., 0] == first[..., 1]).all()
    colours = picture[4 + 14 : 4 + 14 + 384, 392 : 392 + 384].astype(int)
    assert (np.ptp(colours, axis=2) > 40).mean() > 0.1


@pytest.mark.parametrize("kind", [LevelSets(), LevelSets(low=0.1), MutexWatershed(sigma=1, reach=4)])
@pytest.mark.parametrize("width", [15, 22.5])
def test_the_lines_of_a_configuration_say_the_superpixels(kind: LevelSets, width: float) -> None:
    preparation = Preparation(superpixels=kind, working_width=width)
    said = yaml.safe_load("\n".join(settings_of(preparation)))["data"]["preparation"]
    assert Preparation.model_validate(said) == preparation


def test_a_trial_without_a_search_is_worth_nothing() -> None:
    nothing = np.zeros((3, 3), np.int32)
    one = Trial("level_sets", Preparation(), (Seen(nothing, nothing, searched=False),), "more than 10 superpixels")
    other = Trial("level_sets", Preparation(), (Seen(nothing, nothing + 1, (0.8,), (0.5,)),))
    empty = replace(one, refused=None)
    assert worths([one, other, empty], 1.0) == [-np.inf, pytest.approx(0.5 * 0.7), 0.0]
    assert worths([one, empty], 1.0) == [-np.inf, 0.0]


def test_what_has_no_outline_costs() -> None:
    nothing = np.zeros((3, 3), np.int32)
    good = Seen(nothing, nothing, (0.9, 0.9), (0.8, 0.8))
    more = Seen(nothing, nothing, (0.9, 0.9, 0.9), (0.8, 0.8, 0.2))
    values = worths([Trial("a", Preparation(), (good,)), Trial("b", Preparation(), (more,))], 1.0)
    assert values[1] < values[0]
