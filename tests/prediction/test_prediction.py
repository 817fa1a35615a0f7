"""`rlseg predict` on many and on large images: what is done stays done, and tiles are no matter to the user."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from nuclei import Run
from PIL import Image

from rlseg.__main__ import main
from rlseg.commands import predict
from rlseg.io.read import read_image
from rlseg.prediction.predictor import Predictor
from rlseg.prediction.tiling.workers import Threads, WorkersLostError


def words(trained: Run, images: Path, out: Path) -> list[str]:
    table = str(out / "objects.csv")
    return ["predict", str(trained.best), str(images), "--output", str(out / "labels"), "--table", table]


@pytest.fixture(scope="module")
def whole(folder: Path, trained: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole")
    assert main(words(trained, folder / "images", out)) == 0
    return out


def content(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in [*(out / "labels").iterdir(), out / "objects.csv"]}


def test_73_after_an_interruption_only_what_is_missing_is_done(
    folder: Path, trained: Run, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    segment = Predictor.__call__

    def two_then_ctrl_c(self: Predictor, raw: np.ndarray, name: str = "", size: object = None) -> object:
        if len(seen) == 2:
            raise KeyboardInterrupt
        seen.append(name)
        return segment(self, raw, name, size)

    monkeypatch.setattr(Predictor, "__call__", two_then_ctrl_c)
    assert main(words(trained, folder / "images", tmp_path)) == 130
    assert {path.stem for path in (tmp_path / "labels").iterdir()} == set(seen)
    first = list(seen)

    def count(self: Predictor, raw: np.ndarray, name: str = "", size: object = None) -> object:
        seen.append(name)
        return segment(self, raw, name, size)

    monkeypatch.setattr(Predictor, "__call__", count)
    assert main([*words(trained, folder / "images", tmp_path), "--missing"]) == 0
    names = sorted(path.stem for path in (folder / "images").iterdir())
    with_objects = [name for name in first if tifffile.imread(tmp_path / "labels" / f"{name}.tif").any()]
    assert sorted(set(seen[2:])) == sorted(set(names) - set(with_objects))
    assert content(tmp_path) == content(whole)


def test_73_a_table_of_something_else_is_not_replaced(
    folder: Path, trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "objects.csv").write_text("my,notes\n1,2\n")
    assert main([*words(trained, folder / "images", tmp_path), "--missing"]) == 2
    assert "is no table of objects" in capsys.readouterr().err
    assert (tmp_path / "objects.csv").read_text() == "my,notes\n1,2\n"


def test_72_large_images_are_tiled_by_themselves(folder: Path, trained: Run, whole: Path, tmp_path: Path) -> None:
    """Two images side by side, each seen by tiles that are smaller than it."""
    names = sorted((folder / "images").iterdir())[:2]
    pixels = np.concatenate([read_image(path).pixels[0].astype(np.uint8) for path in names] * 2, axis=1)
    tifffile.imwrite(tmp_path / "wide.tif", pixels)
    tiled, plain = tmp_path / "tiled", tmp_path / "plain"
    large = words(trained, tmp_path / "wide.tif", tiled)
    assert main([*large, "--tile", "64", "--overlay", "--format", "tiff", "--format", "rois"]) == 0
    assert main([*words(trained, tmp_path / "wide.tif", plain), "--tile", "0"]) == 0
    one, other = (tifffile.imread(out / "labels" / "wide.tif") for out in (tiled, plain))
    assert one.shape == other.shape == pixels.shape
    assert (one > 0).mean() == pytest.approx((other > 0).mean(), rel=0.1)
    header, *rows = (tiled / "objects.csv").read_text().splitlines()
    assert header == (plain / "objects.csv").read_text().splitlines()[0]
    assert len(rows) == one.max() > 0
    with Image.open(tiled / "labels" / "wide.png") as picture:
        assert (picture.height, picture.width) == pixels.shape
    assert (tiled / "labels" / "wide.rois.zip").is_file()


def test_90_after_a_worker_has_ended_what_is_done_stays_and_missing_goes_on(
    folder: Path, trained: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three images that are looked at in tiles; the workers end within the second."""
    images = tmp_path / "images"
    images.mkdir()
    for number, path in enumerate(sorted((folder / "images").iterdir())[1:4]):
        wide = np.concatenate([read_image(path).pixels[0].astype(np.uint8)] * 4, axis=1)
        tifffile.imwrite(images / f"{number}.tif", wide)
    first = tmp_path / "labels" / "0.tif"

    class Ending(Threads):
        def map(self, function: Any, jobs: Any) -> Any:
            if first.exists():
                raise WorkersLostError("a worker has ended", "go on with --missing")
            return super().map(function, jobs)

    monkeypatch.setattr(predict, "Threads", Ending)
    line = [*words(trained, images, tmp_path), "--tile", "64"]
    assert main(line) == 2
    said = capsys.readouterr().err
    assert said.endswith("rlseg: error: a worker has ended\n  hint: go on with --missing\n")
    assert said.count("error") == 1
    assert [path.name for path in (tmp_path / "labels").iterdir()] == ["0.tif"]
    moment, rows = first.stat().st_mtime_ns, (tmp_path / "objects.csv").read_text()
    monkeypatch.setattr(predict, "Threads", Threads)
    assert main([*line, "--missing"]) == 0
    assert {path.name for path in (tmp_path / "labels").iterdir()} == {"0.tif", "1.tif", "2.tif"}
    assert first.stat().st_mtime_ns == moment
    assert (tmp_path / "objects.csv").read_text().startswith(rows)


@pytest.mark.parametrize(
    ("option", "said"), [(["--tile", "50"], "--tile: "), (["--dask", "tcp://127.0.0.1:9"], "no Dask scheduler")]
)
def test_what_cannot_be_done_is_said(
    option: list[str], said: str, folder: Path, trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words(trained, folder / "images", tmp_path), *option]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "labels").exists()
