"""The images of a run."""

from __future__ import annotations

from pathlib import Path

from rlseg.data import ImageFolder, Preparation
from rlseg.errors import RlsegError
from rlseg.io import Reading
from rlseg.models import CHECKPOINTS, CONFIG, read_model, settings_of

OF_IMAGES = (
    *("images", "labels", "superpixels", "labelled", "validation_share", "validation_seed", "pixel_size", "cache"),
    "workers",
)
"""Settings under data that say which images there are."""


def run_of(model: Path) -> Path | None:
    """The folder of the run that a checkpoint lies in; None if it is of none."""
    return model.parent.parent if model.parent.name == CHECKPOINTS else None


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
        section = settings_of(path)["data"]
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
