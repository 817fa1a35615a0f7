import math

import pytest
import torch

from rlseg.agent.distributions import SquashedNormal
from rlseg.agent.losses.soft_actor_critic import (
    Imagined,
    critic_loss,
    explore,
    guided_actor_loss,
    pathwise_actor_loss,
    within_state_r2,
)

SUBGRAPHS = {1: torch.tensor([[0], [1], [2], [3]]), 3: torch.tensor([[0, 1, 3], [1, 2, 3]])}
ALPHA = {1: torch.tensor(0.2), 3: torch.tensor(0.05)}
EDGES, SAMPLES = 4, 5


def values(samples=SAMPLES):
    return {k: torch.rand(samples, len(ids)) for k, ids in SUBGRAPHS.items()}


def rows():
    return [(k, s, ids) for k, table in SUBGRAPHS.items() for s, ids in enumerate(table.tolist())]


def test_the_critic_loss_equals_eq_4_and_its_centred_form():
    q, r = values(), values()
    plain = centred = 0.0
    for k, s, _ in rows():
        for sample in range(SAMPLES):
            error = q[k][sample, s] - r[k][sample, s]
            plain += 0.5 * error**2
            centred += 0.5 * (error - (q[k][:, s].mean() - r[k][:, s].mean())) ** 2
    count = SAMPLES * len(rows())
    torch.testing.assert_close(critic_loss(q, r), plain / count)
    torch.testing.assert_close(critic_loss(q, r, 0.3, 3.0), (0.3 * plain + 3 * centred) / count)


def test_a_shift_common_to_all_samples_costs_nothing_when_centred():
    q = values()
    shifted = {k: v + torch.randn(v.shape[1]) for k, v in q.items()}
    assert critic_loss(q, shifted, 0.0, 1.0) < 1e-12
    assert within_state_r2(q, shifted) == pytest.approx(1.0, abs=1e-5)


def test_sizes_that_do_not_agree_are_refused():
    with pytest.raises(ValueError, match="do not agree"):
        critic_loss(values(), {1: values()[1]})
    with pytest.raises(ValueError, match="do not agree"):
        within_state_r2({1: values()[1]}, values())


def test_within_state_r2_of_a_perfect_a_constant_and_an_inverted_critic():
    r = values()
    assert within_state_r2(r, r) == 1.0
    assert within_state_r2({k: torch.zeros_like(v) for k, v in r.items()}, r) == pytest.approx(0.0, abs=1e-6)
    assert within_state_r2({k: -v for k, v in r.items()}, r) == pytest.approx(-3.0, abs=1e-5)


def test_a_critic_that_only_knows_the_images_explains_nothing():
    r = {1: torch.rand(SAMPLES, 40) * 0.1 + 10 * torch.rand(40)}
    assert abs(within_state_r2({1: r[1].mean(0).expand(SAMPLES, 40)}, r)) < 1e-6


@pytest.mark.parametrize("r", [{}, {1: torch.zeros(3, 0)}, {1: torch.ones(3, 2)}])
def test_within_state_r2_is_zero_where_nothing_varies(r):
    assert within_state_r2({k: torch.rand_like(v) for k, v in r.items()}, r) == 0.0


def slow_entropy(log_prob):
    """Mean over samples and sub-graphs of alpha_k mean log pi, term by term."""
    terms = [ALPHA[k] * log_prob[n, ids].mean() for k, _, ids in rows() for n in range(SAMPLES)]
    return sum(terms) / len(terms)


def slow_ratio(score, gain):
    """Mean of leave-one-out gain times joint log-probability, term by term."""
    total, samples = 0.0, len(score)
    for k, s, ids in rows():
        for n in range(samples):
            others = (gain[k][:, s].sum() - gain[k][n, s]) / (samples - 1)
            total = total + (gain[k][n, s] - others).detach() * score[n, ids].sum()
    return total / (samples * len(rows()))


def sample_policy():
    mu, std = torch.randn(EDGES, requires_grad=True), torch.rand(EDGES).add(0.2).requires_grad_()
    policy = SquashedNormal(mu, std)
    z = policy.rsample(torch.randn(SAMPLES, EDGES))
    a = policy.action(z)
    q = {k: (a[:, ids] ** 2).sum(2) - a.mean(1, keepdim=True) for k, ids in SUBGRAPHS.items()}
    return (mu, std), policy, z, q


def test_the_pathwise_loss_equals_eq_2():
    wanted, policy, z, q = sample_policy()
    loss = pathwise_actor_loss(policy.log_prob(z), q, ALPHA, SUBGRAPHS)
    value = sum(q[k][n, s] for k, s, _ in rows() for n in range(SAMPLES)) / (SAMPLES * len(rows()))
    slow = slow_entropy(policy.log_prob(z)) - value
    torch.testing.assert_close(loss, slow)
    got = torch.autograd.grad(loss, wanted, retain_graph=True)
    torch.testing.assert_close(got, torch.autograd.grad(slow, wanted))


def imagine(policy, samples=7):
    z = policy.rsample(torch.randn(samples, EDGES)).detach()
    return Imagined(policy.log_prob(z), values(samples))


