"""Pixel features."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from rlseg.agent.config import UNetConfig, unet_groups
from rlseg.agent.gnn import SLOPE


def _block(inputs: int, outputs: int) -> nn.Sequential:
    groups = unet_groups(outputs)
    layers: list[nn.Module] = []
    for channels in (inputs, outputs):
        layers += [
            nn.Conv2d(channels, outputs, 3, padding=1),
            nn.GroupNorm(groups, outputs),
            nn.LeakyReLU(SLOPE, inplace=True),
        ]
    return nn.Sequential(*layers)


def pad_to_multiple(images: Tensor, multiple: int) -> Tensor:
    """Pad below and right to a multiple, by reflection where the side is long enough, else by the last pixel.

    Args:
        images: (B, C, H, W).
        multiple: positive.

    Returns:
        (B, C, H', W') with H' and W' the next multiples.
    """
    height, width = images.shape[-2:]
    for side, padding in ((width, (0, -width % multiple, 0, 0)), (height, (0, 0, 0, -height % multiple))):
        if any(padding):
            images = functional.pad(images, padding, "reflect" if max(padding) < side else "replicate")
    return images


class UNet(nn.Module):
    """Encoder and decoder with skip connections.

    Per level two 3 x 3 convolutions, each with GroupNorm and LeakyReLU(0.1); max pooling down, nearest
    neighbour up, a 1 x 1 convolution out.

    Our own because it is this short: MONAI and segmentation-models-pytorch bring a hundred networks,
    pretrained weights and many packages for the one we need.

    Args:
        in_channels: image channels.
        config: widths per level (finest first) and output channels.
    """

    def __init__(self, in_channels: int, config: UNetConfig | None = None) -> None:
        super().__init__()
        config = config or UNetConfig()
        widths = config.widths
        self.multiple = 2 ** (len(widths) - 1)
        self.down = nn.ModuleList(_block(i, o) for i, o in zip((in_channels, *widths[:-1]), widths, strict=True))
        pairs = list(pairwise(widths))[::-1]
        self.up = nn.ModuleList(_block(fine + coarse, fine) for fine, coarse in pairs)
        self.out = nn.Conv2d(widths[0], config.out_channels, 1)

    def forward(self, images: Tensor) -> Tensor:
        """Features of every pixel.

        Args:
            images: (B, in_channels, H, W) float, any H and W from 1.

        Returns:
            (B, out_channels, H, W).
        """
        height, width = images.shape[-2:]
        x = pad_to_multiple(images, self.multiple)
        skips: list[Tensor] = []
        for level, block in enumerate(self.down):
            x = block(functional.max_pool2d(x, 2) if level else x)
            skips.append(x)
        skips.pop()
        for block in self.up:
            x = functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = block(torch.cat((skips.pop(), x), dim=1))
        features: Tensor = self.out(x)[..., :height, :width]
        return features

    def of_images(self, images: Sequence[Tensor]) -> list[Tensor]:
        """Features of B images of any sizes, (in_channels, H_b, W_b) to (C, H_b, W_b); equal sizes run together."""
        groups: dict[torch.Size, list[int]] = {}
        for position, image in enumerate(images):
            groups.setdefault(image.shape, []).append(position)
        found: dict[int, Tensor] = {}
        for positions in groups.values():
            found.update(zip(positions, self(torch.stack([images[p] for p in positions])), strict=True))
        return [found[position] for position in range(len(images))]
