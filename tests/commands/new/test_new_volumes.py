"""`rlseg new --volume`: a project about stacks whose planes belong together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
import yaml
from PIL import Image
from scipy import ndimage

import rlseg
from experiments.drawings.tissue import draw_tissue
from experiments.drawings.volumes import DrawnVolume, draw_volume
from rlseg.__main__ import main
from rlseg.commands.new.guess import best_of
from rlseg.commands.new.images import look_at
from rlseg.commands.new.volume_plan import looked_at_as, sphericity_of
from rlseg.commands.new.volume_ways import balls_of, ways_in_volumes
from rlseg.data import Preparation
from rlseg.io import read_labels
from rlseg.metrics import score_image
from rlseg.rewards.language import load_reward

SHAPE = (36, 54, 54)


def write(path: Path, values: np.ndarray, **metadata: object) -> Path:
    path.parent.mkdir(exist_ok=True)
    known = {"axes": "ZYX", "PhysicalSizeZ": 3, "PhysicalSizeY": 1, "PhysicalSizeX": 1} | metadata
    tifffile.imwrite(path, values, ome=True, photometric="minisblack", metadata=known)
    return path


@pytest.fixture(scope="module")
def drawn() -> DrawnVolume:
    return draw_volume(5, shape=SHAPE)


@pytest.fixture(scope="module")
def stacks(drawn: DrawnVolume, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of one stack, and its labels in a folder beside it."""
    folder = tmp_path_factory.mktemp("stacks")
    write(folder / "images/a.ome.tif", np.rint(255 * drawn.image[0]).astype(np.uint8))
    (folder / "labels").mkdir()
    tifffile.imwrite(folder / "labels/a.tif", drawn.truth.astype(np.uint16))
    return folder


@pytest.fixture(scope="module")
def project(stacks: Path) -> Path:
    assert main(["new", str(stacks / "mine"), "--images", str(stacks / "images"), "--volume"]) == 0
    return stacks / "mine"


def test_a_project_whose_rules_find_the_objects(project: Path, drawn: DrawnVolume) -> None:
    assert {path.name for path in project.iterdir()} == {"reward.yaml", "config.yaml", "objects.png"}
    file = load_reward(str(project / "reward.yaml"))
    assert file.volumes
    assert file.objects is not None
    assert (file.name, file.objects.way) == ("mine", "brighter")
    low, high = file.objects.widths
    assert 6 < low < 10 < high < 19  # drawn with radii of 6 and 8.5 px
    with Image.open(project / "objects.png") as picture:
        # three times the middle plane and the brightest voxels, and below the sections along z
        assert picture.size[0] > 3 * 2 * 54
        assert np.asarray(picture).std() > 10
    config = yaml.safe_load((project / "config.yaml").read_text(encoding="utf-8"))
    settings = config["data"]["preparation"]
    assert settings["volume"] is True
    assert "plane_distance" not in settings  # the file says it
    assert 3 <= settings["noise_floor"] < 10
    assert config["data"]["batch_size"] == 1
    image = project.parent / "images/a.ome.tif"
    found = rlseg.search_image(file, image, Preparation.model_validate(settings))
    assert score_image(found.labels.astype(np.int32), drawn.truth).summary.ap50 > 0.8


@pytest.mark.slow
def test_it_trains_and_predicts(project: Path, drawn: DrawnVolume, tmp_path: Path) -> None:
    words = ["--trainer.max_epochs", "2", "--data.batches_per_epoch", "10"]
    assert main(["fit", "--config", str(project / "config.yaml"), *words]) == 0
    out = tmp_path / "out"
    assert main(["predict", str(project), str(project.parent / "images"), "--output", str(out), "--overlay"]) == 0
    assert score_image(read_labels(out / "a.tif", drawn.truth.shape), drawn.truth).summary.ap50 > 0.7


