"""`rlseg predict` of films."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import tifffile
from nuclei import SIZE, Run, crop
from PIL import Image

from rlseg.__main__ import main
from rlseg.prediction.predictor import Predictor

TRACKS = """
tracks:
  reach: 20
  terms:
    moved: {kind: moved, expected: 0, scale: 5}
    grown: {kind: change, property: area, expected: [0.5, 2], scale: 0.5}
"""


@pytest.fixture(scope="module")
def frames() -> np.ndarray:
    """(3, H, W): one crop that moves to the right by two pixels a frame."""
    pixels = crop(0)[0][0].astype(np.uint8)
    return np.stack([np.roll(pixels, 2 * frame, axis=1) for frame in range(3)])


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("rules") / "film.yaml"
    path.write_text("version: 1\nname: film\nunits: {length: px}\nrewards: {foreground: 1.0}\n" + TRACKS)
    return str(path)


@pytest.fixture
def film(frames: np.ndarray, tmp_path: Path) -> Path:
    path = tmp_path / "in" / "film.tif"
    path.parent.mkdir()
    tifffile.imwrite(path, frames, metadata={"axes": "TYX"}, ome=True)
    return path


def test_a_stack_becomes_a_stack_of_tracks(film: Path, rules: str, trained: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["predict", str(trained.best), str(film), "--output", str(out), "--film", "--rules", rules]
    assert main([*words, "--overlay", "--table", str(tmp_path / "all.csv")]) == 0
    names = sorted(path.name for path in out.iterdir())
    assert names == ["film", "film.tif", "film_RES", "film_napari.csv", "film_objects.csv"]
    assert sorted(path.name for path in (out / "film").iterdir()) == ["t1.png", "t2.png", "t3.png"]
    tracked = tifffile.imread(out / "film.tif")
    assert tracked.shape == (3, SIZE, SIZE)
    assert (tmp_path / "all.csv").read_bytes() == (out / "film_objects.csv").read_bytes()
    with (tmp_path / "all.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {"frame", "track", "parent", "label", "link", "reward", "reward_rank"} <= set(rows[0])
    # the objects are those of the planes one by one
    assert main(["predict", str(trained.best), str(film), "--output", str(tmp_path / "planes"), "--planes"]) == 0
    for frame in range(3):
        alone = tifffile.imread(tmp_path / "planes" / "film" / f"t{frame + 1}.tif").astype(int)
        pairs = np.unique(np.stack([alone.ravel(), tracked[frame].ravel()]), axis=1).T.tolist()
        assert len(pairs) == alone.max() + 1, "one number of a track for each object"
        mine = {int(row["label"]): int(row["track"]) for row in rows if int(row["frame"]) == frame}
        assert {label: track for label, track in pairs if label} == mine


def test_images_in_a_folder_are_frames(
    frames: np.ndarray, film: Path, rules: str, trained: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "position_7"
    folder.mkdir()
    for number, pixels in zip((1, 2, 10), frames, strict=True):
        Image.fromarray(pixels).save(folder / f"t{number}.png")
    for source, out in ((folder, "a"), (film, "b")):
        words = ["predict", str(trained.best), str(source), "--output", str(tmp_path / out), "--film", "--rules", rules]
        assert main(words) == 0
    np.testing.assert_array_equal(
        tifffile.imread(tmp_path / "a" / "position_7.tif"), tifffile.imread(tmp_path / "b" / "film.tif")
    )


def test_files_that_say_so_are_films_without_a_word(
    frames: np.ndarray, film: Path, rules: str, trained: Run, tmp_path: Path
) -> None:
    """Where rules are there; other images are segmented as before."""
    Image.fromarray(frames[0]).save(film.parent / "one.png")
    words = ["predict", str(trained.best), str(film.parent), "--output", str(tmp_path / "out"), "--rules", rules]
    assert main([*words, "--table", str(tmp_path / "objects.csv")]) == 0
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"one.tif", "film.tif", "film_RES", "film_napari.csv", "film_objects.csv"}
    assert tifffile.imread(tmp_path / "out" / "one.tif").ndim == 2


def test_objects_and_links_at_once(
    frames: np.ndarray, film: Path, rules: str, trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A film of which a frame is empty: objects are refined and measured as those of single frames are."""
    together = tmp_path / "joint.yaml"
    together.write_text(Path(rules).read_text().replace("reach: 20", "reach: 20\n  joint: true"))
    tifffile.imwrite(film, np.stack([*frames[:2], np.zeros_like(frames[0])]), metadata={"axes": "TYX"}, ome=True)
    words = ["predict", str(trained.best), str(film), "--film", "--rules", str(together)]
    assert main([*words, "--output", str(tmp_path / "out")]) == 0
    tracked = tifffile.imread(tmp_path / "out" / "film.tif")
    assert not tracked[2].any()
    with (tmp_path / "out" / "film_objects.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    there = [len(np.unique(frame)) - 1 for frame in tracked]
    assert [sum(int(row["frame"]) == t for row in rows) for t in range(3)] == there
    assert min(there[:2]) > 0
    assert all(0 <= float(row["reward"]) <= 1 for row in rows)
    linked = [row for row in rows if row["link"] not in ("", "nan")]
    assert len(linked) > there[1] / 2
    capsys.readouterr()
    wide = tmp_path / "wide.tif"
    tifffile.imwrite(wide, np.concatenate([frames[:2]] * 4, axis=2), metadata={"axes": "TYX"}, ome=True)
    words[2] = str(wide)
    assert main([*words, "--output", str(tmp_path / "tiles"), "--tile", "64"]) == 2
    assert "joint: true is for frames looked at as a whole\n  hint: add --tile 0" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            ["--film"],
            "of the model does not say how objects are linked\n  hint: give a reward file with",
        ),
        (["--film", "--planes"], "--planes segments each plane by itself, --film and --rules link them"),
        (["--film", "--rules", "RULES", "--format", "geojson"], "--format geojson is for single images"),
        (["--film", "--rules", "RULES", "--missing"], "--missing is for single images"),
        (
            ["--film", "--rules", "RULES", "--axes", "ZYX"],
            "is a stack of planes Z, a film of images has",
        ),
    ],
)
def test_what_is_not_made_of_films(
    more: list[str],
    message: str,
    film: Path,
    rules: str,
    trained: Run,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = [rules if word == "RULES" else word for word in more]
    assert main(["predict", str(trained.best), str(film), "--output", str(tmp_path / "out"), *given]) == 2
    assert message in capsys.readouterr().err


def test_one_frame_and_frames_of_two_sizes(
    frames: np.ndarray, rules: str, trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    words = ["predict", str(trained.best), str(folder), "--output", str(tmp_path / "out"), "--film", "--rules", rules]
    Image.fromarray(frames[0]).save(folder / "t1.png")
    assert main(words) == 2
    assert "frames has 1 frame, a film has two or more" in capsys.readouterr().err
    Image.fromarray(frames[0][:80]).save(folder / "t2.png")
    assert main(words) == 2
    assert (
        "the frames of frames differ in size: the first is 96 x 96 px, number 2 is 80 x 96 px"
        in capsys.readouterr().err
    )


def test_an_empty_frame_is_said_and_has_no_objects(
    frames: np.ndarray, rules: str, trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = frames.copy()
    film[1] = 7
    tifffile.imwrite(tmp_path / "film.tif", film, metadata={"axes": "TYX"}, ome=True)
    words = ["predict", str(trained.best), str(tmp_path / "film.tif"), "--output", str(tmp_path / "out"), "--film"]
    assert main([*words, "--rules", rules]) == 0
    assert "film: there is nothing on frame 2, all of its values are the same" in capsys.readouterr().err
    assert tifffile.imread(tmp_path / "out" / "film.tif")[1].max() == 0


def test_keep_adds_to_what_is_found(film: Path, rules: str, trained: Run, tmp_path: Path) -> None:
    lenient = tmp_path / "lenient.yaml"
    lenient.write_text(Path(rules).read_text() + "  keep: 0.0\n")
    for out, which in (("a", rules), ("b", str(lenient))):
        words = ["predict", str(trained.best), str(film), "--output", str(tmp_path / out), "--film", "--rules", which]
        assert main(words) == 0
    plain, kept = (tifffile.imread(tmp_path / out / "film.tif") for out in ("a", "b"))
    assert ((kept > 0) >= (plain > 0)).all()
    np.testing.assert_array_equal(kept[0] > 0, plain[0] > 0)  # nothing is before the first frame
    np.testing.assert_array_equal(kept[2] > 0, plain[2] > 0)
    lines = [(tmp_path / out / "film_objects.csv").read_text().splitlines() for out in ("a", "b")]
    assert lines[0][0] == lines[1][0]
    assert len(lines[1]) >= len(lines[0])


def test_a_lower_pay_asked_for_is_that_of_a_copy(frames: np.ndarray, trained: Run) -> None:
    """With the policy on arrays, and with the networks."""
    for networks in (False, True):
        predictor = Predictor(trained.best)
        if networks:
            predictor.policy = None
        before = predictor(frames[:1]).labels
        every = predictor.with_min_score(0.0)(frames[:1]).labels
        none = predictor.with_min_score(1.0)(frames[:1]).labels
        assert ((every > 0) >= (before > 0)).all()
        assert before.any()
        assert not none.any()
        np.testing.assert_array_equal(predictor(frames[:1]).labels, before)


def test_frames_unlike_the_training_are_said_as_images_are(
    frames: np.ndarray, rules: str, trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = tmp_path / "odd.tif"
    tifffile.imwrite(film, np.stack([frames[0], frames[0].max() - frames[1]]), metadata={"axes": "TYX"}, ome=True)
    words = ["predict", str(trained.best), str(film), "--output", str(tmp_path / "out"), "--film", "--rules", rules]
    assert main(words) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("rlseg: warning: odd/t2: ")
    assert "images of the training" in line
