"""What waits in temporary files comes back as it was, and a disk that is full is one error."""

from __future__ import annotations

import errno
import tempfile
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from experiments.drawings.volumes import draw_volume
from rlseg.data import Preparation
from rlseg.errors import RlsegError
from rlseg.prediction.tiling import gathering
from rlseg.prediction.tiling.aside import ArrayAside, Shelf, in_memory
from rlseg.prediction.tiling.context import measure_pixels
from rlseg.prediction.tiling.gathering import Gathered, gather
from rlseg.prediction.tiling.part import Seam
from rlseg.prediction.tiling.tiles import Tiling
from rlseg.prediction.tiling.workers import Threads

PREPARATION = Preparation.model_validate(
    {"volume": True, "plane_distance": 3, "superpixels": {"kind": "level_sets", "merge_cost": 1.0}}
)


def test_an_array_is_read_and_written_by_slices() -> None:
    values = np.random.default_rng(0).random((5, 6, 7)).astype(np.float16)
    aside = ArrayAside(values.shape, values.dtype)
    assert not aside[:].any()
    aside[1:4, 2:, :5] = values[1:4, 2:, :5]
    expected = np.zeros_like(values)
    expected[1:4, 2:, :5] = values[1:4, 2:, :5]
    assert aside[:].dtype == np.float16
    assert np.array_equal(aside[:], expected)
    assert np.array_equal(aside[2, 3:, 1:3], expected[2, 3:, 1:3])
    assert (len(aside), aside.shape) == (5, (5, 6, 7))
    assert all(np.array_equal(plane, of_array) for plane, of_array in zip(aside, expected, strict=True))
    found = ArrayAside.of(values)[2:]
    found[:] = 0  # a copy
    assert np.array_equal(ArrayAside.of(values)[:], values)


def test_an_array_of_nothing() -> None:
    aside = ArrayAside.of(np.empty((0, 3), np.float32))
    assert aside[:].shape == (0, 3)
    assert list(aside) == []


def test_tables_come_back_as_often_as_they_are_asked_for() -> None:
    rng = np.random.default_rng(1)
    first = Seam(rng.random((2, 2, 9)), rng.integers(0, 9, (3, 2, 9)).astype(np.int32))
    shelf = Shelf()
    one, other = shelf.put((first, None, "names")), shelf.put(rng.random((4, 0)))
    last = shelf.put(np.arange(12).reshape(3, 4).T)  # not contiguous
    for _ in range(2):
        seam, nothing, names = one()
        assert np.array_equal(seam.maps, first.maps)
        assert np.array_equal(seam.groups, first.groups)
        assert seam.groups.dtype == np.int32
        assert (nothing, names, other().shape) == (None, "names", (4, 0))
        assert np.array_equal(last(), np.arange(12).reshape(3, 4).T)


def test_a_full_disk_is_one_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def write(self, values: Any) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        def seek(self, *place: int) -> int:
            return 0

        def close(self) -> None:
            pass

    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: Full())
    with pytest.raises(RlsegError, match=r"temporary files in .*: No space left") as error:
        ArrayAside((2, 2), np.float32)
    assert "TMPDIR" in str(error.value)
    with pytest.raises(RlsegError, match="No space left"):
        Shelf().put(np.ones(3))


def gathered(raw: np.ndarray) -> Gathered:
    spacing = PREPARATION.spacing(None)
    tiles = Tiling(side=64, voxels=40_000).grid(raw.shape[1:], spacing=spacing)
    assert len(tiles) >= 2
    context = measure_pixels(raw, tiles, PREPARATION, PREPARATION.normalisation.limits(raw))
    return gather(raw, tiles, PREPARATION, context, Threads(1))


def test_a_volume_whose_tables_wait_in_files_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = draw_volume(3, 3, (20, 40, 100)).image.astype(np.float32)
    found = gathered(raw)
    assert isinstance(found.relief.above, ArrayAside)
    assert isinstance(found.sums.edge_sum, ArrayAside)

    class Here:
        put = staticmethod(in_memory)

    class Array:
        def __new__(cls, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
            return np.zeros(shape, dtype)

    monkeypatch.setattr(gathering, "Shelf", Here)
    monkeypatch.setattr(gathering, "ArrayAside", Array)
    expected = gathered(raw)
    assert isinstance(expected.sums.edge_sum, np.ndarray)
    assert found.proposals is not None
    for one, other in (
        (found.sums, expected.sums),
        (found.relief, expected.relief),
        (found.proposals, expected.proposals),
    ):
        for field in fields(one):
            mine, theirs = getattr(one, field.name), getattr(other, field.name)
            assert np.array_equal(mine[:] if isinstance(mine, ArrayAside) else mine, theirs), field.name
