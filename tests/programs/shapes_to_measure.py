"""Objects of many sizes and shapes, to be measured by several programs."""

from __future__ import annotations

import numpy as np
from skimage.draw import polygon


def shapes() -> dict[str, list[np.ndarray]]:
    """Kind -> (H, W) bool masks, none of which touches the border."""
    rng = np.random.default_rng(0)
    axes = {"discs": (1, 1), "ellipses": (1.4, 0.7), "rods": (2.2, 0.55), "bent": (1.8, 0.6), "lobed": (1, 1)}
    found: dict[str, list[np.ndarray]] = {kind: [] for kind in axes}
    t = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    for size in (4, 6, 9, 13, 20, 30, 45):
        for _ in range(4):
            turn = rng.uniform(0, np.pi)
            for kind in found:
                a, b = {"discs": (1, 1), "ellipses": (1.4, 0.7), "rods": (2.2, 0.55), "bent": (1.8, 0.6)}.get(
                    kind, (1, 1)
                )
                r = 1 + (0.18 * np.cos(3 * t + turn) if kind == "lobed" else 0)
                x, y = a * r * np.cos(t), b * r * np.sin(t)
                if kind == "rods":  # straight sides
                    x, y = np.clip(x * 1.3, -2.2, 2.2), np.clip(y * 1.6, -0.55, 0.55)
                if kind == "bent":
                    y = y + 0.35 * x**2
                x, y = np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y
                x, y = x * size / 2 + rng.uniform(0, 1), y * size / 2 + rng.uniform(0, 1)
                side = 2 * size + 12
                mask = np.zeros((2 * side, 2 * side), bool)
                rows, columns = polygon(y + side, x + side, mask.shape)
                mask[rows, columns] = True
                found[kind].append(mask)
    return found


def together() -> tuple[np.ndarray, list[str]]:
    """(H, W) int32 labels of all of them, none of which touches another, and the kind of each."""
    masks = [(kind, mask) for kind, found in shapes().items() for mask in found]
    side, columns = max(len(mask) for _, mask in masks), int(np.ceil(np.sqrt(len(masks))))
    labels = np.zeros((side * columns, side * columns), np.int32)
    for place, (_, mask) in enumerate(masks):
        row, column = (n * side for n in divmod(place, columns))
        labels[row : row + len(mask), column : column + len(mask)][mask] = place + 1
    return labels, [kind for kind, _ in masks]
