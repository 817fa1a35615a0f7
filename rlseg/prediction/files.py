"""Many images from files to files: what `rlseg predict` does with each of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from rlseg.arrays import Labels, Pixels
from rlseg.errors import RlsegError
from rlseg.io import (
    Bar,
    Bars,
    ImageFile,
    PixelSize,
    RawImage,
    Reading,
    make_folder,
    read_image,
    read_planes,
    square_pixels,
)
from rlseg.prediction.one_image import Done, cut_for, is_constant, is_tiled, segment_image
from rlseg.prediction.predictor import Predictor
from rlseg.prediction.table import Table, check_table, object_table, read_table, write_table
from rlseg.prediction.tiling import Job, Tiling, Workers, WorkersLostError
from rlseg.prediction.writers import FORMATS, LabelFormat

T = TypeVar("T")
OVERLAY = ".png"


@dataclass(frozen=True)
class Wishes:
    """What is to be made of the images.

    Attributes:
        output: folder, made if needed; gets STEM.tif (or the suffix of another format) for every image, and STEM.png
            with overlay.
        formats: of the labels, names in `FORMATS`.
        overlay: draw the outlines on the image.
        table: file with a line for every object (Parquet if its name ends in .parquet, else CSV), or None. Its columns
            reward, reward_rank and (of learners with a critic) q say how far the object is to be trusted, see
            `confidence`.
        reading: how the images are to be read. Of one series of several, the names are STEM/s2 and so on.
        planes: segment each plane of a stack or time series by itself, into the folder STEM in output.
        tiling: how large images are cut, or None to look at every image as a whole.
        missing: leave out images whose results are there already.
        film: the images are frames of films: their objects are measured, and named by `FilmPrediction`.
        pixel_size: of all images, instead of what their files say.
        width: typical short diameter of the objects in px, if it is another than in the training.
        plane_distance: of volumes, in sides of a pixel, instead of what their files say; where these do not say how
            large a pixel is, the predictor must know it, see `Predictor.with_plane_distance`.
    """

    output: Path
    formats: Sequence[str] = ("tiff",)
    overlay: bool = False
    table: Path | None = None
    reading: Reading = field(default_factory=Reading)
    planes: bool = False
    tiling: Tiling | None = field(default_factory=Tiling)
    missing: bool = False
    film: bool = False
    pixel_size: PixelSize | None = None
    width: float | None = None
    plane_distance: float | None = None

    @property
    def labels(self) -> list[LabelFormat]:
        """The formats in the order in which they are written: label TIFFs last, to stand for all."""
        return sorted((FORMATS[name] for name in self.formats), key=lambda known: known.suffix == ".tif")

    @property
    def measured(self) -> bool:
        """Whether objects are to be measured, for the table or for a format that keeps it."""
        return self.film or self.table is not None or any(known.measured for known in self.labels)

    def places(self, file: ImageFile) -> dict[Path, LabelFormat | None]:
        """What is written of an image looked at as a whole, and who writes labels there; None: the picture.

        Raises:
            RlsegError: a format has no place for this image.
        """
        target = self.output / self.name_of(file)
        found: dict[Path, LabelFormat | None] = {}
        if self.overlay:
            found[target.with_name(f"{target.name}{OVERLAY}")] = None
        return found | {known.place(target, file.image): known for known in self.labels}

    def name_of(self, file: ImageFile) -> str:
        """Of the outputs of an image, without suffix: its stem, and the number of the series if one is chosen."""
        return file.stem if self.reading.series is None else f"{file.stem}/s{self.reading.series}"

    def sized(self, image: RawImage) -> RawImage:
        """An image with the size of pixels that is wished for, and planes as far apart."""
        size = image.pixel_size if self.pixel_size is None else square_pixels(self.pixel_size.row, image.pixel_size)
        if self.plane_distance is not None and size is not None:
            size = replace(size, plane=self.plane_distance * size.column)
        return image if size is image.pixel_size else replace(image, pixel_size=size)

    def refuse_for_volumes(self) -> None:
        """See to it that nothing is wished for that there is not for volumes.

        Raises:
            RlsegError: so it is.
        """
        if self.planes:
            raise RlsegError("--planes takes planes by themselves, and this is a model of volumes", "leave it out")
        for known in self.labels:
            if not known.volumes:
                others = " or ".join(kind for kind, one in FORMATS.items() if one.volumes)
                raise RlsegError(f"labels of volumes are not written with --format {known.kind}", f"write {others}")

    def check(self, files: Sequence[ImageFile]) -> None:
        """Find out before any work that a result cannot be written, or would replace an image.

        Raises:
            RlsegError: so it is.
        """
        # os.path says no where Path raises: to names that are too long
        existing = next(path for path in (self.output, *self.output.absolute().parents) if os.path.exists(path))
        if not existing.is_dir():
            raise RlsegError(f"--output {self.output}: {existing} is a file", "name a folder")
        if self.table is not None and os.path.isdir(self.table):
            raise RlsegError(f"--table {self.table} is a folder", "name a file, for example objects.csv")
        if self.table is not None:
            check_table(self.table)
        parted = "--planes" if self.planes else "--series" if self.reading.series is not None else None
        for known in self.labels if parted else ():
            if known.whole:
                hint = "name the image inside of the container" if parted == "--series" else "choose another format"
                raise RlsegError(f"--format {known.kind} has no place for the labels of {parted}", hint)
        inputs = {os.path.realpath(file.image) for file in files}
        folders = {os.path.dirname(path) for path in inputs}
        for file in files:
            folder = self.output / file.stem
            if (self.planes or self.reading.series is not None) and os.path.realpath(folder) in folders:
                raise RlsegError(f"results in {folder} could replace images", "choose another --output folder")
            for target, writer in self.places(file).items():
                if os.path.realpath(target) in inputs:
                    raise RlsegError(f"{target} would replace an image", "choose another --output folder")
                if writer is not None and not self.missing:
                    writer.check(target)


class Prediction:
    """Segments files one after the other; one that cannot be used does not stop the others.

    Args:
        predictor: the model.
        wishes: what is to be made.
        workers: who looks at the tiles of large images.
    """

    def __init__(self, predictor: Predictor, wishes: Wishes, workers: Workers) -> None:
        self.predictor = predictor
        self.wishes = wishes
        self.workers = workers
        self._tables: dict[str, Table] = {}

    def run(self, files: Sequence[ImageFile]) -> int:
        """Segment the files; returns how many could not be used.

        The table has the objects of all images that are done, also after an interruption.

        Raises:
            WorkersLostError: nobody is left to look at images.
            RlsegError: something is wished for that there is not for volumes.
        """
        if self.predictor.preparation.volume:
            self.wishes.refuse_for_volumes()
        table = self.wishes.table
        earlier = read_table(table) if table is not None and self.wishes.missing and table.is_file() else {}
        failed = 0
        try:
            with Bars() as bars:
                bar = bars.add("segmenting", len(files))
                for file in files:
                    if not self._is_done(file, earlier):
                        failed += not self._try(file, bars)
                    bar.advance()
        finally:
            if table is not None and self._tables:
                make_folder(table.parent)
                write_table(table, dict(sorted(self._tables.items())))
        return failed

    def _is_done(self, file: ImageFile, earlier: dict[str, Table]) -> bool:
        """Whether everything that is wished for is there; takes over its rows of the table."""
        if not self.wishes.missing or self.wishes.planes:
            return False
        name = self.wishes.name_of(file)
        if not all(os.path.exists(place) for place in self.wishes.places(file)):
            return False
        if self.wishes.table is None:
            return True
        if name in earlier:  # an image without objects has no rows, and is looked at again
            self._tables[name] = earlier[name]
        return name in earlier

    def _try(self, file: ImageFile, bars: Bars) -> bool:
        try:
            for name, image in self._read(file).items():
                done = self.segment(name, image, bars)
                if done.remark is not None:
                    print(f"rlseg: warning: {name}: {done.remark}", file=sys.stderr)
                self._write(name, image, done, file.image)
        except WorkersLostError:
            raise
        except RlsegError as error:
            print(f"rlseg: error: {error}", file=sys.stderr)
            return False
        return True

    def _read(self, file: ImageFile) -> dict[str, RawImage]:
        """The images of a file by the names of their outputs; says what is odd about them."""
        channels, reading, whole = self.predictor.channels, self.wishes.reading, self.wishes.name_of(file)
        if self.wishes.planes:
            found = read_planes(file.image, channels, reading)
            before = f"{whole}/" if whole == file.stem else f"{whole}_"
            images = {f"{before}{name}" if name else whole: image for name, image in found.items()}
        else:
            images = {whole: read_image(file.image, channels, reading, self.predictor.preparation.volume)}
        images = {name: self.wishes.sized(image) for name, image in images.items()}
        for name, image in images.items():
            self.predictor.preparation.check_spacing(file.image, image.pixel_size)
            notes = list(image.notes)
            if is_constant(image.pixels):
                notes.append(f"{name}: there is nothing on the image, all of its values are {image.pixels.flat[0]:g}")
            for note in notes:
                print(f"rlseg: warning: {note}", file=sys.stderr)
        return images

    def segment(self, name: str, image: RawImage, bars: Bars, predictor: Predictor | None = None) -> Done:
        """Segment one image, whole or in tiles, and measure its objects if that is wished for.

        predictor: another than that of the model as it is.
        """
        measure, tiling = self.wishes.measured, self.wishes.tiling
        predictor = self.predictor if predictor is None else predictor
        if tiling is None or not is_tiled(predictor, tiling, image):
            return segment_image(predictor, image, name, None, self.workers, measure, self.wishes.width)
        bar = bars.add(name, len(tiling.grid(image.pixels.shape[1:], *cut_for(predictor, image))))
        counted = _Counted(self.workers, bar)
        done = segment_image(predictor, image, name, tiling, counted, measure, self.wishes.width)
        bar.remove()
        return done

    def drawn(self, image: RawImage, done: Done) -> tuple[Pixels, Callable[[Labels], Labels]]:
        """(C, h, w) what a picture shows of an image, itself or the sections of a volume, and what shows labels so."""
        shown = done.image()
        if done.labels.ndim == 2:
            return shown, _as_they_are
        from rlseg.pictures import cut_sections  # takes long to import

        place = cut_sections(shown, self.predictor.preparation.spacing(image.pixel_size)[0])
        return place.of(shown), place.of

    def _write(self, name: str, image: RawImage, done: Done, source: Path) -> None:
        """Write when all is known."""
        target = self.wishes.output / name
        make_folder(target.parent)
        if self.wishes.overlay:
            from rlseg.pictures import write_overlay  # takes long to import, and most predictions draw nothing

            large = self.wishes.tiling is not None and self.wishes.tiling.needed(done.labels.shape[-2:])
            path = target.with_name(f"{target.name}{OVERLAY}")
            shown, seen = self.drawn(image, done)
            write_overlay(path, shown, seen(done.labels), scale=1 if large else 2)
        table = object_table(done.labels, done.columns) if self.wishes.measured else None
        for known in self.wishes.labels:
            known.write(known.place(target, source), done.labels, image.pixel_size, table, source)
        if self.wishes.table is not None and table is not None:
            self._tables[name] = table


def _as_they_are(labels: Labels) -> Labels:
    return labels


class _Counted:
    """Workers whose results move a progress bar."""

    def __init__(self, workers: Workers, bar: Bar) -> None:
        self._workers = workers
        self._bar = bar

    def map(self, function: Callable[..., T], jobs: Iterable[Job]) -> Iterator[T]:
        for result in self._workers.map(function, jobs):
            self._bar.advance()
            yield result
