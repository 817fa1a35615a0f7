"""From pixels to superpixels."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def pool_mean(pixel_features: Tensor, superpixels: Tensor, num_nodes: int) -> Tensor:
    """Mean of the pixel features over each superpixel (F in section 3 of the paper).

    Args:
        pixel_features: (C, H, W) or (C, P).
        superpixels: (H, W) or (P,) integers 0..num_nodes-1.
        num_nodes: N.

    Returns:
        (N, C); zeros for a superpixel without pixels.
    """
    # imported here, for it takes seconds and only runs with a UNet need it; it uses torch-scatter where installed
    from torch_geometric.utils import scatter

    flat = pixel_features.flatten(1)
    return scatter(flat, superpixels.flatten().long(), dim=1, dim_size=num_nodes, reduce="mean").t()


def pool_images(pixel_features: Sequence[Tensor], superpixels: Sequence[Tensor], num_nodes: Sequence[int]) -> Tensor:
    """`pool_mean` of images of any sizes, one after the other.

    Args:
        pixel_features: B tensors (C, H_b, W_b).
        superpixels: B tensors (H_b, W_b), each numbered from 0.
        num_nodes: B numbers N_b.

    Returns:
        (sum of N_b, C).
    """
    parts = zip(pixel_features, superpixels, num_nodes, strict=True)
    return torch.cat([pool_mean(features, labels, count) for features, labels, count in parts])
