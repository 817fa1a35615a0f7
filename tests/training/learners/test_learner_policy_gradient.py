"""The policy gradient on real images."""

from __future__ import annotations

import pytest
import torch
from workshop import Workshop, generator, one_superpixel, plain_rewards

from rlseg.graph.batch import collate
from rlseg.graph.sample import Sample
from rlseg.rewards.reward import Reward
from rlseg.training.learners.noise import standard_normal
from rlseg.training.learners.rewarding import reward_actions


def test_it_learns_from_rewards_alone(samples: list[Sample], reward: Reward) -> None:
    workshop = Workshop(samples[:2], reward, learner={"kind": "policy_gradient", "samples": 16, "lr": 3e-3})
    before = workshop.reward()
    steps = workshop.train(120)
    after = workshop.reward()
    plain = plain_rewards(samples[:2], reward)
    possible = plain.pop("truth")
    assert before < 0.5 * possible
    assert after > 0.6 * possible
    assert after > max(plain.values()) + 0.1
    first, last = (sum(s.scalars["reward/train"] for s in part) / 10 for part in (steps[:10], steps[-10:]))
    assert last > first + 0.15


def test_one_optimiser_owns_every_parameter(samples: list[Sample], reward: Reward) -> None:
    workshop = Workshop(samples[:1], reward)
    groups = workshop.learner.parameter_groups()
    assert list(groups) == ["actor"]
    assert {id(p) for p in groups["actor"][0]} == {id(p) for p in workshop.learner.parameters()}
    assert groups["actor"][1] == 1e-3


def test_a_step_gives_every_parameter_a_gradient_and_says_what_happened(samples: list[Sample], reward: Reward) -> None:
    workshop = Workshop(
        samples[:2], reward, learner={"kind": "policy_gradient", "samples": 5}, features={"unet": {"widths": (4, 8)}}
    )
    step = workshop.step()
    step.loss.backward()
    for name, gradient in workshop.gradients().items():
        assert torch.isfinite(gradient).all(), name
        assert (gradient != 0).float().mean() > 0.5, name
    edges = sum(s.regions.num_edges for s in samples[:2])
    assert step.actions is not None
    assert step.actions.shape == (5, edges)
    assert not step.actions.requires_grad
    assert (step.actions > 0).all()
    assert (step.actions < 1).all()
    assert len(step.outcomes) == 2
    assert set(step.scalars) == {"loss/actor", "policy/std", "reward/train"}
    paid = sum(o.edge_reward.sum() for o in step.outcomes) / (5 * edges)
    assert step.scalars["reward/train"] == pytest.approx(paid, rel=1e-5)


def test_edges_are_first_paid_by_their_own_reward(samples: list[Sample], reward: Reward) -> None:
    edge, subgraph = (
        Workshop(samples[:2], reward, learner={"kind": "policy_gradient", "credit": c}) for c in ("edge", "subgraph")
    )
    both = Workshop(samples[:2], reward, learner={"kind": "policy_gradient", "edge_credit_steps": 3})
    for number, same, other in ((2, edge, subgraph), (3, subgraph, edge)):
        for shop in (both, same, other):
            shop.learner.zero_grad()
            shop.step(number).loss.backward()
        gradient = both.gradients()["actor"]
        assert torch.equal(gradient, same.gradients()["actor"])
        assert not torch.allclose(gradient, other.gradients()["actor"])


def test_the_noise_is_the_only_source_of_chance(samples: list[Sample], reward: Reward) -> None:
    workshop = Workshop(samples[:1], reward)
    torch.manual_seed(1)
    first = workshop.step(3)
    torch.manual_seed(2)
    assert torch.equal(first.actions, workshop.step(3).actions)
    assert not torch.equal(first.actions, workshop.step(4).actions)


def test_5_6_an_image_of_one_superpixel_does_no_harm(samples: list[Sample], reward: Reward) -> None:
    flat = one_superpixel()
    workshop = Workshop([samples[0], flat], reward)
    for batch in ([flat], [samples[0], flat]):
        workshop.step(samples=batch).loss.backward()
        assert all(torch.isfinite(g).all() for g in workshop.gradients().values())


def test_rewards_come_back_in_the_order_of_the_union_graph(samples: list[Sample], reward: Reward) -> None:
    workshop = Workshop(samples, reward)
    batch = collate(samples)
    actions = torch.rand(3, batch.num_edges, generator=generator(0))
    together, outcomes = reward_actions(batch, workshop.environment, actions)
    assert together.dtype == torch.float32
    for sample, outcome, a, b in zip(samples, outcomes, batch.edge_start[:-1], batch.edge_start[1:], strict=True):
        alone, _ = reward_actions(collate([sample]), workshop.environment, actions[:, a:b])
        assert torch.equal(together[:, a:b], alone)
        assert outcome.edge_reward.shape == alone.shape


def test_noise_is_drawn_on_the_cpu_whatever_the_device() -> None:
    like = torch.zeros(1)
    first = standard_normal((4, 5), generator(3), like)
    assert torch.equal(first, torch.randn((4, 5), generator=generator(3)))
