"""Image files as prepared samples."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from rich.progress import Progress

from rlseg.data.cache import cache_key, load_sample, one_at_a_time, save_sample
from rlseg.data.prepare import Preparation
from rlseg.data.recipe import recipe
from rlseg.errors import RlsegError
from rlseg.graph import Sample
from rlseg.io import ImageFile, Reading, read_image, read_labels, square_pixels


def prepare_file(
    file: ImageFile,
    preparation: Preparation,
    channels: int | None = None,
    cache: Path | None = None,
    reading: Reading = Reading(),
    pixel_size: float | None = None,
) -> Sample:
    """Read and prepare one image, or take it from the cache folder; of several processes one prepares it for all.

    Args:
        file: where the image lies.
        preparation, channels, reading: how it is read and prepared.
        cache: folder of what is prepared already, or None.
        pixel_size: um, instead of what the file says.

    Raises:
        RlsegError: the image, its labels or its superpixels cannot be used.
    """
    if cache is None:
        return _prepare(file, preparation, channels, reading, pixel_size)
    how = f"{channels} {pixel_size} {reading.model_dump_json()} {preparation.model_dump_json(exclude={'trained_on'})}"
    key = cache_key(f"{made_by(preparation)} {how}", file.image, file.labels, file.superpixels)
    path = cache / f"{key}.npz"
    sample = load_sample(path, file.stem)
    if sample is None:
        with one_at_a_time(path):
            # what another process of the same training, or another training, has made meanwhile
            sample = load_sample(path, file.stem)
            if sample is None:
                sample = _prepare(file, preparation, channels, reading, pixel_size)
                save_sample(path, sample)
    return sample


def _prepare(
    file: ImageFile, preparation: Preparation, channels: int | None, reading: Reading, pixel_size: float | None
) -> Sample:
    image = read_image(file.image, channels, reading)
    for note in image.notes:
        warnings.warn(note, stacklevel=2)
    raw = image.pixels
    shape = (raw.shape[1], raw.shape[2])
    truth = None if file.labels is None else read_labels(file.labels, shape, reading.max_pixels)
    superpixels = None
    if file.superpixels is not None:
        superpixels = read_labels(file.superpixels, shape, reading.max_pixels, superpixels=True)
    if preparation.intersect_with_truth and truth is None:
        raise RlsegError(f"intersect_with_truth is set, but {file.image} has no labels", "name the folder of labels")
    size = image.pixel_size if pixel_size is None else square_pixels(pixel_size)
    return preparation(raw, file.stem, truth, superpixels, size)


def made_by(preparation: Preparation) -> str:
    """The `recipe` of the samples of a preparation."""
    return recipe(type(preparation.superpixels).__module__)


def prepare_files(
    files: Sequence[ImageFile],
    preparation: Preparation,
    channels: int | None = None,
    cache: Path | None = None,
    workers: int = 1,
    title: str = "preparing images",
    reading: Reading = Reading(),
    pixel_size: float | None = None,
) -> list[Sample]:
    """Prepare many images with a progress bar, in `workers` threads. Order and arguments as in `prepare_file`.

    Raises:
        RlsegError: the first image that cannot be used.
    """
    if cache is not None:
        made_by(preparation)  # kept for the threads: Python 3.11 fails where several of them parse code at once
    # threads, for nearly all of the work is done outside of the interpreter's lock, while processes would take seconds
    # to import the libraries and to compile
    # the progress is closed here and not, as that of a generator, whenever it is collected: that could be in the middle
    # of the next one, which would wait for ever
    with Progress(transient=True) as progress, ThreadPoolExecutor(max(workers, 1)) as pool:
        task = progress.add_task(title, total=len(files))
        jobs = [pool.submit(prepare_file, f, preparation, channels, cache, reading, pixel_size) for f in files]
        samples = []
        try:
            for file, job in zip(files, jobs, strict=True):
                samples.append(_result(job, file))
                progress.advance(task)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return samples


def _result(job: Future[Sample], file: ImageFile) -> Sample:
    try:
        return job.result()
    except MemoryError as error:
        hint = "fewer at a time (--data.workers 1), or smaller images"
        raise RlsegError(f"the memory is not enough to prepare {file.image}", hint) from error
