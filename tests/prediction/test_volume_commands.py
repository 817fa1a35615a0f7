"""A volume from its file to its labels through the commands: fit, predict, and what is refused on the way."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

import rlseg
from experiments.drawings.volumes import draw_volume
from rlseg.__main__ import main
from rlseg.data import Preparation
from rlseg.errors import RlsegError
from rlseg.io import PixelSize, Reading, common_channels, read_image, read_labels
from rlseg.metrics import score_image
from rlseg.pictures import cut_sections
from rlseg.prediction.table import object_table
from rlseg.prediction.writers.tiff import write_labels

RULES = """
version: 1
name: drawn
dimensions: 3
units: {length: px, intensity: unit}
objects: {width: [11, 18]}
classes:
  background: {kind: area, over: 8000}
  debris: {kind: area, under: 200}
rewards:
  debris: 0.0
  background: 0.0
  foreground:
    combine: geometric
    terms:
      axis: {kind: descriptor, property: axis_minor_length, expected: [9, 17], scale: 3}
      size: {kind: descriptor, property: area, expected: [700, 3500], scale: 500}
      round: {kind: descriptor, property: sphericity, expected: 0.95, scale: 0.1, side: below}
      contrast: {kind: descriptor, property: contrast, expected: 0.3, scale: 0.15, side: below}
      level: {kind: descriptor, property: outline_level, expected: 0.45, scale: 0.15}
edges: {background: near, missed: 1}
"""
METADATA = {"axes": "ZYX", "PhysicalSizeZ": 3, "PhysicalSizeY": 1, "PhysicalSizeX": 1}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn volume with its labels, rules, and the words that train on it."""
    folder = tmp_path_factory.mktemp("volume")
    drawn = draw_volume(5, shape=(30, 48, 48))
    (folder / "images").mkdir()
    (folder / "labels").mkdir()
    pixels = np.rint(255 * drawn.image[0]).astype(np.uint8)
    tifffile.imwrite(folder / "images/a.ome.tif", pixels, ome=True, metadata=METADATA)
    tifffile.imwrite(folder / "labels/a.tif", drawn.truth.astype(np.uint16))
    (folder / "rules.yaml").write_text(RULES)
    (folder / "config.yaml").write_text(
        "seed_everything: 0\n"
        f"model: {{reward: {folder}/rules.yaml, refinement: {{loss: 0.3}}, min_score: 0.3}}\n"
        f"data: {{images: {folder}/images, labels: {folder}/labels, batch_size: 1, batches_per_epoch: 12,\n"
        "  preparation: {volume: true, subgraph_sizes: [6], superpixels: {kind: level_sets, merge_cost: 1.0}}}\n"
        "trainer: {accelerator: cpu, max_epochs: 1, logger: {class_path: TensorBoardLogger, init_args: {save_dir: "
        f"{folder}/runs, name: run}}}}}}\n"
    )
    return folder


@pytest.fixture(scope="module")
def model(project: Path) -> Path:
    assert main(["fit", "--config", str(project / "config.yaml"), "--model.imitation.share", "1"]) == 0
    return project / "runs/run/version_0/checkpoints/best.ckpt"


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


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--planes"], "--planes takes planes by themselves, and this is a model of volumes"),
        (["--format", "geojson"], "labels of volumes are not written with --format geojson"),
        (["--width", "12"], "volumes are not resampled"),
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
        (["--model.features.unet", "{}"], "model.features.unet is for images alone"),
        (["--data.preparation.volume", "false"], "is a stack"),
        (["--data.preparation.superpixels.kind", "mutex_watershed"], "no superpixels of the kind mutex_watershed"),
        (["--model.reward", "rewards/nuclei.yaml"], "is for images, and this is a volume"),
    ],
)
def test_what_fit_cannot_do_with_volumes(
    words: list[str], said: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fit", "--config", str(project / "config.yaml"), *words]) == 2
    assert said in capsys.readouterr().err


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


def test_labels_of_volumes_are_written_and_measured(tmp_path: Path) -> None:
    labels = np.zeros((3, 4, 5), np.int32)
    labels[0, 1:3, 2] = 1
    labels[2, 0, 0] = 2
    write_labels(tmp_path / "x.tif", labels, PixelSize(0.5, 0.5, 2.0))
    assert read_image(tmp_path / "x.tif", volume=True).pixel_size == PixelSize(0.5, 0.5, 2.0)
    np.testing.assert_array_equal(read_labels(tmp_path / "x.tif", labels.shape), labels)
    table = object_table(labels)
    assert list(table) == ["label", "centroid_slice", "centroid_row", "centroid_col", "voxels"]
    assert [table[name][0] for name in table] == [1, 0.0, 1.5, 2.0, 2]


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


def test_what_else_is_not_there_of_volumes_is_said(
    model: Path, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = str(project / "images/a.ome.tif")
    assert main(["report", str(model)]) == 2
    assert "there is no report about volumes yet" in capsys.readouterr().err
    assert main(["explain-object", str(model), image, "3,3"]) == 2
    assert "places in volumes are not explained yet" in capsys.readouterr().err
    assert main(["reward", "score", str(project / "rules.yaml"), image, str(project / "labels/a.tif")]) == 2
    assert "is a stack" in capsys.readouterr().err
