"""What file names say: how an image is called, and whether it is a mask of another one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

MASK_WORDS = r"(?:cp_)?masks?|labels?|seg|segmentation|segmented|gt|ground_?truth|instances?"
IMAGE_WORDS = r"im|img|images?|raw"
_SPLIT = r"[-_. ]"


def stem_of(path: Path) -> str:
    """The name of an image without its suffix; one inside a Zarr container also has the container's name, like a_0."""
    outer = container_of(path)
    if outer is None:
        return _stem(path)
    inside = path.absolute().relative_to(outer.absolute())
    return "_".join((_stem(outer), *inside.with_suffix("").parts))


def suffix_of(path: Path) -> str:
    """The suffix of a name in lower case; .nii.gz is one."""
    suffix = path.suffix.lower()
    return suffix if suffix != ".gz" else "".join(path.suffixes[-2:]).lower()


def container_of(path: Path) -> Path | None:
    """The outermost Zarr folder that an image lies in, which has several; None for images by themselves."""
    if path.suffix.lower() in (".tif", ".tiff", ".png") or not path.is_dir():
        return None
    outer = [parent for parent in path.absolute().parents if _is_container(parent)]
    return outer[-1] if outer else None


def mask_pattern(mask: Path) -> str:
    """The pattern of names like that of a mask: *_mask.tif for a_mask.tif."""
    return mask.name.replace(without(stem_of(mask), MASK_WORDS)[0], "*", 1)


def masks_among(paths: Sequence[Path]) -> dict[Path, Path]:
    """Which of the images are masks of others by their names: a_mask.tif where there is a.tif or a_img.tif, or
    masks/a.tif where there is an a.tif in a folder of another name.

    Returns:
        Mask -> the image that it is a mask of. A name that only looks like that of a mask is none without its image.
    """
    shortened = {path: without(stem_of(path), MASK_WORDS) for path in paths}
    images: dict[str, list[Path]] = {}
    for path in paths:
        if not shortened[path]:
            for name in (stem_of(path), *without(stem_of(path), IMAGE_WORDS)):
                images.setdefault(name, []).append(path)
    found = {}
    for path, names in shortened.items():
        owners = [image for name in names for image in images.get(name, ())]
        if not names and _is_for_masks(path.parent):
            owners = [image for image in images.get(stem_of(path), ()) if not _is_for_masks(image.parent)]
        if owners:
            found[path] = min(owners, key=lambda image: image.parent != path.parent)
    return found


def _is_for_masks(folder: Path) -> bool:
    return re.fullmatch(MASK_WORDS, folder.name, re.IGNORECASE) is not None


def _stem(path: Path) -> str:
    if path.suffix.lower() == ".gz":
        return path.stem.removesuffix(".nii")
    return path.stem.removesuffix(".ome") if path.suffix.lower() in (".tif", ".tiff", ".zarr") else path.stem


def _is_container(folder: Path) -> bool:
    return folder.suffix.lower() == ".zarr" or any((folder / mark).is_file() for mark in ("zarr.json", ".zgroup"))


def without(stem: str, words: str) -> list[str]:
    """What is left of a name without one of the words at its end or beginning; all ways to cut it."""
    patterns = (rf"(.+?){_SPLIT}(?:{words})", rf"(.+){_SPLIT}(?:{words})", rf"(?:{words}){_SPLIT}(.+)")
    found = [re.fullmatch(pattern, stem, re.IGNORECASE) for pattern in patterns]
    return list(dict.fromkeys(match[1] for match in found if match))
