"""Folders of images/ and labels/, and folders beside them that share both and add something of their own."""

from __future__ import annotations

from pathlib import Path

from rlseg.errors import RlsegError


def share(source: Path, target: Path) -> None:
    """Link target/images and target/labels to those of source, so that target can be given wherever source can.

    Args:
        source: folder with images/ and perhaps labels/.
        target: folder, made if it is missing.

    Raises:
        RlsegError: source has no images/, or the links cannot be made.
    """
    if not (source / "images").is_dir():
        raise RlsegError(f"no such folder: {source / 'images'}", "name a folder with images/ and labels/")
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name in ("images", "labels"):
            link, content = target / name, (source / name).resolve()
            if not content.is_dir() or (link.exists() and link.resolve() == content):
                continue
            link.unlink(missing_ok=True)
            link.symlink_to(content, target_is_directory=True)
    except OSError as error:
        raise RlsegError(f"cannot write {target}: {error.strerror}", "name another folder") from None
