"""A reward file from outlined objects of a volume, and whether it pays them more than worse versions of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from experiments.drawings.volumes import draw_volume
from rlseg.__main__ import main
from rlseg.prediction.degraded import grown, pairs_merged, shrunken
from rlseg.prediction.outlined.images import without_border
from rlseg.rewards.language import load_reward
from rlseg.rewards.terms import DescriptorTerm

METADATA = {"axes": "ZYX", "PhysicalSizeZ": 3, "PhysicalSizeY": 1, "PhysicalSizeX": 1}


def test_outlined_objects_become_rules_of_volumes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn = draw_volume(5, shape=(54, 56, 56))
    images, labels, config, rules = (tmp_path / name for name in ("images", "labels", "c.yaml", "rules.yaml"))
    images.mkdir()
    labels.mkdir()
    pixels = np.rint(255 * drawn.image[0]).astype(np.uint8)
    tifffile.imwrite(images / "a.ome.tif", pixels, ome=True, metadata=METADATA)
    tifffile.imwrite(labels / "a.tif", drawn.truth.astype(np.uint16))
    config.write_text("data: {preparation: {volume: true, superpixels: {kind: level_sets, merge_cost: 1.0}}}\n")
    outlined = ["--outlines", str(labels), "--images", str(images), "--config", str(config)]
    assert main(["reward", "measure", *outlined, "--output", str(rules)]) == 0
    said = capsys.readouterr().err
    whole, cut_off = without_border(drawn.truth)
    count = len(np.unique(whole[whole > 0]))
    assert f"what these rules pay for the {count} outlined objects:" in said
    text = rules.read_text()
    assert f"from {count} outlined objects" in text
    assert f"{cut_off} objects that touch the border" in text
    file = load_reward(rules)
    assert file.volumes
    assert file.objects is not None
    assert file.objects.way == "brighter"
    low, high = file.objects.widths
    assert 8 < low < high < 19  # drawn with radii of 6 and 8.5 px
    terms = [term for term in file.rewards["foreground"].terms.values() if isinstance(term, DescriptorTerm)]
    assert {"equivalent_diameter_area", "sphericity"} <= {term.property for term in terms}
    sizes = 3 * np.bincount(whole.ravel())[1:]
    assert f"the largest object has {sizes.max()} px^3" in text
    assert main(["reward", "rank", str(rules), str(images), str(labels), "--config", str(config)]) == 0
    ranked = capsys.readouterr().out
    assert "truth first on 1 of 1 image: nothing worse is paid as much" in ranked
    for version in ("touching pairs merged", "Otsu's threshold", "over-grown", "shrunken"):
        assert version in ranked
    assert main(["reward", "measure", "--outlines", str(labels), "--config", str(config)]) == 2
    assert "shapes of volumes are not measured without their images" in capsys.readouterr().err


@pytest.mark.parametrize("distance", [1.0, 3.0])
def test_outlines_are_moved_by_an_eighth_of_the_diameter_in_px(distance: float) -> None:
    spacing = (distance, 1.0, 1.0)
    z, r, c = np.indices((round(48 / distance), 48, 48)).astype(float)
    away = np.sqrt((distance * (z + 0.5) - 24) ** 2 + (r - 23.5) ** 2 + (c - 23.5) ** 2)
    ball = (away <= 16).astype(np.int32)
    # of a diameter of 32 px: 4 px
    for moved, radius in ((grown(ball, spacing), 20), (shrunken(ball, spacing), 12)):
        found = np.cbrt(3 * np.count_nonzero(moved) * distance / (4 * np.pi))
        assert found == pytest.approx(radius, abs=1.5)
        assert np.mean((moved > 0) == (away <= found)) > 0.97
    upper = np.where(z < len(ball) // 2, ball, 2 * ball)
    np.testing.assert_array_equal(pairs_merged(upper), ball)


def test_what_touches_any_side_of_a_volume_is_not_whole() -> None:
    labels = np.zeros((5, 6, 7), np.int32)
    labels[2:4, 2:4, 2:4] = 9
    for number, place in enumerate([(0, 2, 2), (4, 2, 2), (2, 0, 2), (2, 5, 2), (2, 2, 0), (2, 2, 6)], start=1):
        labels[place] = number
    whole, cut_off = without_border(labels)
    assert cut_off == 6
    np.testing.assert_array_equal(whole, np.where(labels == 9, 9, 0))
