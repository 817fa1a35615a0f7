"""`rlseg predict` as users call it."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
from nuclei import SIZE, Run
from PIL import Image
from skimage.measure import regionprops

from rlseg.__main__ import main
from rlseg.graph.batch import collate
from rlseg.io.read import read_image
from rlseg.prediction.predictor import Predictor
from rlseg.rewards.reward import Reward
from rlseg.training.module import SegmentationModule


@pytest.fixture(scope="module")
def predicted(folder: Path, trained: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Labels, overlays and the table of all images."""
    out = tmp_path_factory.mktemp("predicted")
    words = ["predict", str(trained.best), str(folder / "images"), "--output", str(out / "labels")]
    assert main([*words, "--overlay", "--table", str(out / "tables" / "objects.csv")]) == 0
    return out


def test_every_image_gets_labels_of_its_name_and_size(predicted: Path, folder: Path) -> None:
    stems = {path.stem for path in (folder / "images").iterdir()}
    assert {path.name for path in (predicted / "labels").iterdir()} == {
        f"{stem}{suffix}" for stem in stems for suffix in (".tif", ".png")
    }
    counts = []
    for stem in stems:
        with tifffile.TiffFile(predicted / "labels" / f"{stem}.tif") as tiff:
            labels = tiff.asarray()
            assert tiff.pages[0].compression.name == "ADOBE_DEFLATE"
        assert labels.shape == (SIZE, SIZE)
        assert labels.dtype == np.uint8
        assert sorted(set(labels.ravel())) == list(range(labels.max() + 1))
        counts.append(int(labels.max()))
        with Image.open(predicted / "labels" / f"{stem}.png") as picture:
            assert (picture.width, picture.height) == (2 * SIZE, 2 * SIZE)
    # after twelve steps a crowded crop may still be one background
    assert sum(count >= 1 for count in counts) >= len(stems) - 1


def test_labels_are_those_of_the_module(predicted: Path, folder: Path, trained: Run) -> None:
    predictor = Predictor(trained.best)
    module = SegmentationModule.load_from_checkpoint(trained.best, map_location="cpu").eval()
    for path in sorted((folder / "images").iterdir()):
        stored = tifffile.imread(predicted / "labels" / f"{path.stem}.tif")
        sample = predictor.preparation(read_image(path, 1).pixels, path.stem)
        np.testing.assert_array_equal(stored, module.segment(collate([sample]))[0].labels)
        np.testing.assert_array_equal(stored, predictor(read_image(path).pixels, path.stem).labels)


