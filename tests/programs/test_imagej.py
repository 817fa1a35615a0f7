"""Regions that ImageJ itself reads and writes: the same pixels, in and out."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from program_labels import LABELS

from rlseg.io.outlines import read_outlines
from rlseg.prediction.writers.rois import write_rois

IJ = Path(os.environ.get("IJ_JAR", "/usr/share/java/ij.jar"))
HERE = Path(__file__).parent
needs_imagej = pytest.mark.skipif(
    not IJ.is_file() or shutil.which("java") is None, reason="no ImageJ: apt-get install libij-java"
)
pytestmark = [pytest.mark.programs, needs_imagej]


def imagej(program: str, *words: object) -> list[str]:
    """What a Java program says that runs with ImageJ."""
    command = ["java", "-Djava.awt.headless=true", "-cp", str(IJ), str(HERE / f"{program}.java"), *map(str, words)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def test_imagej_sees_the_pixels_that_were_written(tmp_path: Path) -> None:
    words: list[object] = []
    for place, labels in enumerate(LABELS.values()):
        write_rois(tmp_path / f"{place}.zip", labels)
        words += [tmp_path / f"{place}.zip", labels.shape[1], labels.shape[0], tmp_path / f"{place}.raw"]
    lines = iter(imagej("ReadRois", *words))
    for place, labels in enumerate(LABELS.values()):
        found = np.fromfile(tmp_path / f"{place}.raw", "<i4").reshape(labels.shape)
        numbers, areas = np.unique(labels[labels > 0], return_counts=True)
        np.testing.assert_array_equal(np.append(0, numbers)[found], labels)
        assert [int(next(lines).split()[-1]) for _ in numbers] == areas.tolist()  # as ImageJ measures them


def test_regions_of_imagej_have_the_pixels_that_it_fills(tmp_path: Path) -> None:
    words: list[object] = []
    for place, labels in enumerate(LABELS.values()):
        labels.astype("<i4").tofile(tmp_path / f"{place}")
        words += [place, labels.shape[1], labels.shape[0]]
    imagej("MakeRois", tmp_path, *words)
    wrong, seen = {}, dict.fromkeys(("composite", "traced", "polygon", "oval", "rectangle"), 0)
    for path in sorted(tmp_path.glob("*.roi")):
        place, kind, number = path.stem.split("_")
        labels = list(LABELS.values())[int(place)]
        filled = np.fromfile(path.with_suffix(".mask"), np.uint8).reshape(labels.shape) > 0
        if kind == "composite":
            np.testing.assert_array_equal(filled, labels == int(number))
        seen[kind] += int(filled.sum())
        found = read_outlines(path, labels.shape).labels > 0 if filled.any() else filled
        if (found != filled).any():
            wrong[path.stem] = int(np.count_nonzero(found != filled))
    print(seen, wrong)
    assert min(seen.values()) > 4000
    assert not wrong
