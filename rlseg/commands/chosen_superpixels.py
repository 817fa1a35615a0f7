"""Superpixels of the kind `auto` in a training: chosen on some of its images before any is prepared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonargparse import dict_to_namespace
from lightning.pytorch.utilities import rank_zero_info

from rlseg.commands.choices import as_parsed
from rlseg.io import RawImage, Reading, atomic, read_image, square_pixels
from rlseg.prediction.choosing import Choice, choice_lines, choose, chosen_of, usual, write_choice

if TYPE_CHECKING:
    from rlseg.data import ImageFolder, Preparation
    from rlseg.rewards import Reward

PICTURE, TABLE = "superpixels.png", "superpixels.txt"


def settle_superpixels(data: ImageFolder, reward: Reward | None, settings: Any) -> Choice | None:
    """Put a kind that makes superpixels in the place of `auto`, the same in all processes.

    Args:
        data: whose preparation is changed.
        reward: what the objects are judged by, or None.
        settings: `data.preparation` of the run as its configuration will say it, changed as well.

    Returns:
        What was tried; or None if there was nothing to choose, for the kind is given, or nobody says what the objects
        look like.
    """
    if data.preparation.superpixels.kind != "auto":
        return None
    choice = None
    if data.preparation.objects is None or reward is None:
        preparation = usual(data.preparation).preparation
    else:
        if not data.preparation.volume:
            rank_zero_info("superpixels: trying several kinds and scales ...")
        choice = choice_for(data, reward.without_neighbours())
        for line in choice_lines(choice):
            rank_zero_info(line)
        preparation = choice.preparation
    data.preparation = preparation
    settings.superpixels = as_namespace(preparation)
    settings.working_width = preparation.working_width
    return choice


def as_namespace(preparation: Preparation) -> Any:
    """The superpixels of a preparation as the parser of the command line holds them."""
    return dict_to_namespace(as_parsed("data.preparation.superpixels", preparation.superpixels.model_dump(mode="json")))


def choice_for(data: ImageFolder, reward: Reward, shown: bool = False) -> Choice:
    """Choose on some of the training images. shown: see `choose`.

    Raises:
        RlsegError: one of them cannot be used.
    """
    wanted = {data.train_names[number] for number in chosen_of(len(data.train_names))}
    files = [file for file in data.files if file.stem in wanted]
    if any(file.superpixels is not None for file in files):
        return Choice(usual(data.preparation).preparation, reason="the superpixels of the images are given")
    paths, volume = [file.image for file in files], data.preparation.volume
    if volume and not shown:  # they need not be read
        return choose(reward, data.preparation, ())
    return choose(reward, data.preparation, images_of(paths, data.reading, data.pixel_size, volume), shown)


def images_of(
    paths: Sequence[Path], reading: Reading, pixel_size: float | None, volume: bool = False
) -> list[RawImage]:
    """Images as a training reads them.

    Args:
        paths: of the files.
        reading: see `Reading`.
        pixel_size: um, instead of what the files say, or None.
        volume: whether they are volumes.
    """
    found = [read_image(path, reading=reading, volume=volume) for path in paths]
    if pixel_size is None:
        return found
    return [replace(image, pixel_size=square_pixels(pixel_size, image.pixel_size)) for image in found]


def keep_choice(folder: Path, choice: Choice) -> None:
    """Write picture and table into the folder of a run.

    Raises:
        RlsegError: they cannot be written.
    """
    if not choice.trials:
        return
    write_choice(folder / PICTURE, choice)
    with atomic(folder / TABLE) as file:
        file.write(("\n".join(choice_lines(choice)) + "\n").encode())
