"""Samples of which only some are in memory: the same ones, in bounded memory, whatever happens to their files."""

from __future__ import annotations

import shutil
import weakref
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from filelock import FileLock
from partitions import blobs

from rlseg.data import from_files as module
from rlseg.data.from_files import prepare_files
from rlseg.data.prepare import Preparation
from rlseg.data.samples import Item, Kept, Room, Samples
from rlseg.data.stream import EvaluationStream, TrainingStream
from rlseg.errors import RlsegError
from rlseg.graph.sample import Sample, SampleFacts
from rlseg.io.find import ImageFile, find_images

PREPARATION = Preparation(subgraph_sizes=(3,))
ONE = PREPARATION(blobs(0, (12, 17)), "one", np.ones((12, 17), np.int32))


@pytest.fixture
def files(tmp_path: Path) -> tuple[ImageFile, ...]:
    (tmp_path / "images").mkdir()
    for n in range(6):
        tifffile.imwrite(tmp_path / "images" / f"{n}.tif", blobs(n, (24, 30))[0])
    return find_images(tmp_path / "images")


def same(one: Sample, other: Sample) -> bool:
    arrays = ("image", "superpixels", "node_features", "edge_features", "level", "guide")
    return one.name == other.name and all(np.array_equal(getattr(one, a), getattr(other, a)) for a in arrays)


def test_facts_are_those_of_the_sample() -> None:
    facts = SampleFacts.of(ONE)
    assert facts == SampleFacts("one", (12, 17), (0.0, 0.0), ONE.regions.num_nodes, {3: len(ONE.subgraphs[3])}, True)
    assert not SampleFacts.of(replace(ONE, truth=None)).labelled


def test_samples_are_chosen_without_having_them_in_memory() -> None:
    def refuse() -> Sample:
        raise AssertionError("was read")

    facts = [replace(SampleFacts.of(ONE), name=name, labelled=name < "c") for name in "abcab"]
    samples = Samples(Item(known, refuse) for known in facts)
    assert [known.name for known in samples.once().facts] == ["a", "b", "c"]
    assert [known.name for known in samples[1:3].facts] == ["b", "c"]
    assert len(samples.where(lambda known: known.labelled)) == 4
    assert len(EvaluationStream(samples, 1, 2)) == 2
    assert [known.name for known in TrainingStream(samples, 2, 1, lambda: (0, 0)).first(9).facts] == ["a", "b", "c"]
    bare = samples.items[0].without_truth()
    assert not bare.facts.labelled
    assert samples.items[2].without_truth() is samples.items[2]
    with pytest.raises(AssertionError, match="was read"):
        bare.get()


def test_samples_are_a_sequence() -> None:
    two = Samples.of([ONE, replace(ONE, name="two", truth=None)])
    assert [sample.name for sample in two] == ["one", "two"]
    assert two[0] is ONE
    assert [sample.name for sample in two.named(["two", "one", "two"])] == ["two", "one", "two"]
    bare = two.items[0].without_truth().get()
    assert bare.truth is None
    assert bare.regions is ONE.regions, "what was measured of one is known of the other"


def test_what_comes_first_stays_in_memory() -> None:
    read: list[int] = []

    def reader(number: int) -> Kept:
        return Kept(room, lambda: read.append(number) or replace(ONE, name=str(number)))  # type: ignore[func-returns-value]

    room = Room(int(2.6 * ONE.nbytes))
    kept = [reader(number) for number in range(3)]
    for _ in range(3):
        names = [get().name for get in kept]
        assert names == ["0", "1", "2"]
    assert read == [0, 1, 2, 2, 2]
    assert kept[0]() is kept[0]()
    assert Kept(Room(0), lambda: replace(ONE), ONE)() is not ONE


