"""A ring that is given twice is one ring."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from nuclei import Run

from rlseg.__main__ import main
from rlseg.errors import RlsegError
from rlseg.graph.rag import measure_regions
from rlseg.graph.ring import RingGeometry
from rlseg.rewards.language.load import parse_reward
from rlseg.rewards.reward import Reward
from rlseg.training.one_ring import refuse_two_rings

REGIONS = measure_regions(np.zeros((1, 61, 81)), np.zeros((61, 81), np.int32))
TEXT = """\
version: 1
name: ring
units: {length: LENGTH}
geometry: {center: CENTER, ring: [10, 20]}
rewards: {foreground: {terms: {inside: {kind: distance_to_center, expected: 15, scale: 5}}}}
"""


def reward(center: str = "[30, 40]", length: str = "px", pixel_size: float | None = None) -> Reward:
    return Reward(parse_reward(TEXT.replace("CENTER", center).replace("LENGTH", length)), pixel_size)


@pytest.mark.parametrize(
    ("given", "center", "radii"),
    [
        (reward(), (30, 40), (10, 20)),
        (reward("image"), (30, 40), (10, 20)),  # of 61 x 81 pixels
        (reward("[15, 20]", "um", 0.5), (30, 40), (20, 40)),
    ],
)
def test_the_same_ring_in_any_words_is_fine(given: Reward, center: tuple[int, int], radii: tuple[int, int]) -> None:
    refuse_two_rings(given, RingGeometry(center=center, ring=radii), REGIONS)
    refuse_two_rings(given, None, REGIONS)


@pytest.mark.parametrize(
    ("given", "ring", "says"),
    [
        (reward(), {"center": (40, 30), "ring": (10, 20)}, r"geometry.center .* \[30, 40\] px, .* is \[40, 30\] px"),
        (reward("image"), {"center": (30, 41), "ring": (10, 20)}, r"'ring' is \[30, 40\] px"),
        (
            reward(),
            {"center": (30, 40), "ring": (10, 21)},
            r"geometry.ring .* \[10, 20\] px, .* \[10, 21\]",
        ),
        (reward("[15, 20]", "um", 0.5), {"center": (15, 20), "ring": (20, 40)}, r"is \[30, 40\] px"),
    ],
)
def test_84_two_rings_are_an_error_that_names_both(given: Reward, ring: dict[str, tuple[int, int]], says: str) -> None:
    with pytest.raises(RlsegError, match=says):
        refuse_two_rings(given, RingGeometry.model_validate(ring), REGIONS)


def test_a_file_without_places_knows_no_ring() -> None:
    text = "version: 1\nname: none\nunits: {length: px}\nrewards: {foreground: {terms: {b: {kind: touches_border}}}}\n"
    refuse_two_rings(Reward(parse_reward(text)), RingGeometry(center=(1, 2), ring=(3, 4)), REGIONS)


def test_84_training_says_so_at_once(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ring.yaml").write_text(TEXT.replace("CENTER", "[30, 40]").replace("LENGTH", "px"))
    words = Run.words(folder, tmp_path / "runs", "--model.reward", str(tmp_path / "ring.yaml"))
    words += ["--data.augment", "false", "--data.preparation.ring", "{center: [30, 41], ring: [10, 20]}"]
    assert main(words) == 2
    assert "data.preparation.ring.center is [30, 41] px" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()
