"""A volume from its file to its labels through the commands: fit, predict, and what is refused on the way."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pytest
import tifffile
from nifti_file import write_nifti
from nuclei import ROOT
from PIL import Image
from volume_project import METADATA, RULES

import rlseg
import rlseg.regions
from rlseg.__main__ import main
from rlseg.data import Preparation
from rlseg.errors import RlsegError
from rlseg.io import PixelSize, Reading, common_channels, read_image, read_labels
from rlseg.metrics import score_image
from rlseg.pictures import cut_sections
from rlseg.prediction import Predictor
from rlseg.prediction.table import object_table
from rlseg.prediction.tiling import Threads, Tiling
from rlseg.prediction.writers.tiff import write_labels
from rlseg.rewards.language import load_reward


def test_fit_and_predict(project: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (panel,) = (model.parents[1] / "panels").glob("*.png")
    with Image.open(panel) as picture:
        assert picture.size[0] > 400
    out, table = project / "out", project / "out/objects.csv"
    words = [str(model), str(project / "images"), "--output", str(out), "--overlay", "--table", str(table)]
    assert main(["predict", *words]) == 0
    with tifffile.TiffFile(out / "a.tif") as file:
        assert file.series[0].axes == "ZYX"
        assert 'PhysicalSizeZ="3' in (file.ome_metadata or "")
        labels = file.asarray()
    truth = read_labels(project / "labels/a.tif", (10, 48, 48))
    assert labels.shape == truth.shape
    assert score_image(labels.astype(np.int32), truth).summary.ap50 > 0.5
    with table.open() as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == labels.max()
    assert float(rows[0]["area"]) == pytest.approx(3 * float(rows[0]["voxels"]))
    inside = np.argwhere(labels == 1).mean(axis=0)
    found = [float(rows[0][f"centroid_{axis}"]) for axis in ("slice", "row", "col")]
    np.testing.assert_allclose(found, inside)
    with Image.open(out / "a.png") as picture:
        assert picture.size == (2 * 96, 2 * (48 + 30))
    # the same again
    assert main(["predict", str(model), str(project / "images"), "--output", str(project / "again")]) == 0
    np.testing.assert_array_equal(tifffile.imread(project / "again/a.tif"), labels)


def test_115_a_large_volume_is_looked_at_in_tiles(project: Path, model: Path, tmp_path: Path) -> None:
    """The volume beside itself, mirrored, so that its objects lie across the borders of tiles."""
    with tifffile.TiffFile(project / "images/a.ome.tif") as file:
        values = file.asarray()
    wide = np.concatenate([values, values[..., ::-1], values], axis=2)
    tifffile.imwrite(tmp_path / "wide.ome.tif", wide, ome=True, metadata=METADATA)
    found = []
    for tile in ("64", "0"):
        out = tmp_path / tile
        words = [str(model), str(tmp_path / "wide.ome.tif"), "--output", str(out), "--tile", tile]
        assert main(["predict", *words, "--table", str(out / "objects.csv")]) == 0
        found.append(tifffile.imread(out / "wide.tif").astype(np.int32))
        rows = (out / "objects.csv").read_text().splitlines()
        assert len(rows) == 1 + found[-1].max()
    tiled, whole = found
    assert abs(int(tiled.max()) - int(whole.max())) <= 0.05 * whole.max()
    assert score_image(tiled, whole).summary.ap75 > 0.9


def test_a_volume_in_nifti_gets_labels_in_nifti(project: Path, model: Path, tmp_path: Path) -> None:
    with tifffile.TiffFile(project / "images/a.ome.tif") as file:
        values = file.asarray()
    write_nifti(tmp_path / "a.nii.gz", values, (1.0, 1.0, 3.0), units=3)
    words = [str(model), str(tmp_path / "a.nii.gz"), "--format", "nifti", "--format", "tiff"]
    assert main(["predict", *words, "--output", str(tmp_path / "out")]) == 0
    assert main(["predict", str(model), str(project / "images"), "--output", str(tmp_path / "tiff")]) == 0
    expected = tifffile.imread(tmp_path / "tiff/a.tif")
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "out/a.tif"), expected)
    np.testing.assert_array_equal(read_labels(tmp_path / "out/a.nii.gz", values.shape), expected)
    assert read_image(tmp_path / "out/a.nii.gz", volume=True).pixel_size == PixelSize(1.0, 1.0, 3.0)
    # beside the image they would take its place
    assert main(["predict", *words, "--output", str(tmp_path)]) == 2


def volume_file(folder: Path, values: np.ndarray, **metadata: object) -> Path:
    path = folder / "x.ome.tif"
    tifffile.imwrite(path, values, ome=True, photometric="minisblack", metadata=METADATA | metadata)
    return path


@pytest.mark.parametrize("value", [0, 7])
def test_111_nothing_on_a_volume(value: int, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = volume_file(tmp_path, np.full((10, 48, 40), value, np.uint8))
    words = ["predict", str(model), str(path), "--output", str(tmp_path / "out"), "--table", str(tmp_path / "t.csv")]
    assert main(words) == 0
    assert capsys.readouterr().err.count("there is nothing on the image, all of its values are") == 1
    labels = tifffile.imread(tmp_path / "out/x.tif")
    assert labels.shape == (10, 48, 40)
    assert not labels.any()
    assert len((tmp_path / "t.csv").read_text().splitlines()) == 1


@pytest.mark.parametrize("shape", [(2, 1, 1), (10, 1, 40), (10, 40, 1), (2, 30, 30)], ids=str)
def test_112_volumes_that_are_thin(shape: tuple[int, ...], model: Path, project: Path, tmp_path: Path) -> None:
    """An axis of one voxel or two; of noise alone, and of a section through the objects."""
    with tifffile.TiffFile(project / "images/a.ome.tif") as file:
        section = file.asarray()[tuple(slice(side // 2, side // 2 + 40) for side in (4, 40, 40))]
    noise = np.random.default_rng(0).integers(0, 9, shape).astype(np.uint8)
    for values in (noise, np.resize(section[: shape[0], : shape[1], : shape[2]], shape)):
        path = volume_file(tmp_path, values)
        assert main(["predict", str(model), str(path), "--output", str(tmp_path / "out"), "--overlay"]) == 0
        labels = tifffile.imread(tmp_path / "out/x.tif").reshape(shape)
        assert set(np.unique(labels)) == set(range(labels.max() + 1))


def test_112_113_volumes_that_cannot_be_used(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    noise = np.random.default_rng(0).random((4, 20, 20)).astype(np.float32)
    holes = noise.copy()
    holes[1, 2, 3] = np.nan
    holes[0, 0, 0] = np.inf
    unsaid = {"PhysicalSizeZ": None, "PhysicalSizeY": None, "PhysicalSizeX": None}

    def said(path: Path, *words: str) -> str:
        assert main(["predict", str(model), str(path), "--output", str(tmp_path / "out"), *words]) == 2
        return capsys.readouterr().err

    assert "is no volume: it is one plane" in said(volume_file(tmp_path, noise[:1]))
    assert "has 2 values that are NaN or infinite" in said(volume_file(tmp_path, holes))
    assert main(["predict", str(model), str(tmp_path / "x.ome.tif"), "--output", str(tmp_path), "--nan", "fill"]) == 0
    assert "x.ome.tif: how far the planes of a volume are apart is not" in said(volume_file(tmp_path, noise, **unsaid))
    plain = tmp_path / "plain.tif"
    tifffile.imwrite(plain, noise, photometric="minisblack", metadata={"axes": "QYX"})
    assert "does not say which one is the channel or the plane" in said(plain)
    assert "is no volume: its axes before the image are T" in said(plain, "--axes", "TYX")
    uneven = volume_file(tmp_path, noise, PhysicalSizeY=2)
    assert "pixels of a volume must be square within its planes" in said(uneven)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--planes"], "--planes takes planes by themselves, and this is a model of volumes"),
        (["--format", "geojson"], "labels of volumes are not written with --format geojson"),
        (["--width", "12"], "volumes are not brought to another magnification yet"),
    ],
)
def test_what_predict_cannot_do_with_volumes(
    words: list[str], said: str, project: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["predict", str(model), str(project / "images"), "--output", str(project / "no"), *words])
    assert code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--data.preparation.volume", "false"], "is a stack"),
        (["--model.reward", str(ROOT / "rewards" / "nuclei.yaml")], "is for images, and this is a volume"),
    ],
)
def test_what_fit_cannot_do_with_volumes(
    words: list[str], said: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fit", "--config", str(project / "config.yaml"), *words]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.slow
def test_a_pixel_network_sees_volumes(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Pre-trained, trained and asked as a whole and in tiles; nothing else than its own kind is taken."""
    small = ["--data.images", str(project / "images"), "--data.preparation", "{volume: true, subgraph_sizes: [6]}"]
    few = ["--data.batches_per_epoch", "1", "--data.batch_size", "1", "--trainer.max_epochs", "1"]
    log = "{class_path: TensorBoardLogger, init_args: {save_dir: " + str(tmp_path) + ", name: pre}}"
    before = [*small, *few, "--model.unet", "{widths: [4, 4], out_channels: 3}", "--trainer.logger", log]
    assert main(["pretrain", *before, "--trainer.accelerator", "cpu"]) == 0
    start = next(tmp_path.glob("pre/*/checkpoints/last.ckpt"))
    unet = f"{{widths: [4, 4], out_channels: 3, weights: {start}}}"
    words = ["--config", str(project / "config.yaml"), *few, "--model.imitation.steps", "1", "--report", "false"]
    words += ["--model.features.unet", unet, "--trainer.logger", log.replace("name: pre", "name: fit")]
    assert main(["fit", *words]) == 0
    model = next(tmp_path.glob("fit/*/checkpoints/last.ckpt"))
    predictor = Predictor(model, "cpu")
    raw = np.tile(tifffile.imread(project / "images/a.ome.tif"), (1, 2, 2))[None].astype(np.float32)
    size = PixelSize(1.0, 1.0, 3.0)
    whole = predictor(raw, "a", size).labels
    tiles = predictor.large(raw, Tiling(side=64, voxels=2**15), Threads(1), False, size, "a").labels
    assert abs(int(whole.max()) - int(tiles.max())) <= 0.1 * whole.max()
    assert ((whole > 0) == (tiles > 0)).mean() > 0.9
    capsys.readouterr()
    assert main(["export", str(model), str(tmp_path / "shared"), "--onnx"]) == 2
    assert "a pixel network of volumes cannot be written as ONNX" in capsys.readouterr().err
    assert not (tmp_path / "shared").exists()
    assert main(["export", str(model), str(tmp_path / "shared")]) == 0
    np.testing.assert_array_equal(Predictor(tmp_path / "shared", "cpu")(raw, "a", size).labels, whole)


