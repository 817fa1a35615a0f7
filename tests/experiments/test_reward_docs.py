"""docs/rewards.md and its pictures are those that the models make, and its snippets work."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from written import assert_as_committed

from experiments.reward_docs.__main__ import build
from rlseg.rewards.group import TERM_KINDS
from rlseg.rewards.language.load import parse_reward
from rlseg.rewards.language.model_texts import example_of, field_texts
from rlseg.rewards.language.schema import CLASS_KINDS, RewardFile
from rlseg.rewards.links import DIVISION_KINDS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "rewards.md").read_text()
HEAD = "version: 1\nname: example\nunits: {length: px, intensity: unit}\n"


@pytest.fixture(scope="module")
def built() -> dict[str, Any]:
    return build()


def test_committed_files_are_up_to_date(built: dict[str, Any]) -> None:
    """python -m experiments.reward_docs writes them anew."""
    assert_as_committed(built)


def test_no_picture_is_left_over(built: dict[str, Any]) -> None:
    stored = {str(path.relative_to(ROOT)) for path in (ROOT / "docs" / "pictures" / "rewards").iterdir()}
    assert stored == {path for path in built if path.endswith(".png")}


def test_pictures_in_the_text_exist() -> None:
    for name in re.findall(r"!\[[^]]*\]\(([^)]+)\)", TEXT):
        assert (ROOT / "docs" / name).is_file(), name


@pytest.mark.parametrize("kind", sorted(TERM_KINDS))
def test_snippets_of_terms_load(kind: str) -> None:
    from experiments.reward_docs.reward_toys import term_files

    for text in term_files(example_of(TERM_KINDS[kind])):
        groups = parse_reward(text).rewards.values()
        assert any(getattr(group, "terms", {}).get("example") is not None for group in groups)
    assert f"\n```yaml\n{kind}: {example_of(TERM_KINDS[kind])}\n```\n" in TEXT


@pytest.mark.parametrize("kind", sorted(CLASS_KINDS))
def test_snippets_of_classes_load(kind: str) -> None:
    from experiments.reward_docs.reward_toys import class_file

    assert parse_reward(class_file(example_of(CLASS_KINDS[kind]))).classes["example"].kind == kind
    assert f"\n```yaml\n{kind}: {example_of(CLASS_KINDS[kind])}\n```\n" in TEXT


def test_snippets_for_tracks_load() -> None:
    """The whole section, then each kind of term: those of divisions alone under a division."""
    section = TEXT[TEXT.index("\n## tracks\n") :]
    whole, *snippets = re.findall(r"```yaml\n(.*?)```", section, flags=re.S)
    assert parse_reward(f"{HEAD}{whole}rewards: {{foreground: 1}}\n").tracks
    for text in snippets:
        rules = "tracks:\n  reach: 9\n  terms: {moved: {kind: moved, expected: 0, scale: 1}}\n  division:\n    terms:\n"
        assert parse_reward(f"{HEAD}{rules}      {text}rewards: {{foreground: 1}}\n").tracks
    assert [text.split(":")[0] for text in snippets] == sorted(DIVISION_KINDS)


def test_snippets_for_edges_load() -> None:
    """Also of `supervised`; each form has a heading of its own."""
    section = TEXT[TEXT.index("\n## edges\n") : TEXT.index("\n## tracks\n")]
    snippets = re.findall(r"```yaml\n(.*?)```", section, flags=re.S)
    for text in snippets:
        key, value = text.split(": ", 1)
        inside = f"supervised: {value}" if key == "supervised" else f"edges:\n  {key}: {value}"
        places = "geometry: {center: image, ring: [60, 100], border_radius: 150}"
        assert parse_reward(f"{HEAD}{places}\n{inside}rewards: {{foreground: 1}}\n")
    assert [text.split(":")[0] for text in snippets] == [
        "boundary_evidence",
        "radial_prior",
        "radial_prior",
        "supervised",
    ]
    found = [line for line in section.splitlines() if line.startswith("#")]
    assert len(set(found)) == len(found)


def test_whole_files_in_the_text_load() -> None:
    snippets = [text for text in re.findall(r"```yaml\n(.*?)```", TEXT, flags=re.S) if text.startswith("version")]
    assert snippets
    for text in snippets:
        assert parse_reward(text).name


@pytest.mark.parametrize("model", [RewardFile, *TERM_KINDS.values(), *CLASS_KINDS.values()])
def test_every_field_says_what_it_means(model: Any) -> None:
    assert model.__doc__
    assert [field.name for field in field_texts(model) if not field.text] == []


def test_scores_under_the_toys_are_those_of_the_term() -> None:
    """An independent look at one picture: discs of known area."""
    from experiments.reward_docs.reward_toys import TILE, term_files, toys

    file = parse_reward(term_files("{kind: descriptor, property: area, expected: 400, scale: 100}")[0])
    for toy in toys(TILE)[:10]:
        area = (toy.labels == 1).sum()
        score = toy.scores(file)
        assert np.isnan(score[0])
        assert score[1] == pytest.approx(np.exp(-0.5 * ((area - 400) / 100) ** 2))


def test_the_picture_of_peers_shows_what_it_is_for() -> None:
    """A merged pair and a large disc among small ones are bad; large among large, or among all sizes, are not."""
    from experiments.reward_docs.crowds import _crowds
    from experiments.reward_docs.reward_toys import Toy, term_files

    file = parse_reward(term_files(example_of(TERM_KINDS["peers"]))[0])
    found = [Toy(labels).scores(file)[1:] for labels in _crowds()]
    assert [len(scores) for scores in found] == [16, 15, 16, 16, 16]
    assert [(scores < 0.2).sum() for scores in found] == [0, 1, 1, 0, 0]
    assert all(scores[scores > 0.2].min() > 0.9 for scores in found)


@pytest.mark.parametrize("action", [0, 1])
def test_edges_of_the_toys_are_paid_by_the_formula(action: int) -> None:
    """An independent look at the pictures of terms for edges: the steps between discs and ground, and the ring."""
    from experiments.reward_docs.edge_toys import EARNED, RING, _discs_of_growing_contrast, _ring_of_cells

    def neighbours(superpixels: np.ndarray) -> np.ndarray:
        pairs = [(superpixels[1:], superpixels[:-1]), (superpixels[:, 1:], superpixels[:, :-1])]
        found = np.concatenate([np.stack([a[a != b], b[a != b]], axis=1) for a, b in pairs])
        return np.unique(np.sort(found, axis=1), axis=0)

    def middles(values: np.ndarray, superpixels: np.ndarray) -> np.ndarray:
        return np.array([values[superpixels == n].mean() for n in range(superpixels.max() + 1)])

    discs = _discs_of_growing_contrast()
    bright = middles(discs.image[0], discs.superpixels)
    u, v = neighbours(discs.superpixels).T
    evidence = np.clip((np.abs(bright[u] - bright[v]) - 0.02) / 0.08, 0, 1)
    paid = discs.paid("{boundary_evidence: {weight: 1.0, between: [0.02, 0.1]}}", action)
    np.testing.assert_allclose(paid, evidence if action else 1 - evidence, atol=1e-9)
    assert len(set(evidence.round(6))) > 5

    cells = _ring_of_cells()
    rows, columns = np.indices(cells.superpixels.shape) - (len(cells.superpixels) - 1) / 2
    away = middles(np.hypot(rows, columns), cells.superpixels)
    u, v = neighbours(cells.superpixels).T
    paid = cells.paid("{radial_prior: {ring: flat}}", action)
    inside = (np.minimum(away[u], away[v]) > RING[0]) & (np.maximum(away[u], away[v]) < RING[1])
    outside = np.minimum(away[u], away[v]) > RING[1] + 25
    assert paid[inside] == pytest.approx(EARNED)
    assert paid[outside] == pytest.approx(1 - action, abs=1e-4)
    assert inside.sum() > 40
    assert outside.sum() > 40