def test_outlines_are_stacks_of_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    z, r, c = np.indices((10, 40, 40)).astype(np.float64)
    places = ((14, 10, 10), (14, 29, 12), (16, 11, 29), (14, 29, 29))
    labels = np.zeros(z.shape, np.uint16)
    for number, (plane, row, column) in enumerate(places, start=1):
        labels[(3 * z + 1 - plane) ** 2 + (r - row) ** 2 + (c - column) ** 2 < 7.5**2] = number
    noise = np.random.default_rng(0).normal(0, 4, labels.shape)
    pixels = ndimage.gaussian_filter(180.0 * (labels > 0), (0.3, 1, 1)) + 30 + noise
    write(tmp_path / "images/a.ome.tif", np.rint(pixels).astype(np.uint8))
    write(tmp_path / "labels/a.ome.tif", labels)
    words = ["--images", str(tmp_path / "images"), "--outlines", str(tmp_path / "labels"), "--volume"]
    assert main(["new", str(tmp_path / "p"), *words]) == 0
    said = capsys.readouterr().out
    assert "measured: four of five of 4 outlined objects in 1 image(s)" in said
    assert "none of 4 objects is paid less than 0.3" in said
    file = load_reward(str(tmp_path / "p/reward.yaml"))
    assert file.volumes
    assert file.objects is not None
    np.testing.assert_allclose(file.objects.widths, 15, atol=2.5)
    text = (tmp_path / "p/config.yaml").read_text(encoding="utf-8")
    assert "as those of 4 objects are drawn" in text


def test_cells_between_membranes_whose_widths_are_said(tmp_path: Path) -> None:
    tissue = draw_tissue(0, shape=SHAPE)
    images = write(tmp_path / "images/a.ome.tif", np.rint(255 * tissue.image[0]).astype(np.uint8)).parent
    words = ["new", str(tmp_path / "mine"), "--images", str(images), "--volume"]
    assert main([*words, "--look", "outlined", "--width", "14-20"]) == 0
    file = load_reward(str(tmp_path / "mine/reward.yaml"))
    assert file.objects is not None
    assert (file.objects.look, file.objects.widths) == ("outlined", (14.0, 20.0))
    assert file.edges.cut == "mean"
    found = rlseg.search_image(file, tissue.image, Preparation(volume=True, plane_distance=3)).labels
    # sides cut nearly all; of those of which at least a ball 11 px wide is left most are found
    large = [number for number in np.unique(tissue.truth)[1:] if 3 * (tissue.truth == number).sum() > 700]
    assert len(large) >= 10
    assert np.mean([_iou(tissue.truth == number, found) > 0.5 for number in large]) > 0.75


