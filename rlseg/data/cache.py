"""Prepared samples on disk, so that a second run of the same data starts at once."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import IO, Any

import numpy as np

from rlseg.errors import RlsegError
from rlseg.graph import Sample, SampleFacts
from rlseg.proposals import Proposals
from rlseg.regions import RegionStatistics

# seconds that one process waits for another to prepare an image
LONGEST_WAIT = 600.0
# read and written as they are
_ARRAYS = [f.name for f in fields(Sample) if f.name not in ("name", "regions", "subgraphs", "truth", "proposed_to")]
_FACTS = "facts"
_TABLES = [f.name for f in fields(RegionStatistics) if f.name != "proposals"]


def cache_key(settings: str, *files: Path | None) -> str:
    """Name of the cache file for some inputs: a hash of the settings and of the files' contents.

    Args:
        settings: all else that the sample depends on, the `recipe` among it.
        files: image, labels and superpixels, None for those that are not there.

    Raises:
        RlsegError: a file cannot be read.
    """
    digest = hashlib.sha256(f"{settings}\n".encode())
    for file in files:
        try:
            content = b"-" if file is None else _digest(file)
        except OSError as error:
            raise RlsegError(f"cannot read {file}: {error.strerror}", "check the path and its permissions") from None
        digest.update(content)
    return digest.hexdigest()[:32]


def _digest(path: Path) -> bytes:
    """Hash of a file, or of the names and contents of all files in the folder of a Zarr image."""
    if not path.is_dir():
        return hashlib.sha256(path.read_bytes()).digest()
    parts = [str(f.relative_to(path)).encode() + _digest(f) for f in sorted(path.rglob("*")) if f.is_file()]
    return hashlib.sha256(b"\n".join(parts)).digest()


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Keep a sample to this process, as long as the context lasts; who else makes it waits.

    The system holds the lock, so that it ends with the process. Where a folder cannot be locked (some network disks)
    nobody waits, and several do the same work: files are whole whoever writes them.

    Args:
        path: the file of the sample.
    """
    note = path.with_suffix(".lock")
    from filelock import FileLock  # a prediction keeps nothing, and need not wait for its import

    lock = FileLock(note)
    with suppress(OSError, NotImplementedError):  # a Timeout is an OSError
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=LONGEST_WAIT)
    try:
        yield
    finally:
        if lock.is_locked:
            note.unlink(missing_ok=True)
            lock.release()


def write_sample(file: IO[bytes], sample: Sample) -> None:
    """Write a sample as an uncompressed .npz, with its facts as JSON beside the arrays."""
    regions = sample.regions
    arrays = {f"regions.{name}": np.asarray(getattr(regions, name)) for name in _TABLES}
    if regions.proposals is not None:
        arrays |= {f"proposals.{f.name}": np.asarray(getattr(regions.proposals, f.name)) for f in fields(Proposals)}
    arrays |= {f"subgraphs.{size}": edges for size, edges in sample.subgraphs.items()}
    arrays |= {name: getattr(sample, name) for name in _ARRAYS}
    if sample.truth is not None:
        arrays["truth"] = sample.truth
    # of another name where another image is the same
    arrays[_FACTS] = np.array(json.dumps(asdict(replace(SampleFacts.of(sample), name=""))))
    arrays["names"] = np.array(sorted(arrays))
    np.savez(file, **arrays)  # type: ignore[arg-type]


def read_sample(file: IO[bytes], name: str) -> Sample | None:
    """Counterpart of `write_sample`; None if what is there is damaged."""
    try:
        with np.load(file, allow_pickle=False) as arrays:
            # a damaged name would look like a sample without truth, or without a size of sub-graphs
            if sorted(set(arrays.files) - {"names"}) != arrays["names"].tolist():
                return None
            statistics = {name: arrays[f"regions.{name}"] for name in _TABLES}
            statistics["level_channel"] = int(statistics["level_channel"])
            statistics["derived"] = tuple(map(str, statistics["derived"]))
            statistics["zoom"] = float(statistics["zoom"])
            for pair in ("pixel_size", "spacing"):
                statistics[pair] = tuple(statistics[pair].tolist())
            return Sample(
                name=name,
                regions=RegionStatistics(**statistics, proposals=_proposals(arrays)),
                subgraphs={
                    int(key.removeprefix("subgraphs.")): arrays[key] for key in arrays if key.startswith("subgraphs.")
                },
                truth=arrays["truth"] if "truth" in arrays.files else None,
                **{key: arrays[key] for key in _ARRAYS},
            )
    except Exception:  # numpy and zipfile raise whatever they meet in a damaged file
        return None


def save_sample(path: Path, sample: Sample, images: int = 1) -> None:
    """Write a sample into its file, whole or not at all (temporary file, then rename).

    Args:
        path: of the file.
        sample: whatever its size.
        images: that are to be written in all, for the message.

    Raises:
        RlsegError: the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                write_sample(file, sample)
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        hint = "name another folder, or none (--data.cache)"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            hint = explain_no_room(path.parent, sample.nbytes, images, hint)
        raise RlsegError(f"cannot write the cache folder {path.parent}: {error.strerror}", hint) from error


def explain_no_room(folder: Path | str, size: int, images: int, hint: str) -> str:
    """How much room samples need in a folder whose disk is full, and what to do about it.

    Args:
        folder: where they are written.
        size: bytes of one of them.
        images: how many there are.
        hint: what to do.
    """
    with suppress(OSError):
        free = shutil.disk_usage(folder).free
        return f"{images} images like this one need {_mb(size * images)} there, {_mb(free)} are free; {hint}"
    return hint


def _mb(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"


def load_sample(path: Path, name: str) -> Sample | None:
    """Read a sample; None if there is no such file or it is damaged (it is then made anew)."""
    # opened here, because numpy leaves it open if the archive is damaged
    with suppress(OSError), path.open("rb") as file:
        return read_sample(file, name)
    return None


def load_facts(path: Path, name: str) -> SampleFacts | None:
    """Read what is known of a sample without its arrays; None as of `load_sample`."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            found = json.loads(str(arrays[_FACTS]))
        found["subgraphs"] = {int(size): count for size, count in found["subgraphs"].items()}
        pairs = {pair: tuple(found[pair]) for pair in ("shape", "pixel_size")}
        return SampleFacts(**found | pairs | {"name": name})
    except Exception:  # see `read_sample`
        return None


def _proposals(arrays: Mapping[str, Any]) -> Proposals | None:
    if "proposals.views" not in arrays:
        return None
    found = {f.name: arrays[f"proposals.{f.name}"] for f in fields(Proposals)}
    return Proposals(**found | {"views": int(found["views"])})
