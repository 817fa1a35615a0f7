"""A trained model for users of Python."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rlseg.errors import RlsegError
from rlseg.io import image_of, square_pixels
from rlseg.prediction.one_image import segment_image
from rlseg.prediction.predictor import Predictor
from rlseg.prediction.table import Objects, object_table
from rlseg.prediction.tiling import Threads, Tiling
from rlseg.rewards.language import RewardFile


class Model:
    """A trained model: networks, reward file, and how images become graphs.

    Args:
        path: a checkpoint of `rlseg fit` or a folder of `rlseg export`.
        device: "cpu", "cuda" or "auto" (a GPU if there is one).
        allow: packages from which terms of your own may be imported, if the reward file has any.

    Attributes:
        predictor: what it is made of, as `explain_object` takes it.
        reward: the reward file that it was trained with.
        channels: number of channels an image must have.

    Raises:
        RlsegError: it is no model, or not one of this version of rlseg.
    """

    def __init__(self, path: str | Path, device: str = "auto", allow: Sequence[str] = ()) -> None:
        self.predictor = Predictor(Path(path), device, allow)
        self.reward: RewardFile = self.predictor.reward.file
        self.channels = self.predictor.channels

    def segment(
        self, image: Any, tile: int = Tiling().side, pixel_size: float | None = None, width: float | None = None
    ) -> Objects:
        """Find the objects of one image; warns if they are unlike those of the training.

        Args:
            image: a file, or an array (H, W) or (C, H, W) of intensities as they would be stored in a file; for a
                model of volumes (Z, H, W) or (C, Z, H, W).
            tile: images with a longer side are looked at in parts of at most this many pixels, with the result of
                the whole; 0 looks at every image as a whole.
            pixel_size: um per pixel, instead of what the file says; for models whose reward file is in um.
            width: typical short diameter of the objects in px, if it is another than in the training.

        Raises:
            RlsegError: the image cannot be read, or has another number of channels.
        """
        raw = image_of(image, self.channels, self.predictor.preparation.volume)
        if pixel_size is not None:
            raw = replace(raw, pixel_size=square_pixels(pixel_size, raw.pixel_size))
        name = Path(image).stem if isinstance(image, str | Path) else "image"
        try:
            tiling = Tiling(side=tile) if tile else None
        except ValidationError as error:
            raise RlsegError(f"tile: {error.errors()[0]['msg']}, got {tile!r}", "0 cuts no image") from None
        with closing(Threads(2)) as workers:
            done = segment_image(self.predictor, raw, name, tiling, workers, True, width)
        if done.remark is not None:
            warnings.warn(f"{name}: {done.remark}", stacklevel=2)
        return Objects(done.labels, object_table(done.labels, done.columns))


def load_model(path: str | Path, device: str = "auto", allow: Sequence[str] = ()) -> Model:
    """A trained model from a file or folder, see `Model`."""
    return Model(path, device, allow)
