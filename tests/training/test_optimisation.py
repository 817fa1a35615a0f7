"""Steps of several optimisers that are all made or all left out."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
import torch
from nuclei import digest
from torch import nn
from torch.optim import SGD, Adam, Optimizer

from rlseg.errors import RlsegError
from rlseg.training.optimisation import KEPT_EVERY, PATIENCE, GuardedOptimisation

GOOD = {"one": 1.0, "two": 2.0}


class Bench:
    """Two parameters, an optimiser for each, a buffer, and gradients as wanted."""

    def __init__(self, clip: float = 100.0) -> None:
        self.network = nn.Module()
        self.network.one = nn.Parameter(torch.zeros(3))
        self.network.two = nn.Parameter(torch.zeros(2))
        self.network.register_buffer("mean", torch.zeros(1))
        self.optimizers: dict[str, Optimizer] = {"one": Adam([self.network.one]), "two": SGD([self.network.two])}
        self.guard = GuardedOptimisation(clip)

    def step(self, gradients: dict[str, float] = GOOD, agreed: bool = True) -> dict[str, float]:
        for name, value in gradients.items():
            getattr(self.network, name).grad = torch.full_like(getattr(self.network, name), value)
        rates = {"one": 0.1, "two": 0.2}
        return self.guard.step([self.network], self.optimizers, rates, lambda mine: mine and agreed)

    def steps(self, count: int, bad: Iterable[int] = ()) -> None:
        for number in range(count):
            self.step({"one": float("nan"), "two": 1.0} if number in bad else GOOD)

    def state(self) -> str:
        return digest([self.network.state_dict(), [o.state_dict()["state"] for o in self.optimizers.values()]])


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("which", ["one", "two"])
def test_58_one_optimiser_whose_gradient_is_no_number_holds_all_back(bad: float, which: str) -> None:
    bench = Bench()
    bench.step()
    before = bench.state()
    scalars = bench.step(GOOD | {which: bad})
    assert bench.state() == before
    assert scalars["gradient_norm/skipped"] == 1
    assert scalars["learning_rate/one"] == 0.1
    assert bench.step()["gradient_norm/skipped"] == 1
    assert bench.state() != before


def test_58_67_what_another_process_leaves_out_is_left_out_here() -> None:
    bench = Bench()
    before = bench.state()
    assert bench.step(agreed=False)["gradient_norm/skipped"] == 1
    assert bench.state() == before


def test_58_ten_in_a_row_go_back_to_an_earlier_state_and_halve_the_rates() -> None:
    bench = Bench()
    bench.steps(KEPT_EVERY)
    there = bench.state()
    bench.steps(KEPT_EVERY + 7)
    with torch.no_grad():
        bench.network.mean.fill_(float("nan"))
    bench.steps(PATIENCE - 1, bad=range(PATIENCE))
    assert bench.state() != there
    bench.steps(1, bad=[0])
    assert bench.state() == there
    scalars = bench.step()
    assert scalars["learning_rate/one"] == 0.05
    assert scalars["learning_rate/two"] == 0.1
    assert scalars["gradient_norm/skipped"] == PATIENCE


def test_58_nine_in_a_row_change_nothing_however_often() -> None:
    bench = Bench()
    for _ in range(5):
        bench.steps(PATIENCE, bad=range(PATIENCE - 1))
    assert bench.step()["learning_rate/one"] == 0.1
    assert bench.guard.skipped == 5 * (PATIENCE - 1)


@pytest.mark.parametrize("resumed", [False, True])
def test_58_the_second_time_is_an_error(resumed: bool) -> None:
    bench = Bench()
    bench.steps(PATIENCE, bad=range(PATIENCE))
    bench.steps(200)
    if resumed:
        state = bench.guard.state_dict()
        bench.guard = GuardedOptimisation(100.0)
        bench.guard.load_state_dict(state)
    with pytest.raises(RlsegError, match="the training has diverged: 10 updates in a row are not finite, again"):
        bench.steps(PATIENCE, bad=range(PATIENCE))


def test_gradients_are_clipped_for_each_optimiser() -> None:
    bench = Bench(clip=1.0)
    scalars = bench.step({"one": 10.0, "two": 0.1})
    assert scalars["gradient_norm/one"] == pytest.approx(300**0.5)
    assert bench.network.one.grad.norm() == pytest.approx(1, abs=1e-4)
    assert bench.network.two.grad.tolist() == pytest.approx([0.1, 0.1])
