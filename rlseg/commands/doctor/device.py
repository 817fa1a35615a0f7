"""Where networks would run, and why not somewhere better."""

from __future__ import annotations

import os

import torch

from rlseg.commands.doctor.line import Line


def device_lines() -> list[Line]:
    """The device that `auto` stands for, threads, and what pools pixel features."""
    from torch_geometric.typing import WITH_TORCH_SCATTER  # takes a second

    threads = f"{torch.get_num_threads()} of torch, {_cores()} cores; OMP_NUM_THREADS is "
    scatter = "torch-scatter" if WITH_TORCH_SCATTER else "torch (rlseg[scatter] would bring torch-scatter)"
    return [
        Line("device", _device()),
        Line("threads", threads + os.environ.get("OMP_NUM_THREADS", "not set")),
        Line("pixel pooling by", scatter),
    ]


def _device() -> str:
    if torch.cuda.is_available():
        properties = torch.cuda.get_device_properties(0)
        return f"cuda, {torch.cuda.device_count()} x {properties.name}, {properties.total_memory / 2**30:.0f} GiB each"
    if torch.version.cuda is None and torch.version.hip is None:
        reason = "this torch was built without CUDA"
    elif os.environ.get("CUDA_VISIBLE_DEVICES") is not None:
        reason = f"torch finds no GPU; CUDA_VISIBLE_DEVICES is {os.environ['CUDA_VISIBLE_DEVICES']!r}"
    else:
        reason = "torch finds no GPU: there is none, or its driver does not work (see nvidia-smi)"
    return f"cpu; {reason}"


def _cores() -> int:
    # those that this process may use, which a cluster or container can limit
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
