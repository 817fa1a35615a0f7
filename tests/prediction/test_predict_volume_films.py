"""`rlseg predict --film` and `rlseg track --search` of films whose frames are volumes."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import tifffile
from film_rules import HEAD, rules_text
from PIL import Image
from volume_project import METADATA, RULES

from rlseg.__main__ import main
from rlseg.metrics import score_image
from rlseg.prediction.tracking import read_lineage

TRACKS = rules_text(reach=8, head="").replace("expected: [0, 2], scale: 2", "expected: [0, 4], scale: 3")
VOLUMES = HEAD.replace("units:", "dimensions: 3\nunits:")
NAMES = {"film.tif", "film_RES", "film_napari.csv", "film_objects.csv"}


@pytest.fixture(scope="module")
def frames(project: Path) -> np.ndarray:
    """(3, 10, 48, 48): what the model was trained on, which moves to the right by two pixels a frame; one is empty."""
    with tifffile.TiffFile(project / "images/a.ome.tif") as file:
        values = file.asarray()
    return np.stack([values, np.roll(values, 2, axis=2), np.zeros_like(values)])


@pytest.fixture
def film(frames: np.ndarray, tmp_path: Path) -> Path:
    path = tmp_path / "in" / "film.ome.tif"
    path.parent.mkdir()
    tifffile.imwrite(path, frames, ome=True, metadata=METADATA | {"axes": "TZYX"})
    return path


@pytest.fixture
def rules(tmp_path: Path) -> str:
    (tmp_path / "film.yaml").write_text(VOLUMES + TRACKS)
    return str(tmp_path / "film.yaml")


def test_a_film_of_volumes_is_segmented_and_linked(
    frames: np.ndarray, film: Path, rules: str, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    words = ["predict", str(model), str(film), "--output", str(out), "--film", "--rules", rules]
    assert main([*words, "--overlay", "--table", str(tmp_path / "all.csv")]) == 0
    assert "film: there is nothing on frame 3, all of its values are the same" in capsys.readouterr().err
    assert {path.name for path in out.iterdir()} == NAMES | {"film"}
    for number in (1, 2, 3):
        with Image.open(out / "film" / f"t{number}.png") as picture:
            assert picture.size == (2 * 96, 2 * (48 + 30))
    with tifffile.TiffFile(out / "film.tif") as file:
        assert file.series[0].axes == "TZYX"
        assert 'PhysicalSizeZ="3.0"' in (file.ome_metadata or "")
        tracked = file.asarray()
    assert tracked.shape == frames.shape
    assert not tracked[2].any()
    np.testing.assert_array_equal(read_lineage(out / "film_RES", volumes=True).labels, tracked)
    assert (tmp_path / "all.csv").read_bytes() == (out / "film_objects.csv").read_bytes()
    with (tmp_path / "all.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {"centroid_slice", "voxels", "area", "reward", "reward_rank", "track", "link"} <= set(rows[0])
    assert float(rows[0]["area"]) == pytest.approx(3 * float(rows[0]["voxels"]))
    linked = [row for row in rows if row["frame"] == "1" and float(row["link"]) > 0]
    assert len(linked) > tracked[0].max() / 2

    # the objects are those of the volumes one by one, which are a film as well
    folder = tmp_path / "film"
    folder.mkdir()
    for number, frame in zip((1, 2, 10), frames, strict=True):
        tifffile.imwrite(folder / f"t{number}.ome.tif", frame, ome=True, metadata=METADATA)
    assert main([*words[:2], str(folder / "t2.ome.tif"), "--output", str(tmp_path / "alone")]) == 0
    alone = tifffile.imread(tmp_path / "alone" / "t2.tif").astype(int)
    pairs = np.unique(np.stack([alone.ravel(), tracked[1].ravel()]), axis=1).T.tolist()
    assert len(pairs) == alone.max() + 1, "one number of a track for each object"
    assert main([*words[:2], str(folder), *words[3:4], str(tmp_path / "again"), *words[5:]]) == 0
    assert (tmp_path / "again" / "film.tif").read_bytes() == (out / "film.tif").read_bytes()


def test_files_that_say_so_are_films_without_a_word(
    frames: np.ndarray, film: Path, rules: str, model: Path, tmp_path: Path
) -> None:
    """Where rules are there; what is one volume is segmented as before. Neither file says how far planes are apart."""
    tifffile.imwrite(film.parent / "one.ome.tif", frames[0], ome=True, metadata={"axes": "ZYX"})
    tifffile.imwrite(film, frames[:2, :, None].swapaxes(0, 1), ome=True, metadata={"axes": "ZTCYX"})
    words = ["predict", str(model), str(film.parent), "--output", str(tmp_path / "out"), "--rules", rules]
    assert main([*words, "--plane-distance", "3"]) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == NAMES | {"one.tif"}
    tracked = tifffile.imread(tmp_path / "out" / "film.tif")
    alone = tifffile.imread(tmp_path / "out" / "one.tif")
    np.testing.assert_array_equal(tracked[0] > 0, alone > 0)


def test_films_in_zarr(frames: np.ndarray, rules: str, model: Path, tmp_path: Path) -> None:
    zarr = pytest.importorskip("zarr")
    zarr.save_array(tmp_path / "film.zarr", frames[:2, :, :30, :30])
    words = ["predict", str(model), str(tmp_path / "film.zarr"), "--film", "--rules", rules]
    assert main([*words, "--output", str(tmp_path / "out"), "--axes", "TZYX", "--plane-distance", "3"]) == 0
    assert tifffile.imread(tmp_path / "out" / "film.tif").shape == (2, 10, 30, 30)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--film"], "does not say how objects are linked"),
        (["--film", "--rules", "RULES", "--axes", "ZYX"], "has 4 axes"),
        (["--film", "--rules", "IMAGES"], "the reward 'film' is about images, and this is a model of volumes"),
        (["--film", "--rules", "RULES", "--plane-distance", "0"], "must be a positive number of pixels, got 0"),
        (["--film", "--rules", "RULES", "--format", "geojson"], "--format geojson is for single images"),
        ([], "its axes before the image are TZ\n  hint: rlseg predict --film takes films of volumes"),
    ],
)
def test_what_is_not_made_of_films_of_volumes(
    more: list[str],
    message: str,
    film: Path,
    rules: str,
    model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "images.yaml").write_text(HEAD + TRACKS)
    given = [{"RULES": rules, "IMAGES": str(tmp_path / "images.yaml")}.get(word, word) for word in more]
    assert main(["predict", str(model), str(film), "--output", str(tmp_path / "out"), *given]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ("TYX", "is a film of images, a film of volumes has the axes T and Z"),
        ("ZYX", "is one volume, a film of volumes has the axes T and Z"),
        ("YX", "is one plane, a film of volumes has the axes T and Z"),
    ],
)
def test_other_stacks_are_no_films_of_volumes(
    axes: str, message: str, frames: np.ndarray, rules: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.ome.tif"
    tifffile.imwrite(path, frames[0] if len(axes) > 2 else frames[0, 0], ome=True, metadata={"axes": axes})
    assert main(["track", str(path), "--search", "--rules", rules, "--output", str(tmp_path / "out")]) == 2
    assert message in capsys.readouterr().err


def test_a_search_finds_the_objects_of_a_film_of_volumes(
    frames: np.ndarray, film: Path, project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = RULES.replace("edges: {background: near, missed: 1}", "edges: {background: near}")
    (tmp_path / "rules.yaml").write_text(text + TRACKS.replace("reach: 8", "reach: 8\n  keep: 0.1"))
    words = ["track", str(film), "--search", "--rules", str(tmp_path / "rules.yaml"), "--output", str(tmp_path / "out")]
    assert main(words) == 0
    assert "3 frames, " in capsys.readouterr().out
    tracked = tifffile.imread(tmp_path / "out" / "film.tif").astype(np.int32)
    truth = tifffile.imread(project / "labels/a.tif").astype(np.int32)
    assert score_image(tracked[0], truth).summary.ap50 > 0.5
    both = np.intersect1d(tracked[0], tracked[1])
    assert len(both) > tracked[0].max() / 2
    # in um the same: the file says it, or the user
    um = tmp_path / "um.yaml"
    um.write_text((tmp_path / "rules.yaml").read_text().replace("length: px", "length: um"))
    assert main(["track", str(film), "--search", "--rules", str(um), "--output", str(tmp_path / "um")]) == 0
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "um" / "film.tif"), tracked)
    capsys.readouterr()
    # its own result is found again
    assert main([*words[:-1], str(tmp_path / "again"), "--truth", str(tmp_path / "out" / "film_RES")]) == 0
    assert "TRA 1.000" in capsys.readouterr().out
    unsaid = tmp_path / "film.tif"
    tifffile.imwrite(unsaid, frames, ome=True, metadata={"axes": "TZYX"})
    words[1] = str(unsaid)
    assert main(words) == 2
    assert "--plane-distance 1 where voxels are cubes" in capsys.readouterr().err
    uneven = METADATA | {"axes": "TZYX", "PhysicalSizeY": 2}
    tifffile.imwrite(unsaid, frames, ome=True, metadata=uneven)
    assert main(words) == 2
    assert "pixels of a volume must be square within its planes" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("depth", "metadata", "channels", "message"),
    [
        (4, {"PhysicalSizeZ": 2}, 1, "are 2 px apart in frame 2 and 3 px in frame 1\n  hint: say how far"),
        (4, {"PhysicalSizeZ": None}, 1, "are 3 px apart in frame 1, frame 2 says nothing"),
        (3, {}, 1, "differ in size: the first is 4 x 8 x 9 px, number 2 is 3 x 8 x 9 px"),
        (4, {"axes": "CZYX"}, 2, "differ in channels: the first has 1, number 2 has 2"),
    ],
)
def test_116_frames_that_do_not_belong_together(
    depth: int,
    metadata: dict[str, object],
    channels: int,
    message: str,
    rules: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    values = np.random.default_rng(0).integers(0, 9, (channels, depth, 8, 9)).astype(np.uint8)
    tifffile.imwrite(folder / "t1.ome.tif", np.resize(values, (4, 8, 9)), ome=True, metadata=METADATA)
    second = values if channels > 1 else values[0]
    tifffile.imwrite(folder / "t2.ome.tif", second, ome=True, photometric="minisblack", metadata=METADATA | metadata)
    words = ["track", str(folder), "--search", "--rules", rules, "--output", str(tmp_path / "out")]
    assert main(words) == 2
    assert message in capsys.readouterr().err
    if "apart" in message:  # the user's word counts more
        assert main([*words, "--plane-distance", "3"]) == 0


def test_116_labels_of_planes_unequally_far_apart(
    rules: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "labels"
    folder.mkdir()
    for number, far in ((1, 3), (2, 2)):
        labels = np.zeros((3, 8, 9), np.uint8)
        labels[:, 2:5, 2:5] = 1
        tifffile.imwrite(folder / f"t{number}.ome.tif", labels, ome=True, metadata=METADATA | {"PhysicalSizeZ": far})
    words = ["track", str(folder), "--rules", rules, "--output", str(tmp_path / "out")]
    assert main(words) == 2
    assert "are apart is not known" in capsys.readouterr().err
    assert main([*words, "--plane-distance", "3"]) == 0
