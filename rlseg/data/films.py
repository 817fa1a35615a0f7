"""Which images of a folder are frames of one film."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rlseg.errors import RlsegError
from rlseg.io import ImageFile


def films_of(files: Sequence[ImageFile]) -> list[tuple[str, list[ImageFile]]]:
    """Images as films: those of one folder whose names differ in their last number alone, or in the last that differs.

    So a_t1, a_t2, ..., b_t1, b_t2 are two films, and t1_w488, t2_w488 are one.

    Args:
        files: images, in any order.

    Returns:
        Each film by the name of its first frame, its frames in the order of that number, t2 before t10.

    Raises:
        RlsegError: an image has no other frame beside it.
    """
    groups: dict[tuple[str, ...], list[tuple[list[int], ImageFile]]] = {}
    for file in files:
        parts = re.split(r"(\d+)", file.image.name)
        texts = (str(file.image.parent), *parts[::2])
        groups.setdefault(texts, []).append(([int(part) for part in parts[1::2]], file))
    films: list[tuple[str, list[ImageFile]]] = []
    for group in groups.values():
        numbers = [found for found, _ in group]
        time = max((at for at, some in enumerate(zip(*numbers, strict=True)) if len(set(some)) > 1), default=-1)
        series: dict[tuple[int, ...], list[tuple[int, ImageFile]]] = {}
        for found, file in group:
            rest = tuple(number for at, number in enumerate(found) if at != time)
            series.setdefault(rest, []).append((found[time] if time >= 0 else 0, file))
        for frames in series.values():
            frames.sort(key=lambda one: (one[0], one[1].stem))
            films.append((frames[0][1].stem, [file for _, file in frames]))
    alone = next((film[0] for _, film in films if len(film) < 2), None)
    if alone is not None:
        raise RlsegError(
            f"the reward pays objects for going on from frame to frame (tracks.pay), and {alone.image} is an image by "
            "itself: no other in its folder has a name that differs in a number alone",
            "name frames like film_t01.tif, film_t02.tif; or say pay: 0 under tracks",
        )
    return sorted(films, key=lambda film: film[0])
