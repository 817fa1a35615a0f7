"""What `rlseg new` doubts, and what it then advises to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from drawn_objects import draw_objects
from PIL import Image

from rlseg import pictures
from rlseg.__main__ import main
from rlseg.commands.new import plan as planning
from rlseg.commands.new.advice import colour_doubt, on_light_ground, what_to_say
from rlseg.commands.new.guess import Ways, best_of, ways_in
from rlseg.commands.new.images import Looked, Seen
from rlseg.commands.new.picture import draw
from rlseg.commands.new.plan import Asked, plan
from rlseg.commands.new.unlike_kind import other_than
from rlseg.data import Normalisation, Preparation
from rlseg.io import RawImage
from rlseg.pictures import Rgb
from rlseg.rewards import Look, MixedChannel
from rlseg.rewards.language.load import parse_reward


def seen_of(*images: npt.NDArray[np.uint8]) -> Seen:
    """Images (C, H, W) in memory, as if they had been read."""
    looked = tuple(
        Looked(Path(f"drawn{number}"), RawImage(raw, np.dtype(np.uint8)), Normalisation().apply(raw))
        for number, raw in enumerate(image.astype(np.float32) for image in images)
    )
    shape = looked[0].raw.pixels.shape
    return Seen(Path("drawn"), (), (shape[1:],), ("uint8",), shape[0], None, looked)


@pytest.fixture(scope="module")
def image() -> npt.NDArray[np.uint8]:
    return draw_objects("brighter", 14, side=160)[0][None]


@pytest.fixture
def speckled(image: npt.NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch) -> Seen:
    """Objects of 14 px that are brighter; all that is `different` or darker seems to be of 28 px, and less clear."""
    found = best_of(ways_in([image[0] / 255.0]), "brighter")
    assert found is not None
    assert found.found[0] is not None
    small = found.found[0]
    large = replace(small, blobs=replace(small.blobs, width=2 * small.blobs.width), score=0.6 * small.score)
    ways: Ways = (
        {
            ("brighter", "bright"): small,
            ("different", "bright"): replace(large, look="different"),
            ("darker", "bright"): replace(large, look="darker"),
        },
    )
    monkeypatch.setattr(planning, "ways_in", lambda _: ways)
    return seen_of(image)


def test_of_grains_the_images_say_whether_they_are_brighter(speckled: Seen) -> None:
    chosen = plan("mine", speckled, Asked(like="grains"))
    objects = parse_reward(chosen.text, "drawn").objects
    assert objects is not None
    assert objects.way == "brighter"
    assert 12 < np.sqrt(np.prod(objects.widths)) < 17
    assert "look     brighter, by what stands out" in chosen.said[1]
    assert "grains may be different, but that shows 2" in chosen.said[1]
    assert chosen.doubts == ()
    # who says only how they look, or how wide they are, knows
    for asked in (Asked(like="different"), Asked(like="grains", look="different"), Asked("grains", (26.0, 30.0))):
        objects = parse_reward(plan("mine", speckled, asked).text, "drawn").objects
        assert objects is not None
        assert objects.way == "different"


def test_what_stands_out_more_than_a_kind_is_said(speckled: Seen) -> None:
    (doubt,) = plan("mine", speckled, Asked(like="particles")).doubts
    assert doubt.startswith("without --like, brighter objects of 1")
    assert "leave --like out if those are yours, else give --width" in doubt
    assert plan("mine", speckled, Asked(like="nuclei")).doubts == ()
    assert plan("mine", speckled, Asked(like="particles", width=(20.0, 30.0))).doubts == ()


@pytest.mark.parametrize("look", ["brighter", "different"])
def test_alike_widths_are_no_doubt(look: Look) -> None:
    ways = ways_in([draw_objects(look, 14)[0] / 255.0])
    assert other_than(best_of(ways, "different"), ways) is None


def tissue(ink: tuple[int, int, int], ground: tuple[int, int, int] = (240, 236, 240)) -> Seen:
    truth = draw_objects("darker", 14, side=120)[1] > 0
    return seen_of(np.where(truth, np.array(ink)[:, None, None], np.array(ground)[:, None, None]).astype(np.uint8))


def test_a_colour_that_is_hardly_there_is_said() -> None:
    blue = MixedChannel(colour="blue")
    said = colour_doubt(tissue((120, 122, 140)), blue)
    assert said is not None
    assert "hardly any blue" in said
    assert "--channel hematoxylin" in said
    assert colour_doubt(tissue((40, 40, 200)), blue) is None
    assert colour_doubt(tissue((120, 122, 140)), MixedChannel(stain="hematoxylin")) is None
    dark = tissue((60, 62, 70), (5, 5, 5))
    assert not on_light_ground(dark)
    assert "hematoxylin" not in str(colour_doubt(dark, blue))
    assert len(plan("mine", tissue((120, 122, 140)), Asked(channel=blue, width=(9.0, 19.0), look="darker")).doubts) == 1


def test_advice_names_stains_where_the_ground_is_light() -> None:
    light, gray = tissue((120, 122, 140)), seen_of(np.zeros((1, 40, 40), np.uint8))
    assert what_to_say(light, None)[0].startswith("of stained tissue: --channel hematoxylin")
    assert what_to_say(light, MixedChannel(colour="blue"))[0].startswith("of stained tissue")
    assert what_to_say(tissue((60, 62, 70), (5, 5, 5)), None)[0].startswith("another --channel")
    assert len(what_to_say(gray, None)) == len(what_to_say(light, MixedChannel(stain="dab"))) == 1


def test_who_is_not_sure_says_what_would_help(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draws = np.random.default_rng(4)
    noise = draws.normal(215, 12, (90, 90, 3))
    noise[20:34, 20:34] -= 60
    (tmp_path / "images").mkdir()
    Image.fromarray(np.clip(noise, 0, 255).astype(np.uint8)).save(tmp_path / "images" / "a.png")
    assert main(["new", str(tmp_path / "p"), "--images", str(tmp_path / "images")]) == 0
    said = capsys.readouterr().out
    assert "not sure at all" in said
    assert "--channel hematoxylin (blue nuclei), --channel dab (brown), or --like tissue" in said
    assert "rlseg fit --config" in said


def test_the_image_with_the_middle_number_of_objects_is_shown(
    image: npt.NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    few, most = image.copy(), image
    middle = image.copy()
    ground = int(np.median(image))
    few[:, 50:], middle[:, 100:] = ground, ground
    seen = seen_of(few, most, middle)
    chosen = plan("mine", seen, Asked(look="brighter"))
    assert chosen.example.image is seen.looked_at[2]
    titles: list[str] = []

    def grid(tiles: Sequence[tuple[str, Rgb]], columns: int) -> Rgb:
        titles.extend(title for title, _ in tiles)
        return pictures.grid(tiles, columns)

    monkeypatch.setattr("rlseg.commands.new.picture.grid", grid)
    file = parse_reward(chosen.text, "drawn")
    draw(chosen.example, file, Preparation(objects=file.objects), 0.3)
    assert " objects in this image; discs: the widths" in titles[0]
