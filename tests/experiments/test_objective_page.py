"""docs/objective.md and its pictures are those that the rules make, and what it says of them is so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from written import assert_as_committed

from experiments.reward_docs.nuclei_example import LEVELS, PAIR, RISES, nuclei_example
from experiments.reward_docs.nuclei_pictures import best_candidates
from experiments.reward_docs.objective import (
    EDGE_RULES,
    build_objective,
    paid,
    parts_found,
    ranks,
    stabilities,
    stability_weight,
)
from experiments.reward_docs.scene import parts, scene
from rlseg.environment import search_objects
from rlseg.regions import majority
from rlseg.rewards import Reward, of_single_segments
from rlseg.rewards.language.load import parse_reward
from rlseg.rewards.measure import Segments

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "objective.md").read_text(encoding="utf-8")
OWN_0, OWN_1, NEAR, MISSED = range(4)


@pytest.fixture(scope="module")
def built() -> dict[str, Any]:
    return build_objective()


def test_committed_files_are_up_to_date(built: dict[str, Any]) -> None:
    """python -m experiments.reward_docs writes them anew."""
    assert_as_committed(built)


def test_no_picture_is_left_over_or_missing(built: dict[str, Any]) -> None:
    stored = {str(path.relative_to(ROOT)) for path in (ROOT / "docs" / "pictures" / "objective").iterdir()}
    assert stored == {path for path in built if path.endswith(".png")}
    assert {f"docs/{name}" for name in re.findall(r"!\[[^]]*\]\(([^)]+)\)", TEXT)} == stored


def test_links_lead_somewhere() -> None:
    links = re.findall(r"(?<!!)\[[^]]*\]\(([^)]+)\)", TEXT)
    assert len(links) > 5
    for link in links:
        file, _, place = link.partition("#")
        text = (ROOT / "docs" / file).read_text(encoding="utf-8") if file else TEXT
        headings = [line.lstrip("# ").lower().replace(" ", "-") for line in text.splitlines() if line.startswith("#")]
        assert not place or place in headings, link


def test_snippets_load() -> None:
    whole, term = re.findall(r"```yaml\n(.*?)```", TEXT, flags=re.S)
    file = parse_reward(whole)
    assert file.edges.missed == 2
    assert parse_reward(whole.replace("    terms:\n", f"    terms:\n      {term}")).name == file.name
    terms = yaml.safe_load((ROOT / "rewards" / "nuclei.yaml").read_text())["rewards"]["foreground"]["terms"]
    assert yaml.safe_load(term) == {"stability": terms["stability"]}
    others = sum(value.get("weight", 1) for name, value in terms.items() if name != "stability")
    assert stability_weight() == pytest.approx(terms["stability"]["weight"] / others)


@pytest.mark.parametrize("heading", list(EDGE_RULES))
@pytest.mark.parametrize("version", [*scene().versions, "all merged", "all split"])
def test_edges_are_paid_by_the_formulas_of_the_page(version: str, heading: str) -> None:
    """In plain loops over dictionaries."""
    of, text = scene(), EDGE_RULES[heading]
    edges = yaml.safe_load(text)["edges"]
    ground = yaml.safe_load(text)["rewards"]["background"]
    outcome = of.judge(version, text)
    regions, segment = of.sample.regions, outcome.segments.labels[0]
    names, breakdown = outcome.breakdown.class_names, outcome.breakdown
    kind = [names[breakdown.segment_class[s]] for s in segment]
    s = [breakdown.segment_score[i] for i in segment]
    f = [score if name == "foreground" else 0.0 for score, name in zip(s, kind, strict=True)]
    pairs = list(zip(*regions.edge_index.tolist(), regions.edge_length, strict=True))
    beside: dict[int, list[tuple[float, float]]] = {u: [] for u in range(regions.num_nodes)}
    for u, v, length in pairs:
        if segment[u] != segment[v]:
            beside[u].append((length, f[v]))
            beside[v].append((length, f[u]))
    near = {u: sum(a * b for a, b in x) / sum(a for a, _ in x) for u, x in beside.items() if x}
    known = [near[u] for u in near if kind[u] == "background"]
    far = sum(known) / len(known) / 2 if known else 0.0
    weight = {u: (1.0 if u in near else 0.1) / regions.area[u] for u in beside}
    lost = dict.fromkeys(beside, 0.0)
    if "missed" in edges:
        for pay, members in _candidates(text):
            outside = sum(regions.area[u] for u in members if kind[u] != "foreground")
            share = outside / sum(regions.area[u] for u in members)
            for u in members:
                if kind[u] != "foreground":
                    lost[u] = max(lost[u], pay * max(0.0, 2 * share - 1))
    for e, (u, v, _) in enumerate(pairs):
        if segment[u] != segment[v]:
            expected = max(f[u], f[v])
        elif kind[u] != "background":
            expected = s[u]
        elif edges["background"] == "own":
            expected = ground
        else:
            expected = weight[u] * near.get(u, far) + weight[v] * near.get(v, far)
            expected /= weight[u] + weight[v]
            expected *= max(0.0, 1 - edges.get("missed", 0) * (lost[u] + lost[v]) / 2)
        assert outcome.edge_reward[0, e] == pytest.approx(expected, abs=1e-9)


def _candidates(text: str) -> list[tuple[float, list[int]]]:
    """What each proposed segment that is worth something is paid by itself, and its superpixels."""
    regions = scene().sample.regions
    assert regions.proposals is not None
    single, _ = of_single_segments(Reward(parse_reward(text)))
    found = []
    for labels in regions.proposals.labels(regions.area):
        for number in set(labels[labels >= 0].tolist()):
            alone = Segments(regions, (labels == number)[None].astype(np.int64))
            members = np.flatnonzero(labels == number).tolist()
            pay = float(single.evaluate(alone).foreground_score[alone.labels[0, members[0]]])
            if pay > 0:
                found.append((pay, members))
    return found


def test_what_the_page_says_of_the_background() -> None:
    """What wins where it should not, and that nothing wins in the end."""
    table = {version: paid(scene(), version) for version in [*scene().versions, "all merged", "all split"]}
    truth = table.pop("found")
    assert table["false"][OWN_0] > truth[OWN_0]
    assert table["missed"][OWN_1] > truth[OWN_1]
    assert table["all merged"][OWN_1] == pytest.approx(1)
    assert all(values[NEAR] < truth[NEAR] and values[MISSED] < truth[MISSED] for values in table.values())
    assert truth[MISSED] - table["missed"][MISSED] > 1.4 * (truth[NEAR] - table["missed"][NEAR])
    # the speck is no candidate; debris hides nothing, and is worse than to leave it in the background
    assert truth[MISSED] == truth[NEAR]
    assert table["hidden as debris"][MISSED] < table["missed"][MISSED]
    assert table["speck as well"][MISSED] < truth[MISSED]
    found = ranks()
    assert found["over-grown"][OWN_0][1] > found["over-grown"][OWN_0][0]
    assert all(truth > other for pairs in found.values() for truth, other in pairs[NEAR:])


def test_an_object_is_better_found_from_the_score_that_the_page_says() -> None:
    """All objects but the first score 1, so that h is about a half: the first is worth finding from h / (1 + m h)."""
    of = scene()
    segments = Segments(of.sample.regions, np.stack([of.partition("found"), of.partition("missed")]))
    first = segments.labels[0][of.partition("found") == 1][0]
    rules = Reward(parse_reward(EDGE_RULES["`near`"])).file.edges
    inside = of.partition("found") == 1
    kept = inside[of.sample.edge_index].all(axis=0)
    ground = np.zeros(segments.count, bool)
    ground[segments.labels[0][of.partition("found") == 0]] = True
    ground[segments.labels[1][of.partition("missed") == 0]] = True
    for m in (0.0, 1.0, 2.0):
        gain = []
        for score in np.linspace(0, 1, 101):
            pay = np.where(ground, 0.0, 1.0)
            pay[first] = score
            lost = np.zeros(segments.labels.shape)
            lost[1, inside] = score
            edges = rules.model_copy(update={"missed": m}).scores(segments, pay, pay, ground, lost)[:, kept]
            gain.append(edges[0].mean() - edges[1].mean())
        worth = np.linspace(0, 1, 101)[np.argmax(np.array(gain) > 0)]
        assert worth == pytest.approx(0.5 / (1 + 0.5 * m), abs=0.02)


def test_more_found_is_less_lost() -> None:
    found = parts_found()
    assert [part.version for part in found] == list(parts().versions)
    whole, debris, *pieces, all_of_it = found
    assert debris.outside == whole.outside == 1  # debris finds nothing
    assert whole.lost.max() == debris.lost.max() == pytest.approx(all_of_it.score)
    for part in pieces:
        assert part.lost.max() == pytest.approx(all_of_it.score * max(0, 2 * part.outside - 1))
    assert all_of_it.lost.max() == 0
    assert np.argmax([part.paid[1] for part in found]) == len(found) - 1


def test_stability_is_the_mean_of_the_overlaps_that_are_drawn() -> None:
    example = nuclei_example()
    assert len(example.views) == (len(LEVELS) + 1) * len(RISES) == len(example.seen)
    stability = {}
    for name, candidate in example.candidates.items():
        _, value = example.judge(candidate[None])
        assert example.overlaps(candidate)[0].mean() == pytest.approx(value[0])
        stability[name] = value[0]
    assert stability["a nucleus"] > 0.8
    assert max(stability["the pair"], stability["a piece"]) < 0.55
    medians = [median for _, median, _, _ in stabilities(example).values()]
    assert medians == sorted(medians, reverse=True)


def test_views_that_are_drawn_are_those_of_the_sample() -> None:
    """Each superpixel belongs to the segment of a view that most of its pixels lie in, or to none."""
    example = nuclei_example()
    superpixels = example.sample.superpixels
    for view, labels in zip(example.seen, example.views, strict=True):
        for number in range(0, len(view), 7):
            counts = np.bincount(labels[superpixels == number])
            if view[number] < 0:
                assert counts[0] == counts.max()
                continue
            segment = int(np.argmax(counts[1:])) + 1
            assert counts[segment] == counts.max()
            assert all(
                (labels[superpixels == other] == segment).any() for other in np.flatnonzero(view == view[number])
            )


def test_the_search_chooses_the_green_candidates() -> None:
    """Of the picture; they are the two nuclei."""
    example = nuclei_example()
    regions = example.sample.regions
    reward, _ = of_single_segments(Reward(parse_reward((ROOT / "rewards" / "nuclei.yaml").read_text())))
    found = search_objects(regions, example.sample.guide, lambda segments: reward.evaluate(segments).foreground_score)
    shown = majority(example.sample.superpixels, example.truth)
    drawn = best_candidates(example)
    green = [candidate.superpixels for candidate in drawn if candidate.free]
    assert len(green) == len(PAIR) < len(drawn)
    for mine in green:
        number = np.unique(found.labels[mine])
        assert len(number) == 1
        assert found.chosen[mine].all()
        np.testing.assert_array_equal(found.labels == number, mine)
        overlaps = [regions.area[mine & (shown == n)].sum() / regions.area[mine | (shown == n)].sum() for n in PAIR]
        assert max(overlaps) > 0.7
    worth = [candidate.score * candidate.stability for candidate in drawn]
    assert worth == sorted(worth, reverse=True)


def test_defaults_in_the_manual_are_those_of_the_code() -> None:
    from rlseg.data.proposing import _LEVELS, _RISES

    text = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")

    def listed(values: tuple[float, ...]) -> str:
        return ", ".join(f"{value:g}".removeprefix("0") for value in values)

    for defaults in (_LEVELS, _RISES):
        assert f"`brighter`: {listed(defaults['brighter'])}; `lines`: {listed(defaults['lines'])} |" in text