def test_the_table_has_a_line_for_every_object_with_the_descriptors_of_the_reward_file(
    predicted: Path, folder: Path, reward: Reward
) -> None:
    with (predicted / "tables" / "objects.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    terms = reward.file.rewards["foreground"].terms.values()
    properties = {term.property for term in terms if term.kind == "descriptor"}
    assert {"image", "label", "centroid_row", "centroid_col", "area", "reward"} | properties <= set(rows[0])
    for path in (folder / "images").iterdir():
        labels = tifffile.imread(predicted / "labels" / f"{path.stem}.tif").astype(np.int32)
        mine = [row for row in rows if row["image"] == path.stem]
        assert [int(row["label"]) for row in mine] == list(range(1, labels.max() + 1))
        for row, region in zip(mine, regionprops(labels), strict=True):
            assert float(row["area"]) == region.area
            assert float(row["centroid_row"]) == pytest.approx(region.centroid[0])
            assert float(row["centroid_col"]) == pytest.approx(region.centroid[1])
            assert 0 <= float(row["reward"]) <= 1
            if "eccentricity" in properties:
                assert float(row["eccentricity"]) == pytest.approx(region.eccentricity, abs=1e-6)


def test_single_files_of_any_size_and_kind(folder: Path, trained: Run, tmp_path: Path) -> None:
    pixels = read_image(sorted((folder / "images").iterdir())[0]).pixels[0]
    given = tmp_path / "a.tiff"
    tifffile.imwrite(given, (pixels[:70, :50] * 37 + 500).astype(np.uint16))
    colour = tmp_path / "b.png"
    Image.fromarray(np.stack([pixels.astype(np.uint8)] * 3, -1)).save(colour)  # gray, stored in colour
    assert main(["predict", str(trained.best), str(given), str(colour), "--output", str(tmp_path / "out")]) == 0
    assert tifffile.imread(tmp_path / "out" / "a.tif").shape == (70, 50)
    assert tifffile.imread(tmp_path / "out" / "b.tif").shape == (SIZE, SIZE)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.tif", "b.tif"]


def test_2_an_image_without_anything_on_it(trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tifffile.imwrite(tmp_path / "dark.tif", np.full((64, 64), 7, np.uint16))
    words = ["predict", str(trained.best), str(tmp_path / "dark.tif"), "--output", str(tmp_path / "out")]
    assert main([*words, "--overlay", "--table", str(tmp_path / "objects.csv")]) == 0
    assert not tifffile.imread(tmp_path / "out" / "dark.tif").any()
    assert len((tmp_path / "objects.csv").read_text().splitlines()) == 1
    (warning,) = [line for line in capsys.readouterr().err.splitlines() if "warning" in line]
    assert warning == "rlseg: warning: dark: there is nothing on the image, all of its values are 7"


def test_20_the_others_are_done_when_one_image_cannot_be_used(
    folder: Path, trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = sorted((folder / "images").iterdir())[0]
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n nothing more")
    colour = np.random.default_rng(0).integers(0, 255, (3, 40, 40), dtype=np.uint8)
    tifffile.imwrite(tmp_path / "colour.tif", colour, metadata={"axes": "CYX"}, photometric="minisblack")
    given = [str(tmp_path / "bad.png"), str(good), str(tmp_path / "colour.tif")]
    words = ["predict", str(trained.best), *given, "--output", str(tmp_path / "out"), "--overlay"]
    assert main([*words, "--table", str(tmp_path / "out" / "objects.csv")]) == 2
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        *sorted([f"{good.stem}.png", f"{good.stem}.tif", "objects.csv"])
    ]
    captured = capsys.readouterr()
    errors = [line for line in captured.err.splitlines() if line.startswith("rlseg: error: ")]
    assert len(errors) == 2
    assert "bad.png" in errors[0]
    assert "colour.tif has 3 channels, 1 expected" in errors[1]
    assert "1 of 3 images segmented" in captured.out


def test_nothing_is_written_when_no_image_can_be_used(
    trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.png").write_bytes(b"")
    words = ["predict", str(trained.best), str(tmp_path / "bad.png"), "--output", str(tmp_path / "out")]
    assert main([*words, "--table", str(tmp_path / "out" / "o.csv")]) == 2
    assert not (tmp_path / "out").exists()
    assert "bad.png" in capsys.readouterr().err


WRONG = {
    "no image": ("{run}", "{tmp}/none.png", "--output", "{tmp}/out"),
    "no folder": ("{run}", "{tmp}/nowhere", "--output", "{tmp}/out"),
    "empty folder": ("{run}", "{tmp}/empty", "--output", "{tmp}/out"),
    "output is a file": ("{run}", "{images}", "--output", "{tmp}/file"),
    "output below a file": ("{run}", "{images}", "--output", "{tmp}/file/out"),
    "table is a folder": ("{run}", "{images}", "--output", "{tmp}/out", "--table", "{tmp}/empty"),
    "output replaces images": ("{run}", "{images}", "--output", "{images}", "--overlay"),
    "no checkpoint": ("{tmp}/none.ckpt", "{images}", "--output", "{tmp}/out"),
    "text as checkpoint": ("{tmp}/file", "{images}", "--output", "{tmp}/out"),
    "folder as checkpoint": ("{tmp}/empty", "{images}", "--output", "{tmp}/out"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_done_is_said_in_one_line(
    name: str, folder: Path, trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("hello")
    places = {"run": trained.best, "tmp": tmp_path, "images": folder / "images"}
    before = {path: path.read_bytes() for root in (folder, tmp_path) for path in root.rglob("*") if path.is_file()}
    assert main(["predict", *(word.format(**places) for word in WRONG[name])]) == 2
    after = {path: path.read_bytes() for root in (folder, tmp_path) for path in root.rglob("*") if path.is_file()}
    assert after == before
    assert not (tmp_path / "out").exists()
    said = capsys.readouterr().err
    assert "Traceback" not in said
    errors = [line for line in said.splitlines() if not line.startswith("  hint")]
    assert all(line.startswith("rlseg: error: ") for line in errors)
    assert len(errors) == 1


def test_wrong_command_lines(trained: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict"]) == 2
    assert main(["predict", str(trained.best), "x.png"]) == 2
    assert "--output" in capsys.readouterr().err


def test_a_gpu_that_is_not_there_is_said(
    folder: Path, trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    words = ["predict", str(trained.best), str(folder / "images"), "--output", str(tmp_path / "out")]
    assert main([*words, "--device", "cuda"]) == 2
    assert "no GPU" in capsys.readouterr().err


def test_a_failure_while_writing_leaves_no_labels(
    folder: Path, trained: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The label image stands for a finished image, so it comes last."""
    from rlseg import pictures
    from rlseg.errors import RlsegError

    def full(*_: object, **__: object) -> None:
        raise RlsegError("disk full")

    monkeypatch.setattr(pictures, "write_overlay", full)
    given = str(sorted((folder / "images").iterdir())[0])
    assert main(["predict", str(trained.best), given, "--output", str(tmp_path / "out"), "--overlay"]) == 2
    assert not list((tmp_path / "out").iterdir())
    assert "torch" in sys.modules
