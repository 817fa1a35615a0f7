"""Trainings and predictions where objects are paid for going on in the frames before and after (tracks.pay)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from nuclei import REWARD, Run, crop
from PIL import Image

from rlseg.__main__ import main
from rlseg.data import ImageFolder
from rlseg.data.prepare import Preparation
from rlseg.environment import FilmFrames
from rlseg.errors import RlsegError
from rlseg.io import read_image
from rlseg.prediction.predictor import Predictor
from rlseg.prediction.searching import search_sample
from rlseg.rewards import Reward
from rlseg.rewards.film import Neighbours
from rlseg.rewards.language.load import load_reward
from rlseg.training.neighbours import see_neighbours

PREPARATION = Preparation(subgraph_sizes=(4, 9))


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rules") / "film.yaml"
    terms = (
        "moved: {kind: moved, expected: 0, scale: 5}, grown: {kind: change, property: area, expected: 1, scale: 0.5}"
    )
    text = f"version: 1\nname: film\nextends: {REWARD}\ntracks: {{reach: 20, drift: 4, pay: 0.5, terms: {{{terms}}}}}\n"
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with four frames: one crop that moves to the right by two pixels a frame; the third is another image."""
    folder = tmp_path_factory.mktemp("film")
    (folder / "images").mkdir()
    for number in range(4):
        pixels = crop(1)[0][0] if number == 2 else np.roll(crop(0)[0][0], 2 * number, axis=1)
        Image.fromarray(pixels.astype(np.uint8)).save(folder / "images" / f"t{number + 8}.png")
    return folder


def data(film: Path) -> ImageFolder:
    return ImageFolder(str(film / "images"), preparation=PREPARATION, workers=1, validation_share=0.3)


def test_each_frame_knows_those_beside_it(film: Path, rules: Path) -> None:
    folder, reward = data(film), Reward(load_reward(rules))
    folder.prepare_samples("fit")
    for _ in range(2):  # whoever asks again gets the same
        see_neighbours(folder, "fit", reward, 0.3)
    frames = {sample.name: sample for sample in (*folder.train_samples, *folder.validation_samples)}
    assert len(folder.train_samples) == 3
    known = {name: Neighbours.of(sample.regions) for name, sample in frames.items()}
    first, second, last = (known[f"t{number}"] for number in (8, 9, 11))
    assert first is not None and second is not None and last is not None  # noqa: PT018
    assert first.before is None
    assert last.after is None
    assert first.after is not None and second.before is not None  # noqa: PT018
    assert first.after.drift == second.before.drift == (0, 2)
    assert second.before.objects is first.here
    assert first.here.count > 3
    # what goes on is paid more: the third frame is of something else
    alone = reward.without_neighbours()
    share = {}
    for name, sample in frames.items():
        segments = search_sample(sample, alone).outcome.segments
        with_and_without = [judge.evaluate(segments).foreground_score.sum() for judge in (reward, alone)]
        share[name] = with_and_without[0] / with_and_without[1]
    assert share["t8"] > 0.8
    assert 0.5 <= share["t10"] < 0.65
    assert share["t10"] < share["t9"] < share["t8"]


@pytest.fixture(scope="module")
def model(film: Path, rules: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("runs")
    words = [word for word in Run.words(film, runs) if word != str(REWARD)]
    at = words.index("--data.labels")
    words = [*words[:at], *words[at + 2 :]]
    words.insert(words.index("--model.reward") + 1, str(rules))
    assert main(words) == 0
    return Run.newest(runs).best


def test_a_film_is_trained_on_and_segmented(
    model: Path, film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", str(model), str(film / "images"), "--film", "--output", str(tmp_path / "out")]) == 0
    assert "frames before and after" not in capsys.readouterr().err
    assert tifffile.imread(tmp_path / "out" / "images.tif").shape[0] == 4
    # what a frame is paid is what it is paid beside these frames
    predictor = Predictor(model)
    raw = [read_image(film / "images" / f"t{number}.png").pixels for number in (8, 9)]
    frames = FilmFrames(predictor.reward, predictor.min_score, "film")
    for pixels in raw:
        frames.add(predictor.preparation(pixels))
    beside = predictor.with_neighbours(frames.around(0))(raw[0])
    with pytest.warns(UserWarning, match=r"as if all of them went on \(tracks.pay\)"):
        alone = predictor(raw[0])
    assert beside.outcome.mean_reward[0] < alone.outcome.mean_reward[0]


def test_frames_in_tiles_are_refused(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wide = np.concatenate([crop(0)[0][0].astype(np.uint8)] * 4, axis=1)
    tifffile.imwrite(tmp_path / "wide.tif", np.stack([wide, wide]), metadata={"axes": "TYX"}, ome=True)
    words = ["predict", str(model), str(tmp_path / "wide.tif"), "--output", str(tmp_path / "out"), "--tile", "64"]
    assert main(words) == 2
    assert "tracks.pay is for frames looked at as a whole\n  hint: add --tile 0" in capsys.readouterr().err


def test_single_images_are_told_apart_from_frames(model: Path, film: Path, tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="frames before and after are not known"):
        assert main(["predict", str(model), str(film / "images" / "t8.png"), "--output", str(tmp_path / "one")]) == 0


def test_frames_of_two_sizes_are_refused(film: Path, rules: Path, tmp_path: Path) -> None:
    frames = FilmFrames(Reward(load_reward(rules)), 0.3, "film")
    frames.add(PREPARATION(crop(0)[0]))
    with pytest.raises(RlsegError, match="the frames of film differ in size: number 1 is 96 x 96 px, the next 64 x 64"):
        frames.add(PREPARATION(crop(0, 64)[0]))


def test_an_image_that_is_no_frame_is_refused_before_anything_is_written(
    film: Path, rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "images").mkdir()
    for name in ("t1", "t2", "cell"):
        Image.fromarray(crop(0)[0][0].astype(np.uint8)).save(tmp_path / "images" / f"{name}.png")
    words = ["fit", "--model.reward", str(rules), "--data.images", str(tmp_path / "images")]
    runs = tmp_path / "runs"
    more = ["--trainer.logger", "lightning.pytorch.loggers.TensorBoardLogger", "--trainer.logger.save_dir", str(runs)]
    assert main([*words, *more, "--trainer.accelerator", "cpu"]) == 2
    assert "cell.png is an image by itself" in capsys.readouterr().err
    assert not runs.exists()
