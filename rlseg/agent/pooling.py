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
    flat = pixel_features.flatten(1)
    index = superpixels.flatten().long()
    # index_add along the pixel axis of (C, P) is the fastest of the scatters that torch and PyG offer on CPU.
    total = flat.new_zeros((len(flat), num_nodes)).index_add(1, index, flat)
    return (total / torch.bincount(index, minlength=num_nodes).clamp(min=1)).t()


def pool_images(
    pixel_features: Sequence[Tensor], superpixels: Sequence[Tensor], num_nodes: Sequence[int]
) -> Tensor:
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
