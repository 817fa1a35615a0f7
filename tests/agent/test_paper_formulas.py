"""Eq. 2 and 4 of the paper, and what it takes from Haarnoja et al. 2018, against loops written from their text."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from rlseg.agent.config import TemperatureConfig
from rlseg.agent.distributions import SquashedNormal
from rlseg.agent.losses.slopes import correlation, likelihood_ratio_slope, pathwise_slope
from rlseg.agent.losses.soft_actor_critic import critic_loss, pathwise_actor_loss
from rlseg.agent.temperature import Temperature

PAPER = Path(__file__).parents[2] / "experiments" / "learners" / "paper.yaml"
SUBGRAPHS = {2: [[0, 1], [1, 2], [3, 4]], 4: [[0, 1, 2, 4], [1, 2, 3, 4]]}
EDGES, SAMPLES = 5, 3


def tensors(table: dict[int, list[list[int]]]) -> dict[int, torch.Tensor]:
    return {k: torch.tensor(rows) for k, rows in table.items()}


def value(a: np.ndarray, members: list[int]) -> float:
    """Some smooth Q of the actions of one sub-graph."""
    return float(sum(math.sin(3 * a[e] + e) for e in members) + a[members[0]] * a[members[-1]])


def values(a: torch.Tensor) -> dict[int, torch.Tensor]:
    """The same, as a critic gives it."""
    found = {}
    for k, ids in tensors(SUBGRAPHS).items():
        part = a[:, ids]
        found[k] = torch.sin(3 * part + ids).sum(2) + part[:, :, 0] * part[:, :, -1]
    return found


def slow_log_density(mu: float, std: float, noise: float, density: str) -> float:
    if density == "normal":  # its mean, minus the entropy of a Normal
        return -0.5 * math.log(2 * math.pi * math.e * std**2)
    z = mu + std * noise
    a = 1 / (1 + math.exp(-z))
    normal = math.exp(-0.5 * ((z - mu) / std) ** 2) / (std * math.sqrt(2 * math.pi))
    return math.log(normal / (a * (1 - a)))  # change of variables: dz / da = 1 / (a (1 - a))


def slow_eq_2(mu: np.ndarray, std: np.ndarray, noise: np.ndarray, alpha: dict[int, float], density: str) -> float:
    """1 / |SG| sum over sg of (alpha sum over a in sg of log pi(a | s) - Q_sg(s, a)), mean over samples."""
    total, count = 0.0, 0
    for draw in noise:
        actions = 1 / (1 + np.exp(-(mu + std * draw)))
        for k, table in SUBGRAPHS.items():
            for members in table:
                joint = sum(slow_log_density(mu[e], std[e], draw[e], density) for e in members)
                total += alpha[k] * joint - value(actions, members)
                count += 1
    return total / count


def policy(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    return draw.normal(0, 2, EDGES), draw.uniform(0.2, 2, EDGES), draw.normal(size=(SAMPLES, EDGES))


def paper_temperature(scale: str, **more: float) -> Temperature:
    config = {"alpha_init": 0.1, "alpha_min": 1e-6, "alpha_max": 10, "alpha_scale": scale} | more
    return Temperature(list(SUBGRAPHS), TemperatureConfig.model_validate(config)).double()


def slope(function: Callable[[np.ndarray], float], at: np.ndarray, step: float = 1e-6) -> np.ndarray:
    """Finite differences."""
    found = np.zeros_like(at)
    for i in range(len(at)):
        move = np.zeros_like(at)
        move[i] = step
        found[i] = (function(at + move) - function(at - move)) / (2 * step)
    return found


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("density", ["action", "normal"])
def test_eq_2_and_its_gradients(seed: int, density: str) -> None:
    mean, deviation, noise = policy(seed)
    temperature = paper_temperature("sum")
    with torch.no_grad():
        temperature.log_alpha.copy_(torch.tensor([0.1, 0.7]).log())
    alpha = {2: 0.1, 4: 0.7}
    mu, std = (torch.tensor(values, requires_grad=True) for values in (mean, deviation))
    ours = SquashedNormal(mu, std)
    z = ours.rsample(torch.tensor(noise))
    log_prob = -ours.surprise(z, density)
    loss = pathwise_actor_loss(log_prob, values(ours.action(z)), temperature.on_the_mean(), tensors(SUBGRAPHS))
    assert loss.item() == pytest.approx(slow_eq_2(mean, deviation, noise, alpha, density), rel=1e-6)
    loss.backward()
    for_mu = slope(lambda x: slow_eq_2(x, deviation, noise, alpha, density), mean)
    for_std = slope(lambda x: slow_eq_2(mean, x, noise, alpha, density), deviation)
    np.testing.assert_allclose(mu.grad, for_mu, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(std.grad, for_std, rtol=1e-5, atol=1e-7)


def test_only_the_entropy_of_the_action_draws_the_means_back() -> None:
    mean = torch.tensor([-3.0, 0.0, 2.0], dtype=torch.float64, requires_grad=True)
    ours = SquashedNormal(mean, torch.full((3,), 0.5, dtype=torch.float64, requires_grad=True))
    noise = torch.linspace(-2, 2, 9, dtype=torch.float64).unsqueeze(1).expand(9, 3)
    for_mu = {}
    for density in ("action", "normal"):
        surprise = ours.surprise(ours.rsample(noise), density)
        (found,) = torch.autograd.grad(surprise.mean(0).sum(), mean, materialize_grads=True)
        for_mu[density] = found
    assert not for_mu["normal"].any()
    # more entropy towards 0, and at 0 there is none to be had
    assert for_mu["action"][0] > 0.5
    assert abs(for_mu["action"][1]) < 1e-9
    assert for_mu["action"][2] < -0.5


@pytest.mark.parametrize("seed", range(3))
def test_eq_4(seed: int) -> None:
    draw = np.random.default_rng(seed)
    q, r = ({k: draw.normal(size=(SAMPLES, len(table))) for k, table in SUBGRAPHS.items()} for _ in range(2))
    squares = [
        0.5 * (q[k][n, s] - r[k][n, s]) ** 2
        for k, table in SUBGRAPHS.items()
        for s in range(len(table))
        for n in range(SAMPLES)
    ]
    given = ({k: torch.tensor(x) for k, x in part.items()} for part in (q, r))
    settings = yaml.safe_load(PAPER.read_text(encoding="utf-8"))["model"]["learner"]
    weights = settings["mse_weight"], settings["centred_weight"]
    assert critic_loss(*given, *weights).item() == pytest.approx(sum(squares) / len(squares), rel=1e-12)


def test_a_step_of_the_temperature_by_hand() -> None:
    """One sub-graph of 2 edges and one of 4, each of the rewards 0 and 1.5; plain gradient descent in log alpha."""
    ends = {"entropy_min": 0.05, "entropy_max": 2.0, "reward_max": 1.5}
    temperature = paper_temperature("sum", **ends)
    surprise = {2: torch.tensor([[0.5], [0.5]]).double(), 4: torch.tensor([[1.0], [1.0]]).double()}
    reward = {k: torch.tensor([[0.0], [1.5]]).double() for k in surprise}
    optimiser = torch.optim.SGD(temperature.parameters(), lr=1.0)
    loss = temperature.loss(surprise, reward)
    loss.backward()
    optimiser.step()
    # alpha (k H - k m), of 2 edges: .1 (1 - 4) and .1 (1 - .1); of 4: .1 (4 - 8) and .1 (4 - .2); the mean of all four
    assert loss.item() == pytest.approx((-0.3 + 0.09 - 0.4 + 0.38) / 4)
    steps = {2: -(-0.3 + 0.09) / 4, 4: -(-0.4 + 0.38) / 4}
    for k, log_alpha in zip((2, 4), temperature.log_alpha.tolist(), strict=True):
        assert log_alpha == pytest.approx(math.log(0.1) + steps[k])
    on_the_mean = temperature.on_the_mean()
    assert on_the_mean[4].item() == pytest.approx(4 * 0.1 * math.exp(steps[4]))


def test_an_alpha_on_the_sum_is_as_many_times_that_on_the_mean_as_there_are_edges() -> None:
    for scale, times in (("sum", {2: 2, 4: 4}), ("mean", {2: 1, 4: 1})):
        found = {k: float(alpha) for k, alpha in paper_temperature(scale).on_the_mean().items()}
        assert found == pytest.approx({k: 0.1 * n for k, n in times.items()})


def test_the_bounds_of_the_papers_file_allow_a_tenth_on_the_sum_of_128() -> None:
    settings = yaml.safe_load(PAPER.read_text(encoding="utf-8"))
    known = {key: x for key, x in settings["model"]["learner"].items() if key in TemperatureConfig.model_fields}
    temperature = Temperature(
        settings["data"]["preparation"]["subgraph_sizes"], TemperatureConfig.model_validate(known)
    )
    temperature.project()
    assert {k: round(float(x), 4) for k, x in temperature.on_the_mean().items()} == {
        6: 0.6,
        12: 1.2,
        32: 3.2,
        128: 12.8,
    }


@pytest.mark.parametrize(("name", "of_normal"), [("entropy_max", 2.0), ("entropy_min", 0.05)])
def test_the_targets_for_the_action_are_those_for_the_normal_at_a_mean_of_zero(name: str, of_normal: float) -> None:
    std = math.exp(of_normal) / math.sqrt(2 * math.pi * math.e)
    a = (np.arange(400_000) + 0.5) / 400_000
    z = np.log(a / (1 - a))
    density = np.exp(-0.5 * (z / std) ** 2) / (std * math.sqrt(2 * math.pi)) / (a * (1 - a))
    entropy = -float(np.mean(density * np.log(density + 1e-300)))
    settings = yaml.safe_load(PAPER.read_text(encoding="utf-8"))["model"]["learner"]
    assert settings[name] == pytest.approx(entropy, abs=0.006)
    assert entropy < 0


def test_no_action_has_more_entropy_than_a_uniform_one() -> None:
    mu, std = torch.meshgrid(torch.linspace(-4, 4, 9), torch.linspace(0.2, 5, 13), indexing="ij")
    ours = SquashedNormal(mu.flatten().double(), std.flatten().double())
    z = ours.rsample(torch.randn(4000, 117, dtype=torch.float64, generator=torch.Generator().manual_seed(0)))
    entropy = ours.surprise(z, "action").mean(0)
    assert (entropy < 0.05).all()
    assert entropy.max() > -0.05


def test_the_pathwise_slope_is_that_of_q() -> None:
    mean, deviation, noise = policy(0)

    def slow(mu: np.ndarray) -> float:
        found = [
            value(1 / (1 + np.exp(-(mu + deviation * draw))), m)
            for draw in noise
            for t in SUBGRAPHS.values()
            for m in t
        ]
        return sum(found) / len(found)

    ours = SquashedNormal(torch.tensor(mean), torch.tensor(deviation))
    found = pathwise_slope(ours, torch.tensor(noise), values)
    np.testing.assert_allclose(found, slope(slow, mean), rtol=1e-6, atol=1e-9)


def test_both_slopes_are_alike_where_the_critic_is_the_reward() -> None:
    """One estimates the other; halves of the samples agree less than the whole with the truth."""
    mean, deviation, _ = policy(1)
    ours = SquashedNormal(torch.tensor(mean), torch.tensor(deviation))
    noise = torch.randn(40_000, EDGES, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    path = pathwise_slope(ours, noise, values)
    reward = values(ours.action(ours.rsample(noise)))
    ratio = likelihood_ratio_slope(ours, noise, reward, tensors(SUBGRAPHS))
    np.testing.assert_allclose(ratio, path, atol=0.02)
    assert correlation(path, ratio) > 0.97
    wrong = pathwise_slope(ours, noise, lambda a: {k: -q for k, q in values(a).items()})
    assert correlation(wrong, ratio) == pytest.approx(-correlation(path, ratio))


def test_correlation() -> None:
    one, other = torch.randn(50), torch.randn(50)
    assert correlation(one, other) == pytest.approx(float(np.corrcoef(one, other)[0, 1]), abs=1e-6)
    assert correlation(one, 3 - 2 * one) == pytest.approx(-1)
    assert correlation(one, torch.ones(50)) == 0
    assert correlation(torch.zeros(0), torch.zeros(0)) == 0


@pytest.mark.parametrize("subgraphs", [{}, {4: torch.zeros(0, 4).long()}])
def test_without_sub_graphs_there_is_no_slope(subgraphs: dict[int, torch.Tensor]) -> None:
    ours, noise = SquashedNormal(torch.zeros(EDGES), torch.ones(EDGES)), torch.randn(4, EDGES)
    nothing = {k: torch.zeros(4, 0) for k in subgraphs}
    assert not pathwise_slope(ours, noise, lambda _: nothing).any()
    assert not likelihood_ratio_slope(ours, noise, nothing, subgraphs).any()
