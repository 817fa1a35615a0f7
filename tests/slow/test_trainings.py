"""Full trainings from rules alone, several seeds, scored on images that training never saw: `make slow`."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.results.seeds import SeedResult, table, train_seed

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow

UNET = [
    "--model.features.handcrafted=false",
    "--model.features.handcrafted_edges=false",
    '--model.features.unet={"widths":[8,16,32],"out_channels":16}',
]


def train(name: str, seeds: int, overrides: list[str], monkeypatch: pytest.MonkeyPatch) -> list[SeedResult]:
    monkeypatch.chdir(ROOT)
    config = ROOT / "experiments" / "nuclei.yaml"
    results = [train_seed(config, f"slow_{name}", seed, overrides) for seed in range(seeds)]
    print("\n" + table(results))
    return results


def test_default_is_good_and_stable(monkeypatch: pytest.MonkeyPatch) -> None:
    results = train("default", 5, [], monkeypatch)
    assert sum(result.mean_ap for result in results) / len(results) >= 0.56
    assert min(result.mean_ap for result in results) >= 0.52


@pytest.mark.parametrize(
    ("name", "overrides"),
    [
        ("guided", ["--model.learner.kind=guided"]),
        ("guided_from_scratch", ["--model.learner.kind=guided", "--model.imitation.steps=0"]),
        ("policy_gradient_from_scratch", ["--model.imitation.steps=0"]),
        ("unet", UNET),
    ],
)
def test_learns(name: str, overrides: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for result in train(name, 3, overrides, monkeypatch):
        assert result.best_reward > result.first_reward + 0.01
        assert result.best_reward > max(result.all_merged, result.all_split) + 0.2
