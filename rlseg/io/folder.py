"""Which images lie in a folder, and what else lies there that could have been meant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from rlseg.errors import RlsegError
from rlseg.io.decode import DECODERS
from rlseg.io.links import leads_out
from rlseg.io.names import suffix_of

_READ = [decoder for decoder in DECODERS if decoder.installed]
KINDS = " or ".join(", ".join(decoder.kind for decoder in _READ).rsplit(", ", 1))
Say = Callable[[str], None]
# what lies beside images and is none: notes, tables, outlines, reports
_OTHER = (
    "", ".csv", ".db", ".docx", ".geojson", ".html", ".ini", ".ipynb", ".json", ".log", ".md", ".odt", ".pdf", ".py",
    ".roi", ".toml", ".tsv", ".txt", ".xls", ".xlsx", ".xml", ".yaml", ".yml", ".zip",
)  # fmt: skip
_DEPTH = 3


def is_image(path: Path) -> bool:
    """Whether a file or folder has the suffix of an image that can be read."""
    suffix = suffix_of(path)
    return any(suffix in decoder.suffixes and decoder.folders == path.is_dir() for decoder in _READ)


def list_folder(folder: Path, say: Say) -> list[Path]:
    """The images of a folder, not of its subfolders, sorted by name.

    Args:
        folder: an existing one.
        say: takes a line about files that seem to be images of other kinds, and about subfolders with images.

    Raises:
        RlsegError: it cannot be listed, holds no image, or one that is a link to something outside of it.
    """
    names = _entries(folder)
    found = [path for path in names if is_image(path)]
    rest = sorted({*names} - {*found})
    strange = [path.name for path in rest if path.suffix.lower() not in _OTHER and not path.is_dir()]
    below = [path.name for path in rest if _holds_images(path, _DEPTH if not found else 1)]
    if not found:
        if below:
            hint = f'its subfolders have some: name one of them, or take all by a pattern, "{folder}/**/*.tif"'
        elif strange:
            hint = f"convert what is there, like {strange[0]}, to TIFF ({counted(strange, 'file')} of other kinds)"
        else:
            hint = f"other entries: {len(names)}"
        raise RlsegError(f"no {KINDS} image in the folder {folder}", hint)
    if strange:
        say(f"{folder}: {counted(strange, 'file')} left out, no {KINDS}: {listed(strange)}")
    if below:
        say(f'{folder}: {counted(below, "subfolder")} with images not looked at: {listed(below)} ("{folder}/**/*.tif")')
    return refuse_links(found, folder)


def refuse_links(paths: Sequence[Path], folder: Path) -> list[Path]:
    """The paths, if none of them is a link, or behind one, to something outside of the folder they lie in.

    Raises:
        RlsegError: one is.
    """
    for path in paths:
        below = [path, *path.parents][: len(path.parts) - len(folder.parts)]
        if any(leads_out(part, folder) for part in below):
            raise RlsegError(f"{path} is a link that leads out of its folder", "copy the image, or name it itself")
    return list(paths)


def counted(things: Sequence[object], word: str) -> str:
    """How many, with the word in the right number: "1 file", "3 files"."""
    return f"{len(things)} {word}{'' if len(things) == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """The first five."""
    return ", ".join(names[:5]) + (" ..." if len(names) > 5 else "")


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise RlsegError(f"cannot list {folder}: {error.strerror}", "check the path and its permissions") from None


def _holds_images(folder: Path, depth: int) -> bool:
    """Whether there is an image in a folder or, with a depth above 1, below it; links to folders are none."""
    if depth == 0 or folder.is_symlink() or not folder.is_dir():
        return False
    try:
        names = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    except OSError:  # it is not asked for
        return False
    return any(is_image(path) for path in names) or any(_holds_images(path, depth - 1) for path in names)
