"""NIfTI as nibabel writes it is read, and as we write it nibabel reads it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rlseg.io import PixelSize, read_film, read_image
from rlseg.prediction.writers import FORMATS

pytestmark = [pytest.mark.programs, pytest.mark.filterwarnings("default")]
VALUES = np.random.default_rng(0).integers(0, 30_000, (5, 6, 7)).astype(np.int16)  # Z, Y, X
PLACE = np.array([[0, 0, 2.5, -9], [0.5, 0, 0, 4], [0, 0.5, 0, 1], [0, 0, 0, 1]])  # a head that lies on its side


@pytest.mark.parametrize("kind", ["Nifti1Image", "Nifti2Image"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_files_of_nibabel(kind: str, order: str, name: str, tmp_path: Path) -> None:
    nib = pytest.importorskip("nibabel")
    header = getattr(nib, kind).header_class(endianness=order)
    image = getattr(nib, kind)(VALUES.T.astype(np.float64) / 7, PLACE, header)
    image.header.set_xyzt_units("mm", "sec")
    image.header.set_data_dtype(np.int16)  # scaled as nibabel does it
    nib.save(image, tmp_path / name)
    read = nib.load(tmp_path / name)
    assert read.header.endianness == order
    found = read_image(tmp_path / name, volume=True)
    np.testing.assert_allclose(found.pixels[0].T, read.get_fdata(), rtol=1e-6)
    assert found.pixel_size == PixelSize(500.0, 500.0, 2500.0)

    labels = np.kron(np.arange(5)[:, None, None], np.ones((1, 6, 7))).astype(np.int32) * 100
    FORMATS["nifti"].write(tmp_path / "labels.nii.gz", labels, PixelSize(1, 1, 1), None, tmp_path / name)
    written = nib.load(tmp_path / "labels.nii.gz")
    np.testing.assert_array_equal(np.asarray(written.dataobj), labels.T)
    assert written.get_data_dtype() == np.dtype(order + "u2")
    np.testing.assert_array_equal(written.affine, read.affine)
    assert written.header.get_intent()[0] == "label"
    assert written.header.get_xyzt_units() == read.header.get_xyzt_units()


@pytest.mark.parametrize("name", ["anatomical.nii", "functional.nii", "example4d.nii.gz", "example_nifti2.nii.gz"])
def test_files_that_come_with_nibabel(name: str) -> None:
    nib = pytest.importorskip("nibabel")
    path = Path(nib.__file__).parent / "tests" / "data" / name
    image = nib.load(path)
    values = image.get_fdata().T
    frames = read_film(path, volume=True) if values.ndim == 4 else [read_image(path, volume=True)]
    assert len(frames) == (len(values) if values.ndim == 4 else 1)
    for frame, expected in zip(frames, values if values.ndim == 4 else values[None], strict=True):
        np.testing.assert_allclose(frame.pixels[0], expected, rtol=1e-6)
    size, steps = frames[0].pixel_size, image.header.get_zooms()
    if image.header.get_xyzt_units()[0] == "mm":
        assert size is not None
        np.testing.assert_allclose([size.column, size.row, size.plane], [1000 * float(n) for n in steps[:3]])
    else:
        assert size is None


@pytest.mark.parametrize("largest", [9, 70_000])
def test_labels_of_other_images(largest: int, tmp_path: Path) -> None:
    nib = pytest.importorskip("nibabel")
    labels = VALUES.astype(np.int32) % 9
    labels[0, 0, 0] = largest
    FORMATS["nifti"].write(tmp_path / "a.nii.gz", labels, PixelSize(0.5, 0.25, 2.0))
    found = nib.load(tmp_path / "a.nii.gz")
    np.testing.assert_array_equal(np.asarray(found.dataobj), labels.T)
    assert found.header.get_zooms() == (0.25, 0.5, 2.0)
    assert found.header.get_xyzt_units() == ("micron", "unknown")
