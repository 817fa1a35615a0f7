"""What there is in the folder of images or volumes: how many, of which sizes and kinds, and what is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rlseg.commands.notes import warn, warn_of_each
from rlseg.data import Normalisation, Preparation, UnitImage
from rlseg.errors import RlsegError
from rlseg.io import ImageFile, PixelSize, RawImage, Reading, common_channels, find_images, read_image
from rlseg.prediction.choosing import chosen_of

# so many are read to the end, to find those that cannot be
MOST_READ = 200
# distances of planes that differ by a larger factor are worth a line
_ALIKE = 1.05


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
        shapes: (height, width), of volumes (planes, height, width), of those that were read; types: of their values.
        channels: of all.
        pixel_size: of the first that says it, or None.
        looked_at: those on which sizes and looks are measured.
        preparation, reading: whether they are volumes, and what their files do not say.
        plane_distances: px, smallest and largest of volumes.
    """

    source: Path
    files: tuple[ImageFile, ...]
    shapes: tuple[tuple[int, ...], ...]
    types: tuple[str, ...]
    channels: int
    pixel_size: PixelSize | None
    looked_at: tuple[Looked, ...]
    preparation: Preparation = Preparation()
    reading: Reading = Reading()
    plane_distances: tuple[float, float] = (1.0, 1.0)

    @property
    def volumes(self) -> bool:
        """Whether they are volumes."""
        return self.preparation.volume

    @property
    def spacings(self) -> tuple[tuple[float, ...], ...]:
        """Sides of a pixel of each that is looked at, px."""
        return tuple(self.preparation.spacing(image.raw.pixel_size) for image in self.looked_at)

    @property
    def what(self) -> str:
        """What they are, for sentences."""
        return "volume" if self.volumes else "image"

    def lines(self) -> list[str]:
        """What was seen, for people."""
        low, high = (" x ".join(map(str, shape)) for shape in (min(self.shapes), max(self.shapes)))
        size = low + (f" to {high}" if high != low else "") + (" voxels" if self.volumes else " px")
        size_of = "unknown (rlseg fit --data.pixel_size UM says it, for rules in um)"
        if self.pixel_size is not None:
            size_of = f"{self.pixel_size.side:.3g} um"
        number = f"{len(self.files)} {self.what}" + ("" if len(self.files) == 1 else "s")
        channels = f"{self.channels} channel" + ("" if self.channels == 1 else "s")
        apart = ""
        if self.volumes:
            low, high = (f"{distance:.3g}" for distance in self.plane_distances)
            apart = f", planes {low}{f' to {high}' if high != low else ''} px apart"
        kinds = ", ".join(self.types)
        return [f"{number} in {self.source}: {size}{apart}, {channels}, {kinds}; pixel size {size_of}"]


def look_at(source: Path, preparation: Preparation = Preparation(), reading: Reading = Reading()) -> Seen:
    """Read the images or volumes of a folder or pattern.

    Args:
        source: the folder or pattern.
        preparation: whether they are volumes, and how far planes are apart where files do not say it.
        reading: how files are read.

    Raises:
        RlsegError: there is none, one cannot be read or is of the other kind, they have not the same channels, or of a
            volume nobody says how far its planes are apart.
    """
    files = find_images(source, say=warn)
    # those on which a training tries superpixels
    chosen = {files[number] for number in chosen_of(len(files))}
    shapes: list[tuple[int, ...]] = []
    types: list[str] = []
    notes: list[str] = []
    looked_at: list[Looked] = []
    distances: list[float] = []
    size: PixelSize | None = None
    for file in sorted({*spread(files, MOST_READ), *chosen}, key=lambda file: file.stem):
        raw = _read(file, len(files), preparation.volume, reading)
        distances.append(_distance(file, raw, preparation))
        shapes.append(raw.pixels.shape[1:])
        types.append(str(raw.dtype))
        notes += raw.notes
        size = size or raw.pixel_size
        if file in chosen:
            looked_at.append(Looked(file.image, raw, Normalisation().apply(raw.pixels)))
    channels = common_channels([file.image for file in files], reading, preparation.volume)
    warn_of_each(notes)
    kinds, apart = tuple(dict.fromkeys(types)), (min(distances), max(distances))
    if apart[1] > _ALIKE * apart[0]:
        warn(
            f"planes are {apart[0]:.3g} to {apart[1]:.3g} px apart, as the files say: lengths are counted with what "
            "each says; is that right?"
        )
    return Seen(source, files, tuple(shapes), kinds, channels, size, tuple(looked_at), preparation, reading, apart)


def spread(files: Sequence[ImageFile], most: int) -> list[ImageFile]:
    """So many of the files, as far apart as can be, the first and the last among them."""
    places = np.linspace(0, len(files) - 1, min(most, len(files))).round().astype(int)
    return [files[place] for place in dict.fromkeys(places.tolist())]


def _read(file: ImageFile, count: int, volume: bool, reading: Reading) -> RawImage:
    try:
        return read_image(file.image, reading=reading, volume=volume)
    except RlsegError as error:
        others = f" ({count - 1} other image{'s' if count > 2 else ''} in the folder)" if count > 1 else ""
        if not volume and _is_volume(file.image, reading):
            planes = "if its planes belong together, rlseg new --volume takes them as one volume (docs/volumes.md)"
            raise RlsegError(f"{error.message}{others}", f"{planes}; else save one file per plane") from None
        hint = error.hint or "is the file whole?"
        raise RlsegError(f"{error.message}{others}", f"{hint}; or move it away, a training would stop at it") from None


def _is_volume(path: Path, reading: Reading) -> bool:
    try:
        read_image(path, reading=reading, volume=True)
    except RlsegError:
        return False
    return True


def _distance(file: ImageFile, raw: RawImage, preparation: Preparation) -> float:
    """Of the planes of a volume, in px; 1 of an image."""
    try:
        found, given = preparation.spacing(raw.pixel_size)[0], preparation.plane_distance
    except RlsegError as error:
        known = raw.pixel_size is not None and raw.pixel_size.plane is not None
        hint = error.hint if known else "give it with --plane-distance, in sides of a pixel: 1 where voxels are cubes"
        raise RlsegError(f"{file.image}: {error.message}", hint) from None
    if given is not None and not given / _ALIKE < found < given * _ALIKE:
        raise RlsegError(
            f"{file.image} says that its planes are {found:.3g} px apart, --plane-distance says {given:g}",
            "what files say counts, here and in a training: correct the file, or leave --plane-distance out",
        )
    return found


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
    side = max(min(_sides(seen, image)) for image in seen.looked_at)
    if width[0] > side:
        raise RlsegError(
            f"objects at least {width[0]:g} px wide have no room in {seen.what}s of {side:g} px",
            "the width is the short diameter of the objects in px",
        )


def _sides(seen: Seen, image: Looked) -> tuple[float, ...]:
    """Height and width of an image in px; of a volume how high all of its planes are as well."""
    lengths, spacing = image.raw.pixels.shape[1:], seen.preparation.spacing(image.raw.pixel_size)
    return tuple(length * side for length, side in zip(lengths, spacing, strict=True))
