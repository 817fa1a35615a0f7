"""What the graph networks see of an image: measured and learned features of superpixels and edges."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from rlseg.agent import passes
from rlseg.agent.config import FeatureConfig
from rlseg.agent.moments import Moments
from rlseg.agent.pooling import pool_images
from rlseg.agent.unet import UNet


class Standardiser(nn.Module):
    """(x - mean) / std per column, clipped to [-5, 5]. Both are buffers and travel with the checkpoint.

    Args:
        columns: D. Until `fit` is called mean is 0 and std is 1.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, columns: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(columns))
        self.register_buffer("std", torch.ones(columns))

    @torch.no_grad()
    def fit(self, values: Moments) -> None:
        """Take mean and std of the D columns of all training values; a constant column keeps std 1.

        Raises:
            ValueError: if there are no rows, or the number of columns differs.
        """
        if not values.count or len(values.mean) != len(self.mean):
            raise ValueError(f"need {len(self.mean)} columns of values, got {len(values.mean)} of {values.count} rows")
        self.mean.copy_(values.mean)
        self.std.copy_(torch.where(values.std > 1e-6, values.std, torch.ones_like(values.std)))

    def forward(self, values: Tensor) -> Tensor:
        """Standardise (M, D) values, within [-5, 5]."""
        result: Tensor = passes.standardiser(self, values)
        return result


def embedding_distance(nodes: Tensor, edge_index: Tensor) -> Tensor:
    """Root mean square difference of the features of the two ends: (N, C), (2, E) to (E, 1), >= 0.001.

    The small offset under the root keeps the gradient finite where both ends agree.
    """
    u, v = edge_index
    difference = nodes.index_select(0, u) - nodes.index_select(0, v)
    return (difference.square().mean(1, keepdim=True) + 1e-6).sqrt()


class FeatureExtractor(nn.Module):
    """Node and edge features of a mini-batch: measured, learned from the pixels, or both side by side.

    Args:
        config: which ones.
        node_columns: number of measured node features.
        edge_columns: number of measured edge features.
        image_channels: channels of the images the UNet reads.
        dimensions: 2, or 3 where it reads volumes.

    Attributes:
        node_dim: Dn, columns of the node features returned.
        edge_dim: De, columns of the edge features returned, may be 0.
        node_standard, edge_standard: the `Standardiser`s, to be fitted on the training set.
        unet: the pixel network, without gradients if it is frozen, or None.
    """

    def __init__(
        self, config: FeatureConfig, node_columns: int, edge_columns: int, image_channels: int = 1, dimensions: int = 2
    ) -> None:
        super().__init__()
        self.config = config
        self.node_standard = Standardiser(node_columns)
        self.edge_standard = Standardiser(edge_columns)
        self.unet = None if config.unet is None else UNet(image_channels, config.unet, dimensions)
        if self.unet is not None and config.unet is not None:
            self.unet.requires_grad_(not config.unet.frozen)
        learned = 0 if config.unet is None else config.unet.out_channels
        self.node_dim = learned + (node_columns if config.handcrafted else 0)
        self.edge_dim = (edge_columns if config.handcrafted_edges else 0) + (1 if learned else 0)

    def forward(
        self,
        node_features: Tensor,
        edge_features: Tensor,
        edge_index: Tensor,
        images: Sequence[Tensor] = (),
        superpixels: Sequence[Tensor] = (),
        num_nodes: Sequence[int] = (),
        spacings: Sequence[Sequence[float]] = (),
    ) -> tuple[Tensor, Tensor]:
        """Features of the disjoint union of B graphs.

        Args:
            node_features: (N, node_columns) as measured.
            edge_features: (E, edge_columns) as measured.
            edge_index: (2, E) int64.
            images: B tensors (image_channels, H_b, W_b); used only with a UNet, as are the next three.
            superpixels: B tensors (H_b, W_b), each numbered from 0.
            num_nodes: B numbers that sum to N.
            spacings: see `UNet.of_images`.

        Returns:
            nodes: (N, node_dim); edges: (E, edge_dim).
        """
        pooled = None
        if self.unet is not None:
            pooled = pool_images(self.unet.of_images(images, spacings), superpixels, num_nodes)
        return self.join(node_features, edge_features, edge_index, pooled)

    def join(
        self, node_features: Tensor, edge_features: Tensor, edge_index: Tensor, pooled: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """`forward`, from pixel features (N, C) that have been pooled over the superpixels, or None without a UNet."""
        nodes = [self.node_standard(node_features)] if self.config.handcrafted else []
        edges = [self.edge_standard(edge_features)] if self.config.handcrafted_edges else []
        if pooled is not None:
            nodes.append(pooled)
            edges.append(embedding_distance(pooled, edge_index))
        return torch.cat(nodes, 1), torch.cat(edges, 1) if edges else edge_features[:, :0]
