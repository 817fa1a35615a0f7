"""Films from files to files: what `rlseg predict` does with them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rlseg.arrays import Labels, Pixels
from rlseg.errors import RlsegError
from rlseg.io import (
    Bars,
    Frames,
    ImageFile,
    PixelSize,
    RawImage,
    frames_of,
    in_time,
    make_folder,
    read_film,
    read_planes,
    stack_axes,
)
from rlseg.prediction.files import OVERLAY, Prediction
from rlseg.prediction.one_image import as_trained, is_constant, is_tiled
from rlseg.prediction.predictor import Predictor
from rlseg.prediction.table import Table, write_table
from rlseg.prediction.tiling import WorkersLostError
from rlseg.prediction.tracking import (
    Film,
    Found,
    JointFilm,
    Judges,
    check_frames,
    doubtful_from,
    film_table,
    left_alone,
    length_of_pixel,
    link_found,
    write_results,
)
from rlseg.rewards import Tracks
from rlseg.rewards.language import RewardFile

Picture = tuple[Pixels, Callable[[Labels], Labels]]
"""What is drawn of a frame, see `Prediction.drawn`."""


@dataclass(frozen=True)
class _Source:
    """A film: one stack, or the files of its frames in the order of time."""

    name: str
    files: tuple[ImageFile, ...]
    stack: bool


@dataclass(frozen=True)
class _Frame:
    """What is kept of a frame until all are linked.

    Attributes:
        found: its objects.
        picture: if it is to be drawn.
    """

    found: Found
    picture: Picture | None


def _named(film: str, images: Sequence[RawImage]) -> Iterator[tuple[str, RawImage]]:
    """The frames of a film by their names."""
    return ((f"{film}/t{number}", image) for number, image in enumerate(images, start=1))


class FilmPrediction:
    """Segments the frames of films and links their objects.

    Args:
        prediction: of single images: the model, and what is to be made.
        rules: the reward file whose section `tracks` links the objects.
        told: whether all files are films or frames of films; else only stacks with an axis T are.
    """

    def __init__(self, prediction: Prediction, rules: RewardFile, told: bool) -> None:
        self.prediction, self.rules, self.told = prediction, rules, told
        self._tables: dict[str, Table] = {}

    @property
    def _volumes(self) -> bool:
        return self.prediction.predictor.preparation.volume

    def run(self, files: Sequence[ImageFile]) -> int:
        """Segment the films; returns how many files could not be used.

        Raises:
            RlsegError: something is wished for that is not made of films.
            WorkersLostError: nobody is left to look at images.
        """
        if not self.told:
            films = [file for file in files if self._has_times(file)]
            others = [file for file in files if file not in films]
            failed = self.prediction.run(others) if others else 0
            sources = [self._stack(file) for file in films]
        else:
            failed, sources = 0, self._sources(files)
        if sources:
            self._refuse_wishes()
        with Bars() as bars:
            for source in sources:
                failed += 0 if self._try(source, bars) else len(source.files)
        table = self.prediction.wishes.table
        if table is not None and self._tables:
            make_folder(table.parent)
            write_table(table, dict(sorted(self._tables.items())))
        return failed

    def _refuse_wishes(self) -> None:
        wishes = self.prediction.wishes
        if tuple(wishes.formats) != ("tiff",):
            raise RlsegError(
                f"--format {' '.join(wishes.formats)} is for single images",
                "films are written as a label stack, tables and the layout of the Cell Tracking Challenge; "
                "--planes segments each plane by itself",
            )
        if wishes.missing:
            raise RlsegError("--missing is for single images, films are made anew", "leave it out")

    def _has_times(self, file: ImageFile) -> bool:
        try:
            if self._volumes:
                return sorted(stack_axes(file.image, self.prediction.wishes.reading)) == ["T", "Z"]
            planes = read_planes(file.image, self.prediction.predictor.channels, self.prediction.wishes.reading)
        except RlsegError:
            return False  # which will be said with the images
        return len(planes) > 1 and all(name.startswith("t") and "_" not in name for name in planes)

    def _sources(self, files: Sequence[ImageFile]) -> list[_Source]:
        """Stacks are films, the images of a folder are the frames of one that is called like the folder."""
        found: list[_Source] = []
        frames: dict[Path, list[ImageFile]] = {}
        for file in files:
            if self._is_image(file):
                frames.setdefault(file.image.absolute().parent, []).append(file)
            else:
                found.append(self._stack(file))
        for folder, there in frames.items():
            by_path = {file.image: file for file in there}
            found.append(_Source(folder.name, tuple(by_path[path] for path in in_time(list(by_path))), stack=False))
        names = [source.name for source in found]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise RlsegError(f"two films would be called {twice}", "segment them one after the other")
        return found

    def _stack(self, file: ImageFile) -> _Source:
        return _Source(self.prediction.wishes.name_of(file), (file,), stack=True)

    def _is_image(self, file: ImageFile) -> bool:
        """Whether a file is one frame: an image, or with a model of volumes a volume."""
        try:
            if self._volumes:
                return stack_axes(file.image, self.prediction.wishes.reading) == "Z"
            return "" in read_planes(file.image, self.prediction.predictor.channels, self.prediction.wishes.reading)
        except RlsegError:
            return False  # which will be said when it is read as a film

    def _try(self, source: _Source, bars: Bars) -> bool:
        try:
            images = self._read(source)
            tracks = self.rules.tracks
            if tracks is not None and tracks.joint:
                sure = self._jointly(source.name, images, tracks, bars)
                doubtful: list[Found] = []
            else:
                sure, doubtful = self._one_by_one(source.name, images, bars)
            size = images[0].pixel_size
            apart = self.prediction.predictor.preparation.spacing(size)[0] if self._volumes else None
            film, kept = link_found(self.rules, [one.found for one in sure], doubtful, size, source.name, apart)
            self._write(source.name, film, kept, [one.picture for one in sure], size)
        except WorkersLostError:
            raise
        except RlsegError as error:
            print(f"rlseg: error: {error}", file=sys.stderr)
            return False
        return True

    def _around(self, name: str, images: Sequence[RawImage], bars: Bars) -> Callable[[int, Predictor], Predictor]:
        """What gives a predictor what lies around a frame, if its reward asks for it: a search looks at all frames."""
        predictor, wishes = self.prediction.predictor, self.prediction.wishes
        if not predictor.reward.looks_at_neighbours:
            return lambda number, one: one
        from rlseg.environment import FilmFrames  # a prediction of images must not wait for the search

        frames, bar = FilmFrames(predictor.reward, predictor.min_score, name), bars.add(name, len(images))
        for frame, image in _named(name, images):
            seen, _ = as_trained(predictor, image, wishes.width)
            self._refuse_tiles(name, seen, "tracks.pay")
            if is_constant(seen.pixels):
                frames.add_nothing((seen.pixels.shape[1], seen.pixels.shape[2]))
            else:
                frames.add(predictor.preparation(seen.pixels, frame, pixel_size=seen.pixel_size))
            bar.advance()
        bar.remove()
        return lambda number, one: one.with_neighbours(frames.around(number))

    def _refuse_tiles(self, name: str, seen: RawImage, key: str) -> None:
        if is_tiled(self.prediction.predictor, self.prediction.wishes.tiling, seen):
            raise RlsegError(
                f"{name}: frames of {seen.pixels.shape[1]} x {seen.pixels.shape[2]} px are looked at in tiles, "
                f"and {key} is for frames looked at as a whole",
                "add --tile 0 if they fit into memory, or take the key out of the section tracks",
            )

    def _one_by_one(self, name: str, images: Sequence[RawImage], bars: Bars) -> tuple[list[_Frame], list[Found]]:
        """The objects of each frame, and what is found if less is asked for, see `link_found`."""
        lowest = doubtful_from(self.rules, self.prediction.predictor.min_score)
        lenient = None if lowest is None else self.prediction.predictor.with_min_score(lowest)
        sure: list[_Frame] = []
        doubtful: list[Found] = []
        around = self._around(name, images, bars)
        bar = bars.add(name, len(images))
        for number, (frame, image) in enumerate(_named(name, images)):
            sure.append(self._segmented(frame, image, bars, around(number, self.prediction.predictor)))
            if lenient is not None:
                more = self.prediction.segment(frame, image, bars, around(number, lenient))
                doubtful.append(Found(more.labels, more.columns))
            bar.advance()
        bar.remove()
        return sure, doubtful

    def _jointly(self, name: str, images: Sequence[RawImage], tracks: Tracks, bars: Bars) -> list[_Frame]:
        """The objects of all frames, chosen together with their links."""
        predictor, wishes = self.prediction.predictor, self.prediction.wishes
        film = JointFilm(Judges(predictor.environment, predictor.refinement, predictor.min_score), tracks)
        around = self._around(name, images, bars)
        bar = bars.add(name, 2 * len(images))
        ratio = 1.0
        for number, (frame, image) in enumerate(_named(name, images)):
            seen, ratio = as_trained(predictor, image, wishes.width)
            self._refuse_tiles(name, seen, "joint: true")
            if is_constant(seen.pixels):
                film.propose_nothing((seen.pixels.shape[1], seen.pixels.shape[2]))
            else:
                found = around(number, predictor)(seen.pixels, frame, seen.pixel_size)
                film.propose(found, found.outcome.objects(0, predictor.min_score), True)
            bar.advance()
        unsolved = film.choose(ratio * length_of_pixel(self.rules, images[0].pixel_size, name))
        if unsolved:
            print(f"rlseg: warning: {name}: {left_alone(unsolved)}", file=sys.stderr)
        done = []
        for number, (frame, image) in enumerate(_named(name, images)):
            chosen = predictor if is_constant(image.pixels) else predictor.with_choice(partial(film.decide, number))
            done.append(self._segmented(frame, image, bars, around(number, chosen)))
            bar.advance()
        bar.remove()
        return done

    def _segmented(self, name: str, image: RawImage, bars: Bars, predictor: Predictor | None = None) -> _Frame:
        done = self.prediction.segment(name, image, bars, predictor)
        if done.remark is not None:
            print(f"rlseg: warning: {name}: {done.remark}", file=sys.stderr)
        # all else that is known of a frame, its graph among it, goes before the next one
        picture = self.prediction.drawn(image, done) if self.prediction.wishes.overlay else None
        return _Frame(Found(done.labels, done.columns), picture)

    def _read(self, source: _Source) -> Sequence[RawImage]:
        """The frames, which are all looked at once: of what is wrong with the last one nobody wants to hear late."""
        wishes, channels = self.prediction.wishes, self.prediction.predictor.channels
        images: Sequence[RawImage]
        paths = [file.image for file in source.files]
        if source.stack:
            images = read_film(paths[0], channels, wishes.reading, self._volumes)
        else:
            images = frames_of(paths, channels, wishes.reading, self._volumes)
        images = images.each(wishes.sized) if isinstance(images, Frames) else [wishes.sized(image) for image in images]
        notes: list[str] = []
        shapes, sizes, empty = [], [], []
        for number, image in enumerate(images):
            self.prediction.predictor.preparation.check_spacing(paths[min(number, len(paths) - 1)], image.pixel_size)
            shapes.append(image.pixels.shape[1:])
            sizes.append(image.pixel_size)
            notes += image.notes
            empty += [str(number + 1)] if is_constant(image.pixels) else []
        check_frames(shapes, source.name, sizes)
        if empty:
            notes.append(f"{source.name}: there is nothing on frame {', '.join(empty)}, all of its values are the same")
        for note in dict.fromkeys(notes):
            print(f"rlseg: warning: {note}", file=sys.stderr)
        return images

    def _write(
        self, name: str, film: Film, kept: Sequence[Found], pictures: Sequence[Picture | None], size: PixelSize | None
    ) -> None:
        wishes = self.prediction.wishes
        table = film_table(film, [one.columns for one in kept])
        if wishes.overlay:
            from rlseg.pictures import write_overlay  # takes long to import, and most predictions draw nothing

            make_folder(wishes.output / name)
            digits = len(str(len(kept)))
            for number, (picture, labels) in enumerate(zip(pictures, film.labels, strict=True), start=1):
                assert picture is not None
                shown, seen = picture
                path = wishes.output / name / f"t{number:0{digits}d}{OVERLAY}"
                write_overlay(path, shown, seen(labels), scale=2)
        left_out = write_results(wishes.output, name, film, table, size)
        if left_out is not None:
            print(f"rlseg: warning: {left_out}", file=sys.stderr)
        if wishes.table is not None:
            self._tables[name] = table
