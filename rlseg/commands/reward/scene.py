"""An image file with given segmentations."""

from __future__ import annotations

from pathlib import Path

from rlseg.io import read_image, read_labels
from rlseg.prediction import Comparison, compare


def read_comparison(image: Path, labels: Path, truth: Path | None = None) -> Comparison:
    """Read an image and label images of it.

    A label is one segment, also the background 0, as in every label image. "All split" are the superpixels that
    the labels know nothing of.

    Args:
        image: PNG or TIFF.
        labels: label image.
        truth: another one, or None.

    Raises:
        RlsegError: a file cannot be used, or the shapes do not fit.
    """
    raw = read_image(image).pixels
    shape = (raw.shape[1], raw.shape[2])
    given = read_labels(labels, shape)
    real = None if truth is None else read_labels(truth, shape)
    return compare(raw, given, real, image.stem)
