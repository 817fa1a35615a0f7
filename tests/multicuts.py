"""Multicut problems that several test modules share."""

from __future__ import annotations

import numpy as np

Problem = tuple[int, np.ndarray, np.ndarray]
"""Number of nodes, (2, E) edges, (K, E) costs."""


def same_partition(one: np.ndarray, other: np.ndarray) -> bool:
    pairs = set(zip(one.tolist(), other.tolist(), strict=True))
    return len(pairs) == len(set(one.tolist())) == len(set(other.tolist()))


def random_problem(seed: int, nodes: int = 300, share: float = 0.03, problems: int = 3) -> Problem:
    rng = np.random.default_rng(seed)
    pairs = np.stack(np.triu_indices(nodes, 1))
    edges = pairs[:, rng.random(pairs.shape[1]) < share].astype(np.int64)
    return nodes, edges, rng.normal(size=(problems, edges.shape[1]))


def star(leaves: int) -> Problem:
    """A background that touches everything, and a chain of what it touches."""
    rng = np.random.default_rng(0)
    rim = np.arange(1, leaves + 1)
    edges = np.concatenate([np.stack([np.zeros_like(rim), rim]), np.stack([rim[:-1], rim[1:]])], axis=1)
    return leaves + 1, edges, rng.normal(size=(1, edges.shape[1]))
