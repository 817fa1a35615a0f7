"""Pixel features that the critic alone sees and teaches, while all others see a slow copy of their network."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from rlseg.agent import UNet, embedding_distance, polyak_update, pool_images
from rlseg.training.learners.base import State


class OwnFeatures(nn.Module):
    """The network that learns; the one it was copied from, which actor and predictions use, only follows it.

    Args:
        slow: the feature network of the run.
    """

    def __init__(self, slow: UNet) -> None:
        super().__init__()
        self.fast = copy.deepcopy(slow)
        slow.requires_grad_(False)
        # not one of this module's parts: its weights are those of the run's networks
        self._slow = (slow,)

    def forward(self, state: State) -> tuple[Tensor, Tensor]:
        """(N, Dn) node and (E, De) edge features of a state, from these pixel features in place of the slow ones."""
        batch = state.batch
        counts = [b - a for a, b in zip(batch.node_start[:-1], batch.node_start[1:], strict=True)]
        pooled = pool_images(self.fast.of_images(batch.images, batch.spacings), batch.superpixels, counts)
        pooled = pooled.to(state.nodes)
        # they are the last columns, see `FeatureExtractor.join`
        nodes = torch.cat([state.nodes[:, : state.nodes.shape[1] - pooled.shape[1]], pooled], 1)
        return nodes, torch.cat([state.edges[:, :-1], embedding_distance(pooled, batch.edge_index)], 1)

    def begin(self) -> None:
        """Take the weights of the slow network, with which a training begins."""
        self.fast.load_state_dict(self._slow[0].state_dict())

    def followed(self, tau: float) -> None:
        """Move the slow network by tau."""
        polyak_update(self._slow[0], self.fast, tau)
