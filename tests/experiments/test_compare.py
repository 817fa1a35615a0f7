"""Where the scores come from that are compared, and what is said of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from experiments.analysis import compare
from rlseg.errors import RlsegError


@pytest.fixture
def sources(tmp_path: Path) -> tuple[str, str]:
    """A folder of two seeds and a file of two baselines, of the images a and b."""
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    for seed, scores in enumerate(({"b": 0.5, "a": 0.2}, {"b": 0.7, "a": 0.4})):
        (seeds / f"seed_{seed}.json").write_text(json.dumps({"seed": seed, "images": scores}))
    (tmp_path / "images").mkdir()
    for name in "ba":
        (tmp_path / "images" / f"{name}.png").touch()
    rows = [{"method": "Otsu", "images": [0.1, 0.2]}, {"method": "local threshold", "images": [0.3, 0.4]}]
    (tmp_path / "baselines.json").write_text(json.dumps({"rows": rows}))
    return str(seeds), str(tmp_path / "baselines.json")


def test_scores_of_seeds_come_one_by_one_and_those_of_a_baseline_go_by_name(
    sources: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seeds, file = sources
    found, local = compare.read_scores(seeds, tmp_path), compare.read_scores(f"{file}:local", tmp_path)
    assert found.images == local.images == ("a", "b")
    assert (found.seeds, local.seeds) == ((0, 1), ())
    np.testing.assert_allclose(found.values, [[0.2, 0.5], [0.4, 0.7]])
    np.testing.assert_allclose(local.values, [[0.3, 0.4]])
    output = tmp_path / "out" / "rows.json"
    assert compare.main([seeds, f"{file}:otsu", f"{file}:local", "--test", str(tmp_path), "--json", str(output)]) == 0
    rows = json.loads(output.read_text())["rows"]
    assert [row["difference"] for row in rows] == pytest.approx([0.3, 0.1])
    assert rows[0]["better"] == rows[0]["images"] == 2
    assert (rows[0]["seeds"], rows[0]["other_seeds"], rows[0]["paired"]) == (2, 0, False)
    said = capsys.readouterr().out
    assert "+0.300" in said
    assert said.count("| 2, 0 |") == 2
    assert compare.main([seeds, seeds, "--test", str(tmp_path)]) == 0
    assert "| 2, in pairs |" in capsys.readouterr().out


def test_a_line_of_several_seeds_in_a_file_is_several_seeds(sources: tuple[str, str], tmp_path: Path) -> None:
    seeds, _ = sources
    row = {"method": "rlseg", "images": [0.3, 0.6], "of_seeds": {"0": [0.2, 0.5], "1": [0.4, 0.7]}}
    (tmp_path / "seeds.json").write_text(json.dumps({"rows": [row]}))
    there, here = (compare.read_scores(source, tmp_path) for source in (f"{tmp_path / 'seeds.json'}:rlseg", seeds))
    assert (there.images, there.seeds) == (here.images, here.seeds)
    np.testing.assert_array_equal(there.values, here.values)


def test_a_table_that_keeps_scores_by_image_is_compared_by_any_of_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def row(method: str, ap50: list[float], **more: object) -> dict[str, object]:
        return {"method": method, "by_image": {"ap50": dict(zip("ab", ap50, strict=True))}, **more}

    rows = [row("search alone", [0.5, 0.25]), {"method": "rlseg", "seeds": 2, "ap50": 0.6}]
    rows += [row(f"rlseg, seed_{seed}", [0.5 + seed / 4, 0.5], seed=f"seed_{seed}") for seed in range(2)]
    file = tmp_path / "s.json"
    file.write_text(json.dumps({"rows": rows}))
    output = tmp_path / "rows.json"
    words = [f"{file}:rlseg", f"{file}:search alone"]
    assert compare.main([*words, "--score", "ap50", "--json", str(output)]) == 0
    (found,) = json.loads(output.read_text())["rows"]
    assert (found["difference"], found["score"]) == (pytest.approx(0.1875), "ap50")
    assert (found["seeds"], found["other_seeds"], found["images"], found["better"]) == (2, 0, 2, 2)
    assert "| compared with | ap50 | its ap50 |" in capsys.readouterr().out
    assert compare.main(words) == 2
    assert f"{file} keeps no mean_ap by image of 'rlseg'" in capsys.readouterr().err


def test_a_whole_name_comes_before_a_part_of_another(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.png").touch()
    names = ("distance watershed + outline rule", "Distance watershed", "watershed of distances")
    file = tmp_path / "b.json"
    file.write_text(json.dumps({"rows": [{"method": name, "images": [n]} for n, name in enumerate(names)]}))
    for source, score in (("distance watershed", 1), ("outline", 0), ("of dist", 2)):
        found = compare.read_scores(f"{file}:{source}", tmp_path)
        assert (found.images, found.values.tolist()) == (("a",), [[score]])
    with pytest.raises(RlsegError, match="2 methods"):
        compare.read_scores(f"{file}:distance w", tmp_path)


def test_scores_of_other_images_are_refused(sources: tuple[str, str], tmp_path: Path) -> None:
    _, file = sources
    (tmp_path / "images" / "c.png").touch()
    with pytest.raises(RlsegError, match=r"scores of 2 images, .* holds 3"):
        compare.read_scores(f"{file}:otsu", tmp_path)


def test_what_cannot_be_compared_is_one_error(sources: tuple[str, str], tmp_path: Path) -> None:
    seeds, file = sources
    for source in (file, f"{file}:StarDist", str(tmp_path / "images"), str(tmp_path / "nowhere")):
        with pytest.raises(RlsegError):
            compare.read_scores(source, tmp_path)
    with pytest.raises(RlsegError, match="has mAP by image and not vi"):
        compare.read_scores(seeds, tmp_path, "vi")
    (Path(seeds) / "seed_1.json").write_text(json.dumps({"seed": 1, "images": {"a": 1.0}}))
    with pytest.raises(RlsegError, match="same images"):
        compare.read_scores(seeds, tmp_path)
    assert compare.main([seeds, file]) == 2
