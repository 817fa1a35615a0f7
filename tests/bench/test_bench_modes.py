"""torch.compile, bf16 and channels_last on the networks, one thread, forward and backward: `make bench`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture
from workbench import batch, model, note

from rlseg.agent.config import UNetConfig
from rlseg.agent.unet import UNet

pytestmark = pytest.mark.bench


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def around(mode: str) -> Callable[[], AbstractContextManager[object]]:
    if "bf16" not in mode:
        return nullcontext
    return lambda: torch.autocast("cpu", torch.bfloat16)


@pytest.mark.parametrize("mode", ["as it is", "bf16", "torch.compile"])
@pytest.mark.filterwarnings("ignore")
def test_actor(benchmark: BenchmarkFixture, mode: str) -> None:
    module, four = model("policy_gradient"), batch()
    with torch.no_grad():
        state = module.state(four)
    actor = module.learner.actor
    compiled = torch.compile(actor, dynamic=True) if mode == "torch.compile" else actor
    context = around(mode)

    def step() -> None:
        with context():
            mean, std = compiled(state.nodes, state.edges, state.graph)
        (mean.float().sum() + std.float().sum()).backward()
        actor.zero_grad(set_to_none=True)

    note(benchmark, "mode: actor, four images", who=mode)
    benchmark.pedantic(step, rounds=15, warmup_rounds=3)


@pytest.mark.parametrize("mode", ["as it is", "channels_last", "bf16", "bf16 and channels_last", "torch.compile"])
@pytest.mark.filterwarnings("ignore")
def test_unet(benchmark: BenchmarkFixture, mode: str) -> None:
    torch.manual_seed(0)
    layout = torch.channels_last if "channels_last" in mode else torch.contiguous_format
    unet = UNet(1, UNetConfig(widths=(8, 16, 32))).to(memory_format=layout)
    images = torch.randn(4, 1, 256, 256).to(memory_format=layout)
    compiled = torch.compile(unet) if mode == "torch.compile" else unet
    context = around(mode)

    def step() -> None:
        with context():
            features = compiled(images)
        features.float().sum().backward()
        unet.zero_grad(set_to_none=True)

    note(benchmark, "mode: UNet 8, 16, 32, four images of 256 x 256", who=mode)
    benchmark.pedantic(step, rounds=2 if "bf16" in mode else 5, warmup_rounds=1)