@pytest.mark.parametrize("eta", [0.0, 0.4, 1.0])
def test_the_guided_loss_equals_its_formula(eta):
    wanted, policy, z, q = sample_policy()
    score, reward, imagined = policy.log_prob(z.detach()), values(), imagine(policy)
    trust = {1: torch.tensor(eta), 3: torch.tensor(eta / 2)}
    loss = guided_actor_loss(policy.log_prob(z), score, q, reward, ALPHA, SUBGRAPHS, trust, imagined)
    gain = {k: reward[k] - trust[k] * q[k] for k in q}
    more = {k: trust[k] * imagined.q[k] for k in q}
    slow = slow_entropy(policy.log_prob(z)) - slow_ratio(score, gain) - slow_ratio(imagined.score, more)
    got = torch.autograd.grad(loss, wanted, retain_graph=True)
    torch.testing.assert_close(loss, slow)
    torch.testing.assert_close(got, torch.autograd.grad(slow, wanted))


def spread(critic, eta, pairs=100_000, imagined=16):
    """Guided gradients for mu of one edge whose true reward is the square of its action, K = 2.

    Returns their mean and standard deviation over many pairs of samples.
    """
    draw = torch.Generator().manual_seed(0)
    mu = torch.full((pairs,), 0.4, dtype=torch.float64, requires_grad=True)
    policy = SquashedNormal(mu, torch.full_like(mu, 0.8).detach())
    z, more = (
        policy.rsample(torch.randn(n, pairs, generator=draw, dtype=torch.float64)).detach() for n in (2, imagined)
    )
    a = policy.action(z)
    one = {1: torch.arange(pairs).unsqueeze(1)}
    loss = guided_actor_loss(
        torch.zeros_like(z), policy.log_prob(z), {1: critic(a)}, {1: a**2}, {1: torch.tensor(0.0)}, one,
        {1: torch.tensor(eta)}, Imagined(policy.log_prob(more), {1: critic(policy.action(more))}),
    )  # fmt: skip
    (gradient,) = torch.autograd.grad(loss * pairs, mu)
    return -gradient.mean().item(), gradient.std().item()


def test_the_guided_gradient_is_unbiased_for_any_critic_and_quieter_for_a_good_one():
    z = torch.linspace(-7, 7, 20_001, dtype=torch.float64) * 0.8 + 0.4
    density = torch.exp(-0.5 * ((z - 0.4) / 0.8) ** 2) / (0.8 * math.sqrt(2 * math.pi))
    slope = 2 * torch.sigmoid(z) * torch.sigmoid(z) * (1 - torch.sigmoid(z))
    truth = torch.trapezoid(density * slope, z).item()
    plain = spread(lambda a: a**2, 0.0)
    exact = spread(lambda a: a**2, 1.0)
    wrong = spread(lambda a: 1 - 0.5 * a, 1.0)
    for mean, deviation in (plain, exact, wrong):
        assert mean == pytest.approx(truth, abs=5 * deviation / math.sqrt(100_000))
    assert exact[1] < 0.5 * plain[1]
    assert wrong[1] > plain[1]


@pytest.mark.parametrize("subgraphs", [{}, {3: torch.zeros(0, 3).long()}])
def test_no_sub_graphs_give_zero_losses_and_zero_gradients(subgraphs):
    (mu, std), policy, z, _ = sample_policy()
    q = {k: torch.zeros(SAMPLES, 0) for k in subgraphs}
    alpha = {3: torch.tensor(0.1)}
    log_prob, score = policy.log_prob(z), policy.log_prob(z.detach())
    total = pathwise_actor_loss(log_prob, q, alpha, subgraphs)
    imagined = Imagined(score, q)
    total = total + guided_actor_loss(log_prob, score, q, q, alpha, subgraphs, {3: torch.tensor(0.5)}, imagined)
    total.backward()
    assert total.item() == 0
    assert not mu.grad.any()
    assert not std.grad.any()
    assert critic_loss(q, q).item() == 0


def test_exploration_widens_the_last_samples_only():
    policy = SquashedNormal(torch.tensor([0.5, -1.0]).requires_grad_(), torch.tensor([0.1, 2.0]))
    noise = torch.randn(5, 2)
    z = explore(policy, noise, std=1.5, share=0.4)
    assert not z.requires_grad
    mu = policy.mu.detach()
    torch.testing.assert_close(z[:3], mu + noise[:3] * policy.std)
    torch.testing.assert_close(z[3:], mu + noise[3:] * torch.tensor([1.5, 2.0]))
    assert torch.equal(explore(policy, noise, 1.5, 0.0), policy.rsample(noise).detach())


def test_the_pathwise_loss_learns_a_bandit_with_the_true_value_as_critic():
    """Q rewards an action of 0.8; entropy keeps the policy from collapsing below its floor."""
    mu, y = torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)
    optimiser = torch.optim.Adam([mu, y], lr=0.05)
    generator = torch.Generator().manual_seed(0)
    for _ in range(300):
        policy = SquashedNormal(mu, 0.05 + torch.sigmoid(y))
        z = policy.rsample(torch.randn(16, 1, generator=generator))
        q = {1: 1 - (policy.action(z) - 0.8) ** 2}
        optimiser.zero_grad()
        pathwise_actor_loss(policy.log_prob(z), q, {1: torch.tensor(1e-3)}, {1: torch.tensor([[0]])}).backward()
        optimiser.step()
    assert torch.sigmoid(mu).item() == pytest.approx(0.8, abs=0.04)
