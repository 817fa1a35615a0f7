"""The model and the images of a run, which may be named by its folder or by its checkpoint."""

from __future__ import annotations

from pathlib import Path

from rlseg.data import ImageFolder, Preparation
from rlseg.errors import RlsegError
from rlseg.io import Reading
from rlseg.models import read_model
from rlseg.rewards.language import read_document

CHECKPOINTS, CONFIG = "checkpoints", "config.yaml"
OF_IMAGES = (
    *("images", "labels", "superpixels", "labelled", "validation_share", "validation_seed", "pixel_size", "cache"),
    "workers",
)
"""Settings under data that say which images there are."""


def model_of(path: Path) -> Path:
    """The model that is meant.

    Args:
        path: folder of a run, whose best checkpoint is taken, or the last if there is no best; or a checkpoint, or a
            folder of `rlseg export`.

    Raises:
        RlsegError: the run has no checkpoint.
    """
    folder = path / CHECKPOINTS
    if not folder.is_dir():
        return path
    for name in ("best.ckpt", "last.ckpt"):
        if (folder / name).is_file():
            return folder / name
    raise RlsegError(f"the run {path} has no checkpoint yet", "it is written after the first epoch")


def run_of(path: Path) -> Path | None:
    """The folder of the run that a path names, or that its checkpoint lies in; None if it is of none."""
    if (path / CHECKPOINTS).is_dir():
        return path
    inside = path.parent.name == CHECKPOINTS
    return path.parent.parent if inside else None


def data_of(run: Path, model: Path) -> ImageFolder:
    """The images of a run, to be prepared as its training prepared them.

    Args:
        run: its folder.
        model: its checkpoint.

    Raises:
        RlsegError: the run has no configuration, or its images are not where it says.
    """
    path = run / CONFIG
    try:
        tree, problems = read_document(path.read_text(encoding="utf-8"), str(path), what="configuration")
        section = {} if tree is None or problems else tree.plain()["data"]
        given = {name: section.get(name) for name in OF_IMAGES}
        reading = Reading.model_validate(section.get("reading") or {})
        given["images"] = section["images"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        what = type(error).__name__
        raise RlsegError(
            f"{path} does not say which images were used ({what})", "it is written by rlseg fit"
        ) from error
    try:
        return ImageFolder(
            **{name: value for name, value in given.items() if value is not None},
            reading=reading,
            preparation=Preparation.model_validate(read_model(model)["preparation"]),
        )
    except RlsegError as error:
        hint = "folders are named as seen from where the training was started: go there"
        raise RlsegError(f"the images of {run} cannot be used: {error.message}", hint) from error
