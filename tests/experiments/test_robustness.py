"""Wrong numbers: all of them are found in the reward file, and each changed file differs in one number only."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from experiments.analysis import robustness
from rlseg.rewards.language.load import load_reward

ROOT = Path(__file__).parents[2]
NUCLEI = ROOT / "rewards" / "nuclei.yaml"


def leaves(node: Any, path: tuple[Any, ...] = ()) -> dict[tuple[Any, ...], Any]:
    if isinstance(node, dict):
        return {key: value for name, part in node.items() for key, value in leaves(part, (*path, name)).items()}
    return {path: node}


@pytest.mark.parametrize("reward", sorted((ROOT / "rewards").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_number_of_a_file_is_changed_up_and_down_and_nothing_else(reward: Path, tmp_path: Path) -> None:
    before = leaves(load_reward(reward).model_dump(mode="json", exclude_none=True, exclude={"tracks"}))
    keys = ("expected", "over", "under", "outside")
    wanted = {path for path, value in before.items() if path[-1] in keys and value != 0 and not isinstance(value, str)}
    found = [change for change in robustness.changes(reward, 0.2) if change.factor in (1.2, 0.8)]
    assert {change.path for change in found} == wanted != set()
    assert len(found) == 2 * len(wanted)
    for change in found:
        changed = load_reward(change.write(reward, tmp_path))
        after = leaves(changed.model_dump(mode="json", exclude_none=True, exclude={"tracks"}))
        differing = [path for path in before if before[path] != after.pop(path)]
        assert differing == [change.path]
        assert not after


def test_both_ends_of_an_interval_move_and_shares_also_just_to_one() -> None:
    found = {(change.title, change.factor): change.changed for change in robustness.changes(NUCLEI, 0.2)}
    content = yaml.safe_load(NUCLEI.read_text())
    low, high = content["rewards"]["foreground"]["terms"]["minor_diameter"]["expected"]
    assert found["foreground.minor_diameter", 0.8] == pytest.approx([0.8 * low, 0.8 * high])
    assert found["background.over", 1.2] == pytest.approx(1.2 * content["classes"]["background"]["over"])
    just_one = {title for (title, factor), changed in found.items() if factor not in (1.2, 0.8) and changed == 1}
    assert just_one == {"foreground.solidity", "foreground.ellipse_fill"}


def test_rows_are_differences_to_the_file_as_it_is_the_largest_loss_first() -> None:
    chosen = [change for change in robustness.changes(NUCLEI, 0.2) if change.title == "foreground.contrast"]
    results: list[Any] = [SimpleNamespace(mean_ap=m, best_reward=0.7, cpu_seconds=1.0) for m in (0.6, 0.625, 0.5)]
    first, *others = robustness.rows(chosen, results)
    assert (first["name"], first["difference"]) == ("as it is", 0)
    assert [row["change"] for row in others] == ["-20 %", "+20 %"]
    assert [row["difference"] for row in others] == pytest.approx([-0.1, 0.025])


def test_a_training_that_was_interrupted_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    left = tmp_path / "runs" / "a" / "seed_0" / "events"
    left.parent.mkdir(parents=True)
    left.touch()
    here: list[bool] = []

    class Known(robustness.Training):
        def done(self, seed: int) -> Any:
            return "kept" if self.name == "b" else None

        def run(self, seed: int) -> Any:
            here.append(left.exists())
            return "kept"

    for name in ("b", "a"):
        assert robustness.train(Known(name, ROOT / "experiments" / "nuclei.yaml")) == "kept"
    assert here == [True, False]


def test_a_reward_file_with_a_fault_is_one_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "faulty.yaml").write_text("version: 1\n")
    assert robustness.main(["--reward", str(tmp_path / "faulty.yaml")]) == 2
    assert "faulty.yaml" in capsys.readouterr().err
