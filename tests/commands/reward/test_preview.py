"""`rlseg reward preview`: the colours of the objects are those of their scores."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from reward_toys_images import DISCS, write

from rlseg.__main__ import main
from rlseg.commands.reward.preparation import prepared_by
from rlseg.commands.reward.preview import draw_preview
from rlseg.commands.reward.scene import read_comparison
from rlseg.rewards.language.load import parse_reward
from rlseg.rewards.reward import Reward

REWARD = """version: 1
name: discs
units: {length: px}
classes:
  background: {kind: area, over: 600}
rewards:
  foreground:
    terms:
      small: {kind: descriptor, property: area, expected: 81, scale: 20, kernel: box}
      any: {kind: descriptor, property: area, expected: [1, 1000], scale: 1}
  background: {terms: {near: {kind: neighbour_score, of: foreground}}}
"""


def test_the_file(tmp_path: Path) -> None:
    image, labels = write(tmp_path)
    (tmp_path / "discs.yaml").write_text(REWARD)
    out = tmp_path / "out.png"
    words = ["reward", "preview", str(tmp_path / "discs.yaml"), str(image), "--labels", str(labels), "-o", str(out)]
    assert main(words) == 0
    first = out.read_bytes()
    with Image.open(out) as picture:
        assert picture.size[0] > 3 * DISCS.shape[1]
    assert main(words) == 0
    assert out.read_bytes() == first


def test_green_and_red_objects(tmp_path: Path) -> None:
    comparison = read_comparison(*write(tmp_path), prepared_by(None, None))
    picture = draw_preview(comparison, comparison.judge(Reward(parse_reward(REWARD)))).astype(int)
    factor = round(400 / DISCS.shape[1])
    tile_height, tile_width = DISCS.shape[0] * factor + 14 + 4, DISCS.shape[1] * factor + 4
    columns = picture.shape[1] // tile_width

    def greenness(tile: int, row: int, column: int) -> int:
        top, left = 4 + tile // columns * tile_height + 14, 4 + tile % columns * tile_width
        red, green, _ = picture[top + row * factor, left + column * factor]
        return int(green - red)

    # tiles: outlines, reward, small, any, background/near; disc 3 has a radius of 5 px, disc 2 one of 7
    assert greenness(2, 16, 79) > 80
    assert greenness(2, 14, 46) < -80
    assert greenness(3, 14, 46) > 80
    assert abs(greenness(2, 30, 30)) < 12  # the background is not painted by terms of the foreground
    assert abs(greenness(4, 14, 46)) < 12  # nor are objects by those of the background


@pytest.mark.parametrize("fault", ["folder", "image", "no PNG"])
def test_what_cannot_be_drawn(tmp_path: Path, fault: str, capsys: pytest.CaptureFixture[str]) -> None:
    image, labels = write(tmp_path)
    (tmp_path / "discs.yaml").write_text(REWARD)
    out = tmp_path / {"folder": "nowhere/out.png", "image": "out.png", "no PNG": "out.jpg"}[fault]
    image = tmp_path / "nothing.png" if fault == "image" else image
    words = ["reward", "preview", str(tmp_path / "discs.yaml"), str(image), "--labels", str(labels), "-o", str(out)]
    assert main(words) == 2
    assert capsys.readouterr().err.startswith("rlseg: error: ")
    assert not out.exists()
