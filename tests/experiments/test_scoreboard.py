"""The scoreboard: each line is scored as it says, the whole command, and the table of the report."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from nuclei import Run

import experiments
from experiments.analysis import scoreboard
from experiments.baselines.recipes import RECIPES, Known
from experiments.results import jobs, report
from experiments.results.measured import Results
from experiments.results.seeds import Training, score_checkpoint
from rlseg.commands.reward.preparation import prepared_by
from rlseg.environment.refine import Refinement
from rlseg.io.find import find_images
from rlseg.io.read import read_image, read_labels
from rlseg.metrics import by_image, score_image
from rlseg.prediction.predictor import Predictor
from rlseg.prediction.searching import search_image
from rlseg.rewards.language.load import load_reward

ROOT = experiments.ROOT
KNOWN = Known(width=14, smallest=20, largest=1500)
KINDS = ("bacteria", "coins", "nuclei_dense", "nuclei", "cells", "embryo", "discs")


@pytest.fixture(autouse=True)
def _two_recipes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others have tests of their own."""
    chosen = ("Otsu + distance watershed", "Felzenszwalb")
    monkeypatch.setattr(scoreboard, "RECIPES", {name: RECIPES[name] for name in chosen})


@pytest.fixture(scope="module")
def two(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two of the crops."""
    place = tmp_path_factory.mktemp("two")
    for part in ("images", "labels"):
        (place / part).mkdir()
        for file in sorted((folder / part).iterdir())[:2]:
            shutil.copy(file, place / part)
    return place


def seeds_of(trained: Run, folder: Path, count: int) -> list[str]:
    """So many seeds, all of them the same checkpoint."""
    found = []
    for seed in range(count):
        place = folder / "rules" / f"seed_{seed}" / "checkpoints"
        place.mkdir(parents=True)
        found.append(str(shutil.copy(trained.best, place / "best.ckpt")))
    return found


def test_the_lines_are_what_they_say(
    trained: Run, two: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = tmp_path / "rows.json"
    words = ["--test", str(two), "--width", "14", "--areas", "20", "1500", "--json", str(rows)]
    assert scoreboard.main([*seeds_of(trained, tmp_path, 2), *words]) == 0
    assert "| superpixel ceiling" in capsys.readouterr().out
    found = {row["method"]: row for row in json.loads(rows.read_text())["rows"]}
    names = ["superpixel ceiling", "search alone", "rlseg, seed_0", "rlseg, seed_1", "rlseg"]
    assert list(found) == [*names, "Otsu + distance watershed", "Felzenszwalb"]
    scores = score_checkpoint(trained.best, two)
    assert found["rlseg"]["mean_ap"] == pytest.approx(by_image(list(scores.found.values())).mean_ap)
    assert (found["rlseg"]["seeds"], found["rlseg"]["mean_ap_sd"]) == (2, 0)
    assert found["superpixel ceiling"]["mean_ap"] == pytest.approx(by_image(list(scores.ceiling.values())).mean_ap)
    assert found["superpixel ceiling"]["images"] == 2
    assert found["Felzenszwalb"]["setting"]
    assert found["Otsu + distance watershed"]["mean_ap"] > 0.3
    for row in (row for name, row in found.items() if name != "rlseg"):
        for key in ("mean_ap", "ap50", "ap75"):
            assert row["by_image"][key].keys() == scores.found.keys()
            assert np.mean(list(row["by_image"][key].values())) == pytest.approx(row[key], abs=1e-6)
    of_images = {name: pytest.approx(one.summary.ap50, abs=1e-6) for name, one in scores.found.items()}
    assert found["rlseg, seed_1"]["by_image"]["ap50"] == of_images
    # and the report finds them
    results = Results({"p": {"s": {"rows": list(found.values()), "state": {}}}}, None)
    for key in ("mean_ap", "ap50"):
        added = results.between("s", "rlseg", "search alone", key)
        assert added is not None
        assert added.difference == pytest.approx(found["rlseg"][key] - found["search alone"][key], abs=1e-6)
        assert (added.images, added.seeds, added.other_seeds) == (2, 2, 0)


def test_the_search_has_rules_superpixels_and_outlines_of_the_training(trained: Run, two: Path) -> None:
    predictor = Predictor(trained.best, device="cpu")
    samples = scoreboard.prepared(predictor, two)
    # at another level, whatever that costs
    predictor.module.refinement = Refinement(levels=(0.9,), loss=1)
    refined = scoreboard.each(scoreboard.searched(predictor, two), samples, score_image)
    predictor.module.refinement = None
    plain = scoreboard.each(scoreboard.searched(predictor, two), samples, score_image)
    by_hand = {}
    for file in find_images(two / "images", two / "labels"):
        assert file.labels is not None
        labels = search_image(predictor.module.reward.file, file.image, predictor.preparation).labels
        by_hand[file.stem] = score_image(labels, read_labels(file.labels)).summary.as_dict()
    assert plain == by_hand
    means = [np.mean([one["mean_ap"] for one in found.values()]) for found in (refined, plain)]
    assert means[1] > 0.2
    assert means[0] < means[1] - 0.05, "outlines too far inside"


def test_where_nobody_has_looked_nothing_is_wrong() -> None:
    truth = np.zeros((6, 6), np.int32)
    truth[:2] = 1
    found = truth.copy()
    found[4:] = 2
    assert score_image(found, truth).summary.mean_ap == 0.5
    assert scoreboard.annotated_only(found, truth).summary.mean_ap == 1
    assert scoreboard.annotated_only(np.zeros_like(truth), truth).summary.mean_ap == 0


def test_a_folder_is_trained_on_first(trained: Run, two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[Any, int]] = []

    def run(training: Any, seed: int) -> None:
        calls.append((training, seed))
        place = tmp_path / "runs" / "mine" / f"seed_{seed}" / "checkpoints"
        place.mkdir(parents=True)
        shutil.copy(trained.best, place / "best.ckpt")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Training, "run", run)
    words = ["--train", "c.yaml", "--name", "mine", "--seeds", "2", "--width", "14", "--areas", "20", "1500"]
    assert scoreboard.main(["--test", str(two), *words, "--json", "rows.json"]) == 0
    assert [seed for _, seed in calls] == [0, 1]
    (training, _), _ = calls
    assert (training.config, training.test) == (Path("c.yaml"), two)
    assert training.overrides == (f"--data.images={two / 'images'}",)
    assert {row["method"]: row for row in json.loads(Path("rows.json").read_text())["rows"]}["rlseg"]["seeds"] == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--test", "none", "--train", "c.yaml"], "no such folder: none/images"),
        (["--test", "none"], "no checkpoints"),
    ],
)
def test_what_is_missing_is_one_line(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert scoreboard.main([*words, "--width", "9", "--areas", "20", "90"]) == 2
    assert message in capsys.readouterr().err


def test_every_kind_has_its_lines_and_its_picture() -> None:
    (part,) = (part for part in jobs.load_parts() if part.name == "domains")
    by_name = {job.name: job for part in jobs.load_parts() for job in part.jobs}
    assert {job.name.split("/")[1] for job in part.jobs} == set(KINDS)
    for kind in KINDS:
        assert f"('{kind}', " in report.TEMPLATE.read_text(), "a line of the table"
        for what in ("scores", "picture"):
            job = by_name[f"domains/{kind}/{what}"]
            assert job in part.jobs
            assert isinstance(job, jobs.ScriptJob)
            (need,) = job.needs
            training = by_name[need]
            assert isinstance(training, jobs.SeedsJob)
            assert job.command[1].startswith(f"runs/{need}/seed_")
            assert str(training.test) in job.command, "scored on the images of its training's own scores"
    assert ("--annotated" in by_name["domains/cells/scores"].model_dump()["command"]) is True


@pytest.mark.parametrize("name", ["bacteria", "coins", "nuclei_dense", "yeast"])
def test_configurations_of_the_kinds_are_accepted(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = ROOT / "experiments" / "domains" / f"{name}.yaml"
    settings = yaml.safe_load(file.read_text())
    assert settings["trainer"]["logger"]["init_args"]["name"] == name
    assert load_reward(str(ROOT / settings["model"]["reward"])).name == name
    assert "labels" not in settings["data"], "few images without labels are all looked at to choose the checkpoint"
    prepared_by(file, None)
    if name == "yeast":
        assert "images" not in settings["data"], "they are not shipped"
        assert not (ROOT / "experiments" / "data" / "domains" / name).exists()
    else:
        folder = ROOT / settings["data"]["images"]
        for image in find_images(folder, folder.parent / "labels"):
            assert image.labels is not None
            shape = read_image(image.image).pixels.shape
            assert read_labels(image.labels, shape[1:]).max() > 1
        assert "icence" in (folder.parent / "README.md").read_text()


def lines(seeds: int, images: int) -> list[dict[str, Any]]:
    """A table of the script; scores by image are kept if there are images."""
    score = {"mean_ap": 0.5, "ap50": 0.75, "ap75": 0.25}

    def kept(value: float) -> dict[str, Any]:
        names = [f"{n:02}" for n in range(images)]
        return (
            {"by_image": {"mean_ap": dict.fromkeys(names, value), "ap50": dict.fromkeys(names, value)}}
            if images
            else {}
        )

    rows = [{"method": "superpixel ceiling", **score, "images": 8}, {"method": "search alone", **score, **kept(0.5)}]
    for seed in range(seeds):
        rows.append({"method": f"rlseg, seed_{seed}", **score, "seed": f"seed_{seed}", **kept(0.625)})
    better = score | {"mean_ap": 0.625}
    rows.append({"method": "rlseg", **better, "seeds": seeds} | ({"mean_ap_sd": 0.125} if seeds > 1 else {}))
    for number, name in enumerate(RECIPES):
        rows.append({"method": name, **score, "mean_ap": number / 10, "setting": f"way {number}", "settings": 9})
    return rows


@pytest.mark.parametrize(
    ("seeds", "images", "cell", "added", "claim"),
    [
        (3, 8, "0.625 ± 0.125 (0.750), 3 seeds", "+0.125 [+0.125, +0.125]", "leaves out 0: coins."),
        (1, 8, "0.625 (0.750), 1 seed", "+0.125 [+0.125, +0.125]", "leaves out 0: coins."),
        (3, 1, "0.625 ± 0.125 (0.750), 3 seeds", "+0.125 [one image]", "crowded nuclei, coins, polygonal cells."),
        # as results.json has them that was written before scores by image were kept
        (3, 0, "0.625 ± 0.125 (0.750), 3 seeds", "+0.125 [not measured]", "crowded nuclei, coins, polygonal cells."),
    ],
)
def test_the_tables_are_rendered(seeds: int, images: int, cell: str, added: str, claim: str) -> None:
    measured = json.loads((report.OUTPUT.parent / "results" / "results.json").read_text())
    for name, others in measured["domains"].items():
        for row in others.get("rows", []):
            row.pop("by_image", None)  # nothing is known of the other kinds
        if name == "domains/coins/scores":
            others["rows"], others["state"] = lines(seeds, images), {"seconds": 1.0, "began": 0.0}
    measured["domains"]["domains/coins/rules"]["seeds"] = [{"seconds": 41.6, "mean_ap": 0.5}]
    results = Results(measured, pictures=None)
    text = report.render(results)
    (line,) = re.findall(r"^\| coins, .*$", text, flags=re.M)
    cells = [part.strip() for part in line.strip("|").split("|")]
    recipes = [f"{number / 10:.3f} (0.750)" for number in range(4)]
    assert cells == ["coins, uneven light", "8", cell, "42", "0.500 (0.750)", added, *recipes, "0.500 (0.750)"]
    assert "- coins, uneven light: Felzenszwalb; way 3 (of 9 settings)\n" in text
    head = text[text.index("## Kinds of images") :].split("\n| --- |")[0].splitlines()[-1]
    assert len(head.strip("|").split("|")) == len(cells)
    readme = report.render(results, report.TABLE)
    (line,) = re.findall(r"^\| coins, .*$", readme, flags=re.M)
    assert line.split(" | ")[3] == added
    assert claim in " ".join(readme.split())


def test_where_learning_is_not_shown_to_add_anything_it_is_said() -> None:
    measured = json.loads((report.OUTPUT.parent / "results" / "results.json").read_text())
    rows = measured["domains"]["domains/embryo/scores"]["rows"]
    values = {"search alone": {"a": 0.5, "b": 0.5, "c": 0.5}, "rlseg": {"a": 0.9, "b": 0.2, "c": 0.5}}
    for row in rows:
        method = row["method"].split(",")[0]
        if method in values:
            row["by_image"] = {"ap50": values[method]}  # the score of its row in the README
    results = Results(measured, pictures=None)
    found = results.between("domains/embryo/scores", "rlseg", "search alone", "ap50")
    assert found is not None
    assert found.low < 0 < found.high
    readme = " ".join(report.render(results, report.TABLE).split())
    assert f"[{found.low:+.3f}, {found.high:+.3f}]" in readme
    assert re.search(r"Not shown: [^.]*ring of embryo cells", readme)
    assert results.adds("domains/embryo/scores", "rlseg", "search alone").endswith("[not measured]"), "of mAP"
    assert results.adds("domains/embryo/scores", "rlseg", "nobody") == "not measured"
