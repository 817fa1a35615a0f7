"""An image file with given segmentations."""

from __future__ import annotations

from pathlib import Path

from rlseg.commands.reward.preparation import Prepared
from rlseg.environment import Comparison
from rlseg.io import read_image, read_labels
from rlseg.prediction import compare


def read_comparison(image: Path, labels: Path, prepared: Prepared, truth: Path | None = None) -> Comparison:
    """Read an image and label images of it, see `compare`.

    Args:
        image: PNG or TIFF.
        labels: label image.
        prepared: how the image is read and prepared.
        truth: another one, or None.

    Raises:
        RlsegError: a file cannot be used, or the shapes do not fit.
    """
    raw = read_image(image, reading=prepared.reading)
    shape = (raw.pixels.shape[1], raw.pixels.shape[2])
    given = read_labels(labels, shape)
    real = None if truth is None else read_labels(truth, shape)
    return compare(raw, given, real, image.stem, prepared.preparation)