def _iou(cell: np.ndarray, found: np.ndarray) -> float:
    """Of the object that covers most of a cell."""
    most = np.bincount(found[cell]).argmax()
    other = found == most
    return float((cell & other).sum() / (cell | other).sum()) if most else 0.0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["one"], "is no volume: it is one plane"),
        (["thin"], "nothing in the volumes in"),
        (["thin", "--width", "12", "--look", "brighter"], "have no room in volumes of 1 px"),
        (["zero"], "nothing in the volumes in"),
        (["axes"], "does not say which one is the channel or the plane"),
        (["axes", "--axes", "ZYX"], "give it with --plane-distance"),
        (["axes", "--axes", "TYX"], "axes of a volume are ZYX"),
        (["mixed"], "b.tif is no volume: it is one plane (1 other image in the folder)"),
        (["uneven"], "pixels of a volume must be square within its planes"),
        (["good", "--plane-distance", "2"], "says that its planes are 3 px apart, --plane-distance says 2"),
        (["good", "--plane-distance", "0"], "a distance of planes is a number of sides of a pixel"),
        (["good", "--look", "different"], "objects that are different are not found in volumes yet"),
        (["good", "--look", "outlined"], "nothing in the volumes in"),
        (["good", "--like", "nuclei"], "what is known of nuclei is of images, not of volumes"),
        (["good", "--channel", "strongest"], "say the number of one, counted from 0"),
        (["good", "--channel", "dab"], "channels of volumes are not made from others yet"),
        (["good", "--measurements", "t.csv"], "tables of sizes are of images, not of volumes"),
        (["good", "--outlines", "flat.tif"], "flat.tif is no volume: it is one plane"),
    ],
)
def test_111_112_113_what_cannot_be_a_project(
    words: list[str],
    said: str,
    stacks: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    values = tifffile.imread(stacks / "images/a.ome.tif")
    for name, part in (("good", values), ("one", values[:1]), ("thin", values[:, :1]), ("zero", 0 * values)):
        write(tmp_path / name / "a.ome.tif", part)
    write(tmp_path / "uneven/a.ome.tif", values, PhysicalSizeY=2)
    write(tmp_path / "mixed/a.ome.tif", values)
    tifffile.imwrite(tmp_path / "mixed/b.tif", values[3])
    (tmp_path / "axes").mkdir()
    tifffile.imwrite(tmp_path / "axes/a.tif", values, photometric="minisblack", metadata={"axes": "QYX"})
    tifffile.imwrite(tmp_path / "flat.tif", read_labels(stacks / "labels/a.tif", values.shape)[3].astype(np.uint16))
    assert main(["new", "p", "--volume", "--images", *words]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "p").exists()


def test_stacks_are_told_of_volumes(stacks: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", str(tmp_path / "p"), "--images", str(stacks / "images")]) == 2
    said = capsys.readouterr().err
    assert "is a stack (12 Z planes)" in said
    assert "rlseg new --volume takes them as one volume" in said
    assert main(["new", str(tmp_path / "p"), "--images", str(stacks / "images"), "--axes", "ZYX"]) == 2
    assert "--axes is about volumes: say --volume as well" in capsys.readouterr().err


def test_113_what_files_do_not_say_is_kept(stacks: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also that planes of two files are not equally far apart."""
    values = tifffile.imread(stacks / "images/a.ome.tif")
    (tmp_path / "plain").mkdir()
    tifffile.imwrite(tmp_path / "plain/a.tif", values, photometric="minisblack", metadata={"axes": "QYX"})
    words = ["--volume", "--width", "20-26", "--look", "brighter"]
    unsaid = ["--axes", "zyx", "--plane-distance", "3"]
    assert main(["new", str(tmp_path / "p"), "--images", str(tmp_path / "plain"), *words, *unsaid]) == 0
    assert "--axes ZYX" in capsys.readouterr().out
    data = yaml.safe_load((tmp_path / "p/config.yaml").read_text(encoding="utf-8"))["data"]
    assert data["reading"] == {"axes": "ZYX"}
    assert data["preparation"]["plane_distance"] == 3
    assert "working_width" not in data["preparation"]  # such objects are looked at on the usual grid
    for name, distance in (("a", 3), ("b", 2)):
        write(tmp_path / f"two/{name}.ome.tif", values, PhysicalSizeZ=distance)
    (line,) = look_at(tmp_path / "two", Preparation(volume=True)).lines()
    assert "2 volumes in" in line
    assert "12 x 54 x 54 voxels, planes 2 to 3 px apart" in line
    assert "planes are 2 to 3 px apart, as the files say" in capsys.readouterr().err


def test_dark_objects_are_seen_as_bright_ones_are(drawn: DrawnVolume) -> None:
    picture, spacing = drawn.image[0, :, :40, :40].astype(np.float64), (3.0, 1.0, 1.0)
    (bright,), (dark,) = ways_in_volumes([picture], [spacing]), ways_in_volumes([1 - picture], [spacing])
    one, other = bright["brighter", "bright"], dark["darker", "bright"]
    np.testing.assert_array_equal(one.blobs.labels, other.blobs.labels)
    assert one.score == other.score > bright["darker", "bright"].score
    assert other.dark


def test_balls_are_measured_in_px_and_cut_at_their_waist() -> None:
    spacing, places = (2.0, 1.0, 1.0), ((20.0, 20.0, 14.0), (20.0, 20.0, 30.0), (20.0, 44.0, 0.0))
    z, r, c = np.indices((20, 60, 48)).astype(np.float64)
    away = [np.sqrt((2 * z + 0.5 - a) ** 2 + (r - b) ** 2 + (c - d) ** 2) for a, b, d in places]
    mask = np.min(away, axis=0) <= 8.5
    found = balls_of(mask, mask.astype(np.float64), spacing)
    assert len(found.width) == 3
    order = np.argsort([np.argwhere(found.labels == k + 1).mean(axis=0)[2] for k in range(3)])
    cut, *balls = order
    np.testing.assert_allclose(found.width[balls], 17, atol=1.5)
    np.testing.assert_allclose(found.length[balls], 17, atol=1.5)
    volumes = 2 * np.bincount(found.labels.ravel())[1:]
    np.testing.assert_allclose(found.area[balls], volumes[balls])
    assert found.area[cut] == pytest.approx(volumes[cut] / 10)  # half of it is not seen
    assert found.whole.tolist() == [float(number != cut) for number in range(3)]
    assert (found.contrast == 1).all()


def test_wide_objects_are_seen_on_a_coarser_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only the middle of the volume is looked at as it is."""
    z, r, c = np.indices((20, 100, 100)).astype(np.float64)
    truth = np.zeros(z.shape, np.bool_)
    for plane in (18, 60):
        for row, column in ((18, 20), (22, 60), (60, 22), (64, 74)):
            truth |= (4 * z - plane) ** 2 + (r - row) ** 2 + (c - column) ** 2 < 14**2
    noise = np.random.default_rng(0).normal(0, 0.02, z.shape)
    picture = ndimage.gaussian_filter(0.7 * truth, (0.5, 2, 2)) + 0.1 + noise
    monkeypatch.setattr("rlseg.commands.new.volume_ways.MOST_VOXELS", 2**13)
    (ways,) = ways_in_volumes([picture], [(4.0, 1.0, 1.0)])
    found = ways["brighter", "bright"]
    assert (found.reduce, found.planes, found.corner) == (2, 1, (0, 0, 0))
    assert found.blobs.labels.shape == (20, 50, 50)
    guess = best_of((ways,))
    assert guess is not None
    np.testing.assert_allclose(guess.width, 28, atol=3)
    assert ((found.on_image(truth.shape) > 0) == truth).mean() > 0.97
    # of planes that are near several are one there
    (near,) = ways_in_volumes([picture.repeat(4, axis=0)], [(1.0, 1.0, 1.0)])
    found = near["brighter", "bright"]
    assert (found.reduce, found.planes) == (2, 2)
    assert found.on_image((80, 100, 100)).any()


def test_a_range_of_widths_that_one_grid_is_enough_for() -> None:
    assert looked_at_as((10, 20)) == ((10, 20), "")
    (low, high), said = looked_at_as((5, 45))
    assert low * high == pytest.approx(225)
    assert high / low < 3
    assert "5 to 45 px" in said
    settings = {"volume": True, "plane_distance": 2, "objects": {"width": (low, high)}}
    assert len(Preparation.model_validate(settings).zooms()) == 1


def test_long_objects_are_less_round() -> None:
    assert sphericity_of(1) == pytest.approx(1)
    a, e = 3.0, np.sqrt(1 - 1 / 9)  # prolate, half axes 3, 1, 1: the surface exactly
    surface = 2 * np.pi * (1 + a / e * np.arcsin(e))
    assert sphericity_of(3) == pytest.approx(np.pi ** (1 / 3) * (6 * 4 / 3 * np.pi * a) ** (2 / 3) / surface, rel=0.012)
