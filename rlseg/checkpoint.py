"""Checkpoints as data: read without running anything that they may contain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from rlseg.errors import RlsegError

NEEDED = ("state_dict", "hyper_parameters", "preparation")


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint of rlseg onto the CPU.

    Args:
        path: a file written by `rlseg fit`.

    Returns:
        The checkpoint, with at least state_dict, hyper_parameters (the module's arguments) and preparation.

    Raises:
        RlsegError: there is no such file, or it is not a checkpoint of rlseg.
    """
    if not path.is_file():
        raise RlsegError(f"no such checkpoint: {path}", "training writes it to runs/<experiment>/<version>/checkpoints")
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        # torch names no common class for what it raises on files that are no checkpoints
        raise RlsegError(f"{path} is not a checkpoint ({type(error).__name__})", "give a .ckpt of rlseg fit") from error
    missing = NEEDED if not isinstance(checkpoint, dict) else [key for key in NEEDED if key not in checkpoint]
    if missing:
        raise RlsegError(
            f"{path} is not a checkpoint of rlseg: it has no {', '.join(missing)}", "give one of rlseg fit"
        )
    return checkpoint
