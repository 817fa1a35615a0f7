"""The paper's learner, stateless soft actor-critic, as pure functions.

Everything is per sub-graph sg and per sample k = 1..K; "mean" is over all sub-graphs of all sizes and all
samples. Log-probabilities are means over a sub-graph's edges (see `temperature`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from rlseg.agent.distributions import SquashedNormal
from rlseg.agent.losses.policy_gradient import leave_one_out
from rlseg.agent.subgraph_means import Subgraphs, flatten, mean_or_zero, subgraph_mean

Values = Mapping[int, Tensor]
"""Size k -> (K, S_k)."""


def explore(policy: SquashedNormal, noise: Tensor, std: float, share: float) -> Tensor:
    """Samples of which a share is widened to at least `std`, so that the critic sees decisive actions.

    Args:
        policy: of E edges.
        noise: (K, E) standard normal.
        std: smallest standard deviation of the widened samples, before the sigmoid.
        share: in [0, 1]; the last round(share K) samples are widened.

    Returns:
        (K, E) values before the sigmoid, without gradient. The widened ones are no samples of the policy.
    """
    samples = len(noise)
    wide = (torch.arange(samples, device=noise.device) >= samples - round(share * samples)).unsqueeze(1)
    with torch.no_grad():
        return policy.mu + noise * torch.where(wide, policy.std.clamp(min=std), policy.std)


def critic_loss(q: Values, reward: Values, mse_weight: float = 1.0, centred_weight: float = 0.0) -> Tensor:
    """Eq. 4, and the same on what differs between the samples of one image.

        mse_weight mean 0.5 (Q_sg - r_sg)^2
          + centred_weight mean 0.5 ((Q_sg - mean_K Q_sg) - (r_sg - mean_K r_sg))^2

    The second counts because only differences within one image tell the actor anything, and they are small
    beside the differences between images.

    Args:
        q: size k -> (K, S_k).
        reward: size k -> (K, S_k), for the same sizes; a size without rewards must have S_k = 0.
        mse_weight: >= 0.
        centred_weight: >= 0.

    Returns:
        scalar; 0 with zero gradients without sub-graphs.
    """
    predicted, actual = _pair(q, reward)
    loss = 0.5 * mse_weight * mean_or_zero((predicted - actual).square())
    if centred_weight:
        error = predicted - actual
        loss = loss + 0.5 * centred_weight * mean_or_zero((error - error.mean(0)).square())
    return loss


def pathwise_actor_loss(log_prob: Tensor, q: Values, alpha: Mapping[int, Tensor], subgraphs: Subgraphs) -> Tensor:
    """Eq. 2: mean of alpha_k mean_{e in sg} log pi(a_e) - Q_sg(s, a), differentiated through the actions.

    The paper has the sum over the edges of sg: its temperature times k is the alpha_k here (`Temperature.on_the_mean`).

    Args:
        log_prob: (K, E) of reparametrised samples; or (1, E), minus the closed-form entropy, its expectation
            (minus `SquashedNormal.surprise`).
        q: size k -> (K, S_k), of actions that carry gradients, by a critic whose parameters do not
            (`call_frozen`).
        alpha: size k -> scalar, constant.
        subgraphs: size k -> (S_k, k) edge ids.

    Returns:
        scalar.
    """
    return _entropy_term(log_prob, alpha, subgraphs) - mean_or_zero(flatten(q, len(log_prob)))


@dataclass(frozen=True)
class Imagined:
    """Partitions that were sampled but never rewarded; only the critic judges them.

    Attributes:
        score: (M, E), log-probability of the samples taken as constants, M >= 2.
        q: size k -> (M, S_k), the critic's values, constants.
    """

    score: Tensor
    q: Values


def guided_actor_loss(
    log_prob: Tensor,
    score: Tensor,
    q: Values,
    reward: Values,
    alpha: Mapping[int, Tensor],
    subgraphs: Subgraphs,
    eta: Mapping[int, Tensor],
    imagined: Imagined,
) -> Tensor:
    """Likelihood ratio with the critic as control variate, whose mean comes from samples without a reward.

        mean_sg of   alpha_k mean_{e in sg} log pi(a_e)
                   - mean_K  A_sg sum_{e in sg} log pi(z_e),     A_sg = leave-one-out over K of (r_sg - eta_k Q_sg)
                   - mean_M  B_sg sum_{e in sg} log pi(z'_e),    B_sg = leave-one-out over M of eta_k Q_sg(z')

    A and B are constants. The gradient is unbiased for any critic and any eta that does not depend on these
    samples: what eta Q takes out of the second line the third gives back in expectation. A good critic leaves
    little to the K rewarded samples, and M can be large, for nobody rewards these. eta = 0 is the plain
    likelihood ratio with an entropy term. (Control variates for policy gradients: Greensmith et al. 2004;
    with a learned critic: Gu et al. 2017, arXiv:1611.02247.)

    Args:
        log_prob: (K, E) or (1, E), as in `pathwise_actor_loss`.
        score: (K, E), log-probability of the rewarded samples taken as constants: policy.log_prob(z.detach()).
        q: size k -> (K, S_k), the critic's values of the rewarded samples.
        reward: size k -> (K, S_k), K >= 2.
        alpha: size k -> scalar, constant.
        subgraphs: size k -> (S_k, k) edge ids.
        eta: size k -> scalar, see `ControlVariate`.
        imagined: M more samples of the same policy.

    Returns:
        scalar.
    """
    sizes = sorted(subgraphs)
    real = {k: reward[k] - eta[k] * q[k].detach() for k in sizes}
    more = {k: eta[k] * imagined.q[k].detach() for k in sizes}
    loss = _entropy_term(log_prob, alpha, subgraphs)
    return loss - likelihood_ratio(score, real, subgraphs) - likelihood_ratio(imagined.score, more, subgraphs)


def likelihood_ratio(score: Tensor, gain: Values, subgraphs: Subgraphs) -> Tensor:
    """Mean over all sub-graphs of the leave-one-out gain times the joint log-probability.

    Args:
        score: (K, E), log-probability of samples taken as constants, K >= 2.
        gain: size k -> (K, S_k), constants.
        subgraphs: size k -> (S_k, k) edge ids.

    Returns:
        scalar, whose gradient estimates that of the mean gain.
    """
    mean = subgraph_mean(score, subgraphs)
    joint = flatten({k: k * mean[k] for k in mean}, len(score))
    return mean_or_zero(leave_one_out(flatten(gain, len(score))) * joint)


@torch.no_grad()
def within_state_r2(q: Values, reward: Values) -> float:
    """Share of the reward's variance between the samples of one image that the critic explains; at most 1.

        1 - sum ((Q - mean_K Q) - (r - mean_K r))^2 / sum (r - mean_K r)^2,   over all sub-graphs

    Differences between images, which a critic learns first and an actor cannot use, do not count.

    Args:
        q: size k -> (K, S_k).
        reward: size k -> (K, S_k).

    Returns:
        1 for a perfect critic, 0 for a constant one, negative for a worse; 0 if the rewards do not vary.
    """
    predicted, actual = _pair(q, reward)
    spread = (actual - actual.mean(0)).square().sum()
    error = predicted - actual
    return float(1 - (error - error.mean(0)).square().sum() / spread) if spread > 0 else 0.0


def _pair(q: Values, reward: Values) -> tuple[Tensor, Tensor]:
    missing = [k for k in q if k not in reward and q[k].numel()]
    if missing or any(k not in q for k in reward):
        raise ValueError(f"sizes of the critic {sorted(q)} and of the rewards {sorted(reward)} do not agree")
    return flatten(q), flatten({k: reward.get(k, q[k].detach()) for k in q})


def _entropy_term(log_prob: Tensor, alpha: Mapping[int, Tensor], subgraphs: Subgraphs) -> Tensor:
    mean = subgraph_mean(log_prob, subgraphs)
    term = mean_or_zero(flatten({k: alpha[k] * mean[k] for k in mean}, len(log_prob)))
    # The last term gives the policy zero gradients, instead of none, when a batch has no sub-graphs.
    return term + 0.0 * log_prob.sum()
