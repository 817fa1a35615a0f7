"""What `import rlseg` offers to users of Python."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from nuclei import Run

import rlseg

ROOT = Path(__file__).parents[1]
IMAGE = ROOT / "experiments/data/nuclei/train/images/2b50b1e3fa5c.png"
LABELS = ROOT / "experiments/data/nuclei/train/labels/2b50b1e3fa5c.png"
REWARD = ROOT / "rewards" / "nuclei.yaml"


@pytest.mark.filterwarnings("ignore:.*are paid .* on average")  # after twelve steps
@pytest.mark.filterwarnings("ignore:.*images of the training")  # of which it has seen two
@pytest.mark.parametrize("which", ["trained", "trained_guided"])
def test_a_model_finds_what_the_command_finds(
    which: str, folder: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    run: Run = request.getfixturevalue(which)
    path = sorted((folder / "images").iterdir())[0]
    words = ["predict", str(run.last), str(path), "--output", str(tmp_path), "--table", str(tmp_path / "t.csv")]
    assert rlseg.command(words) == 0
    model = rlseg.load_model(run.last)
    found = model.segment(path)
    np.testing.assert_array_equal(found.labels, tifffile.imread(tmp_path / f"{path.stem}.tif"))
    header, *rows = (tmp_path / "t.csv").read_text().splitlines()
    assert header.split(",")[1:] == list(found.table)
    assert len(rows) == len(found.table["label"]) == found.labels.max()
    assert model.reward.name == "nuclei"
    # arrays with and without an axis of channels
    pixels = rlseg.read_image(path).pixels
    for array in (pixels, pixels[0], pixels[0].astype(np.uint8)):
        np.testing.assert_array_equal(model.segment(array).labels, found.labels)
    whole = model.segment(np.tile(pixels[0], (2, 2)), tile=0).labels
    assert whole.shape == tuple(2 * side for side in pixels.shape[1:])


@pytest.mark.parametrize(
    ("image", "says"),
    [
        (np.zeros((2, 2, 2, 2)), r"an array \(H, W\) or \(C, H, W\) of numbers, got float64 \(2, 2, 2, 2\)"),
        (np.zeros((4, 5), bool), "got bool"),
        (np.zeros((4, 5), complex), "got complex128"),
        (np.zeros((0, 5)), r"got float64 \(0, 5\)"),
        ("no.tif", "cannot read no.tif"),
        (np.zeros((20, 30, 3)), r"channels first, \(C, H, W\), got shape \(20, 30, 3\)"),
        (np.full((4, 5), np.nan), "NaN, infinite or too large"),
        (np.full((4, 5), 1e300), "NaN, infinite or too large"),
        (np.zeros((3, 9, 9)), "the image has 3 channels, 1 expected"),
    ],
)
def test_what_is_no_image_is_said_in_a_line(image: object, says: str, trained: Run) -> None:
    with pytest.raises(rlseg.RlsegError, match=says):
        rlseg.load_model(trained.last).segment(image)


def test_labels_are_scored_term_by_term() -> None:
    labels = rlseg.read_labels(LABELS)
    scores = rlseg.score_labels(REWARD, IMAGE, LABELS)
    assert scores.table["label"].tolist() == [0, *range(1, labels.max() + 1)]
    assert scores.table["class"][0] == "background"
    objects = scores.table["class"] == "foreground"
    for name, values in scores.table.items():
        if "/" in name:
            inside = scores.table["class"] == name.split("/")[0]
            assert (np.isfinite(values) == inside).all()
            assert ((values[inside] >= 0) & (values[inside] <= 1)).all()
    assert 0.5 < scores.table["reward"][objects].mean() <= 1
    assert scores.reward > max(scores.all_merged, scores.all_split)
    # labels may be any numbers, in any order
    odd = np.where(labels > 0, 1000 - 7 * labels, 0)
    again = rlseg.score_labels(rlseg.load_reward(REWARD), rlseg.read_image(IMAGE).pixels, odd)
    assert again.reward == pytest.approx(scores.reward)
    assert sorted(again.table["label"]) == sorted(np.unique(odd))
    of = dict(zip(again.table["label"].tolist(), again.table["reward"], strict=True))
    expected = [of[0 if label == 0 else 1000 - 7 * label] for label in scores.table["label"].tolist()]
    np.testing.assert_allclose(scores.table["reward"], expected)


@pytest.mark.parametrize("labels", [np.zeros((5, 5), int), np.zeros((256, 256)), np.zeros((256, 320), bool)])
def test_labels_that_do_not_fit_are_refused(labels: np.ndarray) -> None:
    with pytest.raises(rlseg.RlsegError, match="labels must be whole numbers >= 0 of the image's shape"):
        rlseg.score_labels(REWARD, IMAGE, labels)


def test_reward_files_are_checked(tmp_path: Path) -> None:
    assert rlseg.check_reward(REWARD) == []
    text = REWARD.read_text()
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(text.replace("expected:", "expcted:", 1))
    with pytest.raises(rlseg.RewardFileError, match="did you mean 'expected'"):
        rlseg.check_reward(wrong)
    wrong.write_text(text.replace("expected: 0.96, scale: 0.035", "expected: 1.2, scale: 0.035"))
    (doubt,) = rlseg.check_reward(wrong)
    assert "solidity" in doubt
    assert rlseg.parse_reward(text) == rlseg.load_reward(REWARD)


def test_an_image_is_prepared_as_for_training() -> None:
    sample = rlseg.prepare_image(IMAGE)
    assert sample.superpixels.max() + 1 == sample.regions.num_nodes > 50
    settings = rlseg.Preparation.model_validate({"superpixels": {"kind": "gradient_watershed", "min_size": 40}})
    other = rlseg.prepare_image(rlseg.read_image(IMAGE).pixels, settings)
    assert other.superpixels.shape == sample.superpixels.shape
    assert np.bincount(other.superpixels.ravel()).min() >= 40
    truth = rlseg.read_labels(LABELS)
    assert rlseg.metrics.score_image(truth, truth).summary.mean_ap == 1
    assert rlseg.draw_overlay(sample.image, truth).shape == (*(2 * side for side in truth.shape), 3)


def test_a_search_finds_objects_without_any_training() -> None:
    found = rlseg.search_image(REWARD, IMAGE)
    assert found.labels.max() == len(found.table["label"]) > 3
    assert (found.table["reward"] > 0.3).all()
    truth = rlseg.read_labels(LABELS)
    assert rlseg.metrics.score_image(found.labels, truth).summary.ap50 > 0.5
    assert not rlseg.search_image(REWARD, IMAGE, min_score=1.0).labels.any()


def test_settings_that_are_wrong_are_said_in_a_line(trained: Run) -> None:
    for tile in (3, -1, "a"):
        with pytest.raises(rlseg.RlsegError, match=r"^tile: "):
            rlseg.load_model(trained.last).segment(np.zeros((9, 9)), tile=tile)  # type: ignore[arg-type]
    with pytest.raises(rlseg.RlsegError, match=r"^preparation.superpixels.level_sets.low: .*less than 1"):
        rlseg.prepare_image(IMAGE, {"superpixels": {"kind": "level_sets", "low": 3}})
    for size in (0, -1, float("nan"), float("inf")):
        with pytest.raises(rlseg.RlsegError, match="pixel size must be a positive number"):
            rlseg.score_labels(REWARD, IMAGE, LABELS, pixel_size=size)
    with pytest.raises(rlseg.RlsegError, match="whole numbers >= 0"):
        rlseg.score_labels(REWARD, IMAGE, -rlseg.read_labels(LABELS))
    with pytest.raises(rlseg.RlsegError, match=r"of shape \(1, 9, 9\) and labels \(H, W\) of shape \(9, 8\)"):
        rlseg.draw_overlay(np.zeros((9, 9)), np.zeros((9, 8), int))
    assert rlseg.draw_overlay(np.eye(9), np.eye(9, dtype=int)).shape == (18, 18, 3)
    assert rlseg.read_image(str(IMAGE)).pixels.shape[0] == 1


def test_a_command_may_be_one_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert rlseg.command(f"reward check '{REWARD}'") == 0
    assert "ok" in capsys.readouterr().out
