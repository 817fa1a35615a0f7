"""Which lessons are worth imitating."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from nuclei import compiled
from workshop import one_superpixel, plain_rewards

from rlseg.data.augment import transform_sample
from rlseg.data.prepare import Preparation
from rlseg.data.samples import Samples
from rlseg.environment.environment import SegmentationEnvironment
from rlseg.environment.partition import joined_by
from rlseg.graph.sample import Sample
from rlseg.rewards.reward import Reward
from rlseg.rewards.supervised import Supervised
from rlseg.training.imitation import Imitation, ImitationConfig
from rlseg.training.start import Start
from rlseg.training.teacher import MOST_NAMED, Teacher, Worth

# whatever is small is an object
SMALL = "classes: {background: {kind: area, over: 100}}\nrewards: {background: 0.0, foreground: 0.9}"


def teacher(reward: Reward, **settings: Any) -> Teacher:
    return Teacher(Imitation(reward, ImitationConfig(**settings)), SegmentationEnvironment(reward, threads=2))


def merging(sample: Sample) -> np.ndarray:
    return np.full(sample.regions.num_edges, 0.01, np.float32)


def test_a_lesson_is_paid_as_its_partition(samples: list[Sample], reward: Reward) -> None:
    made = teacher(reward)
    found = made.judge(Samples.of(samples), merging)
    assert list(found) == [sample.name for sample in samples]
    for sample in samples:
        cut = made.imitation.lesson(sample).cut == 1
        paid = made.environment.step(sample, np.where(cut, 0.99, 0.01)[None]).mean_reward[0]
        assert found[sample.name] == Worth(pytest.approx(paid, abs=1e-6))
        assert paid > plain_rewards([sample], reward)["all_merged"]
    assert made.worth == {}


def test_a_policy_that_finds_more_refuses_it(samples: list[Sample], reward: Reward) -> None:
    strict, usual, sample = teacher(reward, threshold=0.6), teacher(reward), samples[0]
    actions = np.where(usual.imitation.lesson(sample).cut == 1, 0.99, 0.01)
    better = strict.environment.step(sample, actions[None]).mean_reward[0]
    (worth,) = strict.judge(Samples.of([sample]), lambda _: actions).values()
    assert worth.paid < better
    assert worth.refused == f"what the search finds is paid {worth.paid:.3f}, what the policy finds {better:.3f}"
    # as good is good enough
    assert usual.judge(Samples.of([sample]), lambda _: actions)[sample.name].refused == ""


def test_a_search_that_finds_nothing_teaches_nothing(samples: list[Sample], reward: Reward) -> None:
    strict = teacher(reward, threshold=1.0)
    (worth,) = strict.judge(Samples.of(samples[:1]), merging).values()
    assert worth.refused == "the search finds no object in it"
    flat = one_superpixel()
    assert teacher(reward).judge(Samples.of([flat]), merging)["flat"].refused == "the search finds no object in it"


@pytest.mark.parametrize(("side", "refused"), [(6, "cover 0.39% of it, less than 0.5%"), (7, "")])
def test_a_speck_is_no_lesson(side: int, refused: str, samples: list[Sample]) -> None:
    ids = np.zeros((96, 96), np.int32)
    ids[40 : 40 + side, 40 : 40 + side] = 1
    sample = Preparation(subgraph_sizes=(1,), proposals=None)(samples[0].image, "speck", superpixels=ids)
    (worth,) = teacher(compiled(SMALL)).judge(Samples.of([sample]), merging).values()
    assert worth.refused == (f"the objects that the search finds {refused}" if refused else "")


def test_labels_are_imitated_whatever_the_rules_say(samples: list[Sample], reward: Reward) -> None:
    supervised = Reward(reward.file.model_copy(update={"supervised": Supervised(weight=1.0)}))
    bare = replace(samples[1], truth=None)
    made = teacher(supervised)
    assert list(made.unknown(Samples.of([samples[0], bare]))) == [bare]
    known = [facts.name for facts in teacher(reward).unknown(Samples.of(samples)).facts]
    assert known == [sample.name for sample in samples]


def test_what_is_refused_is_named_once_with_the_reason(
    samples: list[Sample], reward: Reward, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    made = teacher(reward)
    names = [f"image_{number:02}" for number in range(MOST_NAMED + 3)]
    with caplog.at_level("INFO"):
        made.learn({name: Worth(0.1, f"reason {name}") for name in names} | {"good": Worth(0.9)})
    said = caplog.text + capsys.readouterr().err
    for name in names[:MOST_NAMED]:
        assert said.count(f"warning: {name} is not imitated: reason {name}\n") == 1
    assert f"warning: 3 more images are not imitated: {', '.join(names[MOST_NAMED:])}\n" in said
    assert "good" not in said
    assert made.imitation.refused == {*names}
    again = teacher(reward)
    again.load_state_dict(made.state_dict())
    assert (again.worth, again.imitation.refused) == (made.worth, made.imitation.refused)


def test_the_policy_is_compared_on_the_images_that_are_imitated(samples: list[Sample], reward: Reward) -> None:
    made = teacher(reward)
    made.learn({samples[0].name: Worth(0.7), samples[1].name: Worth(0.2, "bad"), samples[2].name: Worth(0.5)})
    turned = [transform_sample(samples[0], 1, True), *samples[1:]]
    actions = [merging(sample) for sample in turned]
    actions[2] = np.full_like(actions[2], np.nan)  # an update that the guard leaves out
    found = made.compare(turned, actions)
    merged = plain_rewards(samples[:1], reward)["all_merged"]
    assert found == {"policy": pytest.approx(merged), "teacher": 0.7, "images": 1.0}
    assert made.compare(turned[1:2], actions[1:2]) == {"policy": 0.0, "teacher": 0.0, "images": 0.0}


@pytest.mark.parametrize(("threshold", "over"), [(1.0, True), (0.3, False)])
def test_without_a_lesson_that_is_worth_it_the_imitation_ends_at_once(
    threshold: float, over: bool, samples: list[Sample], reward: Reward, caplog: Any, capsys: Any
) -> None:
    start = Start(ImitationConfig(threshold=threshold), SegmentationEnvironment(reward, threads=1))
    trainer: Any = SimpleNamespace(world_size=1, global_rank=0)
    with caplog.at_level("INFO"):
        start.look_ahead(trainer, 0, Samples.of(samples), merging)
    assert start.phase.length == (0 if over else None)
    line = "imitation ends after 0 batches: no image has a lesson that is worth it"
    assert (line in caplog.text + capsys.readouterr().err) == over
    # what is known is not asked again
    start.look_ahead(trainer, 0, Samples.of(samples), lambda sample: pytest.fail(sample.name))


@pytest.mark.parametrize(("batches", "length"), [(149, None), (150, 150), (400, 150)])
def test_checkpoints_of_before_have_imitated_their_steps(batches: int, length: int | None, reward: Reward) -> None:
    start = Start(ImitationConfig(), SegmentationEnvironment(reward))
    start.load_state_dict(None, batches)
    assert start.phase.length == length


def test_a_partition_is_what_the_edges_join() -> None:
    edges = np.array([[0, 1, 2, 3], [1, 2, 3, 4]])
    np.testing.assert_array_equal(joined_by(6, edges, np.array([True, False, True, True])), [0, 0, 1, 1, 1, 2])
