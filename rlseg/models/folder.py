"""A model to share: weights in one file that cannot hold code, everything else in a text that can be read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml
from safetensors import SafetensorError

from rlseg.errors import RlsegError
from rlseg.io import atomic, make_folder
from rlseg.models.earlier import upgrade
from rlseg.models.origin import refuse_newer, stamp
from rlseg.models.packed import STAMP
from rlseg.models.plain import read_plain
from rlseg.rewards.language import MOST_BYTES, PlainDumper, read_document

WEIGHTS = "model.safetensors"
TEXT = "model.yaml"
HEAD = f"# A model of rlseg; its weights are in {WEIGHTS}.  rlseg predict FOLDER IMAGES --output LABELS\n"


def read_model(path: Path) -> dict[str, Any]:
    """What a prediction needs, from a checkpoint of `rlseg fit` or a folder of `rlseg export`.

    Args:
        path: the file or the folder.

    Returns:
        At least state_dict, hyper_parameters (the module's arguments) and preparation; weights on the CPU.

    Raises:
        RlsegError: it is neither, or damaged, or of a newer rlseg.
    """
    # torch takes long to import, and is not needed for all of this
    if path.is_dir():
        from safetensors.torch import load

        return _read_folder(path, load)
    from rlseg.models.checkpoint import read_checkpoint

    return read_checkpoint(path)


def read_arrays(path: Path) -> dict[str, Any] | None:
    """The same without torch, weights as arrays; None for what only `read_model` can read.

    Raises:
        RlsegError: a folder is no model, or damaged, or of a newer rlseg.
    """
    if not path.is_dir():
        return read_plain(path)
    from safetensors.numpy import load

    return _read_folder(path, load)


def write_model(content: Mapping[str, Any], folder: Path) -> None:
    """Write a model into a folder, in place of the one that may be there.

    Args:
        content: a checkpoint as `read_checkpoint` gives it.
        folder: made if needed.

    Raises:
        RlsegError: it cannot be written.
    """
    # tensors of a checkpoint may share memory, which the format cannot express
    from safetensors.torch import save

    weights = save({name: values.contiguous().clone() for name, values in content["state_dict"].items()})
    text = {
        STAMP: stamp(),
        "weights": {"file": WEIGHTS, "sha256": hashlib.sha256(weights).hexdigest()},
        "training": _summary(content),
        "reference": content.get("reference"),
        "preparation": content["preparation"],
        "model": {key: value for key, value in content["hyper_parameters"].items() if key != "reward_text"},
        "reward": _Block(content["hyper_parameters"]["reward_text"]),
    }
    make_folder(folder)
    # the text comes last: until then an older one does not fit the weights, which is noticed
    with atomic(folder / WEIGHTS) as file:
        file.write(weights)
    with atomic(folder / TEXT) as file:
        file.write((HEAD + _dump(text)).encode())


def _read_folder(folder: Path, load: Callable[[bytes], Any]) -> dict[str, Any]:
    for name in (TEXT, WEIGHTS):
        if not (folder / name).is_file():
            raise RlsegError(f"{folder} is no model: it has no {name}", "give a .ckpt, or a folder of rlseg export")
    text = _read_text(folder / TEXT)
    try:
        raw = (folder / WEIGHTS).read_bytes()
        if hashlib.sha256(raw).hexdigest() != text["weights"]["sha256"]:
            hint = f"copy the folder again; both files of it belong together, {WEIGHTS} cannot be edited"
            raise RlsegError(f"{folder / WEIGHTS} is damaged, or not that of {folder / TEXT}", hint)
        weights = load(raw)
    except (OSError, SafetensorError) as error:
        raise RlsegError(f"cannot read {folder / WEIGHTS}: {error}") from error
    settings = text["model"] | {"reward_text": text["reward"]}
    kept = {"preparation": text["preparation"], "reference": text.get("reference")}
    return upgrade({"state_dict": weights, "hyper_parameters": settings} | kept)


def _read_text(path: Path) -> dict[str, Any]:
    """The text, with the entries that a model must have."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise RlsegError(f"{path} is larger than {MOST_BYTES // 1_000_000} MB, this is no model")
        tree, problems = read_document(path.read_text(encoding="utf-8"), str(path), what="model")
    except (OSError, UnicodeDecodeError) as error:
        raise RlsegError(f"cannot read {path} ({type(error).__name__})") from error
    if problems:
        raise RlsegError(f"{problems[0].span or path}: {problems[0].message}")
    text = None if tree is None else tree.plain()
    if not isinstance(text, dict):
        raise RlsegError(f"{path} is no model")
    refuse_newer(str(path), text.get(STAMP, {}))
    wanted = {"weights": dict, "preparation": dict, "model": dict, "reward": str}
    missing = [key for key, kind in wanted.items() if not isinstance(text.get(key), kind)]
    if missing or not isinstance(text["weights"].get("sha256"), str):
        raise RlsegError(f"{path} is no model: it has no {', '.join(missing) or 'weights.sha256'}")
    return text


def _summary(content: Mapping[str, Any]) -> dict[str, Any]:
    """What the checkpoint knows of its training, as plain numbers."""
    found = {"steps": content["state_dict"].get("steps_done")}
    for state in (content.get("callbacks") or {}).values():
        if isinstance(state, dict):
            found["best_validation_reward"] = state.get("best_model_score", found.get("best_validation_reward"))
    return {key: value.item() for key, value in found.items() if hasattr(value, "item")}


class _Block(str):
    """A text of several lines that is written as such."""


class _Dumper(PlainDumper):
    pass


def _write_block(dumper: _Dumper, text: _Block) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="|")


_Dumper.add_representer(_Block, _write_block)


def _dump(data: Mapping[str, Any]) -> str:
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**9)
