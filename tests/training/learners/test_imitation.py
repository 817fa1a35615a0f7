"""The start by imitation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from nuclei import ROOT
from torch.optim import Adam
from workshop import Workshop, one_superpixel, plain_rewards

from rlseg.data.augment import transform_sample
from rlseg.environment.search import search_objects
from rlseg.graph.batch import collate
from rlseg.graph.sample import Sample
from rlseg.rewards.language.load import load_reward
from rlseg.rewards.reward import Reward
from rlseg.rewards.supervised import Supervised, true_cuts
from rlseg.training.imitation import Imitation, ImitationConfig


@pytest.mark.parametrize("number", range(4))
def test_a_lesson_cuts_exactly_around_the_chosen_objects(samples: list[Sample], reward: Reward, number: int) -> None:
    sample = samples[number]
    lesson = Imitation(reward, ImitationConfig()).lesson(sample)
    found = search_objects(sample.regions, sample.guide, lambda s: reward.evaluate(s).foreground_score, 0.3)
    assert found.chosen.any()
    # all that is not chosen is one background, written as -1
    owner = np.where(found.chosen, found.labels, -1)
    u, v = sample.edge_index
    np.testing.assert_array_equal(lesson.cut == 1, owner[u] != owner[v])
    np.testing.assert_array_equal(lesson.cut == 0, owner[u] == owner[v])
    assert lesson.weight.mean() == pytest.approx(1, abs=1e-4)
    assert lesson.weight.min() > 0
    assert lesson.cut.dtype == lesson.weight.dtype == np.float32


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("flip", [False, True])
def test_turned_and_mirrored_copies_get_the_same_lesson(
    samples: list[Sample], reward: Reward, turns: int, flip: bool
) -> None:
    for sample in samples:
        first = Imitation(reward, ImitationConfig()).lesson(sample)
        copy = transform_sample(sample, turns, flip)
        # searched anew, not looked up by name
        again = Imitation(reward, ImitationConfig()).lesson(copy)
        np.testing.assert_array_equal(first.cut, again.cut)
        np.testing.assert_allclose(first.weight, again.weight, rtol=1e-4)


def test_the_search_is_made_once_an_image(samples: list[Sample], reward: Reward) -> None:
    imitation = Imitation(reward, ImitationConfig())
    assert imitation.lesson(samples[0]) is imitation.lesson(transform_sample(samples[0], 1, True))
    assert imitation.lesson(samples[0]) is not imitation.lesson(samples[1])


def test_doubt_lowers_the_weight_of_bright_edges_that_were_left_out(samples: list[Sample], reward: Reward) -> None:
    sample = samples[0]
    certain = Imitation(reward, ImitationConfig(threshold=0.7, doubt=1.0)).lesson(sample)
    doubtful = Imitation(reward, ImitationConfig(threshold=0.7, doubt=0.01)).lesson(sample)
    np.testing.assert_array_equal(certain.cut, doubtful.cut)
    ratio = doubtful.weight / certain.weight
    assert ratio.min() < 0.1 * ratio.max()


def test_labels_are_never_looked_at(samples: list[Sample], reward: Reward) -> None:
    blind = replace(samples[0], truth=None)
    first, second = (Imitation(reward, ImitationConfig()).lesson(s) for s in (samples[0], blind))
    np.testing.assert_array_equal(first.cut, second.cut)


def test_the_actor_learns_its_lessons(samples: list[Sample], reward: Reward) -> None:
    workshop = Workshop(samples[:3], reward)
    imitation = Imitation(reward, ImitationConfig())
    optimizer = Adam(workshop.learner.actor.parameters(), lr=5e-3)
    losses = []
    for _ in range(60):
        step = imitation.step(workshop.learner.actor, workshop.state(collate(workshop.samples)))
        optimizer.zero_grad()
        step.loss.backward()
        optimizer.step()
        losses.append(step.scalars["loss/imitation"])
    assert losses[-1] < 0.5 * losses[0]
    plain = plain_rewards(samples[:3], reward)
    assert workshop.reward() > max(plain["all_merged"], plain["all_split"]) + 0.15
    assert 0 < step.scalars["policy/std"] < 1


def test_5_6_an_image_without_edges_teaches_nothing(samples: list[Sample], reward: Reward) -> None:
    flat = one_superpixel()
    workshop = Workshop([samples[0], flat], reward)
    imitation = Imitation(reward, ImitationConfig())
    step = imitation.step(workshop.learner.actor, workshop.state(collate([flat])))
    step.loss.backward()
    assert float(step.loss.detach()) == 0
    assert all((p.grad is None) or torch.equal(p.grad, torch.zeros_like(p)) for p in workshop.learner.parameters())


def test_the_edges_of_a_refused_image_do_not_count(samples: list[Sample], reward: Reward) -> None:
    workshop = Workshop(samples[:3], reward)
    imitation = Imitation(reward, ImitationConfig())

    def taken(names: set[str], count: int) -> tuple[float | None, list[torch.Tensor]]:
        imitation.refused = names
        workshop.learner.actor.zero_grad()
        step = imitation.step(workshop.learner.actor, workshop.state(collate(samples[:count])))
        step.loss.backward()
        return step.scalars.get("loss/imitation"), [p.grad.clone() for p in workshop.learner.actor.parameters()]

    (loss, gradients), (alone, expected) = taken({samples[2].name}, 3), taken(set(), 2)
    assert loss == pytest.approx(alone, rel=1e-5)
    for one, other in zip(gradients, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-6)
    assert taken(set(), 3)[0] != pytest.approx(alone, rel=1e-3)
    loss, gradients = taken({sample.name for sample in samples}, 3)
    assert loss is None
    assert not any(gradient.any() for gradient in gradients)


def test_the_actions_of_a_step_are_the_most_likely_ones(samples: list[Sample], reward: Reward) -> None:
    workshop = Workshop(samples[:2], reward)
    state = workshop.state(collate(samples[:2]))
    step = Imitation(reward, ImitationConfig()).step(workshop.learner.actor, state)
    mean = workshop.learner.actor(state.nodes, state.edges, state.graph)[0]
    assert step.actions is not None
    torch.testing.assert_close(step.actions, torch.sigmoid(mean.detach())[None])


def test_labels_teach_their_cuts_where_the_file_asks(samples: list[Sample], reward: Reward) -> None:
    file = reward.file.model_copy(update={"supervised": Supervised(weight=1.0)})
    imitation = Imitation(Reward(file), ImitationConfig())
    sample = samples[0]
    assert sample.truth is not None
    lesson = imitation.lesson(sample)
    np.testing.assert_array_equal(lesson.cut, true_cuts(sample.superpixels, sample.truth, sample.edge_index))
    assert lesson.weight.mean() == pytest.approx(1, abs=1e-4)
    bare = replace(sample, name="bare", truth=None)
    searched = Imitation(reward, ImitationConfig()).lesson(sample)
    np.testing.assert_array_equal(imitation.lesson(bare).cut, searched.cut)
    assert (searched.cut != lesson.cut).any()


@pytest.mark.parametrize("shipped", ["nuclei", "circles_paper"])
def test_what_the_search_leaves_out_is_named_once(
    samples: list[Sample], shipped: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    reward = Reward(load_reward(str(ROOT / "rewards" / f"{shipped}.yaml")))
    imitation = Imitation(reward, ImitationConfig())
    with caplog.at_level("INFO"):
        for sample in samples[:3]:
            imitation.lesson(sample)
    said = caplog.text + capsys.readouterr().err
    line = "judges objects one by one, without what looks at the whole partition: foreground/one_segment"
    assert said.count(line) == (shipped == "circles_paper")
    assert said.count("one by one") == (shipped == "circles_paper")
