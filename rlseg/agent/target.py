"""The slow copy of a network, and calls that leave a network's parameters without gradients."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.func import functional_call


@torch.no_grad()
def polyak_update(slow: nn.Module, fast: nn.Module, tau: float) -> None:
    """slow <- (1 - tau) slow + tau fast for every parameter; buffers are copied.

    Args:
        slow: copy of `fast`, changed in place.
        fast: the trained network.
        tau: in (0, 1]; 1 copies.

    Raises:
        ValueError: if the two have different parameters.
    """
    for slow_parameter, parameter in zip(slow.parameters(), fast.parameters(), strict=True):
        slow_parameter.lerp_(parameter, tau)
    for slow_buffer, buffer in zip(slow.buffers(), fast.buffers(), strict=True):
        slow_buffer.copy_(buffer)


def call_frozen(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
    """module(*args, **kwargs) with gradients to the arguments but not to the module's parameters.

    The actor's loss passes through the critic without teaching it, so that the losses of critic, actor and
    temperature reach disjoint parameters and one backward of their sum is exact.
    """
    constants = {name: parameter.detach() for name, parameter in module.named_parameters()}
    return functional_call(module, constants, args, kwargs)
