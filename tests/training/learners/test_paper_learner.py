"""The learner of experiments/learners/paper.yaml at work: its losses by slow loops, its replay, its measurements."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from nuclei import digest
from pydantic import ValidationError
from workshop import Workshop, generator

from rlseg.agent.distributions import SquashedNormal
from rlseg.graph.batch import collate
from rlseg.graph.sample import Sample
from rlseg.rewards.reward import Reward
from rlseg.training.learners.base import Step
from rlseg.training.learners.pathwise import Pathwise
from rlseg.training.networks import AgentConfig, Columns, build_networks

ROOT = Path(__file__).parents[3]
FILE = yaml.safe_load((ROOT / "experiments" / "learners" / "paper.yaml").read_text(encoding="utf-8"))


def paper(images: list[Sample], reward: Reward, **more: Any) -> Workshop:
    """With the file's settings but for a small UNet, one for actor and critic; learner settings can be changed."""
    model = FILE["model"]
    learner = model["learner"] | {"diagnose_every": 0, "warmup_steps": 0, "target_features": False} | more
    features = model["features"] | {"unet": {"widths": (4, 8), "out_channels": 4}}
    return Workshop(images, reward, learner=learner, features=features, actor=model["actor"], critic=model["critic"])


def losses(shop: Workshop, samples: list[Sample], z: np.ndarray, tried: np.ndarray) -> dict[str, float]:
    """Eq. 4, Eq. 2 and Haarnoja's loss, sub-graph by sub-graph, edge by edge.

    Args:
        shop: its networks; samples: the images, side by side.
        z: (K, E) samples of the policy before the sigmoid.
        tried: (N, E) what was rewarded.
    """
    config, batch = shop.learner.config, collate(samples)
    state = shop.state(batch)
    with torch.no_grad():
        mu, std = (x.double().numpy() for x in shop.learner.actor(state.nodes, state.edges, state.graph))
        judge, graph, subgraphs = shop.learner.target, state.graph, batch.subgraphs
        of_tried = shop.learner.critic(state.nodes, state.edges, graph, torch.from_numpy(tried).float(), subgraphs)
        of_own = judge(state.nodes, state.edges, graph, torch.from_numpy(1 / (1 + np.exp(-z))).float(), subgraphs)
    paid = np.concatenate(
        [
            shop.environment.step(sample, tried[:, a:b]).edge_reward
            for sample, (a, b) in zip(samples, pairwise(batch.edge_start), strict=True)
        ],
        axis=1,
    )
    critic, actor, temperature = [], [], []
    for k, table in subgraphs.items():
        alpha = float(shop.learner.temperature.alpha()[k])
        for s, members in enumerate(table.tolist()):
            rewards = [sum(paid[n, e] for e in members) / k for n in range(len(tried))]
            critic += [0.5 * (float(of_tried[k][n, s]) - r) ** 2 for n, r in enumerate(rewards)]
            for n in range(len(z)):
                joint = 0.0
                for e in members:
                    a = 1 / (1 + math.exp(-z[n, e]))
                    normal = -0.5 * ((z[n, e] - mu[e]) / std[e]) ** 2 - math.log(std[e] * math.sqrt(2 * math.pi))
                    joint += normal - math.log(a) - math.log(1 - a)
                actor.append(alpha * joint - float(of_own[k][n, s]))
                r = rewards[n if len(rewards) > 1 else 0]
                high, low, at = config.entropy_max, config.entropy_min, config.reward_max
                target = high - (high - low) * min(max(r, 0), at) / at
                temperature.append(alpha * (-joint - k * target))
    found = {"critic": critic, "actor": actor, "temperature": temperature}
    return {f"loss/{name}": sum(parts) / len(parts) for name, parts in found.items()}


def drawn(shop: Workshop, samples: list[Sample], noise: torch.Generator, count: int) -> np.ndarray:
    """(K, E) samples of the policy with the next numbers of a generator."""
    state = shop.state(collate(samples))
    with torch.no_grad():
        policy = SquashedNormal(*shop.learner.actor(state.nodes, state.edges, state.graph))
        return policy.rsample(torch.randn((count, state.graph.num_edges), generator=noise)).double().numpy()


