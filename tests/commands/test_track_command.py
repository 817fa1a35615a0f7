"""`rlseg track` as users call it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from film_rules import HEAD, rules_text

from experiments.drawings.films import CROWDED, draw_film
from rlseg.__main__ import main
from rlseg.metrics import Lineage, score_tracks
from rlseg.prediction.tracking import read_lineage

ROOT = Path(__file__).parents[2]
FILM = ROOT / "experiments" / "data" / "film"


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    """Two squares in three frames, the second one missed in the last."""
    labels = np.zeros((3, 20, 24), np.uint8)
    for frame in range(3):
        labels[frame, 2:6, 2 + frame : 6 + frame] = 9 - frame
    labels[:2, 12:17, 12:17] = 1
    path = tmp_path / "cells.ome.tif"
    tifffile.imwrite(path, labels, metadata={"axes": "TYX"}, ome=True)
    return path


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "reward.yaml"
    path.write_text(rules_text())
    return path


def test_labels_get_numbers_that_last(
    stack: Path, rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["track", str(stack), "--rules", str(rules), "--output", str(out)]) == 0
    assert capsys.readouterr().out == f"3 frames, 5 objects, 2 tracks, 0 divisions; written to {out}\n"
    labels = tifffile.imread(out / "cells.tif")
    assert [np.unique(frame).tolist() for frame in labels] == [[0, 1, 2], [0, 1, 2], [0, 2]]
    assert (out / "cells_RES" / "res_track.txt").read_text() == "1 0 1 0\n2 0 2 0\n"
    # results are films as well, and are compared
    again = ["track", str(out / "cells_RES"), "--rules", str(rules), "--output", str(tmp_path / "again")]
    assert main([*again, "--truth", str(out / "cells_RES")]) == 0
    assert capsys.readouterr().out.splitlines()[1] == (
        "SEG 1.000, DET 1.000, TRA 1.000; 3 of 3 links right (3 of all are between objects that were found), "
        "0 more that should not be"
    )


def test_the_film_of_the_project_from_its_true_objects(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All links but the one of the rod that the labels outline to one half."""
    rules = str(ROOT / "rewards" / "bacteria_film.yaml")
    labels = str(FILM / "labels")
    assert main(["track", labels, "--rules", rules, "--output", str(tmp_path), "--truth", labels]) == 0
    assert "52 of 53 links right (53 of all are between objects that were found), 0 more" in capsys.readouterr().out


def test_a_search_finds_the_objects(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = draw_film(1, frames=2, size=96, count=4)
    images = np.rint(255 * film.images).astype(np.uint8)
    tifffile.imwrite(tmp_path / "film.tif", images, metadata={"axes": "TYX"}, ome=True)
    words = ["track", str(tmp_path / "film.tif"), "--rules", str(ROOT / "rewards" / "film_discs.yaml"), "--search"]
    assert main([*words, "--output", str(tmp_path / "out")]) == 0
    assert "2 frames, 8 objects, 4 tracks, 0 divisions" in capsys.readouterr().out
    header = (tmp_path / "out" / "film_objects.csv").read_text().splitlines()[0].split(",")
    assert header[:5] == ["image", "frame", "track", "parent", "label"]
    assert header[-1] == "reward"
    # the same frames as files of a folder
    (tmp_path / "film").mkdir()
    for number, image in zip((9, 10), images, strict=True):
        tifffile.imwrite(tmp_path / "film" / f"t{number}.tif", image)
    words[1] = str(tmp_path / "film")
    assert main([*words, "--output", str(tmp_path / "again")]) == 0
    assert (tmp_path / "again" / "film.tif").read_bytes() == (tmp_path / "out" / "film.tif").read_bytes()


def test_a_search_chooses_objects_and_links_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Discs that touch and fade: what single frames miss is found where it goes on."""
    film = draw_film(2, frames=4, size=110, count=9, crowd=CROWDED)
    images = np.rint(65535 * film.images).astype(np.uint16)
    tifffile.imwrite(tmp_path / "film.tif", images, metadata={"axes": "TYX"}, ome=True)
    rules = (ROOT / "rewards" / "film_discs.yaml").read_text()
    scores = {}
    for name, key in (("alone", ""), ("joint", "  joint: true\n")):
        (tmp_path / f"{name}.yaml").write_text(rules.replace("  reach: 25\n", f"  reach: 25\n{key}"))
        words = ["track", str(tmp_path / "film.tif"), "--rules", str(tmp_path / f"{name}.yaml"), "--search"]
        assert main([*words, "--output", str(tmp_path / name)]) == 0
        scores[name] = score_tracks(read_lineage(tmp_path / name / "film_RES"), Lineage(film.labels, film.parent))
    assert "4 frames" in capsys.readouterr().out
    assert scores["joint"].links > scores["alone"].links + 0.1
    assert scores["joint"].det > scores["alone"].det + 0.1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--rules", "plain.yaml"], "the reward 'film' does not say how objects are linked\n  hint: add like: tracks:"),
        (["--rules", "nothing.yaml"], "cannot find this file"),
        (["--axes", "ZYX"], "is a stack of planes Z, a film of images has the axis T alone"),
        (["--pixel-size", "-1"], "the pixel size must be a positive number of um, got -1"),
        (["--truth", "."], "has no man_track.txt or res_track.txt"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    words: list[str], message: str, stack: Path, rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plain.yaml").write_text(HEAD)
    given = [str(tmp_path / word) if word.endswith((".yaml", ".")) else word for word in words]
    start = ["track", str(stack), "--output", str(tmp_path / "out"), "--rules", str(rules)]
    assert main([*start, *given]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_labels_are_not_overwritten(
    stack: Path, rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = stack.rename(tmp_path / "cells.tif")
    before = plain.read_bytes()
    assert main(["track", str(plain), "--rules", str(rules), "--output", str(tmp_path)]) == 2
    assert "would be replaced" in capsys.readouterr().err
    assert plain.read_bytes() == before


def test_a_truth_of_another_size(stack: Path, rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["track", str(stack), "--rules", str(rules), "--output", str(tmp_path / "out")]
    assert main([*words, "--truth", str(FILM / "labels")]) == 2
    assert "the film is 3 x 20 x 24 (frames, rows, columns), the truth in" in capsys.readouterr().err
