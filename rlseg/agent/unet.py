"""Pixel features."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod, sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional

from rlseg.agent.config import UNetConfig, unet_groups
from rlseg.agent.gnn import SLOPE

Strides = tuple[int, ...]


def _convolution(dimensions: int) -> type[nn.Conv2d] | type[nn.Conv3d]:
    return nn.Conv3d if dimensions == 3 else nn.Conv2d


def _block(inputs: int, outputs: int, dimensions: int) -> nn.Sequential:
    groups, convolution = unet_groups(outputs), _convolution(dimensions)
    layers: list[nn.Module] = []
    for channels in (inputs, outputs):
        layers += [
            convolution(channels, outputs, 3, padding=1),
            nn.GroupNorm(groups, outputs),
            nn.LeakyReLU(SLOPE, inplace=True),
        ]
    return nn.Sequential(*layers)


def pad_to_multiple(images: Tensor, multiples: Sequence[int]) -> Tensor:
    """Pad behind the ends to multiples, by reflection where the side is long enough, else by the last pixel.

    Args:
        images: (B, C, H, W) or (B, C, Z, H, W).
        multiples: positive, of each side.

    Returns:
        (B, C, H', W') or (B, C, Z', H', W') with the next multiples.
    """
    for back, multiple in enumerate(reversed(multiples)):
        side = images.shape[-1 - back]
        more = -side % multiple
        if more:
            padding = [0] * (2 * len(multiples))
            padding[2 * back + 1] = more
            images = functional.pad(images, padding, "reflect" if more < side else "replicate")
    return images


def pooling_of(spacing: Sequence[float], times: int) -> tuple[Strides, ...]:
    """By how much each pooling reduces each axis: 2, but 1 where pixels are much longer than along another axis.

    So the planes of a volume that are far apart stay until voxels are about cubes, as in nnU-Net (F. Isensee et al.,
    2021), or are reduced alone where they are near.

    Args:
        spacing: sides of a pixel in px.
        times: how often is pooled.
    """
    sides, found = list(spacing), []
    for _ in range(times):
        # an axis is twice as long afterwards: nearest to cubes in the geometric mean
        found.append(tuple(1 if side > sqrt(2) * min(sides) else 2 for side in sides))
        sides = [side * stride for side, stride in zip(sides, found[-1], strict=True)]
    return tuple(found)


class UNet(nn.Module):
    """Encoder and decoder with skip connections.

    Per level two 3 x 3 convolutions, each with GroupNorm and LeakyReLU(0.1); max pooling down, nearest
    neighbour up, a 1 x 1 convolution out. In three dimensions 3 x 3 x 3, and pooled as `pooling_of` says: no weight
    depends on how far planes are apart.

    Our own because it is this short: MONAI and segmentation-models-pytorch bring a hundred networks,
    pretrained weights and many packages for the one we need.

    Args:
        in_channels: image channels.
        config: widths per level (finest first) and output channels.
        dimensions: 2 of images, 3 of volumes.
    """

    def __init__(self, in_channels: int, config: UNetConfig | None = None, dimensions: int = 2) -> None:
        super().__init__()
        config = config or UNetConfig()
        widths = config.widths
        self.dimensions = dimensions
        pairs = list(zip((in_channels, *widths[:-1]), widths, strict=True))
        self.down = nn.ModuleList(_block(*pair, dimensions) for pair in pairs)
        pairs = list(pairwise(widths))[::-1]
        self.up = nn.ModuleList(_block(fine + coarse, fine, dimensions) for fine, coarse in pairs)
        self.out = _convolution(dimensions)(widths[0], config.out_channels, 1)

    def forward(self, images: Tensor, pooling: Sequence[Strides] | None = None) -> Tensor:
        """Features of every pixel.

        Args:
            images: (B, in_channels, H, W) or (B, in_channels, Z, H, W) float, any sides from 1.
            pooling: `pooling_of` the sides of a pixel; that of squares or cubes if not given.

        Returns:
            (B, out_channels, H, W) or (B, out_channels, Z, H, W).
        """
        sides = images.shape[2:]
        pooling = self._pooling((1.0,) * self.dimensions) if pooling is None else pooling
        x = pad_to_multiple(images, [prod(strides) for strides in zip(*pooling, strict=True)] or [1] * len(sides))
        pool = functional.max_pool3d if self.dimensions == 3 else functional.max_pool2d
        skips: list[Tensor] = []
        for level, block in enumerate(self.down):
            x = block(pool(x, pooling[level - 1]) if level else x)
            skips.append(x)
        skips.pop()
        for block, strides in zip(self.up, reversed(pooling), strict=True):
            x = functional.interpolate(x, scale_factor=[float(stride) for stride in strides], mode="nearest")
            x = block(torch.cat((skips.pop(), x), dim=1))
        features: Tensor = self.out(x)[(..., *(slice(0, side) for side in sides))]
        return features

    def _pooling(self, spacing: Sequence[float]) -> tuple[Strides, ...]:
        return pooling_of(spacing, len(self.down) - 1)

    def of_images(self, images: Sequence[Tensor], spacings: Sequence[Sequence[float]] = ()) -> list[Tensor]:
        """Features of B images of any sizes; those that are alike run together.

        Args:
            images: B times (in_channels, H_b, W_b), or (in_channels, Z_b, H_b, W_b).
            spacings: sides of the pixels of each in px; squares or cubes if not given.

        Returns:
            B times (C, H_b, W_b), or (C, Z_b, H_b, W_b).
        """
        known = spacings or [(1.0,) * self.dimensions] * len(images)
        groups: dict[tuple[torch.Size, tuple[Strides, ...]], list[int]] = {}
        for position, (image, spacing) in enumerate(zip(images, known, strict=True)):
            groups.setdefault((image.shape, self._pooling(spacing)), []).append(position)
        found: dict[int, Tensor] = {}
        for (_, pooling), positions in groups.items():
            features = self(torch.stack([images[p] for p in positions]), pooling)
            found.update(zip(positions, features, strict=True))
        return [found[position] for position in range(len(images))]
