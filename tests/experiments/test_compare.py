"""The paired bootstrap, and where its scores come from."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ttest_rel

from experiments.analysis import compare
from rlseg.errors import RlsegError


def test_a_clear_difference_is_told_from_luck() -> None:
    rng = np.random.default_rng(0)
    base = rng.uniform(0.2, 0.9, 22)  # images differ much more than methods do
    clear = compare.paired_bootstrap(base + 0.03 + rng.normal(0, 0.02, 22), base)
    assert 0 < clear.low < clear.difference < clear.high
    assert clear.p < 0.01
    assert clear.difference == pytest.approx(clear.first - clear.second)
    luck = compare.paired_bootstrap(base + rng.normal(0, 0.05, 22), base)
    assert luck.low < 0 < luck.high
    assert luck.p > 0.1


def test_it_agrees_with_the_t_test_where_that_holds() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.normal(0.05, 0.2, 200), rng.normal(0, 0.2, 200)
    found, expected = compare.paired_bootstrap(first, second), ttest_rel(first, second)
    interval = expected.confidence_interval()
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), abs=0.004)
    assert found.p == pytest.approx(expected.pvalue, abs=0.01)


def test_no_difference_at_all() -> None:
    same = compare.paired_bootstrap(np.array([0.2, 0.4, 0.9]), np.array([0.2, 0.4, 0.9]))
    assert (same.difference, same.low, same.high, same.p, same.better) == (0, 0, 0, 1, 0)


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


def test_scores_of_seeds_are_their_mean_and_those_of_a_baseline_go_by_name(
    sources: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seeds, file = sources
    assert compare.read_scores(seeds, tmp_path) == pytest.approx({"a": 0.3, "b": 0.6})
    assert compare.read_scores(f"{file}:local", tmp_path) == pytest.approx({"a": 0.3, "b": 0.4})
    output = tmp_path / "out" / "rows.json"
    assert compare.main([seeds, f"{file}:otsu", f"{file}:local", "--test", str(tmp_path), "--json", str(output)]) == 0
    rows = json.loads(output.read_text())["rows"]
    assert [row["difference"] for row in rows] == pytest.approx([0.3, 0.1])
    assert rows[0]["better"] == rows[0]["images"] == 2
    assert "+0.300" in capsys.readouterr().out


def test_a_whole_name_comes_before_a_part_of_another(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.png").touch()
    names = ("distance watershed + outline rule", "Distance watershed", "watershed of distances")
    file = tmp_path / "b.json"
    file.write_text(json.dumps({"rows": [{"method": name, "images": [n]} for n, name in enumerate(names)]}))
    for source, score in (("distance watershed", 1), ("outline", 0), ("of dist", 2)):
        assert compare.read_scores(f"{file}:{source}", tmp_path) == {"a": score}
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
    (Path(seeds) / "seed_1.json").write_text(json.dumps({"images": {"a": 1.0}}))
    with pytest.raises(RlsegError, match="same images"):
        compare.read_scores(seeds, tmp_path)
    assert compare.main([seeds, file]) == 2
