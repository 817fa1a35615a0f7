"""What may not leave its bounds, however wrong the learning rates are, and rewards and actions that do not vary."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from workshop import Workshop, generator

from rlseg.agent.config import TemperatureConfig
from rlseg.agent.distributions import SquashedNormal
from rlseg.agent.temperature import Temperature
from rlseg.data.prepare import Preparation
from rlseg.graph.batch import collate
from rlseg.graph.sample import Sample
from rlseg.rewards.reward import Reward
from rlseg.training.learners import rewarding
from rlseg.training.optimisation import GuardedOptimisation

FAST = 100
Q_BOUND = 200.0


def tiny() -> Sample:
    """16 square superpixels, some of them bright."""
    ids = np.kron(np.arange(16).reshape(4, 4), np.ones((8, 8), int)).astype(np.int32)
    bright = np.isin(ids, [5, 6, 9, 10, 12])
    image = np.where(bright, 0.8, 0.1) + np.random.default_rng(0).normal(0, 0.02, ids.shape)
    return Preparation(subgraph_sizes=(4, 9))(image[None].astype(np.float32), "tiny", None, ids)


class Racing:
    """A learner that steps as a training does, at a hundred times the learning rate, and is watched."""

    def __init__(self, reward: Reward, **settings: Any) -> None:
        self.shop = Workshop([tiny()], reward, **settings)
        self.guard = GuardedOptimisation(10.0)
        self.config = self.shop.learner.actor.config
        groups = self.shop.learner.parameter_groups()
        self.optimizers = dict(zip(groups, self.shop.optimizers, strict=True))
        self.rates = {name: FAST * rate for name, (_, rate) in groups.items()}

    def step(self, number: int) -> None:
        step = self.shop.step(number, 0.5)
        for optimizer in self.optimizers.values():
            optimizer.zero_grad()
        step.loss.backward()
        self.guard.step([self.shop.features, self.shop.learner], self.optimizers, self.rates)
        self.shop.learner.after_step(number)

    @torch.no_grad()
    def check(self, number: int) -> None:
        learner, config = self.shop.learner, self.config
        batch = collate(self.shop.samples)
        state = self.shop.state(batch)
        policy = SquashedNormal(*learner.actor(state.nodes, state.edges, state.graph))
        assert bool((policy.std >= config.std_min).all() and (policy.std <= config.std_max).all())
        assert bool((policy.mu.abs() <= config.mu_bound).all())
        if hasattr(learner, "temperature"):
            c = learner.config
            for alpha in learner.temperature.alpha().values():
                assert c.alpha_min - 1e-9 <= alpha <= c.alpha_max + 1e-9
            actions = SquashedNormal.action(policy.rsample(torch.randn((8, 24), generator=generator(number))))
            for q in learner.critic(state.nodes, state.edges, state.graph, actions, batch.subgraphs).values():
                assert float(q.abs().max()) < Q_BOUND, number
        assert self.guard.skipped == 0


@pytest.mark.parametrize("steps", [60, pytest.param(10_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "settings",
    [
        {"learner": {"kind": "policy_gradient", "samples": 4}},
        {"learner": {"kind": "guided", "samples": 4, "imagined": 4}},
        {"learner": {"kind": "pathwise", "samples": 4, "replay_capacity": 20}},
    ],
    ids=["policy gradient", "guided", "pathwise"],
)
def test_59_a_hundred_times_the_learning_rate_leaves_nothing_out_of_bounds(
    reward: Reward, settings: dict[str, Any], steps: int
) -> None:
    racing = Racing(reward, **settings)
    for number in range(steps):
        racing.step(number)
        if number % 10 == 0:
            racing.check(number)


@pytest.mark.parametrize("steps", [1000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_59_the_temperature_stays_within_its_bounds(steps: int) -> None:
    config = TemperatureConfig()
    temperature = Temperature([4, 9], config)
    optimizer = torch.optim.Adam(temperature.parameters(), lr=FAST * config.alpha_lr)
    for number in range(steps):
        noise = generator(number)
        entropy = {k: 4 * torch.randn(1, 3, generator=noise) for k in (4, 9)}
        optimizer.zero_grad()
        temperature.loss(entropy, {k: torch.rand(2, 3, generator=noise) for k in (4, 9)}).backward()
        optimizer.step()
        temperature.project()
        low, high = torch.stack(list(temperature.alpha().values())).aminmax()
        assert config.alpha_min - 1e-9 <= low <= high <= config.alpha_max + 1e-9


@pytest.mark.parametrize("action", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("learner", ["policy_gradient", "guided", "pathwise"])
def test_60_samples_that_are_all_equal_divide_nothing_by_zero(
    reward: Reward, learner: str, action: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No noise at all: every sample is the same action."""
    from rlseg.training.learners import actor_critic, guided, policy_gradient

    for module in (policy_gradient, actor_critic, guided):
        monkeypatch.setattr(module, "standard_normal", lambda shape, noise, like: torch.zeros(shape))
    settings = {"kind": learner, "samples": 3} | ({"imagined": 3} if learner == "guided" else {})
    start = {0.0: -2.9, 0.5: 0.0, 1.0: 2.9}[action]
    shop = Workshop([tiny()], reward, learner=settings, actor={"mu_start": start})
    for step in shop.train(5):
        assert torch.isfinite(step.loss)
        assert step.actions is not None
        torch.testing.assert_close(step.actions, step.actions[:1].expand_as(step.actions), rtol=0, atol=1e-6)
        assert np.isfinite(list(step.scalars.values())).all()
    assert all(torch.isfinite(p).all() for p in shop.learner.parameters())


@pytest.mark.parametrize("paid", [0.0, 1.0])
@pytest.mark.parametrize(
    "settings", [{"kind": "guided", "imagined": 3}, {"kind": "pathwise"}], ids=["guided", "pathwise"]
)
def test_61_a_constant_reward_keeps_the_temperature_in_its_bounds(
    reward: Reward, settings: dict[str, Any], paid: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = rewarding.reward_actions

    def constant(*given: Any) -> Any:
        edge_reward, outcomes = original(*given)
        return torch.full_like(edge_reward, paid), outcomes

    monkeypatch.setattr("rlseg.training.learners.actor_critic.reward_actions", constant)
    config = {"samples": 3, "alpha_lr": 1.0} | settings
    shop = Workshop([tiny()], reward, learner=config)
    c = shop.learner.config
    for number, step in enumerate(shop.train(30)):
        alphas = [value for name, value in step.scalars.items() if name.startswith("temperature/")]
        assert len(alphas) == 2, number
        assert all(c.alpha_min - 1e-9 <= alpha <= c.alpha_max + 1e-9 for alpha in alphas)
        assert torch.isfinite(step.loss)
        assert step.scalars["critic/within_state_r2"] == 0


def test_62_a_replay_that_holds_less_than_asked_for_gives_what_it_has(reward: Reward) -> None:
    """The first step finds it empty, the next one finds the three it has tried, of the six that are wanted."""
    config = {"kind": "guided", "samples": 3, "imagined": 3, "replay_capacity": 100, "replay_updates": 6}
    shop = Workshop([tiny()], reward, learner=config)
    asked: list[int] = []
    sample = shop.learner.replay.sample

    def counted(*given: Any) -> Any:
        found = sample(*given)
        asked.append(len(found[1]))
        return found

    shop.learner.replay.sample = counted
    steps = shop.train(4)
    assert asked == [0, 3, 6, 6]
    assert all(torch.isfinite(step.loss) for step in steps)
