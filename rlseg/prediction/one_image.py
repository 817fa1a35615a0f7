"""One image of any size to its objects and their table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from rlseg.arrays import Floats, Labels, Pixels, keep_freed_memory
from rlseg.data import Zoom
from rlseg.environment import Segmentation
from rlseg.io import RawImage
from rlseg.prediction.confidence import mean_over_objects, object_columns
from rlseg.prediction.magnify import brought_back, magnification, resampled, with_size
from rlseg.prediction.measured import measure_objects
from rlseg.prediction.predictor import Predictor
from rlseg.prediction.tiling import Tiling, Workers

Columns = dict[str, Floats]


@dataclass(frozen=True)
class Done:
    """One image that has been looked at.

    Attributes:
        labels: (H, W) int32, 0 = background, objects 1..n; of a volume (Z, H, W).
        columns: name -> (n,) what is known of the objects, if it was asked for.
        image: gives the (C, H, W) or (C, Z, H, W) image in [0, 1].
        remark: in what its objects are unlike those of the training, in a line, or None.
    """

    labels: Labels
    columns: Columns
    image: Callable[[], Pixels]
    remark: str | None = None


def is_constant(pixels: Pixels) -> bool:
    """Whether there is nothing on a (C, H, W) or (C, Z, H, W) image: every channel has one value."""
    return not np.ptp(pixels.reshape(len(pixels), -1), axis=1).any()


def is_tiled(predictor: Predictor, tiling: Tiling | None, image: RawImage) -> bool:
    """Whether an image or a volume is looked at in parts. Where a ring lies is known of whole images only.

    Raises:
        RlsegError: how far the planes of a volume are apart is not known.
    """
    if tiling is None or predictor.preparation.ring is not None:
        return False
    return tiling.needed(image.pixels.shape[1:], *cut_for(predictor, image)) and not is_constant(image.pixels)


def cut_for(predictor: Predictor, image: RawImage) -> tuple[tuple[float, ...], tuple[Zoom, ...]]:
    """Sides of a pixel in px, and the working grids that a volume is cut for; images are cut for their own.

    Raises:
        RlsegError: as of `is_tiled`; or a volume would be looked at on several grids.
    """
    preparation, size = predictor.preparation, image.pixel_size
    # how wide objects of images are may only be known once they are resampled
    return preparation.spacing(size), preparation.zooms(size) if preparation.volume else (Zoom(),)


def segment_image(
    predictor: Predictor,
    image: RawImage,
    name: str,
    tiling: Tiling | None,
    workers: Workers,
    measure: bool,
    width: float | None = None,
) -> Done:
    """Segment an image, whole or in tiles, and measure its objects.

    An image of another magnification than those of the training is resampled to it, see `magnification`.

    Args:
        predictor: the model.
        image: finite intensities as stored; an image of one value has no objects.
        name: of the image, for messages.
        tiling: how large images are cut, or None to look at every image as a whole.
        workers: who looks at the tiles.
        measure: with the columns of a table of objects, see `object_columns`; and if the model knows what its training
            was like also "reward_rank", see `Reference.rank`.
        width: typical short diameter of the objects in px, or None: as in the training, or as pixel sizes say it.

    Raises:
        RlsegError: see `magnification`; or the networks give no numbers.
    """
    seen, ratio = as_trained(predictor, image, width)
    done = _judged(predictor, seen, name, tiling, workers, measure)
    if ratio == 1:
        return done
    shape = (image.pixels.shape[1], image.pixels.shape[2])
    labels, columns = brought_back(done.labels, done.columns, shape, ratio)
    return Done(labels, columns, lambda: predictor.preparation.normalisation.apply(image.pixels).pixels, done.remark)


def as_trained(predictor: Predictor, image: RawImage, width: float | None = None) -> tuple[RawImage, float]:
    """An image as large as the model knows its objects, and how much larger it was, see `magnification`.

    Args:
        predictor, image, width: as in `segment_image`. An image of one value stays as it is.

    Raises:
        RlsegError: see `magnification`.
    """
    image = with_size(image, predictor.preparation, width)
    ratio = magnification(image, predictor.preparation, width)
    if ratio == 1 or is_constant(image.pixels):
        return image, 1.0
    return resampled(image, ratio), ratio


def _judged(
    predictor: Predictor, image: RawImage, name: str, tiling: Tiling | None, workers: Workers, measure: bool
) -> Done:
    done = _segment(predictor, image, name, tiling, workers, measure)
    if predictor.reference is None:
        return done
    rewards = done.columns["reward"]
    remark = None
    if not is_constant(image.pixels):  # of an image with nothing on it another warning is given
        remark = predictor.reference.remark(rewards, done.labels.size, done.labels.ndim == 3)
    columns = done.columns | {"reward_rank": predictor.reference.rank(rewards)} if measure else {}
    return replace(done, columns=columns, remark=remark)


def _segment(
    predictor: Predictor, image: RawImage, name: str, tiling: Tiling | None, workers: Workers, measure: bool
) -> Done:
    pixels = image.pixels
    if pixels.ndim == 4:
        keep_freed_memory()
    rewarded = measure or predictor.reference is not None  # which asks for the rewards alone
    if is_constant(pixels):  # whatever the priors say of a segment as large as the image
        corner = predictor(pixels[..., :8, :8], name, image.pixel_size)
        nothing = _columns(predictor, replace(corner, labels=np.zeros_like(corner.labels), objects=None))
        return Done(np.zeros(pixels.shape[1:], np.int32), nothing, lambda: np.zeros_like(pixels))
    if tiling is None or not is_tiled(predictor, tiling, image):
        result = predictor(pixels, name, image.pixel_size)
        columns = {}
        if measure:
            columns = _columns(predictor, result)
        elif rewarded:
            columns = measure_objects(result.sample, result.labels, predictor.reward, result.objects)
        return Done(result.labels, columns, lambda: result.sample.image)
    large = predictor.large(pixels, tiling, workers, measure, image.pixel_size, name)
    judged, columns = large.judged, {}
    if rewarded:
        columns = measure_objects(judged.sample, large.labels, predictor.reward, judged.measured)
    if large.edge_values is not None:
        q = mean_over_objects(large.edge_values, large.edge_index, large.superpixels, large.labels)
        columns |= {"q": q}
    normalisation = predictor.preparation.normalisation
    limits, labels = large.limits, large.labels  # nothing else is kept until all is written
    return Done(labels, columns, lambda: normalisation.apply(pixels, limits).pixels)


def _columns(predictor: Predictor, found: Segmentation) -> Columns:
    if predictor.has_critic:
        return object_columns(predictor.module, found)
    return measure_objects(found.sample, found.labels, predictor.reward, found.objects)
