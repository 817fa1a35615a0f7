import copy

import pytest
import torch
from torch import nn

from rlseg.agent.target import call_frozen, polyak_update


def test_the_slow_copy_moves_by_tau():
    fast, slow = nn.Linear(3, 2), nn.Linear(3, 2)
    before = copy.deepcopy(slow)
    polyak_update(slow, fast, 0.25)
    for new, old, goal in zip(slow.parameters(), before.parameters(), fast.parameters(), strict=True):
        torch.testing.assert_close(new, 0.75 * old + 0.25 * goal)
    polyak_update(slow, fast, 1.0)
    assert all(torch.equal(a, b) for a, b in zip(slow.parameters(), fast.parameters(), strict=True))


def test_buffers_are_copied():
    fast, slow = nn.BatchNorm1d(2), nn.BatchNorm1d(2)
    fast(torch.randn(10, 2))
    polyak_update(slow, fast, 0.1)
    assert torch.equal(slow.running_mean, fast.running_mean)
    assert slow.num_batches_tracked == 1


def test_different_networks_are_refused():
    with pytest.raises(ValueError, match="zip"):
        polyak_update(nn.Linear(2, 2), nn.Linear(2, 2, bias=False), 0.5)


def test_a_frozen_call_gives_gradients_to_the_input_only():
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    x = torch.randn(5, 3, requires_grad=True)
    out = call_frozen(net, x)
    assert torch.equal(out, net(x))
    out.sum().backward()
    assert x.grad.abs().sum() > 0
    assert all(p.grad is None and p.requires_grad for p in net.parameters())
