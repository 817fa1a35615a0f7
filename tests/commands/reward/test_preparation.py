"""Commands about rewards prepare images as the training does, and say so."""

from __future__ import annotations

from pathlib import Path

import pytest
from nuclei import REWARD, Run

from rlseg.__main__ import main


@pytest.fixture
def files(folder: Path) -> list[str]:
    image = sorted((folder / "images").iterdir())[0]
    return [str(REWARD), str(image), str(folder / "labels" / image.name)]


def superpixels(out: str) -> int:
    """How many superpixels `reward score` tells of."""
    return int(out.split(" superpixels")[0].split()[-1])


def test_107_score_and_preview_say_whose_preparation_they_use(
    files: list[str], trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "own.yaml"
    config.write_text("data:\n  images: somewhere\n  preparation: {superpixels: {kind: gradient_watershed}}\n")
    counts = []
    for words, says in (
        ([], "prepared by default (name the training's --config or --checkpoint for its own): level_sets"),
        (["--config", str(config)], f"prepared as {config} says: gradient_watershed superpixels"),
        (["--checkpoint", str(trained.best)], f"prepared as {trained.best} does it: level_sets superpixels"),
        (["--config", str(trained.folder / "config.yaml")], "says: level_sets superpixels"),
    ):
        capsys.readouterr()
        assert main(["reward", "score", *files, *words]) == 0
        shown = capsys.readouterr()
        assert says in shown.err
        counts.append(superpixels(shown.out))
    assert counts[0] == counts[2] == counts[3] != counts[1]
    picture = ["reward", "preview", *files[:2], "--labels", files[2], "-o", str(tmp_path / "a.png")]
    assert main([*picture, "--config", str(config)]) == 0
    assert "gradient_watershed" in capsys.readouterr().err


def test_107_measure_takes_the_normalisation_of_the_training(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "own.yaml"
    config.write_text("data: {preparation: {normalisation: {method: percentile, low: 20, high: 80}}}\n")
    words = ["reward", "measure", "--labels", str(folder / "labels"), "--images", str(folder / "images")]
    texts = []
    for more in ([], ["--config", str(config)]):
        assert main([*words, *more]) == 0
        texts.append(capsys.readouterr().out)
    assert "contrast" in texts[0]
    assert texts[0] != texts[1]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("model: {}\n", "has no section data"),
        ("data: {preparation: {superpixels: {kind: nonsense}}}\n", "data.preparation.superpixels"),
        ("data: {preparation: {seed: [}\n", "own.yaml"),
        (None, "cannot read the configuration"),
    ],
)
def test_what_is_no_configuration_is_said(
    text: str | None, says: str, files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "own.yaml"
    if text is not None:
        config.write_text(text)
    assert main(["reward", "score", *files, "--config", str(config)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("rlseg: error: ")
    assert says in error
    assert "Traceback" not in error
