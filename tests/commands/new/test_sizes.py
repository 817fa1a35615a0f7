"""`rlseg new --measurements`: sizes from a table of another program."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drawn_objects import write_drawn

from rlseg.__main__ import main
from rlseg.rewards.language.load import load_reward


def table(path: Path, minor: np.ndarray, major: np.ndarray) -> Path:
    rows = [f"{a:.4f},{b:.4f}" for a, b in zip(major, minor, strict=True)]
    path.write_text("\n".join(["AreaShape_MajorAxisLength,AreaShape_MinorAxisLength", *rows]))
    return path


def test_widths_and_lengths_are_those_of_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_drawn(tmp_path / "images", "darker", 12, count=2, side=120)
    minor = np.linspace(10, 14, 21)
    source = table(tmp_path / "Nuclei.csv", minor, 1.5 * minor)
    words = ["--images", str(tmp_path / "images"), "--measurements", str(source)]
    assert main(["new", str(tmp_path / "mine"), *words]) == 0
    said = capsys.readouterr().out
    assert f"21 objects in {source}, measured by CellProfiler" in said
    assert "measured: four of five of 21 objects in Nuclei.csv" in said
    file = load_reward(str(tmp_path / "mine" / "reward.yaml"))
    assert file.objects is not None
    low, high = np.percentile(minor, [10, 90])
    assert file.objects.widths == pytest.approx((low / 1.1, high * 1.1), rel=0.01)
    assert file.objects.way == "darker"  # as seen
    length = file.rewards["foreground"].terms["length"]
    assert length.expected == pytest.approx((1.5 * low / 1.1, 1.5 * high * 1.1), rel=0.01)
    # what the user says counts more
    assert main(["new", str(tmp_path / "other"), *words, "--width", "9-15", "--look", "darker"]) == 0
    text = (tmp_path / "other" / "reward.yaml").read_text()
    assert "width: [9, 15]" in text
    assert "as you say" in text


def test_tables_that_do_not_serve(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_drawn(tmp_path / "images", "darker", 12, count=2, side=120)
    four, large = np.full(4, 9.0), np.full(9, 400.0)
    for minor, message in ((four, "has 4 objects, at least 5 are needed"), (large, "have no room in images")):
        source = table(tmp_path / "a.csv", minor, minor)
        words = ["new", str(tmp_path / "mine"), "--images", str(tmp_path / "images"), "--measurements", str(source)]
        assert main(words) == 2
        assert message in capsys.readouterr().err
        assert not (tmp_path / "mine").exists()
    assert main([*words, "--outlines", str(tmp_path)]) == 2
    assert "outlines say more than --measurements" in capsys.readouterr().err