def assert_losses(step: Step, expected: dict[str, float]) -> None:
    for name, value in expected.items():
        assert step.scalars[name] == pytest.approx(value, rel=1e-4, abs=1e-5), name
    assert float(step.loss.detach()) == pytest.approx(sum(expected.values()), rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("count", [1, 3])
def test_a_step_in_the_environment_is_that_of_the_equations(samples: list[Sample], reward: Reward, count: int) -> None:
    shop = paper(samples[:2], reward, samples=count)
    shop.step(9)  # there is something in the replay
    with torch.no_grad():  # a slow critic that differs from the critic, temperatures that differ from each other
        for p in shop.learner.target.parameters():
            p.add_(0.02 * torch.randn(p.shape, generator=generator(1)))
        shop.learner.temperature.log_alpha.copy_(torch.tensor([0.05, 0.3]).log())
    z = drawn(shop, samples[:2], generator(19), count)
    assert rehearsed(shop, 2, 19) is None
    step = shop.step(19)
    assert step.actions is not None
    np.testing.assert_allclose(step.actions, 1 / (1 + np.exp(-z)), rtol=1e-4, atol=1e-6)
    assert_losses(step, losses(shop, samples[:2], z, step.actions.double().numpy()))


def rehearsed(shop: Workshop, images: int, number: int) -> Step | None:
    by_name = {sample.name: sample for sample in shop.samples}
    return shop.learner.rehearse(
        images,
        lambda names: shop.state(collate([by_name[name] for name in names])),
        shop.environment,
        generator(number),
        number,
    )


@pytest.mark.parametrize("count", [1, 2])
def test_a_step_from_the_replay_is_that_of_the_equations_and_asks_nobody(
    samples: list[Sample], reward: Reward, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = paper(samples[:3], reward, samples=count)
    shop.step(9)
    assert len(shop.learner.replay) == 3 * count
    # what will be drawn, by a twin of the replay
    twin = type(shop.learner.replay)(100)
    twin.load_state_dict(shop.learner.replay.state_dict())
    noise = generator(10)
    _, stored = twin.sample(2, noise, True)
    chosen = [next(s for s in samples if s.name == transition.image) for transition in stored]
    z = drawn(shop, chosen, noise, count)
    tried = torch.cat([transition.actions for transition in stored]).unsqueeze(0).double().numpy()
    expected = losses(shop, chosen, z, tried)
    with monkeypatch.context() as patch:
        patch.setattr(shop.environment, "step_batch", None)
        step = rehearsed(shop, 2, 10)
    assert step is not None
    assert step.actions is None
    assert not step.outcomes
    assert_losses(step, expected)
    step.loss.backward()
    for name, gradient in shop.gradients().items():
        assert (gradient != 0).any(), f"{name} must learn from the replay, too"


def test_one_step_in_ten_asks_the_environment_and_all_of_the_warm_up(samples: list[Sample], reward: Reward) -> None:
    shop = paper(samples[:1], reward, warmup_steps=3)
    assert rehearsed(shop, 1, 5) is None, "there is nothing to remember yet"
    shop.step(0)
    asked = [number for number in range(40) if rehearsed(shop, 1, number) is None]
    assert asked == [0, 1, 2, 9, 19, 29, 39]
    noise = generator(3)
    before = noise.get_state()
    assert shop.learner.rehearse(1, None, shop.environment, noise, 9) is None
    assert torch.equal(noise.get_state(), before)
    assert rehearsed(shop, 0, 5) is None, "no images, nothing to learn"


def test_the_replay_is_filled_by_uniform_random_actions(samples: list[Sample], reward: Reward) -> None:
    shop = paper(samples[:2], reward, warmup_steps=6)
    for number in range(6):
        assert rehearsed(shop, 2, number) is None
        shop.step(number)
    _, stored = shop.learner.replay.sample(100, generator(0), False)
    assert sorted(t.image for t in stored) == sorted(6 * [s.name for s in samples[:2]])
    actions = torch.cat([t.actions for t in stored])
    assert actions.mean() == pytest.approx(0.5, abs=0.02)
    assert actions.var() == pytest.approx(1 / 12, abs=0.005)


def test_it_keeps_what_was_wider_than_the_policy(samples: list[Sample], reward: Reward) -> None:
    shop = paper(samples[:1], reward, samples=4, exploration_share=0.5, exploration_std=9.0, environment_every=1)
    step = shop.step(0)
    _, stored = shop.learner.replay.sample(100, generator(0), False)
    assert step.actions is not None
    kept = {digest(t.actions) for t in stored}
    assert kept == {digest(tried) for tried in step.actions}
    own, wide = step.actions[:2], step.actions[2:]
    assert (wide - 0.5).abs().mean() > (own - 0.5).abs().mean() + 0.05


def test_replay_steps_need_a_replay() -> None:
    with pytest.raises(ValidationError, match="set replay_capacity"):
        Pathwise(environment_every=10)


@pytest.mark.parametrize("density", ["action", "normal"])
def test_the_actors_gradient_by_finite_differences(samples: list[Sample], reward: Reward, density: str) -> None:
    """Through the real networks, for the last layer's offsets of mean and standard deviation."""
    shop = paper(samples[:1], reward, density=density, replay_capacity=0, environment_every=1)
    shop.learner.double()
    found = shop.state(collate(samples[:1]))
    state = replace(found, nodes=found.nodes.detach().double(), edges=found.edges.detach().double())
    with torch.no_grad():
        shop.learner.temperature.log_alpha.fill_(math.log(0.02))

    def at(offset: torch.Tensor) -> Step:
        with torch.no_grad():
            bias.copy_(start + offset)
        return shop.learner.step(state, shop.environment, generator(4), 4, 0.0)

    bias = shop.learner.actor.head.rest[-1].bias
    start = bias.detach().clone()
    shop.learner.zero_grad()
    at(torch.zeros(2)).loss.backward()
    gradient = bias.grad.clone()
    for i in range(2):
        move = torch.zeros(2, dtype=torch.float64)
        move[i] = 1e-5
        up, down = (at(sign * move).scalars["loss/actor"] for sign in (1, -1))
        assert gradient[i].item() == pytest.approx((up - down) / 2e-5, rel=1e-3, abs=1e-7)
        assert gradient[i].item() != 0


@pytest.fixture
def measured(samples: list[Sample], reward: Reward) -> Workshop:
    return paper(samples[:2], reward, diagnose_every=2, diagnose_samples=16, environment_every=1)


def test_measurements_are_made_on_their_turn_and_change_nothing(
    measured: Workshop, samples: list[Sample], reward: Reward
) -> None:
    plain = paper(samples[:2], reward, environment_every=1)
    steps = measured.train(4)
    plain.train(4)
    assert digest(measured.learner.state_dict()) == digest(plain.learner.state_dict())
    assert digest(measured.learner.memory()) == digest(plain.learner.memory())
    has = [sorted(name for name in step.scalars if name.startswith("diagnosis/")) for step in steps]
    names = ["slopes", "slopes_halves", "within_state_r2", "within_state_r2/4", "within_state_r2/9"]
    assert has == [[], [f"diagnosis/{name}" for name in names]] * 2
    for step in steps:
        assert all(math.isfinite(value) for value in step.scalars.values())
        assert 0 <= step.scalars["policy/saturated"] <= 1
        assert step.scalars["policy/entropy"] < 0.1


def test_saturated_means_and_little_entropy_are_seen(measured: Workshop) -> None:
    assert measured.step(0).scalars["policy/saturated"] == 0
    before = measured.step(0).scalars["policy/entropy"]
    with torch.no_grad():
        measured.learner.actor.head.rest[-1].bias.copy_(torch.tensor([40.0, -9.0]))
    after = measured.step(0).scalars
    assert after["policy/saturated"] == 1
    assert after["policy/entropy"] < before - 3


def test_a_critic_that_is_the_reward_explains_all_of_it(measured: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The measured rewards are replaced by the critic's own values: all is explained, and the slopes agree."""
    from rlseg.training.learners import diagnosis

    seen: dict[str, torch.Tensor] = {}
    learner = measured.learner

    def remember(batch: Any, environment: Any, actions: torch.Tensor) -> Any:
        seen["actions"] = actions
        return torch.zeros_like(actions), ()

    def own(edge_reward: torch.Tensor, labels: Any, subgraphs: Any) -> Any:
        state = measured.state(collate(measured.samples[:1]))
        return learner.critic(state.nodes, state.edges, state.graph, seen["actions"], subgraphs)

    monkeypatch.setattr(diagnosis, "reward_actions", remember)
    monkeypatch.setattr(diagnosis, "with_labels", own)
    learner.target.load_state_dict(learner.critic.state_dict())
    scalars = measured.step(1).scalars
    assert scalars["diagnosis/within_state_r2"] == pytest.approx(1, abs=1e-5)
    assert scalars["diagnosis/slopes"] > 0.05
    with torch.no_grad():
        for p in (learner.target.shortcut, *(head.mlp[-1] for head in learner.target.heads.values())):
            p.weight.neg_()
            p.bias.neg_()
    opposite = measured.step(1).scalars
    assert opposite["diagnosis/slopes"] == pytest.approx(-scalars["diagnosis/slopes"], abs=1e-4)
    assert opposite["diagnosis/within_state_r2"] == pytest.approx(1, abs=1e-5), "that of the critic, not of its copy"


def test_the_critic_teaches_features_that_the_actor_sees_late(samples: list[Sample], reward: Reward) -> None:
    shop = paper(samples[:2], reward, target_features=True, tau=0.25, tau_every=1, environment_every=1)
    learner, slow = shop.learner, shop.features.unet
    assert not any(p.requires_grad for p in slow.parameters())
    with torch.no_grad():  # as if they had been pre-trained after they were built
        for p in slow.parameters():
            p.add_(0.01)
    learner.begin()
    start = [p.clone() for p in slow.parameters()]
    for p, first in zip(learner.features.fast.parameters(), start, strict=True):
        assert torch.equal(p, first)
    state = shop.state(collate(samples[:2]))
    nodes, edges = learner.seen_by_critic(state)
    torch.testing.assert_close((nodes, edges), (state.nodes, state.edges))
    assert nodes.requires_grad
    assert not state.nodes.requires_grad
    with torch.no_grad():
        for p in learner.features.fast.parameters():
            p.add_(1.0)
    assert not torch.equal(learner.seen_by_critic(state)[0], nodes)
    learner.after_step(0)
    for p, first in zip(slow.parameters(), start, strict=True):
        torch.testing.assert_close(p, first + 0.25)


def test_measured_features_stay_beside_the_critics_own(samples: list[Sample], reward: Reward) -> None:
    model = FILE["model"]
    learner = model["learner"] | {"environment_every": 1}
    unet = {"widths": (4, 8), "out_channels": 4}
    shop = Workshop(samples[:2], reward, learner=learner, features={"unet": unet})
    shop.learner.begin()
    state = shop.state(collate(samples[:2]))
    torch.testing.assert_close(shop.learner.seen_by_critic(state), (state.nodes, state.edges))
    step = shop.step(30)
    step.loss.backward()
    found = shop.gradients()
    assert set(found) == {"actor", "critic", "features", "temperature"}
    owned = {id(p) for parameters, _ in shop.learner.parameter_groups().values() for p in parameters}
    assert {id(p) for p in shop.learner.features.parameters()} <= owned
    assert (found["features"] != 0).any()


def learner_of(more: dict[str, Any]) -> Any:
    learner = {"kind": "pathwise", "target_critic": True, "target_features": True}
    config = AgentConfig.model_validate({"learner": learner} | more)
    return build_networks(config, Columns(node=3, edge=2, channels=1, sizes=(4,)), 0)[1]


def test_slow_features_need_a_slow_critic() -> None:
    with pytest.raises(ValidationError, match="target_features needs target_critic"):
        Pathwise(target_features=True)
    made = learner_of({"features": {}})
    assert made.features is None, "nothing is learned from the pixels"
