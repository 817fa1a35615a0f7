"""Label images as NIfTI."""

from __future__ import annotations

import gzip
from pathlib import Path

from rlseg.arrays import AnyLabels
from rlseg.io import PixelSize, atomic
from rlseg.io.decode import NiftiHeader, nifti_header
from rlseg.prediction.writers.base import LabelFormat, Measurements, smallest

_LARGEST = 2**15 - 1
"""Side of an image that NIfTI-1 holds."""


class LabelNifti(LabelFormat):
    """Compressed NIfTI."""

    kind = "nifti"
    suffix = ".nii.gz"
    volumes = True

    def write(
        self,
        path: Path,
        labels: AnyLabels,
        pixel_size: PixelSize | None = None,
        measurements: Measurements | None = None,
        image: Path | None = None,
    ) -> None:
        """See `write_nifti`."""
        write_nifti(path, labels, pixel_size, image)


def write_nifti(path: Path, labels: AnyLabels, pixel_size: PixelSize | None = None, image: Path | None = None) -> None:
    """Write labels as a compressed NIfTI file of the smallest unsigned type that holds them.

    Its header is that of the image where this is a NIfTI file of the same size, so that both lie in the same place;
    else it says how large pixels are, in um, and no place.
    Of a volume it says so where the distance of its planes is known, too.

    Args:
        path: file to write; replaced if it exists.
        labels: (H, W) or (Z, H, W), 0 = background, objects from 1 to at most 2**32 - 1.
        pixel_size: if it is known.
        image: the file that they are about, or None.

    Raises:
        RlsegError: the file cannot be written.
        ValueError: not 2-D or 3-D, or a label is negative or too large.
    """
    stored = smallest(labels, volumes=True)
    header = None if image is None or image.is_dir() else nifti_header(image)
    if header is None or tuple(n for n in header.shape if n > 1) != tuple(n for n in stored.shape[::-1] if n > 1):
        # there is no word for planes whose distance is not known
        known = None if stored.ndim == 3 and pixel_size is not None and pixel_size.plane is None else pixel_size
        header = NiftiHeader.new(known, 1 if max(stored.shape) <= _LARGEST else 2)
    header = header.for_labels(stored.shape, stored.dtype)
    values = stored.astype(stored.dtype.newbyteorder(header.order), copy=False)
    # without the time, so that equal labels get an equal file
    with atomic(path) as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
        packed.write(header.raw + bytes(4))
        packed.write(values.tobytes())
