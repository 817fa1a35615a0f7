"""What is counted of sub-graphs, and the page that says it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from experiments.analysis import overlap


def test_a_path_is_counted_by_hand() -> None:
    """0-1-2-3-4, edges 0..3: {0, 1} and {1, 2} share edge 1, nothing holds edge 3; a second image has no sub-graph."""
    path, two = np.array([[0, 1, 2, 3], [1, 2, 3, 4]]), np.array([[0], [1]])
    found = overlap.count_shared([(path, [np.array([0, 1]), np.array([2, 1])]), (two, [])])
    assert found.alone == pytest.approx(2 / 5)
    assert found.mean == pytest.approx(4 / 5)
    assert (found.superpixels, found.images) == (3, 1)
    assert np.isnan(overlap.count_shared([(two, [])]).superpixels)


def test_the_page_has_a_line_for_each_kind_and_size(tmp_path: Path) -> None:
    assert overlap.main(["--images", "1", "1", "1", "--output", str(tmp_path / "page.md")]) == 0
    lines = (tmp_path / "page.md").read_text().splitlines()
    for kind in ("nuclei", "discs", "rings"):
        for size in overlap.SIZES:
            shares, superpixels = (line.split(" | ") for line in lines if line.startswith(f"| {kind} | {size} |"))
            alone = [float(cell.split(" %")[0]) for cell in shares[2:6]]
            assert min(alone[:2]) > 10 > alone[2] >= alone[3]
            assert shares[6] == "1 of 1 |"
            assert float(superpixels[2]) > float(superpixels[3])


def test_the_committed_page_is_of_this_template() -> None:
    template, text = (path.read_text(encoding="utf-8") for path in (overlap.TEMPLATE, overlap.OUTPUT))
    assert text.startswith(template.partition("{{")[0])
    assert text.endswith(template.rpartition("}}")[2].lstrip())
    assert (
        text.count("\n| nuclei |") == text.count("\n| discs |") == text.count("\n| rings |") == 2 * len(overlap.SIZES)
    )
