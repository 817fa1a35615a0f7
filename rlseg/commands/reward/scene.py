"""An image file with given segmentations."""

from __future__ import annotations

from pathlib import Path

from rlseg.arrays import Labels
from rlseg.commands.notes import warn_of_each
from rlseg.commands.reward.preparation import Prepared
from rlseg.environment import Comparison
from rlseg.io import read_image, read_labels, read_outlines
from rlseg.prediction import compare


def read_comparison(image: Path, labels: Path, prepared: Prepared, truth: Path | None = None) -> Comparison:
    """Read an image and label images of it, see `compare`.

    Args:
        image: PNG or TIFF; with `volume` in the preparation a stack.
        labels: label image, or outlines of any format that is read; of a volume labels alone.
        prepared: how the image is read and prepared.
        truth: another one, or None.

    Raises:
        RlsegError: a file cannot be used, or the shapes do not fit.
    """
    raw = read_image(image, reading=prepared.reading, volume=prepared.preparation.volume)
    shape = raw.pixels.shape[1:]
    given = read_truth(labels, shape, image.stem)
    real = None if truth is None else read_truth(truth, shape, image.stem)
    return compare(raw, given, real, image.stem, prepared.preparation)


def read_truth(path: Path, shape: tuple[int, ...], stem: str) -> Labels:
    """(H, W) labels from outlines of any format, or (Z, H, W) from a stack; what was left out of them is told.

    Args:
        path: a label image, regions of ImageJ, GeoJSON, ..., see `rlseg.io.read_outlines`.
        shape: (H, W) of the image, or (Z, H, W) of a volume.
        stem: its name, for files with outlines of several.

    Raises:
        RlsegError: the file cannot be used, or belongs to another image.
    """
    if len(shape) == 3:
        return read_labels(path, shape)
    outlines = read_outlines(path, (shape[0], shape[1]), stem)
    warn_of_each(outlines.notes)
    return outlines.labels
