"""Image files as prepared samples."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rlseg.data.cache import cache_key, load_facts, load_sample, one_at_a_time, save_sample
from rlseg.data.prepare import Preparation
from rlseg.data.recipe import recipe
from rlseg.data.samples import Item, Kept, Room, Samples
from rlseg.data.spill import Spill
from rlseg.errors import RlsegError
from rlseg.graph import Sample, SampleFacts
from rlseg.io import Bars, ImageFile, Reading, read_image, read_labels, square_pixels


@dataclass(frozen=True)
class _How:
    """What is common to all images, see `prepare_files`; images: how many they are."""

    preparation: Preparation
    channels: int | None
    cache: Path | None
    reading: Reading
    pixel_size: float | None
    images: int


def _place(file: ImageFile, how: _How, cache: Path) -> Path:
    """The file of a sample in the cache; another one whenever something changes that the sample depends on."""
    settings = how.preparation.model_dump_json(exclude={"trained_on"})
    settings = f"{how.channels} {how.pixel_size} {how.reading.model_dump_json()} {settings}"
    key = cache_key(f"{made_by(how.preparation)} {settings}", file.image, file.labels, file.superpixels)
    return cache / f"{key}.npz"


def _cached(file: ImageFile, path: Path, how: _How) -> Sample:
    """The sample of a file of the cache, which is made if it is not there."""
    sample = load_sample(path, file.stem)
    if sample is None:
        with one_at_a_time(path):
            # what another process of the same training, or another training, has made meanwhile
            sample = load_sample(path, file.stem)
            if sample is None:
                if path.exists():
                    warnings.warn(f"{path} is damaged: {file.image} is prepared again", stacklevel=2)
                sample = _prepare(file, how)
                save_sample(path, sample, how.images)
    return sample


def _prepare(file: ImageFile, how: _How) -> Sample:
    reading = how.reading
    image = read_image(file.image, how.channels, reading, how.preparation.volume)
    for note in image.notes:
        warnings.warn(note, stacklevel=2)
    raw = image.pixels
    shape = raw.shape[1:]
    truth = None if file.labels is None else read_labels(file.labels, shape, reading.max_pixels)
    superpixels = None
    if file.superpixels is not None:
        superpixels = read_labels(file.superpixels, shape, reading.max_pixels, superpixels=True)
    if how.preparation.intersect_with_truth and truth is None:
        raise RlsegError(f"intersect_with_truth is set, but {file.image} has no labels", "name the folder of labels")
    size = image.pixel_size if how.pixel_size is None else square_pixels(how.pixel_size, image.pixel_size)
    how.preparation.check_spacing(file.image, size)
    return how.preparation(raw, file.stem, truth, superpixels, size)


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
    room: Room | None = None,
) -> Samples:
    """Read and prepare images with a progress bar, or take them from the cache; of several processes one prepares each.

    Args:
        files: where the images lie.
        preparation, channels, reading: how they are read and prepared.
        cache: folder of what is prepared already, or None.
        workers: threads.
        title: of the bar.
        pixel_size: um, instead of what the files say.
        room: for samples that stay in memory; the others are read from the cache, or from a temporary file.

    Returns:
        The samples in the order of the files.

    Raises:
        RlsegError: the first image that cannot be used, or its labels or superpixels; or the disk is full.
    """
    if cache is not None:
        made_by(preparation)  # kept for the threads: Python 3.11 fails where several of them parse code at once
    how = _How(preparation, channels, cache, reading, pixel_size, len(files))
    room, spill = Room() if room is None else room, Spill()
    # threads, for nearly all of the work is done outside of the interpreter's lock, while processes would take seconds
    # to import the libraries and to compile
    # the progress is closed here and not, as that of a generator, whenever it is collected: that could be in the middle
    # of the next one, which would wait for ever
    with Bars() as bars, ThreadPoolExecutor(max(workers, 1)) as pool:
        bar = bars.add(title, len(files))
        jobs = [pool.submit(_item, file, how, room, spill) for file in files]
        items = []
        try:
            for file, job in zip(files, jobs, strict=True):
                items.append(_result(job, file))
                bar.advance()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return Samples(items)


def _item(file: ImageFile, how: _How, room: Room, spill: Spill) -> Item:
    """Prepare an image, unless the cache has it, and keep in memory what there is room for."""
    if how.cache is None:
        sample = _prepare(file, how)
        read = (lambda: sample) if room.take(sample) else spill.write(sample, how.images)
        return Item(SampleFacts.of(sample), read)
    path = _place(file, how, cache := how.cache)
    facts, made = load_facts(path, file.stem), None
    if facts is None:
        made = _cached(file, path, how)
        facts = SampleFacts.of(made)

    def read_again() -> Sample:
        sample = load_sample(path, file.stem)
        if sample is None:  # the folder may be deleted at any time
            if _place(file, how, cache) != path:
                raise RlsegError(f"{file.image} has changed since the training began", "begin anew")
            sample = _cached(file, path, how)
        return sample

    return Item(facts, Kept(room, read_again, made))


def _result(job: Future[Item], file: ImageFile) -> Item:
    try:
        return job.result()
    except MemoryError as error:
        hint = "fewer at a time (--data.workers 1), or smaller images"
        raise RlsegError(f"the memory is not enough to prepare {file.image}", hint) from error
