"""Whole processes of two builds side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.analysis.one_process import Cost, least, run
from experiments.analysis.processes import ROOT, compare
from rlseg.errors import RlsegError


def test_a_process_costs_time_and_memory_and_uses_the_build_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "rlseg").mkdir()
    (tmp_path / "rlseg/__init__.py").write_text("MINE = 1\n", encoding="utf-8")
    cost = run(["-c", "import rlseg; rlseg.MINE; x = bytearray(50_000_000); sum(range(10**6))"], tmp_path)
    assert 0 < cost.cpu < 60
    assert cost.wall > 0
    assert cost.memory > 50
    with pytest.raises(RlsegError, match="fails with"):
        run(["-c", "import rlseg; rlseg.MINE"], ROOT)


def test_the_least_of_each_is_taken() -> None:
    assert least([Cost(1.0, 5.0, 7.0), Cost(2.0, 3.0, 8.0)]) == Cost(1.0, 3.0, 7.0)


def test_an_earlier_build_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RlsegError, match="holds no package rlseg"):
        compare(tmp_path, 1, "")
