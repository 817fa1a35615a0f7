"""What a decoding library raises, in words that say what is known: the cause, or else who gave up."""

from __future__ import annotations

import json
import lzma
import struct
import zlib
from importlib.metadata import version
from pathlib import Path
from xml.etree.ElementTree import ParseError

from rlseg.errors import RlsegError
from rlseg.io.codecs import InflationError

# of what libraries say of files that end early, or contain something else than their headers claim
_CUT = (
    "truncat", "unexpected end", "end of file", "eof", "not enough", "buffer is smaller", "incomplete", "too short",
    "corrupt", "broken data", "broken png", "data stream contents", "be reshaped", "invalid input data", "data offset",
    "bad_data",
)  # fmt: skip
_PACKAGE = 'pip install "rlseg[formats]", or save it with zlib or without compression'


def broken(path: Path, error: Exception, package: str) -> RlsegError:
    """The line for whatever came out of a decoding library. Known causes first; else the library is named.

    Args:
        path: of the image.
        error: what was raised.
        package: the library, by the name it is installed by.
    """
    words = " ".join(str(error).split())[:200]
    if isinstance(error, MemoryError):
        return RlsegError(f"cannot read {path}: there is not enough memory for it", "cut it into tiles")
    if isinstance(error, OSError) and error.strerror:
        what = f"{error.strerror} ({Path(error.filename).name})" if error.filename else error.strerror
        return RlsegError(f"cannot read {path}: {what}", "check the path and its permissions, and copy it again")
    if "imagecodecs" in words:
        return RlsegError(f"cannot read {path}: it is stored in a way that needs a package that is missing", _PACKAGE)
    if type(error).__name__ == "UnknownCodecError":  # of zarr, which may not be installed
        what = words.replace("'", "").rpartition(": ")[2]
        return RlsegError(
            f"cannot read {path}: it is stored by a codec that is not read here: {what}",
            "save it again, compressed by blosc, gzip, zstd or not at all",
        )
    if isinstance(error, InflationError):
        return RlsegError(f"cannot read {path}: {words}", "save it again with another program")
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError | ParseError):
        kind = "XML" if isinstance(error, ParseError) else "JSON"
        return RlsegError(f"cannot read {path}: its description is no {kind}", "copy it again from where it was made")
    cut = isinstance(error, EOFError | zlib.error | lzma.LZMAError | struct.error)
    if cut or any(word in words.lower() for word in _CUT):
        return RlsegError(
            f"cannot read {path}: it ends early, or its content is not what its header says",
            "copy it again from where it was made",
        )
    said = f"{type(error).__name__}: {words}" if words else type(error).__name__
    return RlsegError(
        f"cannot read {path}: {package} {version(package)} gives up with {said}",
        "if other programs open it, save it from there as a plain TIFF",
    )
