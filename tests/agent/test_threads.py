"""Threads of torch."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import nn

from rlseg.agent.threads import spare_threads

LAYERS, CONVOLUTIONS = nn.Sequential(nn.Linear(2, 2)), nn.Sequential(nn.Sequential(nn.Conv2d(1, 1, 3)))


@pytest.fixture(autouse=True)
def _two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("module", "wish", "threads"),
    [(LAYERS, None, 1), (CONVOLUTIONS, None, 2), (LAYERS, "2", 2), (CONVOLUTIONS, "2", 2)],
)
def test_small_networks_get_one_thread(
    module: nn.Module, wish: str | None, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if wish is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", wish)
    spare_threads(module)
    assert torch.get_num_threads() == threads
