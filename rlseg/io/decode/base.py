"""What reads image files of one format."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from rlseg.io.decode.content import Content, Wanted


class Decoder(ABC):
    """A format that images are read in. A new one is one new file in this folder.

    Attributes:
        kind: its name, for messages.
        suffixes: by which images of it are found in a folder, in lower case, with the dot.
        folders: whether an image is a folder, else a file.
        several: whether a file may hold several images, of which `Wanted.series` chooses one (`pick`).
    """

    kind: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]
    folders: ClassVar[bool] = False
    several: ClassVar[bool] = False

    @property
    def installed(self) -> bool:
        """Whether what reads it is there; files of others in a folder are left out, with a word."""
        return True

    @abstractmethod
    def recognises(self, path: Path, start: bytes) -> bool:
        """Whether a file is of this format; told by the content, not by the name.

        Args:
            path: the file, or the folder.
            start: its first 26 bytes; none of a folder.
        """

    @abstractmethod
    def decode(self, path: Path, start: bytes, wanted: Wanted) -> Content:
        """Read the one image of a file that it recognises, see `rlseg.io.decode.decode`.

        The size is checked (`check_size`) before memory is taken for it, and whatever a decoding library raises
        becomes an RlsegError (`broken`).
        """
