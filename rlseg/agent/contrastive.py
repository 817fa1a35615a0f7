"""Pixel embeddings learned from superpixels instead of labels."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt
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
        by_guide: pairs of neighbours count the more the less the guide of the search would join them (no label is
            involved): the pair at quantile q of the guide in its image counts 2 (1 - q). Otherwise all count 1.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    pull_margin: Margin = 0.5
    push_margin: Margin = 1.5
    size_weight: Annotated[float, Field(ge=0)] = 0.001
    by_guide: bool = True


def discriminative_loss(
    pixels: Tensor,
    superpixels: Tensor,
    edge_index: Tensor,
    num_nodes: int,
    config: ContrastiveConfig,
    pair_weight: Tensor | None = None,
) -> tuple[Tensor, dict[str, float]]:
    """Pull pixels to the mean of their superpixel, push the means of neighbouring superpixels apart.

    The loss of De Brabandere, Neven & Van Gool 2017 with superpixels in place of objects, and only pairs that touch:

        mean_n mean_{p in n} [|e_p - m_n| - pull_margin]_+^2 + mean_{(u, v)} w_uv [2 push_margin - |m_u - m_v|]_+^2
        + size_weight mean_n |m_n|

    Two superpixels of one object are pushed apart as well; a convolutional network can only obey where they look
    different, which is what makes the distance of embeddings tell of objects.

    Args:
        pixels: (C, P) embeddings of all pixels of a batch.
        superpixels: (P,) int64, 0..num_nodes-1, each with at least one pixel.
        edge_index: (2, E) int64, pairs of neighbours; E may be 0.
        num_nodes: N.
        config: margins.
        pair_weight: (E,) w, of mean 1; all 1 if None.

    Returns:
        The loss, a scalar; and its parts pull and push for logging.
    """
    means = pool_mean(pixels, superpixels, num_nodes)
    strayed = (_length(pixels - means.t().index_select(1, superpixels), 0) - config.pull_margin).relu().square()
    pull = pool_mean(strayed.unsqueeze(0), superpixels, num_nodes).mean()
    u, v = edge_index
    apart = _length(means.index_select(0, u) - means.index_select(0, v), 1)
    near = (2 * config.push_margin - apart).relu().square()
    push = (near if pair_weight is None else near * pair_weight).sum() / max(len(apart), 1)
    loss = pull + push + config.size_weight * _length(means, 1).mean()
    return loss, {"pull": float(pull.detach()), "push": float(push.detach())}


def pair_weights(guide: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """(E,) weights of the pairs of one image, from 2 (least joined) down to 0, of mean 1. guide: (E,), see `Sample`."""
    from scipy.stats import rankdata  # takes a second to import, and only a pre-training ranks

    return (2 - 2 * (rankdata(guide) - 0.5) / max(len(guide), 1)).astype(np.float32)


def _length(values: Tensor, dim: int) -> Tensor:
    # the offset keeps the gradient finite at 0
    return (values.square().sum(dim) + 1e-12).sqrt()
