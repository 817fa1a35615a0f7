"""The network on pixels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rlseg.agent import SLOPE, UNetConfig, unet_groups
from rlseg.models.onnx.build import Graph

Weights = Mapping[str, Any]
_EPSILON = 1e-5  # of torch's GroupNorm


def pixel_network(weights: Weights, config: UNetConfig, channels: int, notes: Mapping[str, str]) -> bytes:
    """`rlseg.agent.UNet` as ONNX: images (B, channels, H, W) float32 of any size from 1 x 1 to features (B, C, H, W).

    Args:
        weights: arrays by their names in the module.
        config: of the network.
        channels: of the images.
        notes: kept in the file.
    """
    graph = Graph()
    height, width = graph.size("images", 2), graph.size("images", 3)
    values = "images"
    for axis, size in ((3, width), (2, height)):
        values = _padded(graph, values, axis, size, 2 ** (len(config.widths) - 1))
    skips = []
    for level in range(len(config.widths)):
        if level:
            values = graph.add("MaxPool", values, kernel_shape=[2, 2], strides=[2, 2])
        values = _block(graph, values, weights, f"down.{level}.")
        skips.append(values)
    skips.pop()
    for level in range(len(config.widths) - 1):
        # every pixel four times
        values = graph.add(
            "Resize",
            values,
            "",
            graph.constant([1, 1, 2, 2]),
            mode="nearest",
            coordinate_transformation_mode="asymmetric",
            nearest_mode="floor",
        )
        values = graph.add("Concat", skips.pop(), values, axis=1)
        values = _block(graph, values, weights, f"up.{level}.")
    features = graph.add("Conv", values, graph.constant(weights["out.weight"]), graph.constant(weights["out.bias"]))
    end = graph.add("Concat", height, width, axis=0)
    features = graph.add("Slice", features, graph.constant([0, 0], np.int64), end, graph.constant([2, 3], np.int64))
    return graph.model(
        "pixels",
        {"images": (np.float32, ["batch", channels, "height", "width"])},
        {"features": (features, ["batch", config.out_channels, "height", "width"])},
        notes,
    )


def _padded(graph: Graph, values: str, axis: int, size: str, multiple: int) -> str:
    """Longer along an axis, up to a multiple: by reflection where it is long enough, else by the last pixel.

    By picking pixels, for the operator Pad knows no choice between the two.
    """
    one, zero = (graph.constant([n], np.int64) for n in (1, 0))
    many = graph.constant([multiple], np.int64)
    more = graph.add("Add", size, graph.constant([multiple - 1], np.int64))
    rounded = graph.add("Mul", graph.add("Div", more, many), many)
    last = graph.add("Sub", size, one)
    end = graph.add("Squeeze", rounded, zero)
    place = graph.add("Range", graph.constant(0, np.int64), end, graph.constant(1, np.int64))
    mirrored = graph.add("Sub", graph.add("Add", last, last), place)
    enough = graph.add("Less", graph.add("Sub", rounded, size), size)
    beyond = graph.add("Where", enough, mirrored, last)
    picked = graph.add("Where", graph.add("Less", place, size), place, beyond)
    return graph.add("Gather", values, picked, axis=axis)


def _block(graph: Graph, values: str, weights: Weights, prefix: str) -> str:
    """Two convolutions, each with normalisation by groups and a LeakyReLU."""
    for number in (0, 3):
        weight = np.asarray(weights[f"{prefix}{number}.weight"])
        bias = graph.constant(weights[f"{prefix}{number}.bias"])
        values = graph.add("Conv", values, graph.constant(weight), bias, kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        values = _normalised(graph, values, weights, f"{prefix}{number + 1}.", unet_groups(len(weight)))
        values = graph.leaky(values, SLOPE)
    return values


def _normalised(graph: Graph, values: str, weights: Weights, prefix: str, groups: int) -> str:
    """GroupNorm: every group is brought to mean 0 and variance 1, which all runtimes know as InstanceNormalization."""
    shape = graph.add("Shape", values)
    grouped = graph.add("Reshape", values, graph.constant([0, groups, -1], np.int64))
    ones, zeros = graph.constant(np.ones(groups)), graph.constant(np.zeros(groups))
    grouped = graph.add("InstanceNormalization", grouped, ones, zeros, epsilon=_EPSILON)
    values = graph.add("Reshape", grouped, shape)
    scale, shift = (graph.constant(np.asarray(weights[f"{prefix}{n}"])[:, None, None]) for n in ("weight", "bias"))
    return graph.add("Add", graph.add("Mul", values, scale), shift)
