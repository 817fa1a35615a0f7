"""The frames of a film linked by a reward file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rlseg.arrays import AnyLabels
from rlseg.errors import RlsegError
from rlseg.io import PixelSize, distance_told, read_label_film, square_pixels
from rlseg.prediction.tracking.film import Film
from rlseg.prediction.tracking.link import link_film
from rlseg.rewards import Reward
from rlseg.rewards.language import RewardFile, load_reward

EXAMPLE = "tracks: {reach: 30, terms: {moved: {kind: moved, expected: [0, 6], scale: 6}}}"


def track_labels(
    reward: RewardFile | str | Path,
    labels: Sequence[AnyLabels] | str | Path,
    pixel_size: float | None = None,
    plane_distance: float | None = None,
) -> Film:
    """Give the objects of a film numbers that last.

    Args:
        reward: file with a section `tracks`, or its path.
        labels: (T, H, W) or T label images (H, W), 0 = background; or a label stack, or a folder with an image for each
            frame. Of volumes (T, Z, H, W), with rules that say `dimensions: 3`.
        pixel_size: um per pixel, instead of what a file says; for reward files in um.
        plane_distance: how far planes of volumes are apart, in sides of a pixel, instead of what a file says.

    Raises:
        RlsegError: the labels cannot be read or are no film, or the reward file is wrong, has no such section, or needs
            the pixel size.
    """
    rules = load_reward(reward) if isinstance(reward, str | Path) else reward
    name, size = "the film", None
    if isinstance(labels, str | Path):
        name = str(labels)
        stack, size = read_label_film(Path(labels))
        frames: Sequence[AnyLabels] = list(stack)
    else:
        frames = [np.asarray(frame) for frame in labels]
        odd = [f"{one.dtype} {one.shape}" for one in frames if one.dtype.kind not in "ui" or one.ndim not in (2, 3)]
        if odd or any(one.size and one.min() < 0 for one in frames):
            raise RlsegError(
                "labels must be frames (H, W) or (Z, H, W) of whole numbers >= 0, "
                f"got {odd[0] if odd else 'a negative one'}",
                "one number an object, 0 for background",
            )
    size = size if pixel_size is None else square_pixels(pixel_size, size)
    return link_by(rules, frames, size, name, plane_distance)


@dataclass(frozen=True)
class _Pixels:
    pixel_size: tuple[float, float]


def link_by(
    rules: RewardFile,
    labels: Sequence[AnyLabels],
    pixel_size: PixelSize | None = None,
    name: str = "the film",
    plane_distance: float | None = None,
) -> Film:
    """Link the objects of a film by the section `tracks` of a reward file.

    Args:
        rules: the file.
        labels: T label images (H, W) or volumes (Z, H, W), 0 = background.
        pixel_size: if it is known; needed if the file speaks of um.
        name: of the film, for messages.
        plane_distance: of volumes, in sides of a pixel; what `pixel_size` says if it is None.

    Raises:
        RlsegError: the file has no such section, is about images while these are volumes or the other way round, or is
            in um and the pixel size is not known or uneven; how far planes are apart is not known; or see `link_film`.
    """
    if rules.tracks is None:
        raise RlsegError(f"the reward {rules.name!r} does not say how objects are linked", f"add like: {EXAMPLE}")
    volumes = bool(len(labels)) and labels[0].ndim == 3
    if volumes != rules.volumes:
        what, says = ("volumes", "images") if volumes else ("images", "volumes")
        raise RlsegError(
            f"the frames of {name} are {what}, and the reward {rules.name!r} is about {says}",
            "say dimensions: 3 at the top of the reward file" if volumes else "a film of volumes has the axes TZYX",
        )
    per_pixel = length_of_pixel(rules, pixel_size, name)
    if not volumes:
        return link_film(labels, rules.tracks, per_pixel, name)
    return link_film(labels, rules.tracks, per_pixel, name, distance_of_planes(pixel_size, name, plane_distance))


def distance_of_planes(pixel_size: PixelSize | None, name: str, told: float | None) -> float:
    """How far the planes of volumes are apart, in sides of a pixel.

    Args:
        pixel_size: what a file says, if it says anything.
        name: of the film, for messages.
        told: by the user, which counts more; or None.

    Raises:
        RlsegError: it is not known, or not positive.
    """
    if told is not None:
        return distance_told(told)
    if pixel_size is None or pixel_size.plane is None:
        raise RlsegError(
            f"how far the planes of {name} are apart is not known",
            "say it in sides of a pixel: --plane-distance 1 where voxels are cubes",
        )
    return pixel_size.plane / pixel_size.side


def length_of_pixel(rules: RewardFile, pixel_size: PixelSize | None, name: str) -> float:
    """Side of a pixel in the unit of length of a reward file.

    Args:
        rules: the file.
        pixel_size: if it is known.
        name: of the film, for messages.

    Raises:
        RlsegError: the file is in um and the pixel size is not known or uneven.
    """
    size = (0.0, 0.0) if pixel_size is None else (pixel_size.row, pixel_size.column)
    return Reward(rules).length_per_pixel(_Pixels(size), name)
