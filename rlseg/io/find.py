"""The user's files: which images there are, and which labels and superpixels belong to them."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rlseg.errors import RlsegError
from rlseg.io.decode import DECODERS
from rlseg.io.folder import KINDS, Say, counted, is_image, list_folder, listed, refuse_links
from rlseg.io.names import container_of, mask_pattern, masks_among, stem_of
from rlseg.io.pattern import Pattern


@dataclass(frozen=True)
class ImageFile:
    """One image and what belongs to it.

    Attributes:
        stem: file name without suffix (.ome.tif and .ome.zarr are suffixes); unique in a data set, names the outputs.
            With folders before it, like one/a, if a pattern finds images in several.
        image: path of the image, a file or the folder of a Zarr image.
        labels: path of its truth, or None.
        superpixels: path of its precomputed superpixels, or None.
    """

    stem: str
    image: Path
    labels: Path | None = None
    superpixels: Path | None = None


@dataclass(frozen=True)
class _Named:
    """A file, its stem, and what else it may be called by: what the * of a pattern stands for."""

    stem: str
    path: Path
    key: str


def warn(note: str) -> None:
    """Say a line to users of Python."""
    warnings.warn(note, stacklevel=4)


def find_images(
    sources: Path | Sequence[Path],
    labels: Path | None = None,
    superpixels: Path | None = None,
    labelled: Sequence[str] | None = None,
    say: Say = warn,
) -> tuple[ImageFile, ...]:
    """List the images of folders (not of their subfolders), patterns and files, sorted by stem.

    In folders and patterns, images that are masks of others there by their names (a_mask.tif beside a.tif) are left
    out, with a word.

    Args:
        sources: a folder, a file or a pattern like plate/**/*_dapi.tif, or several. A file named twice counts once.
            Links in a folder must not lead out of it, for whoever gave you the folder need not know what else is on
            this computer; links that are named themselves are followed.
        labels: folder with one label image of the same stem for every image, or None. Of a pattern like
            masks/*_mask.tif, what the * stands for is the name that counts.
        superpixels: folder or pattern with one superpixel image for every image, or None.
        labelled: stems of the images that must have a label image; None = all.
        say: takes a line about files that are left out.

    Raises:
        RlsegError: a path does not exist, a folder holds no image or a link that leads out of it, two images share a
            stem, or an image has no counterpart in the folder of labels or superpixels, or is its own; or labelled
            names an image that there is not or comes without a folder of labels.
    """
    given = [sources] if isinstance(sources, Path) else list(sources)
    images = _by_stem([named for source in given for named in _without_masks(_expand(source, say), say)])
    if not images:
        raise RlsegError("no images given", "name at least one image or folder")
    named_masks = masks_among([named.path for named in images.values()])
    if named_masks:  # the user's own word counts
        names = [str(path) for path in named_masks]
        say(f"{counted(names, 'image')} that you name may be a mask of another, by the name: {listed(names)}")
    if labelled and labels is None:
        raise RlsegError(
            "labelled images are named, but no folder of labels", "name it, for example with --data.labels"
        )
    unknown = sorted(set(labelled or ()) - images.keys())
    if unknown:
        raise RlsegError(f"no image {unknown[0]} among the {len(images)} images", "labelled holds names without suffix")
    truth = _counterparts(images, labels, "label", images if labelled is None else labelled, say)
    regions = _counterparts(images, superpixels, "superpixel", images, say)
    return tuple(ImageFile(s, images[s].path, truth.get(s), regions.get(s)) for s in sorted(images))


def find_labels(source: Path, say: Say = warn) -> tuple[ImageFile, ...]:
    """List the label images of a folder or pattern, as `find_images` does images; the stem is that of the image.

    Raises:
        RlsegError: see `find_images`; also if images lie beside their masks.
    """
    found = _expand(source, say)
    pairs = masks_among([named.path for named in found])
    if pairs:
        mask, image = next(iter(pairs.items()))
        raise _two_possible(image, mask)
    return tuple(ImageFile(key, named.path) for key, named in sorted(_by_stem(found, keys=True).items()))


def _expand(source: Path, say: Say) -> list[_Named]:
    try:
        source.stat()
        if source.is_dir() and not _is_folder_image(source):
            return [_Named(stem_of(path), path, stem_of(path)) for path in list_folder(source, say)]
    except OSError as error:
        pattern = Pattern.of(source)  # what is there under this very name is no pattern
        if pattern is not None:
            return _match(source, pattern, say)
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            raise RlsegError(f"no such file or folder: {source}", "check the path") from None
        # a loop of links, a name that is too long, no permission
        raise RlsegError(f"cannot read {source}: {error.strerror}", "check the path and its permissions") from None
    return [_Named(stem_of(source), source, stem_of(source))]


def _is_folder_image(path: Path) -> bool:
    return any(decoder.folders and decoder.recognises(path, b"") for decoder in DECODERS)


def _match(source: Path, pattern: Pattern, say: Say) -> list[_Named]:
    """The images that a pattern names or, if it names folders alone, those in them."""
    try:
        matches = pattern.paths()
    except OSError as error:
        raise RlsegError(
            f"nothing has the name {source}: {error.filename}: {error.strerror}", "check the pattern"
        ) from None
    found = [path for path in matches if is_image(path) or (path.is_dir() and _is_folder_image(path))]
    folders = [path for path in matches if path.is_dir() and path not in found]
    in_folders = not found and bool(folders)
    if in_folders:
        found = [path for folder in folders for path in list_folder(folder, say)]
    if not found:
        others = f"{counted(matches, 'other file')} so called" if matches else "there is nothing so called"
        raise RlsegError(f"no {KINDS} image has a name like {source}", f"{others}; * stands for any letters")
    named = []
    for path in refuse_links(found, pattern.base):
        before = _folder_in(pattern.base, path) if in_folders or pattern.spreads else ""
        key = None if in_folders else pattern.kept(path)
        named.append(_Named(before + stem_of(path), path, before + (key or stem_of(path))))
    return named


def _folder_in(base: Path, path: Path) -> str:
    """Where an image lies in a folder, like one/two/, to be a part of its name."""
    above = (container_of(path) or path).absolute().parent
    if not above.is_relative_to(base.absolute()) or above == base.absolute():
        return ""
    return f"{above.relative_to(base.absolute()).as_posix()}/"


def _without_masks(found: list[_Named], say: Say) -> list[_Named]:
    if len(found) < 2:
        return found
    masks = masks_among([named.path for named in found])
    for folder in dict.fromkeys(mask.parent for mask in masks):
        names = [mask.name for mask in masks if mask.parent == folder]
        say(
            f"{folder}: {counted(names, 'image')} left out, by their names masks of others: {listed(names)} "
            "(a file that you name itself is taken)"
        )
    return [named for named in found if named.path not in masks]


def _by_stem(found: Iterable[_Named], keys: bool = False) -> dict[str, _Named]:
    result: dict[str, _Named] = {}
    for named in found:
        stem = named.key if keys else named.stem
        other = result.setdefault(stem, named).path
        if other != named.path and other.absolute() != named.path.absolute():
            raise RlsegError(f"two files share the stem {stem}: {other} and {named.path}", "rename one")
    return result


def _counterparts(
    images: dict[str, _Named], source: Path | None, kind: str, needed: Collection[str], say: Say
) -> dict[str, Path]:
    """Stem -> file in the folder or of the pattern, of those images that have one."""
    if source is None:
        return {}
    if not source.is_dir() and Pattern.of(source) is None:
        raise RlsegError(f"no such folder of {kind} images: {source}", "check the path")
    plain = source.is_dir() and not _is_folder_image(source)
    found = _in_folders(source, images, say) if plain else _expand(source, say)
    by_key, by_stem = _by_stem(found, keys=True), _by_stem(found)
    chosen = {}
    for stem, image in images.items():
        own = by_stem.get(stem) or by_key.get(stem) or by_key.get(image.key) or by_stem.get(image.key)
        if own is not None:
            chosen[stem] = own.path
    missing = [images[stem].path for stem in sorted(needed) if stem not in chosen]
    if missing:
        raise RlsegError(
            f"{len(missing)} of {len(needed)} images lack a {kind} image in {source}: {missing[0].name}",
            f"a {kind} image has the name of its image, up to the suffix; or name a pattern, like {source}/*_mask.tif",
        )
    pairs = {image: mask for mask, image in masks_among([named.path for named in found]).items()}
    for stem, path in chosen.items():
        if path in pairs:
            raise _two_possible(path, pairs[path])
        # an OME-Zarr image may have its labels inside
        if path.absolute() == images[stem].path.absolute() and not path.is_dir():
            raise RlsegError(f"{path} is given as an image and as its {kind} image", f"where are the {kind} images?")
    return chosen


def _in_folders(source: Path, images: dict[str, _Named], say: Say) -> list[_Named]:
    """What is in a folder and, of images called one/a, in its folder one."""
    found = []
    for within in sorted({stem.rpartition("/")[0] for stem in images}):
        if (source / within).is_dir():
            before = f"{within}/" if within else ""
            for path in list_folder(source / within, say):
                found.append(_Named(before + stem_of(path), path, before + stem_of(path)))
    return found


def _two_possible(image: Path, mask: Path) -> RlsegError:
    return RlsegError(
        f"{image} has a mask beside it, {mask.name}: which of them are the labels?",
        f'name them by a pattern: "{mask.parent / mask_pattern(mask)}"',
    )
