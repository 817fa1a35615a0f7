"""Whether a training should end, validation by validation."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest

from rlseg.training.ending import Ending, Watch, hopeless
from rlseg.training.evaluation import ImageResult


def result(
    name: str = "a", reward: float = 0.8, objects: int = 5, merged: float = 0.0, split: float = 0.1
) -> ImageResult:
    return ImageResult(
        name=name,
        reward=reward,
        all_merged=merged,
        all_split=split,
        object_rewards=np.full(objects, 0.8),
        pixels=100,
        edges=10,
        cut=5,
        scores=None,
    )


def endings(
    watch: Watch, validations: Sequence[Sequence[ImageResult]], every: int = 25, first: int = 25
) -> list[Ending | None]:
    """What a watch says to validations after the imitation."""
    return [watch.add(results, first + every * number) for number, results in enumerate(validations)]


def test_it_ends_when_nothing_has_changed_for_some_validations() -> None:
    found = endings(Watch(4, 8), [[result(reward=0.5)], *[[result()]] * 5])
    assert found[:5] == [None] * 5
    assert found[5] == Ending("the objects found and their rewards have not changed for 4 validations")
    assert endings(Watch(None, 8), [[result()]] * 30) == [None] * 30


def test_the_policy_has_its_chance_after_the_imitation() -> None:
    watch = Watch(4, 8)
    assert [watch.add([result()], None) for _ in range(20)] == [None] * 20
    assert watch.add([result()], 25) is None
    assert watch.add([result()], 49) is None, "two validations, but too few batches"
    assert watch.add([result()], 50) is not None


@pytest.mark.parametrize(
    "moving",
    [
        [result(objects=5 + k % 2) for k in range(30)],  # as many as before is not enough
        [result(reward=0.5 + 0.002 * k) for k in range(30)],  # slowly, but always upwards
    ],
)
def test_what_changes_slowly_goes_on(moving: list[ImageResult]) -> None:
    assert endings(Watch(4, 8), [[one] for one in moving]) == [None] * 30
    still = [result(f"{number}") for number in range(20)]
    assert endings(Watch(4, 8), [[*still, one] for one in moving]) == [None] * 30, "one image of many"
    many = [result(f"{number}") for number in range(99)]
    assert endings(Watch(4, 8), [[*many, one] for one in moving])[4] is not None, "one image of a hundred"


@pytest.mark.parametrize(
    ("poor", "words"),
    [
        (result(reward=0.0, objects=0, split=0.0), "nothing is paid: the reward is 0.000, and there is no object"),
        (result(reward=0.315, split=0.427), "pieces are paid best: all superpixels by themselves 0.427, what is found"),
        (result(reward=0.3, merged=0.4), "one single segment is paid best: everything merged 0.400, what is found 0.3"),
        (
            result(reward=0.3, merged=0.3, objects=0),
            "nothing is found: the reward is 0.300, and there is no object on the",
        ),
    ],
)
def test_a_hopeless_training_ends_with_a_reason(poor: ImageResult, words: str) -> None:
    found = endings(Watch(None, 8), [[poor]] * 12)
    assert [ending is not None for ending in found] == [False] * 7 + [True] * 5
    assert found[7] is not None
    assert found[7].hopeless
    assert found[7].happened.startswith(words)
    assert found[7].advice
    watch = Watch(4, None)
    assert endings(watch, [[poor]] * 12) == [None] * 12, "switched off; that nothing changes is no success"
    assert watch.doubt == found[7], "but the end is not without a word"


def test_hope_is_given_to_what_becomes_better() -> None:
    rising = [result(reward=0.01 * k, split=0.5) for k in range(20)]
    assert endings(Watch(4, 8), [[one] for one in rising]) == [None] * 20
    assert endings(Watch(4, 8), [[rising[0]]] * 8, every=10)[-1] is None, "fewer than a hundred batches"
    for_once = [[result(reward=0.1, split=0.5)]] * 5 + [[result()]] + [[result(reward=0.7, split=0.75)]] * 7
    assert endings(Watch(None, 8), for_once) == [None] * 13


def test_what_is_lost_is_said_and_what_was_found_before_counts() -> None:
    nothing = [result(reward=0.0, objects=0, split=0.0)]
    watch = Watch(4, 8)
    found = endings(watch, [[result()], *[nothing] * 5])
    assert found[:5] == [None] * 5
    assert found[5] == Ending(
        "what had been found is lost: the reward was 0.800 and is 0.000", "best.ckpt still has it", hopeless=False
    )
    assert watch.doubt is None
    swinging = [[result(reward=0.4 + 0.1 * (k % 2), objects=k)] for k in range(8)]
    assert endings(Watch(4, 8), [[result()], *swinging])[-1] is not None
    assert endings(Watch(4, 8), [[result()], *[[result(reward=0.7, objects=k)] for k in range(30)]]) == [None] * 31


def test_a_result_without_reward_may_be_right() -> None:
    """With rewards only for the background on images with nothing on them, for instance."""
    assert hopeless([result(), result(reward=0.0, objects=0, split=0.0)]) is None


def test_a_resumed_training_ends_where_it_would_have_ended() -> None:
    poor = [result(reward=0.3, split=0.4)]
    rows = [[[result()]] * 7, [[result()], *[poor] * 9], [[result(reward=0.2)], *[[result()]] * 7], [poor] * 10]
    for validations in rows:
        whole = endings(Watch(4, 8), validations)
        for cut in range(1, len(validations)):
            first, second = Watch(4, 8), Watch(4, 8)
            found = endings(first, validations[:cut])
            second.load_state_dict(json.loads(json.dumps(first.state_dict())))
            found += endings(second, validations[cut:], first=25 * (cut + 1))
            assert found == whole


def test_without_images_nothing_is_said() -> None:
    assert Watch(1, 1).add([], 1000) is None
