"""What is written of a film, and how a film in the challenge's layout is read."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import tifffile
from film_rules import film_rules

from rlseg.errors import RlsegError
from rlseg.io import read_label_film, square_pixels
from rlseg.metrics import Lineage, score_tracks
from rlseg.prediction.tracking import Film, film_table, link_by, read_lineage, write_results
from rlseg.prediction.writers import write_film


def square(labels: np.ndarray, label: int, row: int, column: int, side: int) -> None:
    labels[row : row + side, column : column + side] = label


@pytest.fixture
def film() -> Film:
    """Track 1 is missed in the frames 1 and 2, and divides at the end; track 2 stays."""
    frames = np.zeros((5, 30, 40), np.int32)
    for frame in (0, 3):
        square(frames[frame], 1, 10, 10, 8)
    for frame in range(5):
        square(frames[frame], 2, 20, 25, 6)
    square(frames[4], 3, 8, 11, 6)
    square(frames[4], 4, 15, 11, 6)
    return link_by(film_rules("gap: 2", division=True), list(frames))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_everything_is_written(film: Film, tmp_path: Path) -> None:
    write_results(tmp_path / "out", "mine", film, film_table(film), square_pixels(0.5))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "mine.tif",
        "mine_RES",
        "mine_napari.csv",
        "mine_objects.csv",
    ]
    with tifffile.TiffFile(tmp_path / "out" / "mine.tif") as tiff:
        assert tiff.is_ome
        assert tiff.series[0].axes == "TYX"
        np.testing.assert_array_equal(tiff.asarray(), film.labels)
        assert tiff.asarray().dtype == np.uint8
    labels, size = read_label_film(tmp_path / "out" / "mine.tif")
    np.testing.assert_array_equal(labels, film.labels)
    assert size == square_pixels(0.5)


def test_the_table_says_track_parent_and_frame_of_every_object(film: Film, tmp_path: Path) -> None:
    columns = [{"label": np.arange(9), "reward": np.arange(1, 5) / 10} for _ in range(5)]
    write_results(tmp_path, "mine", film, film_table(film, columns))
    found = rows(tmp_path / "mine_objects.csv")
    seen = [tuple(int(row[key]) for key in ("frame", "track", "parent", "label")) for row in found]
    assert seen == [
        (0, 1, 0, 1), (0, 2, 0, 2), (1, 2, 0, 2), (2, 2, 0, 2), (3, 1, 0, 1), (3, 2, 0, 2),
        (4, 2, 0, 2), (4, 3, 1, 3), (4, 4, 1, 4),
    ]  # fmt: skip
    assert [float(row["reward"]) for row in found][-3:] == [0.2, 0.3, 0.4]
    assert (found[0]["image"], found[0]["link"], found[0]["area"]) == ("mine", "nan", "64")
    assert float(found[4]["link"]) == 1
    assert float(found[-1]["centroid_row"]) == 17.5


def test_napari_gets_its_tracks_layer(film: Film, tmp_path: Path) -> None:
    write_results(tmp_path, "mine", film, film_table(film))
    lines = (tmp_path / "mine_napari.csv").read_text().splitlines()
    assert lines[0] == "track_id,t,y,x"
    assert lines[1:4] == ["1,0,13.5,13.5", "1,3,13.5,13.5", "2,0,22.5,27.5"]
    table = np.loadtxt(tmp_path / "mine_napari.csv", delimiter=",", skiprows=1)
    # as napari wants it: sorted by track, then by time
    np.testing.assert_array_equal(table, table[np.lexsort((table[:, 1], table[:, 0]))])


def test_the_challenge_knows_no_gaps(film: Film, tmp_path: Path) -> None:
    write_results(tmp_path, "mine", film, film_table(film))
    folder = tmp_path / "mine_RES"
    assert (folder / "res_track.txt").read_text() == "1 0 0 0\n2 0 4 0\n3 4 4 5\n4 4 4 5\n5 3 3 1\n"
    names = sorted(path.name for path in folder.glob("*.tif"))
    assert names == [f"mask{frame:03d}.tif" for frame in range(5)]
    masks = [tifffile.imread(folder / name) for name in names]
    assert masks[0].dtype == np.uint16
    assert [np.unique(mask).tolist() for mask in masks] == [[0, 1, 2], [0, 2], [0, 2], [0, 2, 5], [0, 2, 3, 4]]


def test_what_is_written_is_read(film: Film, tmp_path: Path) -> None:
    write_results(tmp_path, "mine", film, film_table(film))
    found = read_lineage(tmp_path / "mine_RES")
    assert found.parent == {3: 5, 4: 5, 5: 1}
    mine = Lineage(film.labels, {3: 1, 4: 1})
    scores = score_tracks(mine, found)
    assert (scores.det, scores.edges_missed, scores.edges_of_other_kind) == (1, 0, 1)


def test_117_more_tracks_than_the_challenge_knows(film: Film, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All else is written, with a word."""
    assert write_results(tmp_path, "few", film, film_table(film)) is None
    monkeypatch.setattr("rlseg.prediction.writers.challenge.MOST", 3)
    said = write_results(tmp_path, "many", film, film_table(film))
    assert said is not None
    assert "many_RES is left out: the film has 5 tracks, and the challenge's masks hold 3" in said
    there = {path.name for path in tmp_path.iterdir() if path.name.startswith("many")}
    assert there == {"many.tif", "many_objects.csv", "many_napari.csv"}


def test_results_are_replaced_and_other_folders_are_not(film: Film, tmp_path: Path) -> None:
    for _ in range(2):
        write_results(tmp_path, "mine", film, film_table(film))
    before = (tmp_path / "mine.tif").read_bytes()
    write_results(tmp_path, "mine", film, film_table(film))
    assert (tmp_path / "mine.tif").read_bytes() == before
    (tmp_path / "other_RES").mkdir()
    with pytest.raises(RlsegError, match="other_RES is there and has no res_track"):
        write_results(tmp_path, "other", film, film_table(film))
    with pytest.raises(ValueError, match=r"must be \(T, H, W\)"):
        write_film(tmp_path / "one.tif", film.labels[0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "has no man_track.txt or res_track.txt"),
        ("1 0 1\n", "is no list of tracks"),
        ("1 0 one 0\n", "is no list of tracks"),
        ("1 0 1 0\n2 0 1 0\n", "track 2 is not in the images"),
        ("", "track 1 is not in the list"),
        ("1 0 1 1\n", "track 1 begins in frame 0, before its parent 1 ends"),
    ],
)
def test_lists_that_cannot_be(text: str | None, message: str, tmp_path: Path) -> None:
    for frame in range(2):
        tifffile.imwrite(tmp_path / f"mask{frame:03d}.tif", np.eye(4, dtype=np.uint16))
    if text is not None:
        (tmp_path / "man_track.txt").write_text(text)
    with pytest.raises(RlsegError, match=message):
        read_lineage(tmp_path)
