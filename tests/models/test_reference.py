"""What was found in a training, and what is compared with it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rlseg.models.reference import FEW, MUCH_LESS, MUCH_LESS_OF_FEW, TINY, Reference

MILLION = 1_000_000
# two images of a million pixels: 6 objects that are paid 0.7 on average, and 10 that are paid 0.8
FOUND = [(np.array([0.6, 0.7, 0.7, 0.7, 0.7, 0.8]), MILLION), (np.full(10, 0.8), MILLION)]


@pytest.fixture
def reference() -> Reference:
    return Reference.of(FOUND)


def test_it_keeps_quantiles_of_objects_and_images(reference: Reference) -> None:
    assert reference.images == 2
    rewards = np.concatenate([values for values, _ in FOUND])
    np.testing.assert_allclose(reference.object_reward, np.quantile(rewards, np.arange(21) / 20))
    assert reference.image_reward == pytest.approx((0.705, 0.75, 0.795))
    assert reference.density == pytest.approx((6.2, 8, 9.8))
    assert Reference.model_validate(reference.model_dump(mode="json")) == reference


REWARDS = st.floats(0, 1).map(lambda reward: reward if reward >= TINY else 0.0)


@given(st.lists(REWARDS, min_size=1, max_size=200), REWARDS)
def test_the_rank_is_the_share_that_was_paid_less(rewards: list[float], value: float) -> None:
    reference = Reference.of([(np.array(rewards), MILLION)])
    rank = reference.rank(np.array([value]))[0]
    spread = np.sort(rewards)
    # between the shares strictly less and at most as much; 21 quantiles know them to a twentieth
    assert np.mean(spread < value) - 0.05 - 1 / len(rewards) <= rank
    assert rank <= np.mean(spread <= value) + 0.05 + 1 / len(rewards)


def test_what_is_paid_next_to_nothing_has_a_rank() -> None:
    rank = Reference.of([(np.array([0.0, 2e-311, 1.0]), MILLION)]).rank(np.array([0.0, 2e-313]))
    assert 0 <= rank[0] == rank[1] <= 0.7


def test_ranks_rise_with_the_reward(reference: Reference) -> None:
    ranks = reference.rank(np.linspace(0, 1, 50))
    assert (ranks[0], ranks[-1]) == (0, 1)
    assert (np.diff(ranks) >= 0).all()


@pytest.mark.parametrize(("count", "share"), [(FEW, MUCH_LESS), (40, MUCH_LESS), (2, MUCH_LESS_OF_FEW)])
def test_objects_are_odd_from_a_share_of_the_lowest_image_on(reference: Reference, count: int, share: float) -> None:
    limit = share * reference.image_reward[0]
    assert reference.remark(np.full(count, limit + 0.001), MILLION) is None
    assert reference.remark(np.full(count, limit - 0.001), MILLION) == (
        f"its {count} objects are paid {limit - 0.001:.2f} on average, those on images of the training 0.70 to 0.80: "
        "another magnification (--width) or channel, an inverted image, or outliers among the intensities?"
    )


def test_the_only_object_and_the_only_image_are_named_so() -> None:
    remark = Reference.of([(np.array([0.5]), MILLION)]).remark(np.array([0.2]), MILLION)
    assert remark is not None
    assert remark.startswith("its only object is paid 0.20, those on images of the training 0.50: another")
    of_volume = Reference.of([(np.array([0.5]), MILLION)]).remark(np.array([0.2]), MILLION, volume=True) or ""
    assert "--plane-distance" in of_volume
    assert "--width" not in of_volume  # which predict refuses for volumes


@pytest.mark.parametrize(
    ("count", "pixels", "says"),
    [
        (0, MILLION, "no objects where images of the training have 6 or more on as many pixels: another"),
        (1, 2 * MILLION, "1 object where images of the training have 12 or more on as many pixels: another"),
        (2, 4 * MILLION, "2 objects where images of the training have 25 or more on as many pixels: another"),
        (1, MILLION, None),
        (0, MILLION // 3, None),  # two are expected
    ],
)
def test_none_to_speak_of_is_odd_where_some_are_expected(
    reference: Reference, count: int, pixels: int, says: str | None
) -> None:
    remark = reference.remark(np.full(count, 0.9), pixels)
    assert remark is None if says is None else (remark or "").startswith(says)


def test_a_training_that_found_nothing_expects_nothing() -> None:
    nothing = Reference.of([(np.zeros(0), MILLION), (np.zeros(0), 10)])
    assert (nothing.remark(np.zeros(0), MILLION) or "").startswith("no objects, as on the images of the training")
    assert nothing.remark(np.array([0.1]), MILLION) is None
    assert np.isnan(nothing.rank(np.array([0.1, 0.2]))).all()


@pytest.mark.parametrize(
    "change",
    [
        {"images": 0},
        {"object_reward": [float("nan")] * 21},
        {"density": [1.0]},
        {"image_reward": "much"},
        {"image_reward": []},
        {"object_reward": [0.5] * 20},
        {"more": 1},
    ],
)
def test_damaged_ones_are_refused(reference: Reference, change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Reference.model_validate(reference.model_dump() | change)
