"""Files to samples, alone and in threads, with and without cache."""

from __future__ import annotations

import pickle
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from filelock import FileLock
from partitions import blobs, voronoi
from scipy import ndimage

from rlseg.data import cache as storage
from rlseg.data import from_files as module
from rlseg.data.datamodule import ImageFolder
from rlseg.data.from_files import prepare_files
from rlseg.data.prepare import Preparation
from rlseg.data.samples import Samples
from rlseg.errors import RlsegError
from rlseg.graph.sample import Sample
from rlseg.io.find import ImageFile, find_images

PREPARATION = Preparation(subgraph_sizes=(3,))


def write(folder: Path, count: int, shape: tuple[int, int] = (24, 30)) -> tuple[ImageFile, ...]:
    """Images, labels and superpixels under folder/."""
    for name in ("images", "labels", "superpixels"):
        (folder / name).mkdir()
    for n in range(count):
        image = blobs(n, shape)[0]
        ids = voronoi(np.random.default_rng(n), shape, 12)
        tifffile.imwrite(folder / "images" / f"{n:02}.tif", image)
        tifffile.imwrite(folder / "labels" / f"{n:02}.tif", ndimage.label(image > 400)[0].astype(np.uint16))
        tifffile.imwrite(folder / "superpixels" / f"{n:02}.tif", (7 * ids + 2).astype(np.uint16))
    return find_images(folder / "images", folder / "labels")


def same(one: Sample, other: Sample) -> bool:
    arrays = ("image", "superpixels", "node_features", "edge_features", "level", "guide", "truth")
    return one.name == other.name and all(np.array_equal(getattr(one, a), getattr(other, a)) for a in arrays)


def prepare_file(file: ImageFile, preparation: Preparation, **more: Any) -> Sample:
    (sample,) = prepare_files([file], preparation, **more)
    return sample


@pytest.mark.parametrize("count", [1, 3, 10])
def test_threads_give_the_same_samples_in_the_same_order(tmp_path: Path, count: int) -> None:
    files = write(tmp_path, count)
    alone = prepare_files(files, PREPARATION, workers=1)
    assert [sample.name for sample in alone] == [f"{n:02}" for n in range(count)]
    for workers in (2, 4):
        for one, other in zip(alone, prepare_files(files, PREPARATION, workers=workers), strict=True):
            assert same(one, other)
    assert same(alone[0], prepare_file(files[0], PREPARATION))
    assert len(prepare_files([], PREPARATION)) == 0


