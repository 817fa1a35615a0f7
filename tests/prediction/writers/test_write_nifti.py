"""Labels as NIfTI lie where their image lies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from nifti_file import write_nifti

from rlseg.io import PixelSize, read_image, read_labels
from rlseg.io.decode import nifti_header
from rlseg.prediction.writers import FORMATS

LABELS = np.arange(24, dtype=np.int32).reshape(2, 3, 4)


@pytest.mark.parametrize("largest", [200, 300, 70_000])
@pytest.mark.parametrize("shape", [(2, 3, 4), (6, 4)])
def test_labels_come_back(largest: int, shape: tuple[int, ...], tmp_path: Path) -> None:
    labels = np.resize(LABELS, shape)
    labels.flat[-1] = largest
    path = tmp_path / "a.nii.gz"
    FORMATS["nifti"].write(path, labels, PixelSize(0.5, 0.25, 2.0))
    np.testing.assert_array_equal(read_labels(path, shape), labels)
    volume = len(shape) == 3
    assert read_image(path, volume=volume).pixel_size == PixelSize(0.5, 0.25, 2.0 if volume else None)
    first = path.read_bytes()
    FORMATS["nifti"].write(path, labels, PixelSize(0.5, 0.25, 2.0))
    assert path.read_bytes() == first
    FORMATS["nifti"].write(path, labels)
    assert read_image(path, volume=volume).pixel_size is None
    FORMATS["nifti"].write(path, labels, PixelSize(0.5, 0.25))
    assert read_image(path, volume=volume).pixel_size == (None if volume else PixelSize(0.5, 0.25))


@pytest.mark.parametrize(("version", "order"), [(1, "<"), (1, ">"), (2, "<"), (2, ">")])
def test_the_header_is_that_of_the_image(version: int, order: str, tmp_path: Path) -> None:
    image = write_nifti(tmp_path / "a.nii", LABELS.astype("f4"), (0.5, 0.5, 2.0), 2, (3.0, 1.0), version, order)
    raw = bytearray(image.read_bytes())
    place = {1: slice(252, 344), 2: slice(344, 500)}[version]  # quaternion, shifts and matrix: where the head lies
    raw[place] = bytes(range(1, 1 + place.stop - place.start))
    image.write_bytes(raw)
    path = tmp_path / "labels.nii.gz"
    FORMATS["nifti"].write(path, LABELS, PixelSize(9, 9, 9), None, image)
    np.testing.assert_array_equal(read_labels(path, LABELS.shape), LABELS)
    written = nifti_header(path)
    assert written is not None
    assert (written.version, written.order) == (version, order)
    assert written.raw[place] == bytes(raw[place])
    assert written.get("intent") == (1002,)
    assert read_image(path, volume=True).pixel_size == PixelSize(500.0, 500.0, 2000.0)
    # of another size it is no header for these labels
    FORMATS["nifti"].write(path, LABELS[:1], PixelSize(9, 9, 9), None, image)
    assert read_image(path).pixel_size == PixelSize(9, 9, 9)
