"""What there is in the folder of images: how many, of which sizes and kinds, and the few that are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rlseg.commands.notes import warn, warn_of_each
from rlseg.data import Normalisation, UnitImage
from rlseg.errors import RlsegError
from rlseg.io import ImageFile, PixelSize, RawImage, common_channels, find_images, read_image
from rlseg.prediction.choosing import chosen_of

# so many are read to the end, to find those that cannot be
MOST_READ = 200


@dataclass(frozen=True)
class Looked:
    """An image that is looked at: its file, what is in it, and the same in [0, 1]."""

    path: Path
    raw: RawImage
    unit: UnitImage


@dataclass(frozen=True)
class Seen:
    """The images of a folder.

    Attributes:
        source: as it was given.
        files: all of them.
        shapes: (height, width) of those that were read; types: of their values.
        channels: of all.
        pixel_size: of the first that says it, or None.
        looked_at: those on which sizes and looks are measured.
    """

    source: Path
    files: tuple[ImageFile, ...]
    shapes: tuple[tuple[int, int], ...]
    types: tuple[str, ...]
    channels: int
    pixel_size: PixelSize | None
    looked_at: tuple[Looked, ...]

    def lines(self) -> list[str]:
        """What was seen, for people."""
        low, high = min(self.shapes), max(self.shapes)
        size = f"{low[0]} x {low[1]}" + (f" to {high[0]} x {high[1]}" if high != low else "") + " px"
        size_of = "unknown (give it with --data.pixel_size to use um)"
        if self.pixel_size is not None:
            size_of = f"{self.pixel_size.side:.3g} um"
        number = f"{len(self.files)} image" + ("" if len(self.files) == 1 else "s")
        channels = f"{self.channels} channel" + ("" if self.channels == 1 else "s")
        return [f"{number} in {self.source}: {size}, {channels}, {', '.join(self.types)}; pixel size {size_of}"]


def look_at(source: Path) -> Seen:
    """Read the images of a folder or pattern.

    Raises:
        RlsegError: there is none, one cannot be read, or they have not the same channels.
    """
    files = find_images(source, say=warn)
    # those on which a training tries superpixels
    chosen = {files[number] for number in chosen_of(len(files))}
    shapes: list[tuple[int, int]] = []
    types: list[str] = []
    notes: list[str] = []
    looked_at: list[Looked] = []
    size: PixelSize | None = None
    for file in sorted({*spread(files, MOST_READ), *chosen}, key=lambda file: file.stem):
        raw = _read(file, len(files))
        shapes.append((raw.pixels.shape[1], raw.pixels.shape[2]))
        types.append(str(raw.dtype))
        notes += raw.notes
        size = size or raw.pixel_size
        if file in chosen:
            looked_at.append(Looked(file.image, raw, Normalisation().apply(raw.pixels)))
    channels = common_channels([file.image for file in files])
    warn_of_each(notes)
    kinds = tuple(dict.fromkeys(types))
    return Seen(source, files, tuple(shapes), kinds, channels, size, tuple(looked_at))


def spread(files: Sequence[ImageFile], most: int) -> list[ImageFile]:
    """So many of the files, as far apart as can be, the first and the last among them."""
    places = np.linspace(0, len(files) - 1, min(most, len(files))).round().astype(int)
    return [files[place] for place in dict.fromkeys(places.tolist())]


def _read(file: ImageFile, count: int) -> RawImage:
    try:
        return read_image(file.image)
    except RlsegError as error:
        others = f" ({count - 1} other image{'s' if count > 2 else ''} in the folder)" if count > 1 else ""
        hint = error.hint or "is the file whole?"
        raise RlsegError(f"{error.message}{others}", f"{hint}; or move it away, a training would stop at it") from None


def refuse_wide(seen: Seen, width: tuple[float, float] | None) -> None:
    """See that objects of a width that somebody has given find room in the images.

    Args:
        seen: the images.
        width: smallest and largest short diameter in px, or None.

    Raises:
        RlsegError: they do not.
    """
    if width is None:
        return
    side = max(min(image.raw.pixels.shape[1:]) for image in seen.looked_at)
    if width[0] > side:
        raise RlsegError(
            f"objects at least {width[0]:g} px wide have no room in images of {side} px",
            "the width is the short diameter of the objects in px",
        )
