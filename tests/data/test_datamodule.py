"""Folders of images for Lightning: the split, what is optional, and every way a folder can be wrong."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tifffile
import yaml
from partitions import blobs, voronoi
from scipy import ndimage

from rlseg.data import datamodule
from rlseg.data.datamodule import ImageFolder
from rlseg.data.from_files import prepare_files
from rlseg.data.prepare import Preparation
from rlseg.data.samples import Samples
from rlseg.errors import RlsegError
from rlseg.io import read
from rlseg.io.find import KINDS
from rlseg.io.read_options import Reading

PREPARATION = Preparation(subgraph_sizes=(3,))


def write(folder: Path, count: int, channels: int = 1) -> Path:
    for name in ("images", "labels", "superpixels"):
        (folder / name).mkdir(parents=True)
    for n in range(count):
        image = blobs(n, (20, 25), channels)
        ids = voronoi(np.random.default_rng(n), (20, 25), 10)
        axes = "CYX" if channels > 1 else "YX"
        tifffile.imwrite(folder / "images" / f"{n:02}.tif", image.squeeze(), metadata={"axes": axes})
        tifffile.imwrite(folder / "labels" / f"{n:02}.tif", ndimage.label(image[0] > 400)[0].astype(np.uint16))
        tifffile.imwrite(folder / "superpixels" / f"{n:02}.tif", (3 * ids + 1).astype(np.uint16))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "data", 10)


def make(folder: Path, **settings: Any) -> ImageFolder:
    return ImageFolder(str(folder / "images"), preparation=PREPARATION, workers=2, **settings)


def run_in(data: ImageFolder, log_dir: Path | None, epoch: int = 0, rank: int = 0, world: int = 1) -> None:
    """Give the data module the part of a trainer that it looks at."""
    over = SimpleNamespace(ready=0)
    data.trainer = SimpleNamespace(  # type: ignore[assignment]
        log_dir=None if log_dir is None else str(log_dir),
        is_global_zero=rank == 0,
        current_epoch=epoch,
        fit_loop=SimpleNamespace(epoch_loop=SimpleNamespace(batch_progress=SimpleNamespace(current=over))),
        global_rank=rank,
        world_size=world,
    )


def drawn(data: ImageFolder) -> list[list[str]]:
    return [[sample.name for sample in batch.samples] for batch in data.train_dataloader()]


def flat(batches: list[list[str]]) -> list[str]:
    return [name for batch in batches for name in batch]


def test_split_is_disjoint_complete_and_fixed(folder: Path) -> None:
    data = make(folder, validation_share=0.3)
    assert len(data.validation_names) == 3
    assert sorted(data.train_names + data.validation_names) == [f"{n:02}" for n in range(10)]
    assert data.train_names == sorted(data.train_names)
    for other in (make(folder, validation_share=0.3, seed=5), make(folder, validation_share=0.3)):
        assert (other.train_names, other.validation_names) == (data.train_names, data.validation_names)
    assert make(folder, validation_share=0.3, validation_seed=1).validation_names != data.validation_names


@pytest.mark.parametrize(("share", "expected"), [(0.001, 1), (0.15, 2), (0.5, 5), (0.999, 9)])
def test_both_parts_have_an_image(folder: Path, share: float, expected: int) -> None:
    assert len(make(folder, validation_share=share).validation_names) == expected


def test_63_one_image_is_in_both_parts(tmp_path: Path) -> None:
    data = make(write(tmp_path, 1))
    data.setup("fit")
    assert data.train_names == data.validation_names == ["00"]
    assert [s.name for s in (*data.train_samples, *data.validation_samples)] == ["00", "00"]
    data = make(write(tmp_path / "two", 2), validation_share=0.15)
    assert sorted(data.train_names + data.validation_names) == ["00", "01"]


@pytest.mark.parametrize(
    ("count", "settings", "validated"),
    [(10, {}, 10), (20, {}, 20), (21, {}, 3), (10, {"validation_share": 0.15}, 2), (10, {"labels": True}, 2)],
)
def test_few_images_without_labels_are_all_validated_on(
    count: int, settings: dict[str, Any], validated: int, tmp_path: Path, caplog: Any, capsys: Any, monkeypatch: Any
) -> None:
    folder = write(tmp_path / "data", count)
    if "labels" in settings:
        settings = settings | {"labels": str(folder / "labels")}
    prepared: list[str] = []

    def count_files(files: Any, *rest: Any) -> Samples:
        prepared.extend(file.stem for file in files)
        return prepare_files(files, *rest)

    monkeypatch.setattr(datamodule, "prepare_files", count_files)
    data = make(folder, **settings)
    stems = [f"{n:02}" for n in range(count)]
    with caplog.at_level("INFO"):
        data.setup("fit")
    assert len(data.validation_names) == len(data.validation_samples) == validated
    all_of_them = validated == count
    images = "1 image" if count - validated == 1 else f"{count - validated} images"
    assert data.train_names == (stems if all_of_them else sorted({*stems} - {*data.validation_names}))
    said = caplog.text + capsys.readouterr().err
    assert (f"{count} images for training, all of them for validation as well, for they are few" in said) == all_of_them
    assert (f"{images} for training, {validated} for validation" in said) == (not all_of_them)
    assert sorted(prepared) == stems, "each is prepared once"
    if all_of_them:
        assert all(a is b for a, b in zip(data.train_samples, data.validation_samples, strict=True))


def test_what_was_validated_on_is_not_prepared_again_for_training(folder: Path) -> None:
    data = make(folder)
    data.setup("validate")
    data.setup("fit")
    assert all(a is b for a, b in zip(data.train_samples, data.validation_samples, strict=True))


def test_the_first_samples_of_a_training_are_known_before_it(folder: Path) -> None:
    data = make(folder, batch_size=2, batches_per_epoch=3)
    data.setup("fit")
    run_in(data, None)
    assert {sample.name for sample in data.first_samples(3)} == {*flat(drawn(data))}
    assert len(data.first_samples(3)) == 6


def test_split_is_saved_beside_the_run(folder: Path, tmp_path: Path) -> None:
    data = make(folder)
    run_in(data, tmp_path / "runs" / "version_0")
    data.setup("fit")
    saved = yaml.safe_load((tmp_path / "runs" / "version_0" / "split.yaml").read_text())
    assert saved == {"training": data.train_names, "validation": data.validation_names}


@pytest.mark.parametrize(("log_dir", "rank"), [(None, 0), ("runs", 1)])
def test_split_is_saved_once_and_only_with_a_folder(
    folder: Path, tmp_path: Path, log_dir: str | None, rank: int
) -> None:
    data = make(folder)
    run_in(data, None if log_dir is None else tmp_path / log_dir, rank=rank, world=2)
    data.setup("fit")
    assert not list(tmp_path.rglob("split.yaml"))


def test_each_stage_prepares_what_it_needs_once(folder: Path, tmp_path: Path) -> None:
    test = write(tmp_path / "test", 2)
    labels = str(folder / "labels")
    data = make(folder, labels=labels, test_images=str(test / "images"), test_labels=str(test / "labels"))
    data.setup("validate")
    assert [len(data.samples_of(stage)) for stage in ("fit", "validate", "test")] == [0, 2, 0]
    validation = data.validation_samples
    data.setup("fit")
    assert data.validation_samples is validation
    assert [sample.name for sample in data.train_samples] == data.train_names
    data.setup("test")
    assert [sample.name for sample in data.test_samples] == ["00", "01"]
    assert data.test_samples[0].truth is not None
    assert data.channels == 1
    train = data.train_samples
    data.setup("fit")
    assert data.train_samples is train


def test_30_labels_are_optional(folder: Path) -> None:
    share = {"validation_share": 0.15}
    without, with_labels = make(folder, **share), make(folder, labels=str(folder / "labels"), **share)
    for data in (without, with_labels):
        data.setup("validate")
    assert all(sample.truth is None for sample in without.validation_samples)
    for one, other in zip(without.validation_samples, with_labels.validation_samples, strict=True):
        assert other.truth is not None
        assert np.array_equal(one.superpixels, other.superpixels)


def test_only_named_images_bring_their_labels_to_training(folder: Path) -> None:
    labels = str(folder / "labels")
    data = make(folder, labels=labels, labelled=["03"], validation_share=0.3)
    data.setup("fit")
    assert {sample.name: sample.truth is not None for sample in data.train_samples} == {
        name: name == "03" for name in data.train_names
    }
    assert "03" not in data.validation_names
    assert len(data.validation_names) == 3
    assert all(sample.truth is not None for sample in data.validation_samples)
    every = make(folder, labels=labels, labelled=[f"{n:02}" for n in range(10)])
    assert len(every.train_names) + len(every.validation_names) == 10
    # images that are not named need no labels; a single one of them is in both parts
    for n in range(2, 10):
        (folder / "images" / f"{n:02}.tif").unlink()
    (folder / "labels" / "01.tif").unlink()
    two = make(folder, labels=labels, labelled=["00"])
    assert (two.train_names, two.validation_names) == (["00", "01"], ["01"])


def test_34_superpixels_are_used_and_renumbered(folder: Path) -> None:
    data = make(folder, superpixels=str(folder / "superpixels"))
    data.setup("validate")
    for sample in data.validation_samples:
        assert (sample.superpixels == voronoi(np.random.default_rng(int(sample.name)), (20, 25), 10)).all()


def test_batches(folder: Path) -> None:
    data = make(folder, batch_size=3, batches_per_epoch=4, labels=str(folder / "labels"))
    data.setup("fit")
    assert [len(batch) for batch in drawn(data)] == [3, 3, 3, 3]
    assert sorted(flat(drawn(data))[:8]) == data.train_names
    assert [[s.name for s in batch.samples] for batch in data.val_dataloader()] == [[n] for n in data.validation_names]
    assert drawn(data) == drawn(data)


def test_batches_follow_epoch_and_rank(folder: Path) -> None:
    data = make(folder, batch_size=2, batches_per_epoch=2, validation_share=0.15)
    data.setup("fit")
    first = drawn(data)
    run_in(data, None, epoch=1)
    assert drawn(data) != first
    parts = []
    for rank in range(2):
        run_in(data, None, rank=rank, world=2)
        parts += flat(drawn(data))
        assert len(data.val_dataloader()) == 1
    assert sorted(parts) == data.train_names  # 2 ranks x 2 batches x 2 images


def test_a_cache_is_filled_and_used(folder: Path, tmp_path: Path) -> None:
    settings = {"cache": str(tmp_path / "cache"), "labels": str(folder / "labels")}
    first, second = make(folder, **settings), make(folder, **settings)
    first.setup("fit")
    files = sorted((tmp_path / "cache").iterdir())
    assert len(files) == 10
    times = [path.stat().st_mtime_ns for path in files]
    second.setup("fit")
    assert [path.stat().st_mtime_ns for path in files] == times
    for one, other in zip(first.train_samples, second.train_samples, strict=True):
        assert np.array_equal(one.node_features, other.node_features)


@pytest.mark.parametrize(
    "settings",
    [{"validation_share": 0.0}, {"validation_share": 1.0}, {"batch_size": 0}, {"batches_per_epoch": 0}],
)
def test_numbers_that_make_no_sense(folder: Path, settings: dict[str, float]) -> None:
    with pytest.raises(RlsegError, match=rf"data\.{next(iter(settings))}"):
        make(folder, **settings)


def problem(folder: Path, stage: str = "fit", **settings: Any) -> str:
    """The one line that the user reads."""
    with pytest.raises(RlsegError) as caught:
        make(folder, **settings).setup(stage)
    assert "\n" not in caught.value.message
    return caught.value.message


def test_missing_folders_are_named(folder: Path) -> None:
    assert "nowhere" in problem(folder / "nowhere")
    for name in ("labels", "superpixels", "test_images"):
        assert "nowhere" in problem(folder, **{name: str(folder / "nowhere")})
    assert "nowhere" in problem(folder, test_images=str(folder / "images"), test_labels=str(folder / "nowhere"))


def test_empty_folders_are_named(folder: Path) -> None:
    (folder / "empty" / "images").mkdir(parents=True)
    assert f"no {KINDS} image" in problem(folder / "empty")
    (folder / "empty" / "images" / "notes.txt").write_text("no image")
    assert str(folder / "empty" / "images") in problem(folder / "empty")


def test_an_unreadable_image_is_named(folder: Path) -> None:
    for content in (b"", b"text", (folder / "images" / "04.tif").read_bytes()[:100]):
        (folder / "images" / "04.tif").write_bytes(content)
        assert "04.tif" in problem(folder)


def test_a_folder_named_like_an_image_is_no_image(folder: Path) -> None:
    (folder / "images" / "folder.tif").mkdir()
    make(folder).setup("validate")


def test_mixed_channel_counts_are_named(folder: Path, tmp_path: Path) -> None:
    two = write(tmp_path / "two", 1, channels=2)
    assert "without a common channel count" in problem(folder, "test", test_images=str(two / "images"))
    # a configuration may still name the test images of other data
    make(folder, test_images=str(two / "images")).setup("fit")
    shutil.copy(two / "images" / "00.tif", folder / "images" / "05.tif")
    message = problem(folder)
    assert "has 1" in message
    assert "05.tif has 2" in message


def test_a_label_image_that_is_missing(folder: Path) -> None:
    (folder / "labels" / "03.tif").unlink()
    assert "03.tif" in problem(folder, labels=str(folder / "labels"))


def test_testing_without_images(folder: Path) -> None:
    assert "no images to test on" in problem(folder, stage="test")


def test_intersection_without_labels(folder: Path) -> None:
    preparation = Preparation(intersect_with_truth=True)
    data = ImageFolder(str(folder / "images"), preparation=preparation, workers=2)
    with pytest.raises(RlsegError, match="has no labels"):
        data.setup("fit")


def test_images_with_labels_come_as_often_as_asked_for(folder: Path) -> None:
    def names(**settings: Any) -> tuple[list[str], set[str]]:
        data = make(folder, labels=str(folder / "labels"), batches_per_epoch=30, **settings)
        data.prepare_samples("fit")
        return flat(drawn(data)), set(data.train_names)

    known = ["00", "01"]
    often, all_names = names(labelled=known, labelled_share=0.4)
    assert set(often) == all_names
    assert sum(name in known for name in often) >= 0.39 * len(often)
    plain, _ = names()
    assert sum(name in known for name in plain) < 0.39 * len(plain)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_shares_that_make_no_sense(folder: Path, share: float) -> None:
    with pytest.raises(RlsegError, match="labelled_share must be between 0 and 1"):
        make(folder, labelled_share=share)


def test_8_images_without_a_sub_graph_are_left_out_and_counted(
    folder: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("00", "03", "05"):
        halves = np.repeat([[1, 2]], [10, 15], axis=1).repeat(20, 0).astype(np.uint16)
        tifffile.imwrite(folder / "superpixels" / f"{name}.tif", halves)
    data = make(folder, superpixels=str(folder / "superpixels"), validation_share=0.1)
    few = [name for name in data.train_names if name in ("00", "03", "05")]
    with caplog.at_level("INFO"):
        data.setup("fit")
    assert few
    assert [sample.name for sample in data.train_samples] == [name for name in data.train_names if name not in few]
    said = f" image{'s' if len(few) > 1 else ''} with less than 3 pairs of neighbouring superpixels: "
    assert said + ", ".join(few) in caplog.text + capsys.readouterr().err
    for file in (folder / "superpixels").iterdir():
        tifffile.imwrite(file, halves)
    with pytest.raises(RlsegError, match="no training image has 3 pairs of neighbouring superpixels"):
        make(folder, superpixels=str(folder / "superpixels")).setup("fit")


def test_11_12_16_17_images_can_be_read_with_settings(tmp_path: Path) -> None:
    folder = write(tmp_path / "data", 3)
    plain = make(folder)
    plain.setup("validate")
    for file in (folder / "images").iterdir():
        image = tifffile.imread(file).astype(np.float32)
        image[0, 0] = np.nan
        tifffile.imwrite(file, np.stack([image * 0, image]), photometric="minisblack")
    with pytest.raises(RlsegError, match="does not say which one is the channel"):
        make(folder).setup("validate")
    data = make(folder, reading=Reading(axes="CYX", channel=1, nan="fill"))
    with pytest.warns(UserWarning, match="1 values that are NaN or infinite; filled"):
        data.setup("validate")
    assert data.channels == plain.channels == 1
    for one, other in zip(plain.validation_samples, data.validation_samples, strict=True):
        np.testing.assert_allclose(one.image[:, 1:], other.image[:, 1:], atol=0.05)


@pytest.mark.parametrize(("world", "cache", "said"), [(2, False, True), (2, True, False), (1, False, False)])
def test_92_several_processes_without_a_cache_are_told(
    folder: Path, tmp_path: Path, world: int, cache: bool, said: bool, caplog: Any, capsys: Any
) -> None:
    data = make(folder, cache=str(tmp_path / "cache") if cache else None)
    run_in(data, None, world=world)
    with caplog.at_level("INFO"):
        data.setup("fit")
    line = "each of the 2 processes has prepared all images; with data.cache one prepares them for all"
    assert (line in caplog.text + capsys.readouterr().err) == said


def test_gray_images_are_decoded_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[str] = []

    def count(path: Path, *rest: Any, **more: Any) -> Any:
        decoded.append(path.name)
        return decode(path, *rest, **more)

    decode = read.decode
    monkeypatch.setattr(read, "decode", count)
    data = make(folder)
    data.prepare_samples("fit")
    assert sorted(decoded) == sorted(file.image.name for file in data.files)


def test_96_97_patterns_and_what_is_left_out(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    mixed = tmp_path / "mixed"
    for kind, after in (("images", ""), ("labels", "_mask")):
        for path in (folder / kind).glob("0[0-3].tif"):
            place = mixed / ("one" if path.stem < "02" else "two") / f"{path.stem}{after}.tif"
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place)
    with caplog.at_level("INFO"):
        data = ImageFolder(str(mixed / "**" / "*.tif"), str(mixed / "**" / "*_mask.tif"), preparation=PREPARATION)
    assert [file.stem for file in data.files] == ["one/00", "one/01", "two/02", "two/03"]
    assert (caplog.text + capsys.readouterr().err).count("warning: ") >= 2  # for each folder
    data.setup("fit")
    assert all(sample.truth is not None for sample in (*data.train_samples, *data.validation_samples))
