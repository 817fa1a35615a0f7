"""Work shared out so that nobody waits long for the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def fair_shares(sizes: Sequence[int], parts: int) -> list[list[int]]:
    """As many things for each part, and about as much work.

    The largest comes first, and goes to the part that has the least so far and is not full (Graham, SIAM J. Appl. Math.
    17, 1969, with as many for each).

    Args:
        sizes: work of each thing, >= 0; a multiple of `parts` of them.
        parts: at least 1.

    Returns:
        for each part the places of its things, ascending.
    """
    shares: list[list[int]] = [[] for _ in range(parts)]
    work = [0] * parts
    for place in np.argsort(-np.asarray(sizes, np.int64), kind="stable").tolist():
        free = [part for part in range(parts) if len(shares[part]) < len(sizes) // parts]
        least = min(free, key=lambda part: work[part])
        shares[least].append(place)
        work[least] += sizes[place]
    return [sorted(share) for share in shares]
