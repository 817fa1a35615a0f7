"""docs/measurements.md: numbers of other programs beside ours, on the same objects."""

from __future__ import annotations

import csv
from functools import cache

import numpy as np
import pytest
from shapes_to_measure import together
from test_imagej import imagej, needs_imagej

from rlseg.arrays import Floats
from rlseg.graph import measure_regions
from rlseg.io.measured_table import read_measured_table
from rlseg.prediction.writers.polygons import polygons
from rlseg.rewards.measure import Segments

pytestmark = [pytest.mark.programs, pytest.mark.filterwarnings("ignore")]


@cache
def labels() -> np.ndarray:
    """All objects on one image; not made when tests are only collected."""
    return together()[0]


@cache
def segments() -> Segments:
    found = labels()
    return Segments(measure_regions(np.zeros((1, *found.shape), np.float32), found), np.arange(found.max() + 1)[None])


def ours(name: str) -> Floats:
    return np.asarray(segments().descriptor(name))[1:]


# as docs/measurements.md has them: theirs / ours, of objects of 61 to 300 px2 and of 301 to 2,500 px2
EXPECTED = {
    "Perim. / perimeter": (1.01, 1.17, 1.0, 1.02),
    "Circ. / circularity": (0.73, 1.0, 0.95, 1.0),
    "Solidity / solidity": (0.91, 1.0, 0.93, 1.0),
    "AR / (major / minor)": (0.98, 1.0, 1.0, 1.0),
    "Minor / minor": (0.85, 1.01, 0.85, 1.0),
    "Major / major": (0.84, 1.0, 0.85, 1.0),
    "Feret / feret_diameter_max": (0.99, 1.04, 0.99, 1.02),
    "MinFeret / minor": (0.97, 1.21, 0.9, 1.14),
    "Length / perimeter": (1.19, 1.45, 1.05, 1.43),
    "Circularity / circularity": (0.47, 0.71, 0.49, 0.91),
    "Max diameter / feret": (0.99, 1.04, 0.99, 1.02),
    "Min diameter / minor": (0.97, 1.21, 0.9, 1.14),
}


def ratios(name: str, theirs: Floats, mine: Floats) -> None:
    """The least and the largest of small objects, and of large ones, are those of the table."""
    found, area = theirs / mine, ours("area")
    small, large = (area > 60) & (area <= 300), area > 300
    seen = tuple(float(end(found[which]).round(2)) for which in (small, large) for end in (np.min, np.max))
    assert seen == EXPECTED[name], name


@pytest.fixture(scope="module")
def of_imagej(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Floats]:
    folder = tmp_path_factory.mktemp("imagej")
    labels().astype("<i4").tofile(folder / "labels.raw")
    imagej("MeasureLabels", folder / "labels.raw", labels().shape[1], labels().shape[0], folder / "results.csv")
    with (folder / "results.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = {name: np.array([float(row[name]) for row in rows]) for name in rows[0] if name.strip()}
    table = read_measured_table(folder / "results.csv", None)
    np.testing.assert_allclose(table.minor, found["Minor"], rtol=1e-6)
    assert table.program == "ImageJ"
    return found


@needs_imagej
def test_imagej(of_imagej: dict[str, Floats]) -> None:
    theirs, area = of_imagej, ours("area")
    major, minor = ours("axis_major_length"), ours("axis_minor_length")
    np.testing.assert_array_equal(theirs["Area"], area)
    np.testing.assert_allclose(theirs["AR"] * theirs["Round"], 1, rtol=1e-4)
    np.testing.assert_allclose(theirs["Circ."], np.minimum(1, 4 * np.pi * area / theirs["Perim."] ** 2), rtol=1e-6)
    np.testing.assert_allclose(theirs["Major"] * theirs["Minor"] * np.pi / 4, area, rtol=1e-6)
    ratios("Perim. / perimeter", theirs["Perim."], ours("perimeter"))
    ratios("Circ. / circularity", theirs["Circ."], ours("circularity"))
    ratios("Solidity / solidity", theirs["Solidity"], ours("solidity"))
    ratios("AR / (major / minor)", theirs["AR"], major / minor)
    ratios("Minor / minor", theirs["Minor"], minor)
    ratios("Major / major", theirs["Major"], major)
    ratios("Feret / feret_diameter_max", theirs["Feret"], ours("feret_diameter_max"))
    ratios("MinFeret / minor", theirs["MinFeret"], minor)


def test_cellprofiler() -> None:
    """By cp_measure, its code as a library."""
    shapes = pytest.importorskip("cp_measure.core.measureobjectsizeshape")
    theirs = {name: np.asarray(values) for name, values in shapes.get_sizeshape(labels(), None).items()}
    same = {
        "Area": "area", "Perimeter": "perimeter", "PerimeterCrofton": "perimeter_crofton", "Solidity": "solidity",
        "MajorAxisLength": "axis_major_length", "MinorAxisLength": "axis_minor_length", "Extent": "extent",
        "Eccentricity": "eccentricity", "EquivalentDiameter": "equivalent_diameter_area", "EulerNumber": "euler_number",
    }  # fmt: skip
    for name, mine in same.items():
        np.testing.assert_allclose(theirs[name], ours(mine), rtol=1e-6, err_msg=name)
    area = ours("area")
    form = 4 * np.pi * area / ours("perimeter") ** 2
    np.testing.assert_allclose(theirs["FormFactor"], form, rtol=1e-6)
    np.testing.assert_allclose(np.minimum(theirs["FormFactor"], 1), ours("circularity"), rtol=1e-6)
    np.testing.assert_allclose(theirs["Compactness"], 1 / form, rtol=1e-6)
    print("FormFactor above 1:", form[form > 1].round(2), area[form > 1])
    assert area[form > 1].max() < 150


def test_formulas_of_qupath() -> None:
    """Of the polygon along the edges of pixels; the program itself could not be run."""
    shapely = pytest.importorskip("shapely")
    shapes = [shapely.MultiPolygon([(part[0], part[1:]) for part in parts]) for parts in polygons(labels()).values()]
    area, length = (np.array([getattr(shape, name) for shape in shapes]) for name in ("area", "length"))
    hulls = [shape.convex_hull for shape in shapes]
    minor = ours("axis_minor_length")
    np.testing.assert_array_equal(area, ours("area"))
    ratios("Length / perimeter", length, ours("perimeter"))
    ratios("Circularity / circularity", 4 * np.pi * area / length**2, ours("circularity"))
    ratios("Solidity / solidity", area / [hull.area for hull in hulls], ours("solidity"))
    widest = np.array([_widest(np.array(hull.exterior.coords)) for hull in hulls])
    ratios("Max diameter / feret", widest, ours("feret_diameter_max"))
    narrowest = np.array([_narrowest(np.array(hull.exterior.coords)) for hull in hulls])
    ratios("Min diameter / minor", narrowest, minor)


def _widest(corners: np.ndarray) -> float:
    return float(np.hypot(*(corners[:, None] - corners[None]).T).max())


def _narrowest(corners: np.ndarray) -> float:
    """The smallest distance of two parallel lines around the corners: one lies on a side of the hull."""
    sides = np.diff(corners, axis=0)
    across = np.stack([-sides[:, 1], sides[:, 0]], 1) / np.hypot(*sides.T)[:, None]
    return float(np.ptp(corners @ across.T, axis=0).min())