def test_volumes_are_read_by_their_axes(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(0, 99, (4, 2, 7, 8)).astype(np.uint16)
    path = tmp_path / "zcyx.ome.tif"
    metadata = METADATA | {"axes": "ZCYX", "PhysicalSizeZ": 0.5, "PhysicalSizeY": 0.25, "PhysicalSizeX": 0.25}
    tifffile.imwrite(path, values, ome=True, photometric="minisblack", metadata=metadata)
    found = read_image(path, volume=True)
    np.testing.assert_array_equal(found.pixels, values.swapaxes(0, 1))
    assert found.pixel_size == PixelSize(0.25, 0.25, 0.5)
    assert common_channels([path], volume=True) == 2
    plain = tmp_path / "plain.tif"
    tifffile.imwrite(plain, values[:, 0], photometric="minisblack", metadata={"axes": "QYX"})
    with pytest.raises(RlsegError, match="does not say which one is the channel or the plane"):
        read_image(plain, volume=True)
    np.testing.assert_array_equal(read_image(plain, reading=Reading(axes="ZYX"), volume=True).pixels[0], values[:, 0])
    stacked = tmp_path / "imagej.tif"
    known = {"axes": "ZYX", "unit": "um", "spacing": 1.5}
    tifffile.imwrite(stacked, values[:, 0], imagej=True, photometric="minisblack", resolution=(2, 2), metadata=known)
    assert read_image(stacked, volume=True).pixel_size == PixelSize(0.5, 0.5, 1.5)
    flat = tmp_path / "flat.tif"
    tifffile.imwrite(flat, values[0, 0])
    with pytest.raises(RlsegError, match="is no volume: it is one plane"):
        read_image(flat, volume=True)
    with pytest.raises(RlsegError, match=r"has shape \(4, 7, 8\), its image has shape \(4, 7, 9\)"):
        read_labels(plain, (4, 7, 9))


def test_labels_of_volumes_are_written_and_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.zeros((3, 4, 5), np.int32)
    labels[0, 1:3, 2] = 1
    labels[1:, 0, 0] = 2
    write_labels(tmp_path / "x.tif", labels, PixelSize(0.5, 0.5, 2.0))
    assert read_image(tmp_path / "x.tif", volume=True).pixel_size == PixelSize(0.5, 0.5, 2.0)
    np.testing.assert_array_equal(read_labels(tmp_path / "x.tif", labels.shape), labels)
    monkeypatch.setattr(rlseg.regions, "SLAB", 1)  # plane by plane
    table = object_table(labels)
    assert list(table) == ["label", "centroid_slice", "centroid_row", "centroid_col", "voxels"]
    assert [[values[k] for values in table.values()] for k in (0, 1)] == [[1, 0.0, 1.5, 2.0, 2], [2, 1.5, 0, 0, 2]]
    assert table["voxels"].dtype == np.int64


def test_114_seventy_thousand_objects_of_a_volume(tmp_path: Path) -> None:
    labels = np.arange(70_700, dtype=np.int32).reshape(7, 100, 101)
    write_labels(tmp_path / "many.tif", labels, PixelSize(1.0, 1.0, 3.0))
    stored = tifffile.imread(tmp_path / "many.tif")
    assert stored.dtype == np.uint32
    np.testing.assert_array_equal(stored, labels)
    np.testing.assert_array_equal(read_labels(tmp_path / "many.tif", labels.shape), labels)
    np.testing.assert_array_equal(object_table(labels)["label"], np.arange(1, 70_700))


def test_sections_show_the_middle_and_the_brightest_voxels() -> None:
    image = np.random.default_rng(0).random((1, 4, 6, 5)).astype(np.float32)
    place = cut_sections(image, 2.0)
    shown = place.of(image)[0]
    assert shown.shape == (6 + 8, 5 + 6)
    np.testing.assert_array_equal(shown[:6, :5], image[0, 2])
    np.testing.assert_array_equal(shown[:6, 5:10], image[0].max(axis=0))
    np.testing.assert_array_equal(shown[6::2, :5], image[0, :, 3])
    np.testing.assert_array_equal(shown[7::2, :5], image[0, :, 3])
    np.testing.assert_array_equal(shown[6::2, 5:], image[0, :, :, 2])
    assert (shown[:6, 10] == image.min()).all()
    np.testing.assert_array_equal(place.of(np.arange(120).reshape(4, 6, 5))[:6, :5], np.arange(60, 90).reshape(6, 5))


def test_volumes_in_python(project: Path) -> None:
    with tifffile.TiffFile(project / "images/a.ome.tif") as file:
        values = file.asarray()
    settings = {"volume": True, "superpixels": {"kind": "level_sets", "merge_cost": 1.0}}
    with pytest.raises(RlsegError, match="how far the planes of a volume are apart is not known"):
        rlseg.prepare_image(values, settings)
    with pytest.raises(RlsegError, match=r"a volume is a path or an array .Z, H, W. or .C, Z, H, W."):
        rlseg.prepare_image(values[0], settings)
    with pytest.raises(RlsegError, match="this is an image, but the preparation is for volumes"):
        Preparation(volume=True)(values[:1].astype(np.float32))
    preparation = Preparation.model_validate(settings | {"plane_distance": 3})
    found = rlseg.search_image(project / "rules.yaml", values, preparation)
    assert found.labels.shape == values.shape
    assert score_image(found.labels, read_labels(project / "labels/a.tif", values.shape)).summary.ap50 > 0.6
    paid = rlseg.score_labels(project / "rules.yaml", values, project / "labels/a.tif", preparation=preparation)
    assert paid.reward > max(paid.all_merged, paid.all_split)
    size = rlseg.prepare_image(project / "images/a.ome.tif", settings, pixel_size=0.5).regions
    assert (size.pixel_size, size.spacing) == ((1.5, 0.5, 0.5), (3.0, 1.0, 1.0))


def test_the_page_about_a_training_shows_sections_and_planes(model: Path) -> None:
    """Written at its end: the objects are named by places that explain-object takes."""
    page = (model.parents[1] / "report.html").read_text()
    assert "IMAGE COLUMN,ROW,PLANE" in page
    assert re.search(r"<b>a: \d+,\d+,\d+</b>", page)
    assert page.count("data:image/png;base64,") > 1


def test_places_in_volumes_are_explained(
    model: Path, project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image, labels = str(project / "images/a.ome.tif"), read_labels(project / "labels/a.tif", (10, 48, 48))
    sizes = np.bincount(labels.ravel())[1:]
    plane, row, column = np.argwhere(labels == sizes.argmax() + 1).mean(axis=0).round().astype(int)
    place, picture = f"{column},{row},{plane}", tmp_path / "place.png"
    assert main(["explain-object", str(model), image, place, "--picture", str(picture)]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"a.ome.tif, column {column}, row {row}, plane {plane}: ")
    assert "volume, px^3" in text
    with Image.open(picture) as drawn:
        assert drawn.size[0] > 500
    for wrong, said in (
        ("3,3", "a.ome.tif is a volume, and no plane is given\n  hint: say COLUMN,ROW,PLANE"),
        ("3,3,10", "the place 3,3,10 is outside of a.ome.tif, which is 48 pixels wide and 48 high, with 10 planes"),
    ):
        assert main(["explain-object", str(model), image, wrong]) == 2
        assert said in capsys.readouterr().err


def test_labels_of_volumes_are_scored_and_drawn(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a configuration: the reward file says that it is about volumes, the image how far planes are apart."""
    image, labels = str(project / "images/a.ome.tif"), str(project / "labels/a.tif")
    rules, picture = tmp_path / "mine.yaml", tmp_path / "preview.png"
    rules.write_text(RULES)
    assert main(["reward", "score", str(rules), image, labels, "--truth", labels]) == 0
    text = capsys.readouterr().out
    assert "drawn on " in text
    assert ": 10 x 48 x 48 voxels, " in text
    count = int(read_labels(Path(labels), (10, 48, 48)).max())
    assert f"as they are outlined: none of {count}" in text or f"of {count} objects" in text
    given, merged, split, truth = (float(value) for value in re.findall(r"mean edge reward +(.+)", text)[0].split())
    assert given == truth > max(merged, split)
    expected = rlseg.score_labels(
        rules, image, labels, preparation=Preparation(volume=True).for_reward(load_reward(rules))
    )
    assert given == pytest.approx(expected.reward, abs=6e-4)
    assert main(["reward", "preview", str(rules), image, "--labels", labels, "-o", str(picture)]) == 0
    with Image.open(picture) as drawn:
        assert min(drawn.size) > 400
