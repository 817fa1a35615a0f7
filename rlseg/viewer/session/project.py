"""Projects of `rlseg new`, made from what is open in a viewer, and opened in one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import tifffile

from rlseg.arrays import Labels
from rlseg.errors import RlsegError
from rlseg.io import ImageFile, RawImage, atomic, find_images, make_folder
from rlseg.models import CONFIG, REWARD, settings_of
from rlseg.prediction.writers import write_labels

IMAGES, OUTLINES = "images", "outlines"


def config_of(project: Path) -> Path:
    """The configuration of a project.

    Args:
        project: its folder, or the configuration itself.

    Raises:
        RlsegError: there is none.
    """
    config = project if project.suffix in (".yaml", ".yml") else project / CONFIG
    if not config.is_file():
        raise RlsegError(f"{project} is no project: it has no {CONFIG}", "rlseg new makes one")
    return config


def images_of(project: Path) -> tuple[ImageFile, ...]:
    """The images that a project trains on, and their labels if it names some.

    Raises:
        RlsegError: the configuration names none, or they are not there.
    """
    config = config_of(project)
    try:
        data = settings_of(config)["data"]
        images, labels = data["images"], data.get("labels")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RlsegError(f"{config} does not say which images there are (data.images)") from error
    given = [Path(one) for one in ([images] if isinstance(images, str) else images)]
    return find_images(given, None if labels is None else Path(str(labels)), say=lambda _: None)


def new_project(folder: Path, images: Path, outlines: Path | None) -> Sequence[str]:
    """The words after `rlseg` that make a project.

    Args:
        folder: to make.
        images: folder or pattern.
        outlines: drawn objects, or None.
    """
    return ["new", str(folder), "--images", str(images), *([] if outlines is None else ["--outlines", str(outlines)])]


def write_image(folder: Path, name: str, image: RawImage, labels: Labels | None = None) -> tuple[Path, Path | None]:
    """Keep an image that was only open, and what is drawn on it, as files that `rlseg new` reads.

    Args:
        folder: gets the folders images and outlines.
        name: of the image; what is no letter, digit, - or _ becomes _.
        image: (C, H, W).
        labels: (H, W) what is drawn, or None.

    Returns:
        The folders of the image and of what is drawn.

    Raises:
        RlsegError: they cannot be written.
    """
    word = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in name) or "image"
    make_folder(folder / IMAGES)
    # as it was stored: 8 bits of colour are no measurements of 32
    pixels = image.pixels.astype(image.dtype) if image.dtype.kind in "ui" else image.pixels
    known = {} if image.pixel_size is None else image.pixel_size.ome()
    stored = pixels[0] if len(pixels) == 1 else pixels
    metadata = {"axes": "YX" if len(pixels) == 1 else "CYX", **known}
    with atomic(folder / IMAGES / f"{word}.tif") as file:
        tifffile.imwrite(file, stored, ome=True, photometric="minisblack", metadata=metadata)
    if labels is None:
        return folder / IMAGES, None
    make_folder(folder / OUTLINES)
    write_labels(folder / OUTLINES / f"{word}.tif", labels)
    return folder / IMAGES, folder / OUTLINES


def write_text(path: Path, text: str) -> Path:
    """Write a reward file whole or not at all.

    Args:
        path: the file, or the folder of a project.
        text: YAML.

    Returns:
        Where it is.

    Raises:
        RlsegError: it cannot be written.
    """
    target = path / REWARD if path.is_dir() else path
    with atomic(target) as file:
        file.write(text.encode())
    return target
