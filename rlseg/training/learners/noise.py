"""Noise of a step: nothing is stored, so a resumed run draws the same."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def standard_normal(shape: tuple[int, ...], generator: torch.Generator, like: Tensor) -> Tensor:
    """Standard normal numbers from a CPU generator, on the device of `like`: the same on every kind of device."""
    return torch.randn(shape, generator=generator).to(like.device)


def step_noise(seed: int, rank: int, number: int) -> torch.Generator:
    """Noise of one step on one process, from (seed, rank, number of the step)."""
    state = np.random.SeedSequence([seed, rank, number]).generate_state(2, np.uint32)
    return torch.Generator().manual_seed(int(state[0]) << 31 | int(state[1]) >> 1)
