"""Lightning data module for folders of images."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import lightning as L
import numpy as np
import yaml
from lightning.pytorch.utilities import rank_zero_info
from torch.utils.data import DataLoader

from rlseg.data.films import films_of
from rlseg.data.from_files import prepare_files
from rlseg.data.prepare import Preparation
from rlseg.data.samples import Item, Room, Samples
from rlseg.data.stream import EvaluationStream, TrainingStream
from rlseg.errors import RlsegError
from rlseg.graph import Batch, Sample, SampleFacts
from rlseg.io import ImageFile, Reading, common_channels, find_images, square_pixels

Tell = Callable[[Sample], None]
USUAL_SHARE = 0.15
FEW = 20
"""A training without labels is validated on all of its images if they are not more."""


class ImageFolder(L.LightningDataModule):
    """Images of a folder for training and validation, those of another one for testing.

    Training never looks at labels; they are only used to report metrics, by superpixels that are explicitly
    intersected with the truth, and by a reward file with the section `supervised`. All samples are prepared once; those
    that are together larger than 1 GiB are not kept in memory but read for each batch.

    Args:
        images: folder of PNG, TIFF or OME-Zarr images, or a pattern like plate/**/*_dapi.tif.
        labels: folder of label images with the same stems, or a pattern like masks/*_mask.tif in which * stands for
            the stem, or none.
        superpixels: folder of precomputed superpixels with the same stems, or none.
        labelled: stems of the training images whose labels a reward with a section `supervised` may use; training sees
            no labels of any other image, and other images need none. None = all. They are always trained on.
        test_images, test_labels, test_superpixels: the same for `rlseg test`.
        validation_share: share of the images kept for validation, drawn by validation_seed. None = 0.15, but all images
            of a training with at most 20 images and no labels: its reward needs no labels, and a few images tell
            checkpoints apart badly. With a single image, training and validation both use it.
        validation_seed: of that draw; not the seed of the training, so that all runs share one split.
        preparation: superpixels, features and sub-graphs.
        pixel_size: um per pixel of all images, whatever their files say; for reward files in um. The model keeps it for
            images whose files do not say it.
        reading: axes and channel of the images, if the files do not say enough; what to do with NaN. `rlseg predict`
            has options of the same names.
        labelled_share: least share of these among the images of a training, if not all are labelled.
        batch_size: images a batch, in each process.
        batches_per_epoch: batches between two validations.
        augment: turn and mirror the images at random.
        cache: folder for prepared samples, or none. Of several processes, on one machine or on several that share the
            folder, one prepares each image; without it all prepare all of them, and what does not stay in memory is in
            a temporary file.
        workers: threads that prepare images.
        seed: of order and augmentation.

    Attributes:
        channels: number of image channels, known after `setup`.
        train_names, validation_names: stems of the two parts.
    """

    def __init__(
        self,
        images: str,
        labels: str | None = None,
        superpixels: str | None = None,
        labelled: list[str] | None = None,
        test_images: str | None = None,
        test_labels: str | None = None,
        test_superpixels: str | None = None,
        validation_share: float | None = None,
        validation_seed: int = 0,
        preparation: Preparation = Preparation(),
        pixel_size: float | None = None,
        reading: Reading = Reading(),
        labelled_share: float = 0.5,
        batch_size: int = 4,
        batches_per_epoch: int = 25,
        augment: bool = True,
        cache: str | None = None,
        workers: int = 2,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if validation_share is not None and not 0 < validation_share < 1:
            raise RlsegError(f"data.validation_share must be between 0 and 1, got {validation_share}")
        if batch_size < 1 or batches_per_epoch < 1:
            raise RlsegError("data.batch_size and data.batches_per_epoch must be at least 1")
        if not 0 < labelled_share < 1:
            raise RlsegError(f"data.labelled_share must be between 0 and 1, got {labelled_share}")
        self.pixel_size = pixel_size
        known = {} if pixel_size is None else {"pixel_size": square_pixels(pixel_size).row}
        self.preparation = preparation.model_copy(update=known)
        self.reading = reading
        self.labelled = labelled
        self.labelled_share = labelled_share
        self.batch_size = batch_size
        self.batches_per_epoch = batches_per_epoch
        self.augment = augment
        self.cache = None if cache is None else Path(cache)
        self.workers = workers
        self.seed = seed
        self.files = find_images(Path(images), _path(labels), _path(superpixels), labelled, say=_warn)
        self.test_files: tuple[ImageFile, ...] = ()
        if test_images is not None:
            self.test_files = find_images(Path(test_images), _path(test_labels), _path(test_superpixels), say=_warn)
        stems = [file.stem for file in self.files]
        unlabelled = [stem for stem in stems if stem not in (labelled or ())] or stems
        # nothing can be learned by heart where nobody says what is right
        self._shared = validation_share is None and len(stems) <= FEW and all(f.labels is None for f in self.files)
        share = USUAL_SHARE if validation_share is None else validation_share
        train, self.validation_names = (stems, stems) if self._shared else _split(unlabelled, share, validation_seed)
        # where all images are labelled, validation still has its own
        self.train_names = sorted({*train, *(labelled or ())} - ({*self.validation_names} - {*train}))
        self.channels: int | None = None
        self.train_samples = Samples()
        self.validation_samples = Samples()
        self.test_samples = Samples()
        self._room = Room()
        self._tell: dict[str, Tell] = {}

    def setup(self, stage: str) -> None:
        """`prepare_samples`, and say what there is to train on."""
        self.prepare_samples(stage)
        if stage == "fit":
            sizes = [size for facts in self.train_samples.facts if min(size := facts.pixel_size) > 0]
            if sizes:
                known = float(np.median(np.sqrt(np.prod(np.array(sizes)[:, -2:], axis=1))))
                self.preparation = self.preparation.model_copy(update={"trained_on": known})
            self._announce()

    def samples_of(self, stage: str) -> Samples:
        """The samples a stage ("fit", "validate" or "test") works on; empty until they are prepared."""
        return {"fit": self.train_samples, "validate": self.validation_samples, "test": self.test_samples}[stage]

    def prepare_samples(self, stage: str) -> None:
        """Prepare what the stage ("fit", "validate" or "test") needs, once.

        Raises:
            RlsegError: a file cannot be used, or `test` was asked for without test_images.
        """
        if self.channels is None:
            # test images count only when they are used: a configuration may still name those of other data
            used = (*self.files, *self.test_files) if stage == "test" else self.files
            self.channels = common_channels([file.image for file in used], self.reading, self.preparation.volume)
        samples = Samples()
        if stage == "fit" and not self.train_samples:
            samples = self._prepare(self.train_names, "training images", self.validation_samples)
            self.train_samples = Samples(
                item if self._may_learn(item.facts) else item.without_truth()
                for item in samples.where(self._can_teach).items
            )
            if not self.train_samples:
                raise RlsegError(
                    f"no training image has {self._least_edges} pairs of neighbouring superpixels",
                    "look for other superpixels, or lower data.preparation.subgraph_sizes",
                )
        if stage in ("fit", "validate") and not self.validation_samples:
            self.validation_samples = self._prepare(self.validation_names, "validation images", samples)
        if stage == "test" and not self.test_samples:
            if not self.test_files:
                raise RlsegError("no images to test on", "set data.test_images (and data.test_labels)")
            self.test_samples = self._prepare_files(self.test_files, "test images")

    def tell_neighbours(self, stage: str, look: Callable[[Sequence[tuple[str, Samples]]], Tell]) -> None:
        """Let the frames of films know what lies around them, once.

        Args:
            stage: see `prepare_samples`, which comes first.
            look: gets all films by their names, frames in the order of time (`films_of`), and gives what is to be said
                to each sample before it is used.

        Raises:
            RlsegError: an image is no frame of a film.
        """
        part = "test" if stage == "test" else "fit"
        if part not in self._tell:
            files = self.test_files if stage == "test" else self.files
            known = Samples((*self.train_samples.items, *self.validation_samples.items, *self.test_samples.items))
            frames = self._prepare([file.stem for file in files], "frames", known, files)
            every = {item.facts.name: item for item in frames.items}
            films = films_of(files)
            self._tell[part] = look([(name, Samples(every[file.stem] for file in film)) for name, film in films])
        tell = self._tell[part]
        if stage == "test":
            self.test_samples = Samples(item.told(tell) for item in self.test_samples.items)
            return
        self.train_samples = Samples(item.told(tell) for item in self.train_samples.items)
        self.validation_samples = Samples(item.told(tell) for item in self.validation_samples.items)

    def train_dataloader(self) -> DataLoader[Batch]:
        """Batches of one epoch."""
        return DataLoader(self._stream(), batch_size=None)

    def first_samples(self, batches: int) -> Samples:
        """The training samples, each once, that so many first batches of a training are made of in all processes."""
        return self._stream().first(batches)

    def _stream(self) -> TrainingStream:
        rank, world = self._place()
        return TrainingStream(
            self._repeat_labelled(),
            self.batch_size,
            self.batches_per_epoch,
            place=self._place_in_training,
            rank=rank,
            world=world,
            augment=self.augment,
            seed=self.seed,
        )

    def val_dataloader(self) -> DataLoader[Batch]:
        """Each validation image once, one a batch."""
        return DataLoader(EvaluationStream(self.validation_samples, *self._place()), batch_size=None)

    def test_dataloader(self) -> DataLoader[Batch]:
        """Each test image once, one a batch."""
        return DataLoader(EvaluationStream(self.test_samples, *self._place()), batch_size=None)

    def _repeat_labelled(self) -> Samples:
        """The training samples, those with labels so often that they are at least `labelled_share` of all."""
        known = Samples() if self.labelled is None else self.train_samples.where(self._may_learn)
        others = len(self.train_samples) - len(known)
        if not known or not others:
            return self.train_samples
        wanted = self.labelled_share / (1 - self.labelled_share) * others
        return Samples(self.train_samples.items + known.items * (math.ceil(wanted / len(known)) - 1))

    def _place_in_training(self) -> tuple[int, int]:
        if self.trainer is None:
            return 0, 0
        return self.trainer.current_epoch, self.trainer.fit_loop.epoch_loop.batch_progress.current.ready

    def _place(self) -> tuple[int, int]:
        return (0, 1) if self.trainer is None else (self.trainer.global_rank, self.trainer.world_size)

    @property
    def _least_edges(self) -> int:
        return min(self.preparation.subgraph_sizes, default=0)

    def _can_teach(self, facts: SampleFacts) -> bool:
        """Whether there is any sub-graph to be rewarded."""
        return not facts.subgraphs or any(facts.subgraphs.values())

    def _may_learn(self, facts: SampleFacts) -> bool:
        return self.labelled is None or facts.name in self.labelled

    def _prepare(
        self, names: Sequence[str], title: str, prepared: Samples, files: Sequence[ImageFile] | None = None
    ) -> Samples:
        """The images of these names; those that are prepared already are taken as they are."""
        known: dict[str, Item] = {item.facts.name: item for item in prepared.items}
        missing = {*names} - known.keys()
        files = self.files if files is None else files
        made = self._prepare_files([file for file in files if file.stem in missing], title)
        known |= {item.facts.name: item for item in made.items}
        return Samples(known[name] for name in names)

    def _prepare_files(self, files: Sequence[ImageFile], title: str) -> Samples:
        return prepare_files(
            files,
            self.preparation,
            self.channels,
            self.cache,
            self.workers,
            f"preparing {title}",
            self.reading,
            self.pixel_size,
            self._room,
        )

    def _announce(self) -> None:
        """Print the split and the superpixels, and save the split beside the run's configuration."""
        nodes = np.array([facts.nodes for facts in self.train_samples.facts])
        low, middle, high = np.percentile(nodes, [10, 50, 90])
        few = self._shared and len(self.files) > 1
        validated = f"{len(self.validation_names)} for validation"
        if few:
            validated = "all of them for validation as well, for they are few and have no labels "
            validated += "(data.validation_share keeps some for it)"
        rank_zero_info(
            f"{_images(len(self.train_names))} for training, {validated}; "
            f"{middle:.0f} superpixels an image (10-90 %: {low:.0f}-{high:.0f})"
        )
        left_out = sorted({*self.train_names} - {facts.name for facts in self.train_samples.facts})
        if left_out:
            rank_zero_info(
                f"left out of the training: {_images(len(left_out))} with less than {self._least_edges} pairs of "
                f"neighbouring superpixels: {', '.join(left_out[:5])}{' ...' if len(left_out) > 5 else ''}"
            )
        world = self._place()[1]
        if world > 1 and self.cache is None:
            rank_zero_info(
                f"each of the {world} processes has prepared all images; with data.cache one prepares them for all"
            )
        if self.labelled is not None:
            rank_zero_info(f"labels of {_images(len(self.labelled))} for training, if the reward file asks for them")
        shared = set(self.train_names) & set(self.validation_names)
        if shared and not few:
            rank_zero_info(
                f"only one image without labels for training, {shared.pop()}: it is used for validation as well"
            )
        # asking for the folder is a question to all processes: each must ask as often as the others
        log_dir = None if self.trainer is None else self.trainer.log_dir
        if self.trainer is not None and log_dir is not None and self.trainer.is_global_zero:
            folder = Path(log_dir)
            folder.mkdir(parents=True, exist_ok=True)
            split = {"training": self.train_names, "validation": self.validation_names}
            (folder / "split.yaml").write_text(yaml.safe_dump(split, sort_keys=False), encoding="utf-8")


def _warn(note: str) -> None:
    rank_zero_info(f"warning: {note}")


def _images(number: int) -> str:
    return f"{number} image{'' if number == 1 else 's'}"


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)


def _split(names: list[str], share: float, seed: int) -> tuple[list[str], list[str]]:
    """Training and validation names, both sorted, at least one each."""
    if len(names) == 1:
        return names, names
    order = np.random.default_rng(seed).permutation(len(names))
    count = min(max(round(share * len(names)), 1), len(names) - 1)
    chosen = set(order[:count].tolist())
    return [n for i, n in enumerate(names) if i not in chosen], [n for i, n in enumerate(names) if i in chosen]
