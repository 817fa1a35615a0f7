"""Tables of other programs: which columns are taken, and in which unit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rlseg.errors import RlsegError
from rlseg.io.measured_table import read_measured_table
from rlseg.io.pixel_size import PixelSize

SIDES = np.array([[8.0, 12.0], [7.0, 9.0], [10.0, 10.0], [6.5, 14.0], [9.0, 20.0]])  # short and long diameter
AREAS = np.round(np.pi / 4 * SIDES.prod(axis=1))


def write(path: Path, names: list[str], columns: list[np.ndarray], mark: str = ",", form: str = ".3f") -> Path:
    rows = [mark.join(names), *(mark.join(format(value, form) for value in row) for row in zip(*columns, strict=True))]
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def imagej(path: Path, side: float = 1.0) -> Path:
    """As Fiji saves its results: a column without a name, no unit."""
    numbers = np.arange(1, len(AREAS) + 1)
    columns = [numbers, AREAS * side**2, SIDES[:, 1] * side, SIDES[:, 0] * side]
    return write(path, [" ", "Area", "Major", "Minor"], columns)


def test_results_of_imagej_in_pixels_and_um(tmp_path: Path) -> None:
    found = read_measured_table(imagej(tmp_path / "px.csv"), None)
    assert (found.program, found.notes) == ("ImageJ", ("its areas are whole numbers, so it is in pixels",))
    np.testing.assert_allclose(found.minor, SIDES[:, 0])
    np.testing.assert_allclose(found.major, SIDES[:, 1])
    size = PixelSize(0.325, 0.325)
    for path in (imagej(tmp_path / "px.csv"), imagej(tmp_path / "um.csv", 0.325)):
        found = read_measured_table(path, size)
        np.testing.assert_allclose(found.minor, SIDES[:, 0], rtol=1e-3)
        assert ("in um" in found.notes[0]) == (path.name == "um.csv")
    for size in (None, PixelSize(0.3, 0.3)):
        with pytest.raises(RlsegError, match="its areas are no whole numbers of pixels"):
            read_measured_table(imagej(tmp_path / "um.csv", 0.325), size)
    with pytest.raises(RlsegError, match="its areas fit pixels as well as um"):
        read_measured_table(imagej(tmp_path / "px.csv", 1.0), PixelSize(0.5, 0.5))
    assert read_measured_table(imagej(tmp_path / "px.csv"), PixelSize(1, 1)).notes[0].endswith("so it is in um")


def test_shape_descriptors_of_imagej(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tsv", ["Label", "Area", "AR"], [AREAS, AREAS, SIDES[:, 1] / SIDES[:, 0]], "\t", ".9f")
    found = read_measured_table(path, None)
    np.testing.assert_allclose(found.minor * found.major * np.pi / 4, AREAS)
    np.testing.assert_allclose(found.major / found.minor, SIDES[:, 1] / SIDES[:, 0])


def test_objects_of_cellprofiler(tmp_path: Path) -> None:
    names = ["ImageNumber", "AreaShape_Area", "AreaShape_MajorAxisLength", "AreaShape_MinorAxisLength"]
    path = write(tmp_path / "Nuclei.csv", names, [AREAS, AREAS, SIDES[:, 1], SIDES[:, 0]])
    for above in ("", "Image,Nuclei,Nuclei,Nuclei\n"):
        path.write_text(above + path.read_text())
        found = read_measured_table(path, PixelSize(0.5, 0.5))  # it counts in pixels whatever the image says
        assert found.program == "CellProfiler"
        np.testing.assert_allclose(found.minor, SIDES[:, 0])
        np.testing.assert_allclose(found.major, SIDES[:, 1])


@pytest.mark.parametrize("micro", ["µ", "μ"])
@pytest.mark.parametrize("whose", ["", "Nucleus: "])
def test_measurements_of_qupath(whose: str, micro: str, tmp_path: Path) -> None:
    names = [f"{whose}{name} {micro}m" for name in ("Max diameter", "Min diameter")]
    path = write(tmp_path / "a.tsv", ["Cell: Area µm^2", *names], [AREAS, SIDES[:, 1] / 2, SIDES[:, 0] / 2], "\t")
    found = read_measured_table(path, PixelSize(0.5, 0.5))
    assert found.program == "QuPath"
    assert found.notes[: len(whose)] == (("nucleus diameters are taken", "a pixel is 0.5 um") if whose else ())
    np.testing.assert_allclose(found.minor, SIDES[:, 0])
    np.testing.assert_allclose(found.major, SIDES[:, 1])
    with pytest.raises(RlsegError, match="is in um, and the images do not say"):
        read_measured_table(path, None)
    names = [name.replace(f"{micro}m", "px") for name in names]
    path = write(tmp_path / "b.csv", names, [SIDES[:, 1], SIDES[:, 0]], ";")
    path.write_text(path.read_text().replace(".", ","))  # as where 0,5 is a half
    np.testing.assert_allclose(read_measured_table(path, None).minor, SIDES[:, 0])


def test_rows_without_a_size_are_left_out_and_counted(tmp_path: Path) -> None:
    path = imagej(tmp_path / "a.csv")
    path.write_text(path.read_text() + "\n6,NaN,NaN,NaN\n7,0,0,0\n8\n\n")
    found = read_measured_table(path, None)
    assert len(found.minor) == 5
    assert found.notes[-1] == "3 rows without a size are left out"


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "has not the columns"),
        ("image,label,area\na,1,3\n", "has not the columns"),
        ("Area,Mean\n3,4\n", "has not the columns"),
        ("AreaShape_MinorAxisLength\n3\n", "has not the columns"),
        ("Area µm^2,Length µm\n3,4\n", "has not the columns"),
        ("Area,Major,Minor\n", "no row with the size of an object"),
        ("Area,Major,Minor\nx,y,z\n", "no row with the size of an object"),
        ("Area,Major,Minor\n3,4\0,5\n", "no row with the size|is no table"),
    ],
)
def test_what_is_no_such_table(text: str, match: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(RlsegError, match=match):
        read_measured_table(path, None)
    with pytest.raises(RlsegError, match="cannot read"):
        read_measured_table(tmp_path, None)
    path.write_bytes(bytes(range(256)) * 4)
    with pytest.raises(RlsegError):
        read_measured_table(path, None)
