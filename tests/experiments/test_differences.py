"""The bootstrap over images and seeds, against what can be reckoned."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_rel

from experiments.results.differences import Difference, Scores, compare_scores
from rlseg.errors import RlsegError


def scores(values: np.ndarray, seeds: bool = True) -> Scores:
    """Of (S, N), the seeds 0, 1, ..."""
    return Scores(tuple(f"{n:03}" for n in range(values.shape[1])), values, tuple(range(len(values))) if seeds else ())


def half_width(found: Difference) -> float:
    return (found.high - found.low) / 2


def test_images_alone_give_what_the_t_test_gives() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.normal(0.05, 0.2, (1, 200)), rng.normal(0, 0.2, (1, 200))
    found, expected = compare_scores(scores(first, False), scores(second, False)), ttest_rel(first[0], second[0])
    interval = expected.confidence_interval()
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), abs=0.004)
    assert found.p == pytest.approx(expected.pvalue, abs=0.01)
    assert (found.images, found.seeds, found.other_seeds, found.paired) == (200, 0, 0, False)


@pytest.mark.parametrize("images", [3, 12, 60])
def test_one_factor_has_the_standard_error_of_the_mean(images: int) -> None:
    """Whatever is the same for all seeds: the variance of the images over their number, unbiased for few as well."""
    difference = np.random.default_rng(2).normal(0.1, 0.2, images)
    found = compare_scores(scores(np.tile(difference, (4, 1))), scores(np.zeros((4, images))))
    expected = difference.std(ddof=1) / np.sqrt(images)
    # the percentiles of three images are no normal ones
    assert half_width(found) / 1.96 == pytest.approx(expected, rel=0.05 if images > 10 else 0.3)


def test_seeds_count_beside_images() -> None:
    """Scores = seed + image: the variances of both means add up. One seed hides a part of that."""
    rng = np.random.default_rng(3)
    of_seeds, of_images = rng.normal(0, 0.05, (12, 1)), rng.normal(0, 0.1, (1, 40))
    both = compare_scores(scores(of_seeds + of_images), scores(np.zeros((12, 40))))
    variance = of_seeds.var(ddof=1) / 12 + of_images.var(ddof=1) / 40
    assert half_width(both) / 1.96 == pytest.approx(np.sqrt(variance), rel=0.05)
    alone = compare_scores(scores(of_seeds[:1] + of_images), scores(np.zeros((1, 40))))
    assert half_width(alone) / 1.96 == pytest.approx(of_images.std(ddof=1) / np.sqrt(40), rel=0.05)


def test_what_two_methods_share_does_not_count() -> None:
    """Easy images, and lucky seeds if they are the same; those of other numbers are drawn by themselves."""
    rng = np.random.default_rng(4)
    shared = rng.normal(0.5, 0.1, (6, 1)) + rng.normal(0, 0.2, (1, 30))
    paired = compare_scores(scores(shared + 0.02), scores(shared))
    assert (paired.low, paired.high) == pytest.approx((0.02, 0.02))
    assert paired.paired
    other = Scores(scores(shared).images, shared, tuple(range(1, 7)))
    apart = compare_scores(scores(shared + 0.02), other)
    assert not apart.paired
    variance = 2 * shared.mean(axis=1).var(ddof=1) / 6
    assert half_width(apart) / 1.96 == pytest.approx(np.sqrt(variance), rel=0.05)


def test_a_method_without_chance_is_compared_with_seeds() -> None:
    rng = np.random.default_rng(5)
    images = rng.uniform(0.2, 0.9, 22)  # images differ much more than methods do
    trained = scores(images + 0.03 + rng.normal(0, 0.01, (5, 1)) + rng.normal(0, 0.02, (5, 22)))
    clear = compare_scores(trained, Scores(trained.images, images[None]))
    assert 0 < clear.low < clear.difference < clear.high
    assert clear.p < 0.01
    assert clear.difference == pytest.approx(clear.first - clear.second)
    assert (clear.seeds, clear.other_seeds, clear.paired) == (5, 0, False)
    luck = compare_scores(scores(images + rng.normal(0, 0.05, (5, 22))), Scores(trained.images, images[None]))
    assert luck.low < 0 < luck.high
    assert luck.p > 0.1


def test_no_difference_at_all() -> None:
    same = compare_scores(*[scores(np.array([[0.2, 0.4, 0.9]]), False)] * 2)
    assert (same.difference, same.low, same.high, same.p, same.better) == (0, 0, 0, 1, 0)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """300 times: a true difference of .02, 8 seeds and 22 images with noise of their own and noise of neither."""
    rng = np.random.default_rng(6)
    held = 0
    for _ in range(300):
        of_seeds, of_images = rng.normal(0, 0.02, (8, 1)), rng.normal(0, 0.05, (1, 22))
        found = compare_scores(
            scores(0.02 + of_seeds + of_images + rng.normal(0, 0.03, (8, 22))), scores(np.zeros((8, 22)))
        )
        held += found.low <= 0.02 <= found.high
    assert 0.9 <= held / 300 <= 0.98


def test_seeds_and_images_are_sorted_and_must_be_the_same() -> None:
    found = Scores.of_seeds({2: {"b": 0.4, "a": 0.3}, 0: {"a": 0.1, "b": 0.2}})
    assert (found.images, found.seeds) == (("a", "b"), (0, 2))
    assert found.values.tolist() == [[0.1, 0.2], [0.3, 0.4]]
    assert Scores.of_results([{"seed": 2, "images": {"a": 0.5}}]).seeds == (2,)
    for wrong in ({}, {0: {"a": 0.1}, 1: {"b": 0.2}}):
        with pytest.raises(RlsegError, match="no scores of seeds"):
            Scores.of_seeds(wrong)
    with pytest.raises(RlsegError, match="not about the same images"):
        compare_scores(found, Scores.of_method({"a": 0.1, "c": 0.2}))
    with pytest.raises(RlsegError, match="at least two images"):
        compare_scores(*[Scores.of_method({"a": 0.1})] * 2)


def test_rows_of_a_table_are_seeds_or_a_method_or_nothing_is_known() -> None:
    def row(method: str, value: float, **more: str) -> dict[str, object]:
        return {"method": method, "vi": value, "by_image": {"vi": {"b": value, "a": 2 * value}}, **more}

    old = {"method": "old", "vi": 0.5}
    rows = [row("search", 0.25), row("rlseg, seed_10", 1.0, seed="seed_10"), row("rlseg, seed_2", 0.5, seed="seed_2")]
    rows += [{"method": "rlseg", "seeds": 2, "vi": 0.75}, row("guided, seed_2", 9.0, seed="seed_2"), old]
    learned, search = Scores.of_rows(rows, "rlseg", "vi"), Scores.of_rows(rows, "search", "vi")
    assert learned is not None
    assert search is not None
    assert (learned.images, learned.seeds, learned.values.tolist()) == (("a", "b"), (2, 10), [[1.0, 0.5], [2.0, 1.0]])
    assert (search.seeds, search.values.tolist()) == ((), [[0.5, 0.25]])
    found = compare_scores(learned, search)
    assert (found.difference, found.seeds, found.other_seeds) == (pytest.approx(0.75), 2, 0)
    for method, key in (("old", "vi"), ("rlseg", "ap50"), ("nobody", "vi")):
        assert Scores.of_rows(rows, method, key) is None
    # one seed whose scores were not kept: nothing is guessed from the others
    assert Scores.of_rows([*rows, {"method": "rlseg, seed_3", "seed": "seed_3"}], "rlseg", "vi") is None
