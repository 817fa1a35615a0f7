"""What reads outlines of one format."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from rlseg.errors import RlsegError
from rlseg.io.outlines.shapes import Found
from rlseg.io.outlines.source import Source


class OutlineFormat(ABC):
    """A format that outlined objects are read in. A new one is one new file in this folder.

    Attributes:
        kind: its name, for messages.
        suffixes: by which files of it are found in a folder, in lower case, with the dot.
    """

    kind: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]

    @abstractmethod
    def recognises(self, source: Source) -> bool:
        """Whether a file is of this format; told by the content, not by the name."""

    @abstractmethod
    def read(self, source: Source) -> Found:
        """The objects of a file that it recognises.

        Raises:
            RlsegError: the file is broken, or does not say which of its outlines are wanted.
        """

    def images(self, source: Source) -> tuple[str, ...] | None:
        """Names without suffix of the images that one file has outlines of; None if it is about one image."""
        return None


def broken(source: Source, what: str) -> RlsegError:
    """The line for a file that does not say what its format asks for. what: is wrong with it."""
    return RlsegError(f"cannot read {source.path}: {what}", "save the outlines again, or copy the file again")
