"""`rlseg reward score`: the numbers of a drawn image, the degenerate partitions, the warnings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from reward_toys_images import DISCS, write

from rlseg.__main__ import main
from rlseg.io.given import image_of
from rlseg.prediction.scoring import compare
from rlseg.prediction.writers import FORMATS
from rlseg.rewards.language.load import parse_reward
from rlseg.rewards.reward import Reward

REWARD = """version: 1
name: discs
units: {length: px, intensity: unit}
classes:
  background: {kind: area, over: 600}
rewards:
  foreground:
    terms:
      size: {kind: descriptor, property: area, expected: 113, scale: 30}
      count: {kind: object_count, of: foreground, expected: 6, scale: 3, kernel: linear}
  background: {terms: {near: {kind: neighbour_score, of: foreground}}}
"""


def column(text: str, name: str, number: int) -> str:
    scores = text.partition("\nvalues of")[0]
    (line,) = [line for line in scores.splitlines() if line.strip().startswith(name)]
    return line.strip().removeprefix(name).split()[number]


def test_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image, labels = write(tmp_path)
    (tmp_path / "discs.yaml").write_text(REWARD)
    words = ["reward", "score", str(tmp_path / "discs.yaml"), str(image), str(labels), "--truth", str(labels)]
    assert main(words) == 0
    text = capsys.readouterr().out
    count = int(DISCS.max())
    assert [column(text, "foreground: segments", k) for k in (0, 1, 3)] == [str(count), "0", str(count)]
    assert [column(text, "background: segments", k) for k in (0, 1)] == ["1", "1"]
    assert column(text, "count", 0) == "1.000"
    areas = np.bincount(DISCS.ravel())[1:]
    expected = np.exp(-0.5 * ((areas - 113) / 30) ** 2).mean()
    assert float(column(text, "size", 0)) == pytest.approx(expected, abs=6e-4)
    assert column(text, "near", 1) == "0.000"
    assert column(text, "size", 1) == "-"
    assert column(text, "mean edge reward", 0) == column(text, "mean edge reward", 3)
    assert f"values of the {count} given objects in the foreground:" in text
    low, middle, high = (f"{value:.3g}" for value in np.quantile(areas, [0.1, 0.5, 0.9]))
    assert ["size", "area", low, middle, high, "113"] in [line.split() for line in text.splitlines()]
    assert "warning" not in text
    assert "as they are outlined: none of 6 objects is paid less than 0.3 by these rules\n" in text


@pytest.mark.parametrize(("given", "objects"), [("truth", 6), ("labels", 2)])
def test_objects_that_the_rules_leave_out(
    given: str, objects: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those of the truth if there is one, else those of the labels."""
    image, labels = write(tmp_path)
    (tmp_path / "discs.yaml").write_text(
        REWARD.replace("scale: 30", "scale: 0.1").replace("expected: 6", "expected: 60")
    )
    few = tmp_path / "few.png"
    Image.fromarray(np.where(np.isin(DISCS, [2, 5]), DISCS, 0).astype(np.uint8)).save(few)
    words = ["reward", "score", str(tmp_path / "discs.yaml"), str(image), str(few)]
    assert main(words + (["--truth", str(labels)] if given == "truth" else [])) == 0
    areas = np.bincount(DISCS.ravel())[1:]
    poor = int((areas != 113)[[1, 4] if given == "labels" else slice(None)].sum())
    assert 0 < poor <= objects
    told = [line for line in capsys.readouterr().out.splitlines() if "these rules" in line]
    assert [line.partition(":")[0] for line in told] == ["as they are outlined", "as the superpixels show them"]
    assert f": {poor} of {objects} object" in told[0]
    assert f" by size ({poor})" in told[0] or (poor == 1 and told[0].endswith(" by size"))


def test_a_reward_that_likes_nothing_better_than_one_piece(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image, labels = write(tmp_path)
    (tmp_path / "bad.yaml").write_text(
        "version: 1\nname: bad\nunits: {length: px}\nrewards:\n  foreground:\n    terms:\n"
        "      one: {kind: object_count, of: foreground, expected: 1, scale: 3}\n"
    )
    assert main(["reward", "score", str(tmp_path / "bad.yaml"), str(image), str(labels)]) == 0
    text = capsys.readouterr().out
    assert "warning: all merged is paid 1.000, more than the given segmentation (" in text
    assert "all split is paid" not in text


def test_labels_are_represented_exactly() -> None:
    rng = np.random.default_rng(3)
    raw = image_of(rng.random((1, *DISCS.shape)))
    truth = np.roll(DISCS, 3, axis=1)
    comparison = compare(raw, DISCS, truth)
    given, merged, split, real = comparison.partitions
    superpixels = comparison.regions.superpixels
    np.testing.assert_array_equal(given.labels[superpixels], DISCS)  # their background is of one piece
    np.testing.assert_array_equal(real.labels[superpixels], truth)
    assert len(np.unique(merged.labels)) == 1
    # "all split" knows nothing of the labels: its pieces are those of the image alone
    alone = compare(raw, np.zeros_like(DISCS)).partitions[2]
    assert len(np.unique(split.labels)) == len(alone.labels)
    outcome = comparison.judge(Reward(parse_reward(REWARD)))
    assert outcome.mean_reward.shape == (4,)


@pytest.mark.parametrize("what", ["reward", "image", "labels", "truth", "shape"])
def test_wrong_files(tmp_path: Path, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    image, labels = write(tmp_path)
    reward = tmp_path / "discs.yaml"
    reward.write_text(REWARD)
    Image.fromarray(np.zeros((5, 5), np.uint8)).save(tmp_path / "small.png")
    files = {"reward": reward, "image": image, "labels": labels, "truth": labels}
    files["labels" if what == "shape" else what] = tmp_path / ("small.png" if what == "shape" else "missing.png")
    words = [str(files[name]) for name in ("reward", "image", "labels")]
    assert main(["reward", "score", *words, "--truth", str(files["truth"])]) == 2
    error = capsys.readouterr().err
    assert error.startswith("rlseg: error: ")
    assert "Traceback" not in error


def test_um_needs_a_pixel_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image, labels = write(tmp_path)
    (tmp_path / "um.yaml").write_text(REWARD.replace("length: px", "length: um"))
    words = ["reward", "score", str(tmp_path / "um.yaml"), str(image), str(labels)]
    assert main(words) == 2
    assert "pixel size" in capsys.readouterr().err
    assert main([*words, "--pixel-size", "1"]) == 0


@pytest.mark.parametrize("form", ["rois", "geojson"])
@pytest.mark.parametrize("command", ["score", "rank"])
def test_labels_may_be_outlines_of_other_programs(
    command: str, form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image, labels = write(tmp_path)
    (tmp_path / "discs.yaml").write_text(REWARD)
    outlines = tmp_path / f"mine{FORMATS[form].suffix}"
    FORMATS[form].write(outlines, DISCS)
    told = []
    for given in (labels, outlines):
        assert main(["reward", command, str(tmp_path / "discs.yaml"), str(image), str(given)]) == 0
        told.append(capsys.readouterr())
    assert told[0] == told[1]
