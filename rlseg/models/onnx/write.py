"""The files of a model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rlseg.agent import ActorConfig, FeatureConfig
from rlseg.errors import RlsegError
from rlseg.io import atomic, make_folder
from rlseg.models.onnx.build import import_onnx
from rlseg.models.onnx.pixels import pixel_network
from rlseg.models.onnx.policy import policy_network
from rlseg.models.origin import version

PIXELS, POLICY = "pixels.onnx", "policy.onnx"
_UNET = "networks.unet."


def refuse_onnx(content: Mapping[str, Any]) -> None:
    """See that a model can be written.

    Args:
        content: a checkpoint as `read_checkpoint` gives it.

    Raises:
        RlsegError: the package onnx is missing, or the network on pixels is one of volumes.
    """
    import_onnx()
    settings = content["hyper_parameters"]
    # checkpoints of before know images alone
    if settings["features"]["unet"] is not None and settings["columns"].get("dimensions", 2) == 3:
        raise RlsegError(
            "a pixel network of volumes cannot be written as ONNX: how it pools follows from how far planes are apart",
            "use rlseg predict, or train without model.features.unet",
        )


def write_onnx(content: Mapping[str, Any], folder: Path) -> tuple[Path, ...]:
    """Write the networks that a prediction asks: the one on the graph of superpixels and, if there is one, on pixels.

    The critic, which a prediction asks for the column q alone, is not among them.

    Args:
        content: a checkpoint as `read_checkpoint` gives it.
        folder: made if needed.

    Returns:
        The files.

    Raises:
        RlsegError: they cannot be written, or see `refuse_onnx`.
    """
    refuse_onnx(content)
    settings = content["hyper_parameters"]
    features = FeatureConfig.model_validate(settings["features"])
    actor = ActorConfig.model_validate(settings["actor"])
    columns = settings["columns"]
    weights = {name: np.asarray(values) for name, values in content["state_dict"].items()}
    notes = {"rlseg": version(), "task": "boundaries of superpixels; the objects are made from these by rlseg"}
    sizes = int(columns["node"]), int(columns["edge"])
    files = {POLICY: policy_network(weights, features, actor, sizes, notes)}
    if features.unet is not None:
        unet = {name.removeprefix(_UNET): values for name, values in weights.items() if name.startswith(_UNET)}
        files[PIXELS] = pixel_network(unet, features.unet, int(columns["channels"]), notes)
    make_folder(folder)
    for name, data in files.items():
        with atomic(folder / name) as file:
            file.write(data)
    return tuple(folder / name for name in files)
