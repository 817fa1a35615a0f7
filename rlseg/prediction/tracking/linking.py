"""The frames of a film linked by a reward file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rlseg.arrays import AnyLabels
from rlseg.errors import RlsegError
from rlseg.io import PixelSize
from rlseg.prediction.tracking.film import Film
from rlseg.prediction.tracking.link import link_film
from rlseg.rewards import Reward
from rlseg.rewards.language import RewardFile

EXAMPLE = "tracks: {reach: 30, terms: {moved: {kind: moved, expected: [0, 6], scale: 6}}}"


@dataclass(frozen=True)
class _Pixels:
    pixel_size: tuple[float, float]


def link_by(
    rules: RewardFile,
    labels: Sequence[AnyLabels],
    pixel_size: PixelSize | None = None,
    name: str = "the film",
) -> Film:
    """Link the objects of a film by the section `tracks` of a reward file.

    Args:
        rules: the file.
        labels: T label images (H, W), 0 = background.
        pixel_size: if it is known; needed if the file speaks of um.
        name: of the film, for messages.

    Raises:
        RlsegError: the file has no such section, or is in um and the pixel size is not known or uneven; or see
            `link_film`.
    """
    if rules.tracks is None:
        raise RlsegError(f"the reward {rules.name!r} does not say how objects are linked", f"add like: {EXAMPLE}")
    size = (0.0, 0.0) if pixel_size is None else (pixel_size.row, pixel_size.column)
    per_pixel = Reward(rules).length_per_pixel(_Pixels(size), name)
    return link_film(labels, rules.tracks, per_pixel, name)
