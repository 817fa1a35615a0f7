"""OME-Zarr images as other programs write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import zarr

LABELS = np.kron(np.array([[0, 1, 2], [3, 0, 70_000]]), np.ones((4, 6), int))


def make_image(path: Path, version: str, names: str = "cyx", levels: int = 2, **more: Any) -> Path:
    """An image of random numbers whose pixels are 0.5 x 0.25 um, not at the origin."""
    shape = [{"y": LABELS.shape[0], "x": LABELS.shape[1], "c": 2}.get(name, 1) for name in names]
    kinds = {"c": "channel", "t": "time"}
    axes = [{"name": n, "type": kinds.get(n, "space")} | ({"unit": "micrometer"} if n in "zyx" else {}) for n in names]
    size = {"y": 0.5, "x": 0.25}
    described = [
        {
            "path": str(level),
            "coordinateTransformations": [
                {"type": "scale", "scale": [size.get(n, 1.0) * (2**level if n in "yx" else 1) for n in names]},
                {"type": "translation", "translation": [7.0 if n == "y" else 0.0 for n in names]},
            ],
        }
        for level in range(levels)
    ]
    multiscale = {"axes": axes, "datasets": described, "name": "cells"}
    new = version == "0.5"
    attributes = (
        {"ome": {"version": "0.5", "multiscales": [multiscale]}}
        if new
        else {"multiscales": [multiscale | {"version": version}]}
    )
    group = zarr.create_group(store=str(path), zarr_format=3 if new else 2, attributes=attributes | more)
    rng = np.random.default_rng(0)
    for level in range(levels):
        size_here = [n // 2**level if name in "yx" else n for n, name in zip(shape, names, strict=True)]
        group.create_array(str(level), data=rng.integers(0, 99, size_here).astype(np.uint8))
    return path
