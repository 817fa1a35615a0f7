"""The user's outlines: which file holds those of which image."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rlseg.errors import RlsegError
from rlseg.io.find import ImageFile, find_images, warn
from rlseg.io.folder import Say, counted, listed, refuse_links
from rlseg.io.names import IMAGE_WORDS, MASK_WORDS, mask_pattern, masks_among, stem_of, suffix_of, without
from rlseg.io.outlines.formats import all_formats, format_of
from rlseg.io.outlines.source import Source
from rlseg.io.pattern import Pattern

_WORDS = rf"rois?|roi_?sets?|shapes?|outlines?|outlined|polygons?|annotations?|annotated|objects?|{MASK_WORDS}"


@dataclass(frozen=True)
class OutlineFile:
    """The outlines of one image.

    Attributes:
        stem: name of the image, as in `ImageFile`.
        path: file or folder with its outlines, perhaps with those of others.
        image: file of the image, or None if no images were named.
    """

    stem: str
    path: Path
    image: Path | None = None


@dataclass(frozen=True)
class _Candidate:
    """A file, and the images that it may belong to by its name, the likeliest first."""

    path: Path
    names: tuple[str, ...]


def find_outlines(source: Path, images: Path | None = None, say: Say = warn) -> tuple[OutlineFile, ...]:
    """Pair outlines with images by their names: a.tif with a.roi, a_RoiSet.zip, a.geojson, a_cp_masks.png, ...

    One COCO file may hold those of all images. If there is one image and one file of outlines, they belong together.

    Args:
        source: a folder (may be that of the images), a pattern like "masks/*_mask.tif", in which the * stands for the
            name of the image, or a file.
        images: an image, a folder or a pattern of them, see `find_images`; None if there are outlines only.
        say: takes a line about files that belong to no image.

    Returns:
        By the name of the image. There may be more images than outlines; an image without outlines is not among them.

    Raises:
        RlsegError: a path does not exist, two files hold outlines of one image, or none belongs to an image.
    """
    if images is None:
        found = _candidates(source, ())
        return tuple(sorted((file for candidate in found for file in _alone(candidate)), key=lambda file: file.stem))
    notes: list[str] = []
    files = find_images(images, say=notes.append)
    found = _candidates(source, files)
    names = {file.stem: _names_of(file, images) for file in files}
    chosen = {stem: path for stem in names if (path := _chosen(stem, names[stem], found)) is not None}
    rest = [candidate for candidate in found if candidate.path not in chosen.values()]
    chosen |= _of_collections(rest, [stem for stem in names if stem not in chosen])
    if not chosen and len(files) == 1:
        chosen = _only_one(files[0].stem, source, found)
        for path in chosen.values():
            if path != source and re.fullmatch(_WORDS, stem_of(path), re.IGNORECASE) is None:
                say(f"{path} is taken for the outlines of {files[0].image}: there is only one of each")
    if not chosen:
        hint = "outlines have the name of their image, up to the suffix: a.tif and a.roi, a_RoiSet.zip or a.geojson"
        what = f" (there is {listed([candidate.path.name for candidate in found])})" if found else ""
        raise RlsegError(f"no outlines in {source} belong to an image in {images}{what}", hint)
    used = set(chosen.values())
    # masks that are no images are told, unless they are the outlines that are meant
    beside = tuple(f"{path.parent}: " for path in used)
    for note in notes:
        if not ("masks of others" in note and note.startswith(beside)):
            say(note)
    idle = [c.path.name for c in rest if c.path not in used and c.path.parent not in used]
    if idle:
        say(f"{source}: {counted(idle, 'file')} of outlines without an image of that name: {listed(idle)}")
    image = {file.stem: file.image for file in files}
    return tuple(OutlineFile(stem, chosen[stem], image[stem]) for stem in sorted(chosen))


def _names_of(file: ImageFile, images: Path) -> tuple[str, ...]:
    """The names that an image may be called by: its stem, what the * of a pattern stands for, its stem without _img."""
    folder, _, stem = file.stem.rpartition("/")
    before = f"{folder}/" if folder else ""
    pattern = Pattern.of(images)
    kept = pattern.kept(file.image) if pattern is not None else None
    others = [kept] if kept else []
    return (file.stem, *(before + name for name in [*others, *without(stem, IMAGE_WORDS)]))


def _chosen(stem: str, names: Sequence[str], found: Sequence[_Candidate]) -> Path | None:
    """The file of outlines of an image: of the likeliest name that there is."""
    for rank in range(max((len(candidate.names) for candidate in found), default=0)):
        fits = [c.path for c in found if rank < len(c.names) and c.names[rank] in names]
        if len(fits) > 1:
            raise RlsegError(
                f"{stem} has outlines in {len(fits)} files: {listed([path.name for path in fits])}",
                f'name those that count by a pattern, like "{fits[0].parent}/*{"".join(fits[0].suffixes)}"',
            )
        if fits:
            return fits[0]
    return None


def _of_collections(found: Sequence[_Candidate], stems: Sequence[str]) -> dict[str, Path]:
    """Stem -> the file with outlines of several images that knows it."""
    chosen: dict[str, Path] = {}
    for candidate in found:
        known = _images_in(candidate.path) or ()
        for stem in stems:
            if stem in known or stem.rpartition("/")[2] in known:
                other = chosen.setdefault(stem, candidate.path)
                if other != candidate.path:
                    raise RlsegError(f"{stem} has outlines in two files: {other} and {candidate.path}", "name one")
    return chosen


def _images_in(path: Path) -> tuple[str, ...] | None:
    source = Source(path)
    try:
        return format_of(source).images(source) if path.suffix.lower() == ".json" else None
    except RlsegError:  # told when it is read, if it belongs to an image
        return None


def _only_one(stem: str, source: Path, found: Sequence[_Candidate]) -> dict[str, Path]:
    """The one file of outlines for the one image; or the folder, if it holds single regions."""
    if len(found) == 1:
        return {stem: found[0].path}
    if source.is_dir() and found and all(candidate.path.suffix.lower() == ".roi" for candidate in found):
        return {stem: source}
    return {}


def _alone(candidate: _Candidate) -> list[OutlineFile]:
    """The outlines in a file, where no images are named."""
    known = _images_in(candidate.path)
    if known is None:
        return [OutlineFile(candidate.names[:2][-1], candidate.path)]  # a for a_cp_masks, not a_cp
    return [OutlineFile(stem, candidate.path) for stem in dict.fromkeys(known)]


def _candidates(source: Path, images: Sequence[ImageFile]) -> list[_Candidate]:
    """The files that may hold outlines, none of which is one of the images.

    Raises:
        RlsegError: there is none, or label images lie beside images that nobody named.
    """
    pattern = None if source.exists() else Pattern.of(source)
    if pattern is not None:
        paths = [path for path in pattern.paths() if _may_hold(path)]
        found = [_Candidate(path, (pattern.kept(path) or stem_of(path),)) for path in refuse_links(paths, pattern.base)]
    elif source.is_dir() and source.suffix.lower() != ".zarr":
        found = []
        for within in sorted({file.stem.rpartition("/")[0] for file in images} | {""}):
            folder = source / within
            paths = _listed(folder) if folder.is_dir() else []
            found += [_Candidate(path, _owners(path, f"{within}/" if within else "")) for path in paths]
    elif source.exists():
        return [_Candidate(source, _owners(source, ""))]
    else:
        raise RlsegError(f"no such file or folder: {source}", "check the path")
    own = {file.image.absolute() for file in images}
    found = [candidate for candidate in found if candidate.path.absolute() not in own]
    pairs = masks_among([c.path for c in found if c.path.suffix.lower() in all_formats()["label image"].suffixes])
    if pairs:
        mask, image = next(iter(pairs.items()))
        raise RlsegError(
            f"{image} has a mask beside it, {mask.name}: which of them are the labels?",
            f'name them by a pattern: "{mask.parent / mask_pattern(mask)}"',
        )
    if not found:
        kinds = ", ".join(all_formats())
        besides = " besides the images themselves" if own else ""
        raise RlsegError(f"no outlines in {source}{besides}", f"looked for: {kinds}")
    return found


def _owners(path: Path, before: str) -> tuple[str, ...]:
    """The names of images that a file of outlines may belong to."""
    stem = stem_of(path)
    shorter = [*without(stem, _WORDS)]
    inner = Path(stem).suffix.lower()
    if inner in (".rois", ".coco", ".tif", ".tiff", ".png", ".ome", ".jpg"):  # a.rois.zip, a.tif.geojson
        shorter.append(Path(stem).stem)
    return tuple(before + name for name in dict.fromkeys((stem, *shorter)))


def _may_hold(path: Path) -> bool:
    """Whether a file or folder may hold outlines, by its suffix, or as a folder of regions."""
    if path.is_dir():
        return path.suffix.lower() == ".zarr" or all_formats()["ImageJ regions"].recognises(Source(path))
    return any(suffix_of(path) in form.suffixes for form in all_formats().values())


def _listed(folder: Path) -> list[Path]:
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise RlsegError(f"cannot list {folder}: {error.strerror}", "check the path and its permissions") from None
    return refuse_links([path for path in paths if _may_hold(path) and _is_known(path)], folder)


def _is_known(path: Path) -> bool:
    """Whether a file is no table or text of another kind; one that is broken is told when it is read."""
    try:
        source = Source(path)
        return any(form.recognises(source) for form in all_formats().values())
    except RlsegError:
        return True
