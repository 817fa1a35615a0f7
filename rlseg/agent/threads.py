"""How many threads torch shares a small network out to."""

from __future__ import annotations

import os

import torch
from torch import nn


def spare_threads(module: nn.Module) -> None:
    """Let torch use one thread for networks without convolutions, unless OMP_NUM_THREADS says how many.

    The layers over graphs are so small that sharing them out costs more than it brings; with other work on the machine
    the threads wait for each other, and a prediction takes twice as long or more. Convolutions of a UNet gain.

    Args:
        module: all networks that will run in this process.
    """
    if "OMP_NUM_THREADS" not in os.environ and not any(isinstance(part, nn.Conv2d) for part in module.modules()):
        torch.set_num_threads(1)
