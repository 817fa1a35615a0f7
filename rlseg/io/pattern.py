"""Patterns of file names, as a shell has them: * and ? within a name, ** for any number of folders."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePath

_MAGIC = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class Pattern:
    """A path with wildcards.

    Attributes:
        base: the folder above the first wildcard.
        parts: names and wildcards below it, at least one.
    """

    base: Path
    parts: tuple[str, ...]

    @staticmethod
    def of(path: PurePath) -> Pattern | None:
        """The pattern in a path, or None if it has no wildcard."""
        magic = [place for place, part in enumerate(path.parts) if _MAGIC.search(part)]
        if not magic:
            return None
        parts = path.parts[magic[0] :]
        return Pattern(Path(*path.parts[: magic[0]]), (*parts, "*") if parts[-1] == "**" else parts)

    def paths(self) -> list[Path]:
        """The files and folders that match, sorted; nothing hidden, and nothing that ** would find in a Zarr folder or
        behind a link to a folder.

        Raises:
            OSError: a folder cannot be listed.
        """
        return sorted(set(_matches(self.base, self.parts)))

    def kept(self, path: Path) -> str | None:
        """What the only * in the last part stands for, without a suffix: "a" for a_mask.tif and *_mask.tif.

        None if the last part has other wildcards.
        """
        before, star, after = self.parts[-1].partition("*")
        if not star or _MAGIC.search(before + after):
            return None
        text = path.name[len(before) : len(path.name) - len(after)]
        return text.removesuffix(path.suffix).removesuffix(".ome").removesuffix(".nii")

    @property
    def spreads(self) -> bool:
        """Whether it finds files in several folders."""
        return any(_MAGIC.search(part) for part in self.parts[:-1])


def _matches(folder: Path, parts: Sequence[str]) -> Iterator[Path]:
    head, rest = parts[0], parts[1:]
    entries = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    if head == "**":
        yield from _matches(folder, rest)
        for path in entries:
            if path.is_dir() and not path.is_symlink() and path.suffix.lower() != ".zarr":
                yield from _matches(path, parts)
        return
    for path in entries:
        if fnmatch(path.name, head):
            if not rest:
                yield path
            elif path.is_dir():
                yield from _matches(path, rest)
