"""A reward file in um: trained and predicted with, each image by its own pixel size."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import tifffile
from nuclei import Run, crop

from rlseg.__main__ import main
from rlseg.data.datamodule import ImageFolder
from rlseg.io.decode import decode
from rlseg.io.pixel_size import PixelSize

REWARD = """\
version: 1
name: um
units: {length: um, intensity: unit}
classes:
  background: {kind: area, over: 375}
rewards:
  foreground:
    terms:
      width: {kind: descriptor, property: axis_minor_length, expected: 6.5, scale: 1.5}
      size: {kind: descriptor, property: area, expected: 45, scale: 20}
      place: {kind: descriptor, property: centroid_row, expected: 24, scale: 30}
  background: 0.1
"""
SIZES = {"a": 0.5, "b": 0.5, "c": 0.5}


def write(folder: Path, sizes: dict[str, float | tuple[float, float] | None]) -> Path:
    """TIFFs of nuclei with a pixel size each, as OME says it."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, size) in enumerate(sizes.items()):
        pixels = crop(number)[0][0].astype(np.uint8)
        high, wide = size if isinstance(size, tuple) else (size, size)
        known = {} if size is None else {
            "PhysicalSizeY": high, "PhysicalSizeYUnit": "µm", "PhysicalSizeX": wide, "PhysicalSizeXUnit": "µm",
        }  # fmt: skip
        tifffile.imwrite(folder / f"{name}.ome.tif", pixels, metadata={"axes": "YX", **known})
    return folder


def words(folder: Path, runs: Path, *more: str) -> list[str]:
    (runs / "um.yaml").write_text(REWARD)
    known = Run.words(folder, runs, "--model.reward", str(runs / "um.yaml"), "--data.augment", "false", *more)
    known[known.index("--data.images") + 1] = str(folder)
    place = known.index("--data.labels")
    return known[:place] + known[place + 2 :]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("um")
    assert main(words(write(folder / "images", SIZES), folder)) == 0
    return Run.newest(folder)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_106_a_model_in_um_predicts_and_the_table_tells_both(run: Run, tmp_path: Path) -> None:
    images = write(tmp_path / "images", {"a": 0.5, "b": None})
    out = tmp_path / "out"
    command = ["predict", str(run.best), str(images), "--output", str(out), "--table", str(out / "t.csv")]
    assert main([*command[:2], str(images / "a.ome.tif"), *command[3:]]) == 0
    rows = table(out / "t.csv")
    assert rows
    for row in rows:
        assert float(row["axis_minor_length_um"]) == pytest.approx(0.5 * float(row["axis_minor_length"]), rel=1e-6)
        assert float(row["area_um2"]) == pytest.approx(0.25 * float(row["area"]), rel=1e-6)
        assert float(row["centroid_row_um"]) == pytest.approx(0.5 * float(row["centroid_row"]), rel=1e-6)
    # one that does not say its size, and a model that was never told one
    assert main([*command, "--missing"]) == 2
    assert main([*command, "--pixel-size", "0.5"]) == 0
    assert {row["image"] for row in table(out / "t.csv")} <= {"a.ome", "b.ome", "a", "b"}


def test_106_what_fit_was_told_holds_for_all_images_and_stays_with_the_model(tmp_path: Path) -> None:
    images = write(tmp_path / "images", {"a": None, "b": None, "c": 9.0})
    assert main(words(images, tmp_path, "--trainer.max_epochs", "1", "--data.pixel_size", "0.5")) == 0
    run = Run.newest(tmp_path)
    assert main(["predict", str(run.best), str(images / "a.ome.tif"), "--output", str(tmp_path / "out")]) == 0


@pytest.mark.parametrize(
    ("sizes", "more", "says"),
    [
        ({"a": 0.5, "b": None, "c": 0.5}, (), "pixel size of b is not known"),
        ({"a": 0.5, "b": 0.5, "c": (0.5, 0.25)}, (), "pixels of c are 0.5 um high and 0.25 um wide"),
        (SIZES, ("--data.pixel_size", "-1"), "pixel size must be a positive number"),
    ],
    ids=["unknown", "uneven", "negative"],
)
def test_106_what_cannot_be_converted_is_said_before_the_run(
    sizes: dict[str, float], more: tuple[str, ...], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words(write(tmp_path / "images", sizes), tmp_path, *more)) == 2
    error = capsys.readouterr().err
    assert says in error
    assert "Traceback" not in error
    assert not (tmp_path / "tiny").exists()


def test_106_images_of_different_pixel_sizes_are_each_converted(tmp_path: Path) -> None:
    data = ImageFolder(str(write(tmp_path / "images", {"a": 0.5, "b": 0.25, "c": 1.0})), cache=str(tmp_path / "cache"))
    for _ in range(2):  # then from the cache
        data.prepare_samples("fit")
        found = {sample.name: sample.regions.pixel_size for sample in [*data.train_samples, *data.validation_samples]}
        assert {name[0]: size for name, size in found.items()} == {"a": (0.5, 0.5), "b": (0.25, 0.25), "c": (1.0, 1.0)}
        data = ImageFolder(str(tmp_path / "images"), cache=str(tmp_path / "cache"))


def test_a_pixel_size_that_changes_nothing_is_told(
    trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rules are in px, and the images of the training say nothing of their pixels."""
    tifffile.imwrite(tmp_path / "a.tif", crop(0)[0][0].astype(np.uint8))
    words = ["predict", str(trained.best), str(tmp_path / "a.tif"), "--output", str(tmp_path / "out")]
    assert main([*words, "--pixel-size", "0.5"]) == 0
    (warning,) = [line for line in capsys.readouterr().err.splitlines() if "warning" in line]
    assert "the model does not know the pixel size of its training" in warning
    assert warning.endswith("--width")
    assert decode(tmp_path / "out" / "a.tif").pixel_size == PixelSize(0.5, 0.5)
    assert main(words) == 0
    assert "warning" not in capsys.readouterr().err
