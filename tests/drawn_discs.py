"""Discs on a ground, bright, dark or with a bright rim alone, and rules for them."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

RULES = """
version: 1
name: discs
units: {length: px, intensity: unit}
objects: {width: [11, 15], look: LOOK}
classes: {background: {kind: area, over: 600}, debris: {kind: area, under: 30}}
rewards:
  foreground:
    combine: geometric
    terms:
      size: {kind: descriptor, property: equivalent_diameter_area, expected: [11, 15], scale: 2}
      smooth: {kind: descriptor, property: solidity, expected: 0.95, scale: 0.04, side: below}
  debris: 0
  background: 0
edges: {cut: foreground, background: near}
"""


def discs(look: str, side: int = 96, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(1, side, side) as stored and (side, side) labels: a disc of 13 px in each square of 24 x 24."""
    rows, columns = np.indices((side, side)) % 24 - 11.5
    away = np.hypot(rows, columns)
    shape = (away < 6.5) & ((away > 4.5) if look == "outlined" else True)
    image = 0.2 + 0.6 * ndimage.gaussian_filter(shape.astype(float), 0.8)
    image = 1 - image if look == "darker" else image
    noise = np.random.default_rng(seed).normal(0, 0.02, image.shape)
    labels = np.where(away < 6.5, np.indices((side, side))[0] // 24 * 8 + np.indices((side, side))[1] // 24 + 1, 0)
    return (1000 + 3000 * (image + noise))[None].astype(np.float32), np.unique(labels, return_inverse=True)[1]


def rules(look: str) -> str:
    """The reward file for these."""
    return RULES.replace("LOOK", look)