@pytest.mark.parametrize("cached", [True, False])
@pytest.mark.parametrize("share", [0.0, 0.5, 2.0])
def test_109_samples_are_the_same_whether_they_stay_in_memory_or_not(
    files: tuple[ImageFile, ...], tmp_path: Path, cached: bool, share: float
) -> None:
    whole = prepare_files(files, PREPARATION)
    room = Room(int(share * sum(1.25 * sample.nbytes for sample in whole)))
    samples = prepare_files(files, PREPARATION, cache=tmp_path / "cache" if cached else None, room=room)
    assert samples.facts == whole.facts
    for _ in range(2):
        assert all(same(one, other) for one, other in zip(whole, samples, strict=True))
    in_memory = sum(samples[n] is samples[n] for n in range(6))
    assert in_memory == 6 if share == 2 else in_memory == 0 if share == 0 else 0 < in_memory < 6


@pytest.mark.parametrize("cached", [True, False])
def test_109_prepared_samples_do_not_pile_up(
    files: tuple[ImageFile, ...], tmp_path: Path, cached: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[weakref.ref[Sample]] = []
    alive: list[int] = []
    prepare = module._prepare

    def watch(file: ImageFile, how: module._How) -> Sample:
        alive.append(sum(one() is not None for one in made))
        sample = prepare(file, how)
        made.append(weakref.ref(sample))
        return sample

    monkeypatch.setattr(module, "_prepare", watch)
    prepare_files(files, PREPARATION, cache=tmp_path / "cache" if cached else None, workers=2, room=Room(0))
    assert len(made) == 6
    assert max(alive) <= 2, "each of two threads may hold one"
    assert not any(one() for one in made)


def test_110_files_of_the_cache_may_go_while_a_training_runs(files: tuple[ImageFile, ...], tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    whole = prepare_files(files, PREPARATION)
    samples = prepare_files(files, PREPARATION, cache=cache, room=Room(0))
    shutil.rmtree(cache)
    assert all(same(one, other) for one, other in zip(whole, samples, strict=True))
    assert len(list(cache.iterdir())) == 6
    for path in cache.iterdir():
        path.write_bytes(path.read_bytes()[:-100])
    with pytest.warns(UserWarning, match=r"is damaged: .*tif is prepared again"):
        assert same(samples[3], whole[3])
    tifffile.imwrite(files[2].image, blobs(9, (24, 30))[0])
    with pytest.raises(RlsegError, match=r"2\.tif has changed since the training began"):
        samples[2]


def test_a_cache_that_cannot_be_written_is_read(
    files: tuple[ImageFile, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(30, "Read-only file system")

    whole = prepare_files(files[:5], PREPARATION, cache=tmp_path / "cache")
    monkeypatch.setattr("tempfile.mkstemp", refuse)
    monkeypatch.setattr(Path, "mkdir", refuse)
    monkeypatch.setattr(FileLock, "acquire", refuse)
    again = prepare_files(files[:5], PREPARATION, cache=tmp_path / "cache", room=Room(0))
    assert all(same(one, other) for one, other in zip(whole, again, strict=True))
    with pytest.raises(RlsegError, match=r"cannot write the cache folder .*: Read-only file system"):
        prepare_files(files, PREPARATION, cache=tmp_path / "cache")


@pytest.mark.parametrize("number", [28, 122])
def test_54_a_full_disk_is_told_with_what_is_needed(
    files: tuple[ImageFile, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(number, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(RlsegError, match=r"cannot write the cache folder .*cache: No space left") as caught:
        prepare_files(files, PREPARATION, cache=tmp_path / "cache")
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("6 images like this one need ")
    assert " MB are free; name another folder" in caught.value.hint


def test_what_is_prepared_stays_after_an_interruption(
    files: tuple[ImageFile, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare = module._prepare
    made: list[str] = []

    def interrupt(file: ImageFile, how: module._How) -> Sample:
        if len(made) == 3:
            raise KeyboardInterrupt
        made.append(file.stem)
        return prepare(file, how)

    monkeypatch.setattr(module, "_prepare", interrupt)
    with pytest.raises(KeyboardInterrupt):
        prepare_files(files, PREPARATION, cache=tmp_path / "cache")
    assert made == ["0", "1", "2"]
    prepare_files(files[:3], PREPARATION, cache=tmp_path / "cache")
    assert made == ["0", "1", "2"], "nothing of it is prepared again"