def test_two_workers_are_two_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both must be at work at once to get past the barrier."""
    meeting = threading.Barrier(2)
    prepare = module._prepare

    def meet(file: ImageFile, *rest: object) -> Sample:
        meeting.wait(timeout=20)
        return prepare(file, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_prepare", meet)
    assert len(prepare_files(write(tmp_path, 4), PREPARATION, workers=2)) == 4


@pytest.mark.parametrize("workers", [1, 2])
def test_the_first_bad_file_is_reported_and_the_rest_is_not_tried(
    tmp_path: Path, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = write(tmp_path, 30)
    for number in (2, 9):
        files[number].image.write_bytes(b"II*\0 not an image")
    tried = []
    prepare = module._prepare

    def count(file: ImageFile, *rest: object) -> Sample:
        tried.append(file.stem)
        return prepare(file, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_prepare", count)
    with pytest.raises(RlsegError, match=r"02\.tif") as caught:
        prepare_files(files, PREPARATION, workers=workers)
    assert caught.value.hint
    assert "\n" not in caught.value.message
    assert len(tried) < 30


def test_the_error_survives_pickling() -> None:
    """As it does when a distributed run hands it to the parent process."""
    for error in (RlsegError("a line", "a hint"), RlsegError("a line")):
        copy = pickle.loads(pickle.dumps(error))
        assert type(copy) is RlsegError
        assert (copy.message, copy.hint, str(copy)) == (error.message, error.hint, str(error))


def test_labels_and_superpixels_are_used(tmp_path: Path) -> None:
    write(tmp_path, 2)
    files = find_images(tmp_path / "images", tmp_path / "labels", tmp_path / "superpixels")
    sample = prepare_file(files[1], PREPARATION)
    assert (sample.superpixels == voronoi(np.random.default_rng(1), (24, 30), 12)).all()
    assert np.array_equal(sample.truth, (blobs(1, (24, 30))[0] > 400).astype(np.int32))
    assert prepare_file(find_images(tmp_path / "images")[0], PREPARATION).truth is None


@pytest.mark.parametrize("kind", ["labels", "superpixels"])
def test_31_labels_and_superpixels_of_another_shape(tmp_path: Path, kind: str) -> None:
    write(tmp_path, 1)
    tifffile.imwrite(tmp_path / kind / "00.tif", np.zeros((24, 31), np.uint16))
    files = find_images(tmp_path / "images", tmp_path / "labels", tmp_path / "superpixels")
    for cache in (None, tmp_path / "cache"):
        with pytest.raises(RlsegError, match=rf"{kind}.*00\.tif has shape"):
            prepare_file(files[0], PREPARATION, cache=cache)
    assert not list((tmp_path / "cache").iterdir())


@pytest.mark.parametrize("kind", ["images", "labels", "superpixels"])
def test_a_file_that_vanishes(tmp_path: Path, kind: str) -> None:
    write(tmp_path, 1)
    files = find_images(tmp_path / "images", tmp_path / "labels", tmp_path / "superpixels")
    (tmp_path / kind / "00.tif").unlink()
    for cache in (None, tmp_path / "cache"):
        with pytest.raises(RlsegError, match=rf"cannot read .*{kind}.*00\.tif"):
            prepare_file(files[0], PREPARATION, cache=cache)


def test_intersection_needs_labels(tmp_path: Path) -> None:
    write(tmp_path, 1)
    preparation = Preparation(intersect_with_truth=True)
    with pytest.raises(RlsegError, match=r"00\.tif has no labels") as caught:
        prepare_file(find_images(tmp_path / "images")[0], preparation)
    assert caught.value.hint
    assert prepare_file(find_images(tmp_path / "images", tmp_path / "labels")[0], preparation).truth is not None


def test_65_nothing_goes_on_after_an_error(tmp_path: Path) -> None:
    """A bar left to the garbage collector can be closed in the middle of the next one, and both wait for ever."""
    files = write(tmp_path, 2)
    files[0].image.unlink()
    before = threading.active_count()
    with pytest.raises(RlsegError) as caught:
        prepare_files(files, PREPARATION, workers=2)
    assert caught.value.__traceback__ is not None  # it holds on to every frame, and to what those hold
    deadline = time.monotonic() + 5  # the thread that redraws the bar sleeps between two looks
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert threading.active_count() == before


@pytest.mark.parametrize("raised", [MemoryError(), SystemExit(3), ZeroDivisionError("of a plugin")])
def test_65_a_thread_that_dies_ends_the_preparation(
    tmp_path: Path, raised: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = write(tmp_path, 6)
    prepare = module._prepare

    def die(file: ImageFile, *rest: object) -> Sample:
        if file.stem == "02":
            raise raised
        return prepare(file, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_prepare", die)
    expected = RlsegError if isinstance(raised, MemoryError) else type(raised)
    with pytest.raises(expected) as caught:
        prepare_files(files, PREPARATION, workers=2)
    if isinstance(raised, MemoryError):
        assert f"not enough to prepare {files[2].image}" in str(caught.value)


def test_65_no_process_loads_data_that_could_be_killed(tmp_path: Path) -> None:
    data = ImageFolder(str(write(tmp_path, 4)[0].image.parent), preparation=PREPARATION)
    data.prepare_samples("fit")
    assert data.train_dataloader().num_workers == data.val_dataloader().num_workers == 0


def test_the_cache_is_read_instead_of_preparing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files, cache = write(tmp_path, 3), tmp_path / "cache"
    fresh = prepare_files(files, PREPARATION, cache=cache, workers=2)
    assert len(list(cache.iterdir())) == 3
    calls = []
    monkeypatch.setattr(module, "save_sample", lambda path, sample, images: calls.append(path.stem))
    for one, other in zip(fresh, prepare_files(files, PREPARATION, cache=cache), strict=True):
        assert same(one, other)
    assert not calls
    # other settings, another number of channels, other pixels, other labels: made anew
    prepare_file(files[0], Preparation(subgraph_sizes=(4,)), cache=cache)
    prepare_file(files[0], Preparation(subgraph_sizes=(3,), subgraph_overlap=1), cache=cache)
    prepare_file(files[0], PREPARATION, channels=1, cache=cache)
    tifffile.imwrite(files[1].image, blobs(9, (24, 30))[0])
    assert not same(prepare_file(files[1], PREPARATION, cache=cache), fresh[1])
    assert files[2].labels is not None
    tifffile.imwrite(files[2].labels, np.zeros((24, 30), np.uint16))
    assert prepare_file(files[2], PREPARATION, cache=cache).truth is not None
    assert len(set(calls)) == 5
    assert not {path.stem for path in cache.iterdir()} & set(calls)


@pytest.mark.parametrize("content", [b"", b"garbage", None], ids=["empty", "garbage", "half"])
def test_a_damaged_cache_file_is_remade(tmp_path: Path, content: bytes | None) -> None:
    files, cache = write(tmp_path, 1), tmp_path / "cache"
    fresh = prepare_file(files[0], PREPARATION, cache=cache)
    (path,) = cache.iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if content is None else content)
    with pytest.warns(UserWarning, match=rf"{path.name} is damaged: .*00\.tif is prepared again"):
        assert same(prepare_file(files[0], PREPARATION, cache=cache), fresh)
    assert path.stat().st_size == len(whole)
    assert list(cache.iterdir()) == [path]


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The images that were prepared, not read from the cache, in order; each takes a moment."""
    found: list[str] = []
    prepare = module._prepare

    def count(file: ImageFile, *rest: object) -> Sample:
        found.append(file.stem)
        time.sleep(0.02)
        return prepare(file, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_prepare", count)
    return found


def at_once(files: tuple[ImageFile, ...], cache: Path, count: int) -> list[Samples]:
    """What several trainings that start at the same time get."""
    with ThreadPoolExecutor(count) as pool:
        jobs = [pool.submit(prepare_files, files, PREPARATION, cache=cache, workers=w + 1) for w in range(count)]
        return [job.result() for job in jobs]


@pytest.mark.filterwarnings("ignore:.* is damaged:UserWarning")
@pytest.mark.parametrize("left", [None, "a file", "a lock"])
def test_92_of_several_that_start_at_once_one_prepares_each_image(
    tmp_path: Path, prepared: list[str], left: str | None
) -> None:
    files, cache = write(tmp_path, 5), tmp_path / "cache"
    alone = prepare_files(files, PREPARATION, cache=tmp_path / "alone")
    names = sorted(path.name for path in (tmp_path / "alone").iterdir())
    prepared.clear()
    if left == "a file":  # of a process that was killed in the middle
        cache.mkdir()
        for name in names:
            (cache / name).write_bytes(b"half")
    if left == "a lock":  # its lock has ended with it
        cache.mkdir()
        for name in names:
            (cache / name).with_suffix(".lock").touch()
    found = at_once(files, cache, 3)
    assert sorted(prepared) == [file.stem for file in files]
    assert all(same(one, other) for samples in found for one, other in zip(alone, samples, strict=True))
    assert sorted(path.name for path in cache.iterdir()) == names


@pytest.mark.parametrize("error", [NotImplementedError(), OSError(37, "No locks available"), PermissionError(13, "no")])
def test_92_where_nothing_can_be_locked_each_prepares_for_itself(
    tmp_path: Path, prepared: list[str], error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(lock: FileLock, **_: object) -> None:
        raise error

    monkeypatch.setattr(FileLock, "acquire", fail)
    files, cache = write(tmp_path, 2), tmp_path / "cache"
    found = at_once(files, cache, 2)
    assert set(prepared) == {"00", "01"}
    assert all(same(one, other) for one, other in zip(*found, strict=True))
    assert len(list(cache.iterdir())) == 2


def test_92_nobody_waits_for_ever(tmp_path: Path, prepared: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    files, cache = write(tmp_path, 1), tmp_path / "cache"
    prepare_files(files, PREPARATION, cache=cache)
    (path,) = cache.iterdir()
    path.unlink()
    prepared.clear()
    monkeypatch.setattr(storage, "LONGEST_WAIT", 0.2)
    with FileLock(path.with_suffix(".lock")):  # of a process that hangs
        began = time.monotonic()
        assert len(prepare_files(files, PREPARATION, cache=cache)) == 1
        assert 0.2 <= time.monotonic() - began < 20
    assert prepared == ["00"]


def test_92_what_one_cannot_prepare_the_others_report_as_well(tmp_path: Path, prepared: list[str]) -> None:
    files, cache = write(tmp_path, 3), tmp_path / "cache"
    files[1].image.write_bytes(b"II*\0 not an image")
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(prepare_files, files, PREPARATION, cache=cache) for _ in range(2)]
        messages = [str(job.exception()) for job in jobs]
    assert all("01.tif" in message for message in messages)
    assert not [path for path in cache.iterdir() if path.suffix == ".lock"]
