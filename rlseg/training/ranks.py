"""What the processes of a distributed run tell each other, besides gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import torch
from lightning.pytorch import Trainer

from rlseg.training.evaluation import ImageResult

T = TypeVar("T")


def agree(trainer: Trainer, mine: bool) -> bool:
    """Whether something is true in all processes; each of them must ask."""
    if trainer.world_size == 1:
        return mine
    # Lightning's reduce_boolean_decision also waits at a barrier, and this is asked in every step
    answer = torch.tensor(int(mine), device=trainer.strategy.root_device)
    torch.distributed.all_reduce(answer, torch.distributed.ReduceOp.MIN)
    return bool(answer)


def mean_over_ranks(trainer: Trainer, mine: Mapping[str, float]) -> dict[str, float]:
    """Each scalar's mean over the processes that have it; all of them must ask."""
    if trainer.world_size == 1:
        return dict(mine)
    parts: list[Any] = [None] * trainer.world_size
    torch.distributed.all_gather_object(parts, dict(mine))
    names = dict.fromkeys(name for part in parts for name in part)
    found = {name: [part[name] for part in parts if name in part] for name in names}
    return {name: sum(values) / len(values) for name, values in found.items()}


def join_over_ranks(trainer: Trainer, mine: Mapping[str, T]) -> dict[str, T]:
    """What all processes have, together; all of them must ask. Of the same names that of the first counts."""
    if trainer.world_size == 1:
        return dict(mine)
    parts: list[Any] = [None] * trainer.world_size
    torch.distributed.all_gather_object(parts, dict(mine))
    return {name: value for part in reversed(parts) for name, value in part.items()}


def memory_of_ranks(trainer: Trainer, mine: dict[str, Any]) -> dict[str, Any]:
    """What a checkpoint keeps of the memories of all processes, which must all ask. One process keeps its own as it is.

    Args:
        trainer: of all processes.
        mine: plain values; empty in all processes or in none.
    """
    if not mine or trainer.world_size == 1:
        return mine
    parts: list[Any] = [None] * trainer.world_size
    torch.distributed.all_gather_object(parts, mine)
    return {"ranks": parts}


def memory_of_rank(kept: Mapping[str, Any], rank: int) -> dict[str, Any]:
    """The memory of one process in what `memory_of_ranks` gave, also of a training with another number of processes."""
    parts = kept.get("ranks", [kept])
    return dict(parts[rank % len(parts)])


def gather_results(trainer: Trainer, mine: Sequence[ImageResult]) -> list[ImageResult]:
    """The results of all processes, sorted by name; an image that two processes were given counts once."""
    if trainer.world_size == 1:
        return list(mine)
    parts: list[Any] = [None] * trainer.world_size
    torch.distributed.all_gather_object(parts, list(mine))
    once = {result.name: result for part in parts for result in part}
    return [once[name] for name in sorted(once)]
