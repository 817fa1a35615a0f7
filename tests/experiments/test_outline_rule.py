"""The outlines of rlseg for the objects of another method: from a configuration, the same as after a training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml
from nuclei import ROOT, crop
from scipy import ndimage

from experiments.baselines import classical
from experiments.baselines.outline_rule import Outlined, OutlineRule
from rlseg.data import Preparation
from rlseg.environment import Refinement, refine_objects
from rlseg.errors import RlsegError
from rlseg.metrics import by_image

SHIPPED = yaml.safe_load(classical.CONFIG.read_text())


def write(path: Path, **model: object) -> Path:
    """A configuration with other settings of the model."""
    path.write_text(yaml.safe_dump({"model": {"reward": "rewards/nuclei.yaml"} | model, "data": {"images": "a"}}))
    return path


def test_the_rule_is_what_the_configuration_says(tmp_path: Path) -> None:
    rule = OutlineRule.of(classical.CONFIG)
    assert rule.refinement == Refinement.model_validate(SHIPPED["model"]["refinement"])
    assert rule.reward.file.name == yaml.safe_load((ROOT / SHIPPED["model"]["reward"]).read_text())["name"]
    other = OutlineRule.of(write(tmp_path / "a.yaml", reward="rewards/circles.yaml", refinement={"levels": [0.25]}))
    assert other.refinement == Refinement(levels=(0.25,))
    assert other.reward.file.name == "circles"
    assert OutlineRule.of(write(tmp_path / "b.yaml")).refinement == Refinement()


def test_outlines_are_those_that_the_package_gives_on_all_its_superpixels() -> None:
    rule, moved = OutlineRule.of(classical.CONFIG), 0
    for number in range(4):
        raw, _, _ = crop(number)
        sample = Preparation()(raw)
        gray = sample.image.mean(axis=0)
        labels = classical.otsu_watershed(gray)
        expected = refine_objects(sample, labels, rule.reward, rule.refinement)
        np.testing.assert_array_equal(rule(gray, labels), expected)
        np.testing.assert_array_equal(Outlined(classical.otsu_watershed, classical.CONFIG)(gray), expected)
        moved += np.count_nonzero(expected != labels)
    assert moved > 0, "otherwise there is nothing to see"


def test_outlines_are_moved_to_where_people_draw_them() -> None:
    pairs = []
    for number in range(6):
        raw, _, truth = crop(number)
        pairs.append(((raw[0] - raw.min()) / np.ptp(raw), truth))
    without, outlined = (
        by_image(classical.score(classical.METHODS[name], pairs)).mean_ap
        for name in ("Otsu + distance watershed", classical.OUTLINED)
    )
    assert outlined > without + 0.03


def test_a_narrow_object_grows_to_half_the_brightness() -> None:
    disc = np.hypot(*(np.indices((64, 64)) - 32)) < 8
    image = ndimage.gaussian_filter(disc.astype(np.float64), 1.0)
    narrow = (np.hypot(*(np.indices((64, 64)) - 32)) < 6).astype(np.int32)
    found = OutlineRule.of(classical.CONFIG)(image, narrow)
    assert np.count_nonzero((found > 0) != disc) < 0.25 * np.count_nonzero((narrow > 0) != disc)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ({"refinement": None}, "refines no outlines"),
        ({"refinement": {"los": 0.3}}, "model.refinement"),
        ({"reward": None}, "names no reward file"),
        ({"reward": "rewards/none.yaml"}, "cannot find this file"),
    ],
)
def test_a_configuration_without_a_rule_is_refused(
    model: dict[str, object], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "c.yaml", **model)
    with pytest.raises(RlsegError, match=said):
        OutlineRule.of(path)
    assert classical.main(["--config", str(path)]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_raw_intensities_are_refused(tmp_path: Path) -> None:
    text = (ROOT / "rewards" / "nuclei.yaml").read_text().replace("intensity: unit}", "intensity: raw}")
    (tmp_path / "raw.yaml").write_text(text)
    with pytest.raises(RlsegError, match="raw intensities"):
        OutlineRule.of(write(tmp_path / "c.yaml", reward=str(tmp_path / "raw.yaml")))


@pytest.mark.parametrize("text", ["[]", "data: {}", "data: {}\nmodel: 3", "data: ["])
def test_what_is_no_configuration_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    with pytest.raises(RlsegError, match="cannot read"):
        OutlineRule.of(path)
    path.write_text(text)
    with pytest.raises(RlsegError, match=str(path)):
        OutlineRule.of(path)
