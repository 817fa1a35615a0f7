"""A file of outlines before its format is known; what it holds is parsed once for all who ask."""

from __future__ import annotations

import json
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from rlseg.errors import RlsegError

# bytes of a text of outlines; a million objects of 20 corners each have a fifth of it
LARGEST = 2**30


class Source:
    """A file, or a folder of files that belong together.

    Attributes:
        path: of it.
        image: the name without suffix of the image whose outlines are wanted, for files with those of several; or None.
    """

    def __init__(self, path: Path, image: str | None = None) -> None:
        self.path = path
        self.image = image

    @cached_property
    def start(self) -> bytes:
        """The first 26 bytes; none of a folder.

        Raises:
            RlsegError: there is no such file, or it is empty or cannot be read.
        """
        try:
            if self.path.is_dir():
                return b""
            with self.path.open("rb") as file:
                start = file.read(26)
        except FileNotFoundError:
            raise RlsegError(f"no such file or folder: {self.path}", "check the path") from None
        except OSError as error:
            raise RlsegError(
                f"cannot read {self.path}: {error.strerror}", "check the path and its permissions"
            ) from None
        if not start:
            raise RlsegError(f"{self.path} is empty (0 bytes)", "copy the file again")
        return start

    @property
    def text(self) -> str:
        """All of it as text.

        Raises:
            RlsegError: it is none, or too large.
        """
        try:
            size = self.path.stat().st_size
            if size > LARGEST:
                raise RlsegError(
                    f"{self.path} has {size} bytes, outlines at most {LARGEST}", "keep some of the objects"
                )
            return self.path.read_text(encoding="utf-8-sig")
        except OSError as error:
            raise RlsegError(
                f"cannot read {self.path}: {error.strerror}", "check the path and its permissions"
            ) from None
        except UnicodeDecodeError:
            raise RlsegError(
                f"cannot read {self.path}: it is no text", "copy it again from where it was made"
            ) from None

    @property
    def looks_like_json(self) -> bool:
        """Whether it begins as JSON does."""
        return self.start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")

    @cached_property
    def json(self) -> Any:
        """What it says in JSON; None if it is none at all.

        Raises:
            RlsegError: it begins like JSON and is broken.
        """
        if not self.looks_like_json:
            return None
        try:
            state = self.path.stat()
            return _parsed(self, state.st_mtime_ns, state.st_size)
        except (json.JSONDecodeError, RecursionError):
            raise RlsegError(
                f"cannot read {self.path}: it is no JSON to its end", "copy it again from where it was made"
            ) from None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Source) and self.path.absolute() == other.path.absolute()

    def __hash__(self) -> int:
        return hash(self.path.absolute())


@lru_cache(maxsize=2)
def _parsed(source: Source, changed: int, size: int) -> Any:
    """The JSON of a file as it is now; kept, for one file may hold the outlines of a thousand images."""
    return json.loads(source.text)
