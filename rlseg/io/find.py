"""The user's files: which images there are, and which labels and superpixels belong to them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rlseg.errors import RlsegError
from rlseg.io.decode import DECODERS
from rlseg.io.links import leads_out

KINDS = " or ".join(", ".join(decoder.kind for decoder in DECODERS).rsplit(", ", 1))


@dataclass(frozen=True)
class ImageFile:
    """One image and what belongs to it.

    Attributes:
        stem: file name without suffix (.ome.tif and .ome.zarr are suffixes); unique in a data set, names the outputs.
        image: path of the image, a file or the folder of a Zarr image.
        labels: path of its truth, or None.
        superpixels: path of its precomputed superpixels, or None.
    """

    stem: str
    image: Path
    labels: Path | None = None
    superpixels: Path | None = None


def find_images(
    sources: Path | Sequence[Path],
    labels: Path | None = None,
    superpixels: Path | None = None,
    labelled: Sequence[str] | None = None,
) -> tuple[ImageFile, ...]:
    """List the images of folders (not of their subfolders) and files, sorted by stem.

    Args:
        sources: a folder or file, or several. A file named twice counts once. Links in a folder must not lead out of
            it, for whoever gave you the folder need not know what else is on this computer; links that are named
            themselves are followed.
        labels: folder with one label image of the same stem for every image, or None.
        superpixels: folder with one superpixel image of the same stem for every image, or None.
        labelled: stems of the images that must have a label image; None = all.

    Raises:
        RlsegError: a path does not exist, a folder holds no image or a link that leads out of it, two images share a
            stem, or an image has no counterpart in the folder of labels or superpixels, or labelled names an image
            that there is not or comes without a folder of labels.
    """
    given = [sources] if isinstance(sources, Path) else list(sources)
    paths = [path for source in given for path in _expand(source)]
    images = _by_stem(paths)
    if not images:
        raise RlsegError("no images given", "name at least one image or folder")
    if labelled and labels is None:
        raise RlsegError(
            "labelled images are named, but no folder of labels", "name it, for example with --data.labels"
        )
    unknown = sorted(set(labelled or ()) - images.keys())
    if unknown:
        raise RlsegError(f"no image {unknown[0]} among the {len(images)} images", "labelled holds names without suffix")
    truth = _counterparts(images, labels, "label", images if labelled is None else labelled)
    regions = _counterparts(images, superpixels, "superpixel", images)
    return tuple(ImageFile(s, images[s], truth.get(s), regions.get(s)) for s in sorted(images))


def stem_of(path: Path) -> str:
    """The name of an image without its suffix."""
    return path.stem.removesuffix(".ome") if path.suffix.lower() in (".tif", ".tiff", ".zarr") else path.stem


def _expand(source: Path) -> list[Path]:
    try:
        source.stat()
        if source.is_dir() and not any(d.folders and d.recognises(source, b"") for d in DECODERS):
            return _list_folder(source)
    except (FileNotFoundError, NotADirectoryError):
        raise RlsegError(f"no such file or folder: {source}", "check the path") from None
    except OSError as error:  # a loop of links, a name that is too long, no permission
        raise RlsegError(f"cannot read {source}: {error.strerror}", "check the path and its permissions") from None
    return [source]


def _list_folder(folder: Path) -> list[Path]:
    try:
        names = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise RlsegError(f"cannot list {folder}: {error.strerror}", "check the path and its permissions") from None
    found = [path for path in names if _is_image(path)]
    if not found:
        raise RlsegError(f"no {KINDS} image in the folder {folder}", f"other entries: {len(names)}")
    for path in found:
        if leads_out(path, folder):
            raise RlsegError(f"{path} is a link that leads out of its folder", "copy the image, or name it itself")
    return found


def _is_image(path: Path) -> bool:
    suffix = path.suffix.lower()
    return any(suffix in decoder.suffixes and decoder.folders == path.is_dir() for decoder in DECODERS)


def _by_stem(paths: Iterable[Path]) -> dict[str, Path]:
    result: dict[str, Path] = {}
    for path in paths:
        other = result.setdefault(stem_of(path), path)
        if other != path and other.absolute() != path.absolute():
            raise RlsegError(f"two files share the stem {stem_of(path)}: {other} and {path}", "rename one")
    return result


def _counterparts(images: dict[str, Path], folder: Path | None, kind: str, needed: Collection[str]) -> dict[str, Path]:
    """Stem -> file in the folder, of those images that have one."""
    if folder is None:
        return {}
    if not folder.is_dir():
        raise RlsegError(f"no such folder of {kind} images: {folder}", "check the path")
    found = _by_stem(_list_folder(folder))
    missing = [images[stem] for stem in sorted(needed) if stem not in found]
    if missing:
        raise RlsegError(
            f"{len(missing)} of {len(needed)} images lack a {kind} image in {folder}: {missing[0].name}",
            f"a {kind} image has the name of its image, up to the suffix",
        )
    return {stem: found[stem] for stem in images if stem in found}
