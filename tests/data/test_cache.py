"""Prepared samples on disk: equal when read back, never half written, remade when damaged."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from dataclasses import fields
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from partitions import blobs, same_proposals

from rlseg.data.cache import cache_key, load_sample, save_sample
from rlseg.data.prepare import Preparation
from rlseg.errors import RlsegError
from rlseg.graph.sample import Sample
from rlseg.regions import RegionStatistics


@pytest.fixture(scope="module")
def sample() -> Sample:
    truth = (blobs(0)[0] > 400).astype(np.int32)
    return Preparation(subgraph_sizes=(4, 9, 10**6))(blobs(0), "cells", truth)


def same(one: Sample, other: Sample) -> None:
    same_proposals(one.regions.proposals, other.regions.proposals)
    for field in fields(RegionStatistics):
        if field.name == "proposals":
            continue
        a, b = np.asarray(getattr(one.regions, field.name)), np.asarray(getattr(other.regions, field.name))
        assert a.dtype == b.dtype
        assert np.array_equal(a, b), field.name
    assert one.name == other.name
    assert list(one.subgraphs) == list(other.subgraphs)
    for k in one.subgraphs:
        assert np.array_equal(one.subgraphs[k], other.subgraphs[k])
        assert one.subgraphs[k].shape == other.subgraphs[k].shape
    for name in ("image", "node_features", "edge_features", "level", "guide", "truth"):
        a, b = getattr(one, name), getattr(other, name)
        assert (a is None) == (b is None)
        assert a is None or (a.dtype == b.dtype and np.array_equal(a, b)), name


def test_round_trip(sample: Sample, tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "key.npz"
    save_sample(path, sample)
    read = load_sample(path, "cells")
    assert read is not None
    same(read, sample)
    assert isinstance(read.regions.level_channel, int)
    assert [p.name for p in path.parent.iterdir()] == ["key.npz"]


def test_the_name_is_that_of_the_file_that_is_read(sample: Sample, tmp_path: Path) -> None:
    """Two equal images share a cache file, not a name."""
    save_sample(tmp_path / "key.npz", sample)
    read = load_sample(tmp_path / "key.npz", "other")
    assert read is not None
    assert read.name == "other"


def test_round_trip_without_truth(tmp_path: Path) -> None:
    sample = Preparation()(blobs(1))
    save_sample(tmp_path / "key.npz", sample)
    read = load_sample(tmp_path / "key.npz", "")
    assert read is not None
    same(read, sample)


@pytest.mark.parametrize("pixels", [blobs(1), np.full((1, 9, 7), 3.0, np.float32)], ids=["blobs", "nothing to see"])
def test_round_trip_of_what_is_proposed(pixels: np.ndarray, tmp_path: Path) -> None:
    """With segments, with views that show none, and where nobody has looked."""
    for settings_ in (Preparation(), Preparation(proposals=None)):
        sample = settings_(pixels)
        save_sample(tmp_path / "key.npz", sample)
        read = load_sample(tmp_path / "key.npz", "")
        assert read is not None
        same(read, sample)
        known = read.regions.proposals
        assert (known is None) == (settings_.proposals is None)
        assert known is None or type(known.views) is int
        assert known is None or known.views == 18


def test_a_missing_file_is_none(tmp_path: Path) -> None:
    assert load_sample(tmp_path / "none.npz", "") is None
    assert load_sample(tmp_path, "") is None


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_files_are_none_or_unharmed(sample: Sample, tmp_path: Path, data: st.DataObject) -> None:
    """Bytes cut off, replaced anywhere or at the directory of the archive: never an exception, never wrong numbers."""
    path = tmp_path / "key.npz"
    save_sample(path, sample)
    content = bytearray(path.read_bytes())
    kind = data.draw(st.sampled_from(["cut", "byte", "end", "garbage"]))
    if kind == "cut":
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    elif kind == "garbage":
        content = bytearray(data.draw(st.binary(max_size=300)))
    else:
        first = 0 if kind == "byte" else len(content) - 3000
        for _ in range(data.draw(st.integers(1, 4))):
            content[data.draw(st.integers(first, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    read = load_sample(path, "cells")
    if read is not None:
        same(read, sample)


def test_a_file_with_too_little_in_it_is_none(sample: Sample, tmp_path: Path) -> None:
    path = tmp_path / "key.npz"
    np.savez(path, image=sample.image)
    assert load_sample(path, "") is None
    np.savez(path, image=np.array([{"a": 1}], dtype=object))  # a pickle is never opened
    assert load_sample(path, "") is None


def test_keys_know_the_settings_and_the_content_of_the_files(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(b"1")
    two.write_bytes(b"2")
    calls = [
        ("a", one, None, None),
        ("b", one, None, None),
        ("a", two, None, None),
        ("a", one, two, None),
        ("a", one, None, two),
        ("a", two, one, None),
        ("a", one, one, None),
    ]
    keys = [cache_key(*call) for call in calls]
    assert len(set(keys)) == len(keys)
    assert keys == [cache_key(*call) for call in calls]
    two.write_bytes(b"1")
    assert cache_key("a", two, None, None) == keys[0]  # the name does not matter
    assert Preparation().model_dump_json() != Preparation(seed=1).model_dump_json()


def test_keys_of_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(RlsegError, match=r"cannot read .*gone"):
        cache_key("", tmp_path / "gone")


def test_a_failed_write_leaves_nothing(sample: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_sample(tmp_path / "key.npz", sample)
    before = (tmp_path / "key.npz").read_bytes()

    def full(file: object, **arrays: object) -> None:
        file.write(b"half")  # type: ignore[attr-defined]
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(RlsegError, match="No space left"):
        save_sample(tmp_path / "key.npz", sample)
    assert [p.name for p in tmp_path.iterdir()] == ["key.npz"]
    assert (tmp_path / "key.npz").read_bytes() == before


def test_a_file_in_place_of_the_folder(sample: Sample, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("not a folder")
    with pytest.raises(RlsegError, match="cannot write the cache folder"):
        save_sample(tmp_path / "cache" / "key.npz", sample)


def _write_many(path: Path, seed: int) -> None:
    sample = Preparation(subgraph_sizes=(3,))(blobs(seed, (30, 30)))
    for _ in range(30):
        save_sample(path, sample)


def _read_meanwhile(path: Path, writers: Sequence[Thread | BaseProcess]) -> None:
    """A reader finds one of the two whole samples at any time, and one file is left."""
    allowed = [Preparation(subgraph_sizes=(3,))(blobs(seed, (30, 30))) for seed in (1, 2)]
    for writer in writers:
        writer.start()
    seen = 0
    while any(writer.is_alive() for writer in writers):
        if path.exists():
            read = load_sample(path, "")
            assert read is not None
            same(read, next(s for s in allowed if np.array_equal(s.image, read.image)))
            seen += 1
    for writer in writers:
        writer.join()
    assert seen > 0
    assert [p.name for p in path.parent.iterdir()] == ["key.npz"]


def test_two_threads_may_write_one_key(tmp_path: Path) -> None:
    path = tmp_path / "key.npz"
    _read_meanwhile(path, [Thread(target=_write_many, args=(path, seed)) for seed in (1, 2)])


@pytest.mark.slow
def test_two_processes_may_write_one_key(tmp_path: Path) -> None:
    path = tmp_path / "key.npz"
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_write_many, args=(path, seed)) for seed in (1, 2)]
    _read_meanwhile(path, writers)
    assert [writer.exitcode for writer in writers] == [0, 0]


def test_a_damaged_name_is_noticed(sample: Sample, tmp_path: Path) -> None:
    """In the directory of the archive a name has no checksum; without it the truth, or a size, would be missing."""
    path = tmp_path / "key.npz"
    for name in (b"truth.npy", b"subgraphs.4.npy", b"subgraphs.9.npy"):
        save_sample(path, sample)
        content = path.read_bytes()
        assert content.count(name) == 2
        path.write_bytes(content.replace(name, b"x" + name[1:]))
        assert load_sample(path, "cells") is None
