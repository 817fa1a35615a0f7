"""The final test: scored once for a commit and its models, and never written over."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from nuclei import Run

from experiments.analysis import sealed
from experiments.drawings.__main__ import Sealed
from experiments.results import report, working_copy
from experiments.results.seeds import score_checkpoint
from rlseg.metrics import by_image


def files_of(folder: Path, count: int) -> dict[str, bytes]:
    """What drawing would give: the first crops of a folder."""
    found = {}
    for part in ("images", "labels"):
        for file in sorted((folder / part).iterdir())[:count]:
            found[f"{part}/{file.name}"] = file.read_bytes()
    return found


@pytest.fixture
def words(trained: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The command, with two crops for drawings, two seeds of the tiny training, and a pipeline."""
    monkeypatch.setattr(sealed, "SEALED", {"circles": Sealed(seed=5, count=2)})
    monkeypatch.setattr(sealed, "draw", lambda kind, count, seed: files_of(folder, count))
    monkeypatch.setattr(sealed, "commit", lambda: "abc1234")
    for seed in range(2):
        place = tmp_path / "tiny" / f"seed_{seed}" / "checkpoints"
        place.mkdir(parents=True)
        shutil.copy(trained.best, place / "best.ckpt")
    rows = [{"method": "pipeline", "mean_ap": 0.25, "ap50": 0.5, "note": "x", "images": [0.2, 0.3]}]
    (tmp_path / "pipeline.json").write_text(json.dumps({"rows": rows}))
    options = ["--baselines", str(tmp_path / "pipeline.json"), "--record", str(tmp_path / "record" / "c.json")]
    return ["circles", str(tmp_path / "drawn"), f"tiny={tmp_path / 'tiny'}", *options]


def record(tmp_path: Path) -> list[dict[str, Any]]:
    return list(json.loads((tmp_path / "record" / "c.json").read_text())["rows"])


def test_rows_are_the_scores_of_the_models_on_the_drawings(words: list[str], trained: Run, tmp_path: Path) -> None:
    assert sealed.main([*words, "--json", str(tmp_path / "rows.json")]) == 0
    (scored,) = record(tmp_path)
    assert json.loads((tmp_path / "rows.json").read_text())["rows"] == [scored]
    assert (scored["kind"], scored["commit"], scored["images"]) == ("circles", "abc1234", 2)
    rows = {row["method"]: row for row in scored["rows"]}
    assert list(rows) == ["tiny", "superpixel ceiling", "search alone", "pipeline"]
    assert rows["pipeline"] == {"method": "pipeline", "mean_ap": 0.25, "ap50": 0.5}
    scores = score_checkpoint(trained.best, tmp_path / "drawn")
    assert rows["tiny"]["mean_ap"] == pytest.approx(by_image(list(scores.found.values())).mean_ap)
    assert rows["superpixel ceiling"]["mean_ap"] == pytest.approx(by_image(list(scores.ceiling.values())).mean_ap)
    assert (rows["tiny"]["seeds"], rows["tiny"]["mean_ap_sd"]) == (2, 0)
    images = {name: pytest.approx(one.summary.mean_ap, abs=1e-4) for name, one in scores.found.items()}
    assert rows["tiny"]["images"] == [images, images]
    (added,) = scored["differences"]
    assert added["difference"] == pytest.approx(rows["tiny"]["mean_ap"] - rows["search alone"]["mean_ap"], abs=1e-4)


