"""The formats that label images are written in, by the names that `rlseg predict --format` takes, each in one file."""

from __future__ import annotations

from rlseg.kinds import find_kinds
from rlseg.prediction.writers.base import LabelFormat
from rlseg.prediction.writers.challenge import write_challenge
from rlseg.prediction.writers.film_tiff import write_film
from rlseg.prediction.writers.napari import write_napari
from rlseg.prediction.writers.tiff import write_labels

FORMATS = {kind: found() for kind, found in find_kinds(__name__, LabelFormat).items()}  # type: ignore[type-abstract]

__all__ = ["FORMATS", "LabelFormat", "write_challenge", "write_film", "write_labels", "write_napari"]
