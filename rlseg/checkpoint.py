"""Checkpoints as data: read without running anything that they may contain."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rlseg.errors import RlsegError

NEEDED = ("state_dict", "hyper_parameters", "preparation")
UNET = "unet."


def read_checkpoint(path: Path, policy: bool = True) -> dict[str, Any]:
    """Read a checkpoint of rlseg onto the CPU.

    Args:
        path: a file written by `rlseg fit`; or by `rlseg pretrain`, unless a policy is needed.
        policy: whether it must be one of `rlseg fit`.

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
    if policy and "reward_text" not in checkpoint["hyper_parameters"]:
        hint = "train from it: rlseg fit --model.features.unet.weights CHECKPOINT"
        raise RlsegError(f"{path} is a checkpoint of rlseg pretrain: it has pixel features and no policy", hint)
    return checkpoint


def read_unet(path: Path) -> dict[str, Tensor]:
    """The weights of the pixel feature network in a checkpoint, by their names in `UNet`.

    Args:
        path: a file written by `rlseg pretrain`, or by `rlseg fit` with a UNet.

    Raises:
        RlsegError: see `read_checkpoint`; or there is no such network in it.
    """
    weights = read_checkpoint(path, policy=False)["state_dict"]
    found = {name.partition(UNET)[2]: values for name, values in weights.items() if UNET in name}
    if not found:
        raise RlsegError(f"{path} has no unet", "make one with rlseg pretrain")
    return found


def refuse_other_weights(mine: Mapping[str, Tensor], theirs: Mapping[str, Tensor], title: str, hint: str) -> None:
    """See that weights that were read fit a network.

    Args:
        mine, theirs: state dicts of the network and of the file.
        title: what the file is, for the message.
        hint: what may be the matter.

    Raises:
        RlsegError: they do not fit; the first difference is named.
    """
    here = {name: tuple(values.shape) for name, values in mine.items()}
    there = {name: tuple(values.shape) for name, values in theirs.items()}
    for name in sorted(here.keys() | there.keys()):
        if here.get(name) != there.get(name):
            found, wanted = there.get(name, "missing"), here.get(name, "missing")
            raise RlsegError(f"{title} does not fit these networks: {name} is {found} in it and {wanted} here", hint)
