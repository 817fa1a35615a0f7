"""A temporary file for samples: without a name, whole, and told about when the disk is full."""

from __future__ import annotations

import io
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from partitions import blobs

from rlseg.data.prepare import Preparation
from rlseg.data.spill import Spill
from rlseg.errors import RlsegError
from rlseg.graph.sample import Sample


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return [Preparation(subgraph_sizes=(3,))(blobs(n, (20, 21 + n)), str(n)) for n in range(5)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_samples_come_back_in_any_order_and_no_file_is_seen(samples: list[Sample], folder: Path) -> None:
    spill = Spill()
    with ThreadPoolExecutor(3) as pool:
        reads = [*pool.map(lambda sample: spill.write(sample, 5), samples * 2)]
        again = [*pool.map(lambda read: read(), reversed(reads))]
    for one, other in zip(reversed(samples * 2), again, strict=True):
        assert one.name == other.name
        assert np.array_equal(one.image, other.image)
        assert np.array_equal(one.regions.crack_points, other.regions.crack_points)
    assert not list(folder.iterdir()), "it would be left if the process was killed"


def test_a_fork_writes_into_a_file_of_its_own(
    samples: list[Sample], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spill = Spill()
    reads = [spill.write(samples[0], 5)]
    monkeypatch.setattr(os, "getpid", lambda: 1)
    reads += [spill.write(samples[1], 5), spill.write(samples[2], 5)]
    assert [read().name for read in reads] == ["0", "1", "2"]
    assert len(spill._files) == 2


class Full(io.BytesIO):
    def write(self, _: object) -> int:
        raise OSError(28, "No space left on device")

    def close(self) -> None:
        super().close()
        raise OSError(28, "No space left on device")  # what was buffered


def test_54_a_disk_too_full_for_samples_is_told_with_what_is_needed(
    samples: list[Sample], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", Full)
    with pytest.raises(RlsegError, match=f"cannot write temporary files in {folder}: No space left") as caught:
        Spill().write(samples[0], 1000)
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("1000 images like this one need ")
    assert caught.value.hint.endswith(" MB are free; name a folder that has room with --data.cache or TMPDIR")


def test_a_damaged_file_is_no_other_sample(samples: list[Sample], folder: Path) -> None:
    spill = Spill()
    read = spill.write(replace(samples[0], name="plate/7"), 1)
    (file,) = spill._files
    file.seek(2000)
    file.write(b"x" * 2000)
    file.flush()
    with pytest.raises(RlsegError, match=r"the temporary file of plate/7 in .* is damaged"):
        read()
