"""`rlseg predict` on images that are odd, and what it says of them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import zarr
from nuclei import REWARD, ROOT, Run, crop
from PIL import Image
from scipy import ndimage

from rlseg.__main__ import main
from rlseg.environment.environment import SegmentationEnvironment
from rlseg.environment.final import segment
from rlseg.io.decode import decode
from rlseg.io.outlines import read_outlines
from rlseg.io.pixel_size import PixelSize
from rlseg.io.read import read_labels
from rlseg.prediction.predictor import Predictor
from rlseg.prediction.writers import FORMATS
from rlseg.rewards.language.load import load_reward
from rlseg.rewards.reward import Reward


@pytest.fixture(scope="module")
def predictor(trained: Run) -> Predictor:
    return Predictor(trained.best)


@pytest.fixture(scope="module")
def gray() -> np.ndarray:
    """(96, 96) uint8 with some nuclei."""
    return crop(1)[0][0].astype(np.uint8)


def write(path: Path, array: np.ndarray, **options: Any) -> Path:
    path.parent.mkdir(exist_ok=True)
    tifffile.imwrite(path, array, photometric="minisblack", **options)
    return path


class Predict:
    """Runs the command and keeps what it says."""

    def __init__(self, run: Run, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.run, self.out, self.capsys = run, folder / "out", capsys
        self.said: list[str] = []

    def __call__(self, *words: object, code: int = 0) -> Predict:
        assert main(["predict", str(self.run.best), *map(str, words), "--output", str(self.out)]) == code
        self.said = self.capsys.readouterr().err.splitlines()
        return self

    def lines(self, kind: str) -> list[str]:
        start = f"rlseg: {kind}: "
        return [line.removeprefix(start) for line in self.said if line.startswith(start)]

    def labels(self, name: str = "a") -> np.ndarray:
        return read_labels(self.out / f"{name}.tif")

    def files(self) -> list[str]:
        return sorted(str(p.relative_to(self.out)) for p in self.out.rglob("*.*"))


@pytest.fixture
def predict(trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Predict:
    return Predict(trained, tmp_path, capsys)


@pytest.mark.parametrize("value", [0, 1, 40_000])
def test_1_2_nothing_on_an_image_is_no_object_and_one_warning(value: int, predict: Predict, tmp_path: Path) -> None:
    # one superpixel as large as an object should be is where priors could go wrong
    for side in (1, 8, 15, 64):
        write(tmp_path / "in" / f"{side}.tif", np.full((side, side + 1), value, np.uint16))
    predict(tmp_path / "in")
    assert len(predict.lines("warning")) == 4
    for side, line in zip((1, 15, 64, 8), predict.lines("warning"), strict=True):
        assert line == f"{side}: there is nothing on the image, all of its values are {value}"
        assert not predict.labels(str(side)).any()


def noise(kind: str, rng: np.random.Generator, size: int = 400) -> np.ndarray:
    normal = rng.normal(100, 10, (size, size))
    if kind == "normal, 8 bit":
        return normal.round()
    if kind == "few photons":
        return rng.poisson(3, normal.shape)
    if kind == "uneven light":
        return normal + np.linspace(0, 100, size)
    if kind == "hot pixels":
        return np.where(rng.random(normal.shape) < 1e-4, 255, normal)
    stream = io.BytesIO()
    Image.fromarray(np.clip(normal, 0, 255).astype(np.uint8)).save(stream, "jpeg", quality=90)
    return np.asarray(Image.open(stream))


@pytest.mark.parametrize("kind", ["normal, 8 bit", "few photons", "uneven light", "hot pixels", "JPEG"])
def test_3_noise_is_no_object(kind: str, predictor: Predictor) -> None:
    """No object on 0.8 million pixels over the five kinds, where one a million is allowed."""
    pixels = noise(kind, np.random.default_rng(0)).astype(np.float32)
    assert not predictor(pixels[None]).labels.any()


@pytest.mark.parametrize("sigma", [1.0, 1.5])
def test_3_blurred_noise_has_few_objects_that_are_paid_well(sigma: float, predictor: Predictor) -> None:
    pixels = ndimage.gaussian_filter(np.random.default_rng(0).normal(100, 10, (400, 400)), sigma)
    found = predictor(pixels[None].astype(np.float32))
    assert found.labels.any()  # the README says so, and names this limit
    assert "`--model.min_score 0.5`" in (ROOT / "README.md").read_text(encoding="utf-8")
    strict = SegmentationEnvironment(Reward(load_reward(str(REWARD))))
    assert segment(found.sample, found.actions, strict, None, 0.5).labels.max() <= 0.1 * found.labels.max()


def test_4_tiny_images(predictor: Predictor, gray: np.ndarray) -> None:
    row, column = np.unravel_index(np.argmax(gray[8:-8, 8:-8]), (80, 80))
    for height in range(1, 9):
        for width in range(1, 9):
            part = gray[row + 4 : row + 4 + height, column + 4 : column + 4 + width]
            labels = predictor(part[None].astype(np.float32)).labels
            assert labels.shape == (height, width)
            assert sorted({0, *labels.ravel()}) == list(range(labels.max() + 1))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_11_12_values_that_are_no_numbers(bad: float, predict: Predict, gray: np.ndarray, tmp_path: Path) -> None:
    expected = predict(write(tmp_path / "whole" / "a.tif", gray)).labels()
    (predict.out / "a.tif").unlink()
    holed = gray.astype(np.float32)
    holed[3, 4] = holed[3, 5] = bad
    path = write(tmp_path / "in" / "a.tif", holed)
    (error,) = predict(path, code=2).lines("error")
    assert error.endswith("a.tif has 2 values that are NaN or infinite")
    assert "--nan fill" in predict.said[-1]
    assert not predict.out.exists() or not predict.files()
    predict(path, "--nan", "fill")
    (warning,) = predict.lines("warning")
    assert "2 values" in warning
    assert (predict.labels() == expected).mean() > 0.99


@pytest.mark.parametrize("dtype", ["f2", "f8", "i2", "u2", "i4"])
def test_13_the_type_of_the_numbers_does_not_matter(
    dtype: str, predictor: Predictor, predict: Predict, gray: np.ndarray, tmp_path: Path
) -> None:
    values = gray.astype(np.float64) - (128 if dtype[0] == "i" else 0)
    write(tmp_path / "in" / "a.tif", values.astype(dtype))
    predict(tmp_path / "in")
    np.testing.assert_array_equal(predict.labels(), predictor(values[None].astype(np.float32)).labels)
    assert not predict.said


def test_14_12_bit_data_are_as_their_8_bit_scaling(predictor: Predictor) -> None:
    found = 0
    for number in range(4):
        pixels = crop(number)[0] - crop(number)[0].min()
        finer = (pixels + np.random.default_rng(number).random(pixels.shape)) * 4095 / (pixels.max() + 1)
        twelve, eight = (predictor((finer // step).astype(np.float32)).labels for step in (1, 16))
        assert (twelve == eight).mean() >= 0.99
        assert abs(twelve.max() - eight.max()) <= 1  # one that is hardly paid
        found += twelve.max()
    assert found > 3


def test_16_a_channel_of_a_colour_image(predict: Predict, gray: np.ndarray, tmp_path: Path) -> None:
    expected = predict(write(tmp_path / "gray" / "a.tif", gray)).labels()
    Image.fromarray(np.dstack([gray // 7, gray, gray * 0])).save(tmp_path / "a.png")
    (error,) = predict(tmp_path / "a.png", code=2).lines("error")
    assert error.endswith("a.png has 3 channels, 1 expected")
    assert "--channel 0 ... 2" in predict.said[-1]
    np.testing.assert_array_equal(predict(tmp_path / "a.png", "--channel", 1).labels(), expected)
    (error,) = predict(tmp_path / "a.png", "--channel", 3, code=2).lines("error")
    assert error.endswith("has no channel 3")


def test_17_axes_are_asked_for(predict: Predict, gray: np.ndarray, tmp_path: Path) -> None:
    expected = predict(write(tmp_path / "gray" / "a.tif", gray)).labels()
    for axes, stack in (("CYX", np.stack([gray // 9, gray])), ("YXC", np.dstack([gray // 9, gray]))):
        path = write(tmp_path / axes / "a.tif", stack)
        (error,) = predict(path, code=2).lines("error")
        assert "does not say which one is the channel" in error
        assert "--axes CYX" in predict.said[-1]
        np.testing.assert_array_equal(predict(path, "--axes", axes.lower(), "--channel", 1).labels(), expected)
        (error,) = predict(path, "--axes", "YX", code=2).lines("error")
        assert "--axes YX names 2" in error


def test_18_planes_by_themselves(predict: Predict, tmp_path: Path) -> None:
    planes = np.stack([crop(number)[0][0] for number in range(2)]).astype(np.uint8)
    for number, plane in enumerate(planes):
        write(tmp_path / "single" / f"{number}.tif", plane)
    predict(tmp_path / "single")
    expected = [predict.labels(str(number)) for number in range(2)]
    metadata = {"axes": "ZYX", "PhysicalSizeX": 0.2, "PhysicalSizeY": 0.2}
    path = write(tmp_path / "in" / "s.tif", planes, ome=True, metadata=metadata)
    (error,) = predict(path, code=2).lines("error")
    assert "is a stack (2 Z planes)" in error
    assert "--planes" in predict.said[-1]
    inside = write(predict.out / "s" / "z1.tif", planes[0])
    (error,) = predict(path, inside, "--planes", code=2).lines("error")
    assert "could replace images" in error
    inside.unlink()
    table = tmp_path / "objects.csv"
    predict(path, tmp_path / "single", "--planes", "--overlay", "--table", table)
    assert predict.files() == sorted(f"{name}{s}" for name in ("0", "1", "s/z1", "s/z2") for s in (".png", ".tif"))
    for number in range(2):
        np.testing.assert_array_equal(predict.labels(f"s/z{number + 1}"), expected[number])
        assert decode(predict.out / "s" / f"z{number + 1}.tif").pixel_size == PixelSize(0.2, 0.2)
    with table.open(encoding="utf-8") as file:
        names = [row["image"] for row in csv.DictReader(file)]
    assert [names.count(f"s/z{n + 1}") for n in range(2)] == [part.max() for part in expected]


def test_22_the_largest_size_can_be_chosen(predict: Predict, gray: np.ndarray, tmp_path: Path) -> None:
    path = write(tmp_path / "in" / "a.tif", gray)
    (error,) = predict(path, "--max-pixels", 96 * 96 - 1, code=2).lines("error")
    assert "claims 96 x 96 values, at most 9215 are allowed" in error
    predict(path, "--max-pixels", 96 * 96)


def test_20_24_what_cannot_be_read_does_not_stop_the_others(
    predict: Predict, gray: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abcd":
        write(tmp_path / "in" / f"{name}.tif", gray)
    whole = (tmp_path / "in" / "b.tif").read_bytes()
    (tmp_path / "in" / "b.tif").write_bytes(whole[: len(whole) // 2])
    opened = Path.open

    def forbidden(path: Path, *more: Any, **options: Any) -> Any:
        if path.name == "c.tif" and "in" in path.parts:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *more, **options)

    monkeypatch.setattr(Path, "open", forbidden)
    first, second = predict(tmp_path / "in", code=2).lines("error")
    assert "b.tif" in first
    assert "cannot read" in second
    assert "c.tif: Permission denied" in second
    assert predict.files() == ["a.tif", "d.tif"]


def test_27_names_of_any_letters_and_length(predict: Predict, gray: np.ndarray, tmp_path: Path) -> None:
    deep = tmp_path / ("Zellen von heute, µ " + "x" * 150) / ("細胞" * 40)
    deep.mkdir(parents=True)
    predict.out = deep / "labels"
    names = ["Zelle 1 µm", "細胞", "a" * 250]
    for name in names:
        write(deep / f"{name}.tif", gray)
    assert len(str(deep / names[0])) > 300
    predict(deep, "--format", "tiff", "--format", "rois", code=2)
    (error,) = predict.lines("error")  # the longer suffix makes one name too long: then there is no TIFF either
    assert "File name too long" in error
    assert predict.files() == sorted(f"{name}{suffix}" for name in names[:2] for suffix in (".tif", ".rois.zip"))
    predict(deep)
    assert len(predict.labels(names[2])) == 96
    predict.out = deep / ("y" * 300)
    (error,) = predict(deep, code=2).lines("error")[:1]
    assert "cannot make the folder" in error


def test_28_two_images_of_one_stem(predict: Predict, gray: np.ndarray, tmp_path: Path) -> None:
    for name in ("1/a.tif", "2/a.tiff", "2/b.tif"):
        write(tmp_path / name, gray)
    (error,) = predict(tmp_path / "1", tmp_path / "2", code=2).lines("error")
    assert "two files share the stem a" in error
    assert not predict.out.exists()


def test_98_one_position_of_several(predict: Predict, gray: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / "in" / "a.ome.tif"
    path.parent.mkdir()
    with tifffile.TiffWriter(path, ome=True) as writer:
        for position in (gray, gray.T, np.stack([gray, gray.T])):
            writer.write(position, photometric="minisblack", metadata={"axes": "ZYX"[-position.ndim :]})
    (error,) = predict(path, code=2).lines("error")
    assert "holds 3 images" in error
    table = tmp_path / "objects.csv"
    for number in (1, 2):
        predict(path, "--series", number, "--table", table, "--missing")
    assert predict.files() == ["a/s1.tif", "a/s2.tif"]
    assert predict.labels("a/s1").shape == gray.shape
    whole = table.read_text()
    assert "a/s2,1," in whole
    (predict.out / "a" / "s2.tif").write_bytes(b"done")
    predict(path, "--series", 2, "--table", table, "--missing")  # it is there already
    assert (predict.out / "a" / "s2.tif").read_bytes() == b"done"
    predict(path, "--series", 3, "--planes")
    assert predict.files() == ["a/s1.tif", "a/s2.tif", "a/s3_z1.tif", "a/s3_z2.tif"]
    inside = write(predict.out / "a" / "s1.tif", gray)
    (error,) = predict(inside, path, "--series", 1, code=2).lines("error")
    assert "could replace images" in error


def test_96_97_masks_and_other_files_beside_images(predict: Predict, gray: np.ndarray, tmp_path: Path) -> None:
    for name in ("one/a.tif", "one/a_mask.tif", "two/a.tif"):
        (tmp_path / "in").mkdir(exist_ok=True)
        write(tmp_path / "in" / name, gray)
    (tmp_path / "in" / "one" / "b.jpg").write_bytes(b"")
    other, mask = predict(tmp_path / "in" / "one").lines("warning")
    assert "one: 1 file left out, no NIfTI, PNG, TIFF or Zarr: b.jpg" in other
    assert "one: 1 image left out" in mask
    predict(tmp_path / "in" / "*" / "*.tif", "--overlay")
    assert predict.files() == ["a.tif", "one/a.png", "one/a.tif", "two/a.png", "two/a.tif"]
    (error,) = predict(tmp_path / "in", code=2).lines("error")
    assert "no NIfTI, PNG, TIFF or Zarr image in the folder" in error


def test_101_geojson_has_the_rows_of_the_table(predict: Predict, gray: np.ndarray, tmp_path: Path) -> None:
    path, table = write(tmp_path / "in" / "a.tif", gray), tmp_path / "objects.csv"
    predict(path, "--format", "geojson")
    alone = (predict.out / "a.geojson").read_bytes()
    predict(path, "--format", "geojson", "--table", table)
    assert (predict.out / "a.geojson").read_bytes() == alone
    with table.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    features = json.loads(alone)["features"]
    assert len(features) == len(rows) > 0
    for feature, row in zip(features, rows, strict=True):
        measured = feature["properties"]["measurements"]
        assert {"label", "area", "reward"} <= set(measured)
        expected = {name: float(text) for name, text in row.items() if name != "image" and text != "nan"}
        assert measured == pytest.approx(expected, rel=1e-6)


def test_75_all_formats_have_the_same_objects(predict: Predict, gray: np.ndarray, tmp_path: Path) -> None:
    metadata = {"axes": "YX", "PhysicalSizeX": 0.5, "PhysicalSizeY": 0.25}
    path = write(tmp_path / "in" / "a.ome.tif", gray, ome=True, metadata=metadata)
    words = [word for name in FORMATS if name != "inside" for word in ("--format", name)]
    for _ in range(2):  # the second time everything is replaced
        predict(path, *words)
    outlines = {"a.rois.zip", "a.geojson", "a.coco.json", "a.json"}
    assert {p.name for p in predict.out.iterdir()} == {"a.tif", "a_cp_masks.tif", "a.ome.zarr", "a.nii.gz", *outlines}
    for name in outlines:
        np.testing.assert_array_equal(read_outlines(predict.out / name, gray.shape).labels, predict.labels())
    assert json.loads((predict.out / "a.coco.json").read_text())["images"][0]["file_name"] == "a.ome.tif"
    for name in ("a.tif", "a.ome.zarr", "a.nii.gz"):
        assert decode(predict.out / name).pixel_size == PixelSize(0.25, 0.5)
        np.testing.assert_array_equal(read_labels(predict.out / name), predict.labels())
    # labels never take the place of images
    predict(path, "--format", "geojson")
    group = zarr.open_group(str(tmp_path / "raw" / "a.ome.zarr"), mode="w")
    group.create_array("0", data=gray)
    predict.out = tmp_path / "raw"
    (error,) = predict(path, "--format", "zarr", code=2).lines("error")
    assert "it is not replaced" in error
    (error,) = predict(tmp_path / "raw" / "a.ome.zarr", "--format", "zarr", code=2).lines("error")
    assert "would replace an image" in error


def test_labels_inside_of_the_image(predict: Predict, gray: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / "in" / "a.ome.zarr"
    axes = [{"name": name, "type": "space", "unit": "micrometer"} for name in "yx"]
    level = {"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [0.25, 0.5]}]}
    ome = {"version": "0.5", "multiscales": [{"axes": axes, "datasets": [level]}]}
    zarr.create_group(store=str(path), attributes={"ome": ome}).create_array("0", data=gray)
    words = ("--format", "inside", "--table", tmp_path / "objects.csv")
    predict(path, *words)
    assert predict.files() == []
    assert len(np.unique(read_labels(path))) > 2  # labels are taken from the image
    before = (path / "labels" / "rlseg" / "zarr.json").stat().st_ino
    predict(path, *words, "--missing")  # they are there already
    assert (path / "labels" / "rlseg" / "zarr.json").stat().st_ino == before
    predict(path, *words)
    assert (path / "labels" / "rlseg" / "zarr.json").stat().st_ino != before
    for words in (["--planes"], ["--series", "1"]):
        (error,) = predict(path, "--format", "inside", *words, code=2).lines("error")
        assert f"--format inside has no place for the labels of {words[0]}" in error


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--channel", "-1"], "--channel: Input should be greater than or equal to 0"),
        (["--axes", "CXQ"], "--axes: axes must be some of Y X C Z T, each once, Y and X among them, got CXQ"),
        (["--axes", "CX"], "--axes: axes must be some of"),
        (["--axes", "YXY"], "--axes: axes must be some of"),
        (["--max-pixels", "0"], "--max-pixels: Input should be greater"),
    ],
)
def test_16_17_22_settings_out_of_range(
    words: list[str], text: str, predict: Predict, gray: np.ndarray, tmp_path: Path
) -> None:
    (error,) = predict(write(tmp_path / "in" / "a.tif", gray), *words, code=2).lines("error")
    assert error.startswith(text)
    assert not predict.out.exists()
