"""The file that torch packs a checkpoint in, and what a checkpoint of rlseg must hold."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from rlseg.errors import RlsegError

NEEDED = ("state_dict", "hyper_parameters", "preparation")
STAMP = "rlseg"


def verified(path: Path) -> io.BytesIO:
    """A checkpoint with its parts packed anew, each after a look at its checksum.

    torch does not look at checksums, and where the directory of a damaged file contradicts itself it reads other bytes
    than those that the checksum is about.

    Raises:
        RlsegError: a part is damaged; or the file is not of the kind that torch writes, in which nothing is compressed.
    """
    hint = "give a .ckpt of rlseg fit"
    clean = io.BytesIO()
    try:
        with zipfile.ZipFile(path) as given, zipfile.ZipFile(clean, "w") as packed:
            for part in given.infolist():
                if part.compress_type != zipfile.ZIP_STORED or part.compress_size != part.file_size:
                    raise RlsegError(f"{path} is not a checkpoint (parts of it are compressed)", hint)
                packed.writestr(part.filename, given.read(part))
    except zipfile.BadZipFile as error:
        if "CRC" in str(error):
            raise RlsegError(f"{path} is damaged: a checksum is wrong", "take another copy, or train again") from error
        raise RlsegError(f"{path} is not a checkpoint ({type(error).__name__})", hint) from error
    except (OSError, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        raise RlsegError(f"{path} is not a checkpoint ({type(error).__name__})", hint) from error
    clean.seek(0)
    return clean