def test_a_commit_is_scored_once_and_another_one_adds_a_row(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scored: dict[str, Any] = {"rows": [{"method": "tiny", "mean_ap": 0.5}], "differences": []}
    calls = []
    monkeypatch.setattr(sealed, "scoring", lambda *arguments: calls.append(1) or scored)
    assert sealed.main(words) == sealed.main(words) == 0
    assert "scored before at this commit" in capsys.readouterr().out
    assert (len(calls), len(record(tmp_path))) == (1, 1)
    first = record(tmp_path)[0]
    monkeypatch.setattr(sealed, "commit", lambda: "def5678")
    assert sealed.main(words) == 0
    assert [one["commit"] for one in record(tmp_path)] == ["abc1234", "def5678"]
    assert record(tmp_path)[0] == first
    # other models at the same commit are something else, too
    with (tmp_path / "tiny" / "seed_1" / "checkpoints" / "best.ckpt").open("ab") as file:
        file.write(b"x")
    assert sealed.main(words) == 0
    assert len(record(tmp_path)) == 3
    # of changes that are in no commit nobody knows whether they are the same
    for commit in ("def5678+", "unknown"):
        monkeypatch.setattr(sealed, "commit", lambda commit=commit: commit)
        assert sealed.main(words) == sealed.main(words) == 0
    assert len(calls) == len(record(tmp_path)) == 7


@pytest.mark.parametrize("spoil", ["drawings", "models", "record"])
def test_what_cannot_be_scored_is_one_error(
    spoil: str, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if spoil == "drawings":
        (tmp_path / "drawn" / "images").mkdir(parents=True)
        (tmp_path / "drawn" / "images" / "other.png").write_bytes(b"other")
    elif spoil == "models":
        shutil.rmtree(tmp_path / "tiny" / "seed_0")
        shutil.rmtree(tmp_path / "tiny" / "seed_1")
    else:
        (tmp_path / "record").mkdir()
        (tmp_path / "record" / "c.json").write_text("[]")
    assert sealed.main(words) == 2
    said = {"drawings": "holds other content", "models": "holds no seed_*", "record": "is no record of scorings"}
    assert said[spoil] in capsys.readouterr().err


def test_the_commit_is_that_of_the_working_copy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(working_copy, "ROOT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert sealed.commit() == "unknown"
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
    (tmp_path / "rlseg").mkdir()
    (tmp_path / "rlseg" / "a.py").write_text("1")
    for each in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "a"]):
        subprocess.run([*git, *each], cwd=tmp_path, check=True)
    clean = sealed.commit()
    assert clean.isalnum()
    (tmp_path / "notes.md").write_text("decides nothing")
    assert sealed.commit() == clean
    (tmp_path / "rlseg" / "a.py").write_text("2")
    assert sealed.commit() == clean + "+"


@pytest.mark.parametrize("kind", ["circles", "embryo"])
def test_the_report_holds_every_sealed_score_that_was_recorded(kind: str) -> None:
    folder = report.OUTPUT.parent / "results"
    measured = report.Results(json.loads((folder / "results.json").read_text()), None)
    assert measured.rows(f"sealed/{kind}/scores") == sealed.read_record(folder / "sealed" / f"{kind}.json")


def test_each_sealed_scoring_is_a_table_of_the_report() -> None:
    measured = json.loads((report.OUTPUT.parent / "results" / "results.json").read_text())
    about = {"images": 60, "drawings": "d0", "models": "m0", "date": "2027-01-02 03:04"}
    rows = [{"method": "tiny", "seeds": 2, "mean_ap": 0.5, "mean_ap_sd": 0.1, "ap50": 0.75}]
    added = [{"method": "tiny", "difference": 0.125, "low": -0.25, "high": 0.5}]
    measured["sealed"]["sealed/circles/scores"]["rows"] = [
        {**about, "commit": commit, "rows": rows, "differences": added} for commit in ("abc", "def")
    ]
    measured["sealed"]["sealed/embryo/scores"]["rows"] = []
    text = report.render(report.Results(measured, pictures=None))
    part = text[text.index("## Final test") : text.index("## Kinds of images")]
    assert re.findall(r"scored 2027-01-02 03:04 at commit (\w+), models m0:", part) == ["abc", "def"]
    assert part.count("| tiny | 2 | 0.500 ± 0.100 | 0.750 |  | +0.125 [-0.250, +0.500] |") == 2
    assert part.count("(not scored yet)") == 1
