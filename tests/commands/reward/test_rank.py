"""`rlseg reward rank`: the table, the verdict, one image or folders, and what cannot be ranked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from reward_toys_images import write

from rlseg.__main__ import main
from rlseg.commands.reward.rank import ranking_lines, verdict_line

REWARD = """version: 1
name: discs
units: {length: px, intensity: unit}
classes: {background: {kind: area, over: 600}}
rewards:
  foreground:
    terms: {size: {kind: descriptor, property: area, expected: [80, 150], scale: 15}}
  background: 0.0
edges: {background: near}
"""


def test_one_image(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image, labels = write(tmp_path)
    (tmp_path / "discs.yaml").write_text(REWARD)
    assert main(["reward", "rank", str(tmp_path / "discs.yaml"), str(image), str(labels)]) == 0
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert lines[0].split() == ["version", "of", "the", "objects", "truth", "version", "truth", "first"]
    assert all(line.endswith((" 1 of 1", " 0 of 1")) for line in lines[1:-1])
    assert lines[-1].startswith("truth first on ")
    assert "level_sets superpixels" in printed.err


def test_folders_of_which_some_images_are_outlined(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(3):
        _, labels = write(tmp_path, f"discs_{number}", number)
    labels.unlink()
    (tmp_path / "discs.yaml").write_text(REWARD)
    words = ["reward", "rank", str(tmp_path / "discs.yaml"), str(tmp_path / "images"), str(tmp_path / "labels")]
    assert main(words) == 0
    assert all(line.endswith(" of 2") for line in capsys.readouterr().out.splitlines()[1:-1])
    for left in (tmp_path / "labels").iterdir():
        left.rename(left.with_stem(f"other_{left.stem}"))
    assert main(words) == 2
    assert "rlseg: error: no outlines in" in capsys.readouterr().err


def test_the_verdict_names_what_beats_the_truth_most_often() -> None:
    good, bad, worse = ({"a": (0.5, 0.4), "b": (0.6, 0.2)}, {"a": (0.5, 0.4), "b": (0.6, 0.6)}, {"b": (0.3, 0.4)})
    assert verdict_line([good]) == "truth first on 1 of 1 image: nothing worse is paid as much"
    assert verdict_line([good, bad, worse]).startswith(
        "truth first on 1 of 3 images: b is paid as much or more (on 2 of them)"
    )
    _, a, b = ranking_lines([good, bad, worse])
    assert a.split() == ["a", "0.500", "0.400", "2", "of", "2"]
    assert b.split() == ["b", "0.500", "0.400", "1", "of", "3"]


@pytest.mark.parametrize("fault", ["reward", "image", "shape", "nothing outlined", "um"])
def test_what_cannot_be_ranked(tmp_path: Path, fault: str, capsys: pytest.CaptureFixture[str]) -> None:
    image, labels = write(tmp_path)
    file = tmp_path / "discs.yaml"
    file.write_text(REWARD.replace("px", "um") if fault == "um" else REWARD)
    said = {"reward": "cannot find this file", "image": "no such file", "shape": "shape", "um": "pixel size"}
    if fault == "reward":
        file.unlink()
    elif fault == "image":
        image.unlink()
    elif fault in ("shape", "nothing outlined"):
        Image.fromarray(np.zeros((72, 96) if fault == "nothing outlined" else (5, 5), np.uint8)).save(labels)
    assert main(["reward", "rank", str(file), str(image), str(labels)]) == 2
    error = capsys.readouterr().err
    assert said.get(fault, "no object is outlined in discs") in error
    assert "Traceback" not in error
