"""Pixel embeddings learned from superpixels instead of labels."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from rlseg.agent.pooling import pool_mean

Margin = Annotated[float, Field(ge=0, le=100)]


class ContrastiveConfig(BaseModel):
    """Margins of the discriminative loss.

    Attributes:
        pull_margin: pixels this near to the mean of their superpixel are left alone.
        push_margin: means of neighbouring superpixels that are twice this far apart are left alone.
        size_weight: of the mean length of the means, which keeps the embedding from drifting.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    pull_margin: Margin = 0.5
    push_margin: Margin = 1.5
    size_weight: Annotated[float, Field(ge=0)] = 0.001


def discriminative_loss(
    pixels: Tensor, superpixels: Tensor, edge_index: Tensor, num_nodes: int, config: ContrastiveConfig
) -> tuple[Tensor, dict[str, float]]:
    """Pull pixels to the mean of their superpixel, push the means of neighbouring superpixels apart.

    The loss of De Brabandere, Neven & Van Gool 2017 with superpixels in place of objects, and only pairs that touch:

        mean_n mean_{p in n} [|e_p - m_n| - pull_margin]_+^2 + mean_{(u, v)} [2 push_margin - |m_u - m_v|]_+^2
        + size_weight mean_n |m_n|

    Two superpixels of one object are pushed apart as well; a convolutional network can only obey where they look
    different, which is what makes the distance of embeddings tell of objects.

    Args:
        pixels: (C, P) embeddings of all pixels of a batch.
        superpixels: (P,) int64, 0..num_nodes-1, each with at least one pixel.
        edge_index: (2, E) int64, pairs of neighbours; E may be 0.
        num_nodes: N.
        config: margins.

    Returns:
        The loss, a scalar; and its parts pull and push for logging.
    """
    means = pool_mean(pixels, superpixels, num_nodes)
    strayed = (_length(pixels - means.t().index_select(1, superpixels), 0) - config.pull_margin).relu().square()
    pull = pool_mean(strayed.unsqueeze(0), superpixels, num_nodes).mean()
    u, v = edge_index
    apart = _length(means.index_select(0, u) - means.index_select(0, v), 1)
    push = (2 * config.push_margin - apart).relu().square().sum() / max(len(apart), 1)
    loss = pull + push + config.size_weight * _length(means, 1).mean()
    return loss, {"pull": float(pull.detach()), "push": float(push.detach())}


def _length(values: Tensor, dim: int) -> Tensor:
    # the offset keeps the gradient finite at 0
    return (values.square().sum(dim) + 1e-12).sqrt()
