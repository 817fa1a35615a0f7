"""Checkpoints as data: read without running anything that they may contain."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rlseg.errors import RlsegError
from rlseg.models.earlier import upgrade
from rlseg.models.origin import refuse_newer
from rlseg.models.packed import NEEDED, STAMP, verified

NEEDED_TO_RESUME = ("loops", "optimizer_states", "lr_schedulers", "epoch", "global_step")
MOST_DIFFERENCES = 5
UNET = "unet."


def read_checkpoint(path: Path, policy: bool = True) -> dict[str, Any]:
    """Read a checkpoint of rlseg onto the CPU.

    Args:
        path: a file written by `rlseg fit`; or by `rlseg pretrain`, unless a policy is needed.
        policy: whether it must be one of `rlseg fit`.

    Returns:
        The checkpoint in the format of today, with at least state_dict, hyper_parameters (the module's arguments) and
        preparation.

    Raises:
        RlsegError: there is no such file, or it is not a checkpoint of rlseg.
    """
    if not path.is_file():
        raise RlsegError(f"no such checkpoint: {path}", "training writes it to runs/<experiment>/<version>/checkpoints")
    packed = verified(path)
    try:
        checkpoint = torch.load(packed, map_location="cpu", weights_only=True)
    except Exception as error:
        # torch names no common class for what it raises on files that are no checkpoints
        raise RlsegError(f"{path} is not a checkpoint ({type(error).__name__})", "give a .ckpt of rlseg fit") from error
    found = checkpoint if isinstance(checkpoint, dict) else {}
    missing = [key for key in NEEDED if not isinstance(found.get(key), dict)]
    if missing:
        raise RlsegError(
            f"{path} is not a checkpoint of rlseg: it has no {', '.join(missing)}", "give one of rlseg fit"
        )
    refuse_newer(str(path), found.get(STAMP))
    if not all(isinstance(values, Tensor) for values in found["state_dict"].values()):
        raise RlsegError(f"{path} is not a checkpoint of rlseg: not all of its weights are tensors")
    if policy and "reward_text" not in found["hyper_parameters"]:
        hint = "train from it: rlseg fit --model.features.unet.weights CHECKPOINT"
        raise RlsegError(f"{path} is a checkpoint of rlseg pretrain: it has pixel features and no policy", hint)
    return upgrade(found)


def refuse_without_training(path: Path, checkpoint: Mapping[str, Any]) -> None:
    """See that a training can go on from a checkpoint.

    Raises:
        RlsegError: it holds the networks alone.
    """
    missing = [key for key in NEEDED_TO_RESUME if key not in checkpoint]
    if missing:
        hint = "resume from the last.ckpt that training left"
        raise RlsegError(f"{path} cannot be resumed: it has no {', '.join(missing)}", hint)


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
        RlsegError: they do not fit; the first differences are named.
    """
    here = {name: tuple(values.shape) for name, values in mine.items()}
    there = {name: tuple(values.shape) for name, values in theirs.items()}
    different = [name for name in sorted(here.keys() | there.keys()) if here.get(name) != there.get(name)]
    if different:
        lines = [f"  {n}: {there.get(n, 'missing')} in it, {here.get(n, 'missing')} here" for n in different]
        shown = "\n".join(lines[:MOST_DIFFERENCES])
        count = f"{len(different)} weights differ" if len(different) > 1 else "1 weight differs"
        first = f", the first {MOST_DIFFERENCES}" if len(different) > MOST_DIFFERENCES else ""
        raise RlsegError(f"{title} does not fit these networks: {count}{first}:\n{shown}", hint)
