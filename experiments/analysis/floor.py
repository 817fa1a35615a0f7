"""How fast a stage could be at most, and what a pixel and an object add to its time."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np
import torch
from scipy.optimize import nnls

LARGE = 256 * 2**20


def bytes_of(*things: Any) -> int:
    """Of all arrays and tensors in things, each counted once; what reads or makes them moves at least so many.

    Args:
        things: arrays, tensors, networks (their weights), paths of files, and dataclasses, sequences and mappings of
            those. Anything else counts nothing.
    """
    return sum({id(found): size for found, size in _arrays(things)}.values())


def _arrays(thing: Any) -> list[tuple[Any, int]]:
    if isinstance(thing, np.ndarray | torch.Tensor):
        return [(thing, thing.nbytes)]
    if isinstance(thing, torch.nn.Module):
        return _arrays(list(thing.parameters()))
    if hasattr(thing, "stat"):
        return [(thing, thing.stat().st_size)]
    if is_dataclass(thing):
        return _arrays([getattr(thing, field.name) for field in fields(thing)])
    if isinstance(thing, Mapping):
        return _arrays(list(thing.values()))
    if isinstance(thing, Sequence) and not isinstance(thing, str | bytes):
        return [found for one in thing for found in _arrays(one)]
    return []


def bandwidth(rounds: int = 7) -> float:
    """Bytes a second that one core of this machine reads and writes, both counted, while it copies a large array."""
    source, target = np.ones(LARGE // 8), np.zeros(LARGE // 8)
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        np.copyto(target, source)
        seconds.append(time.perf_counter() - began)
    return 2 * source.nbytes / min(seconds)


@dataclass(frozen=True)
class Growth:
    """What a stage costs: `constant` ms, and ns for each pixel, and µs for each object; never less than nothing.

    Attributes:
        error: the largest share by which a measured time differs from that.
    """

    constant: float
    pixel: float
    object: float
    error: float


def growth_of(pixels: Sequence[int], objects: Sequence[int], ms: Sequence[float]) -> Growth:
    """Least squares of the shares by which times differ, so that small images count as much as large ones.

    Args:
        pixels, objects, ms: of each image; both numbers must vary on their own.
    """
    times = np.asarray(ms, float)
    columns = np.stack([np.ones(len(times)), 1e-6 * np.asarray(pixels), 1e-3 * np.asarray(objects)], 1)
    found = nnls(columns / times[:, None], np.ones(len(times)))[0]
    return Growth(*map(float, found), float(np.abs(columns @ found / times - 1).max()))
