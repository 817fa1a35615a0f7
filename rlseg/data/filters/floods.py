"""The flood of a watershed: a heap of few pixels at a time."""

from __future__ import annotations

import numpy as np

from rlseg.arrays import Ints, Labels, Map
from rlseg.jit import jit

_PIXEL = (1 << 32) - 1


@jit
def fronts(labels: Labels, steps: tuple[int, ...]) -> Ints:
    """Flat indices of the marked pixels beside one that is not flooded; the others reach nothing.

    Args:
        labels: (P,) flat, -1 at the border at least, 0 = not flooded.
        steps: to the neighbours of a pixel, ascending: of rows of W pixels -W, -1, 1 and W.
    """
    found = np.empty(len(labels), np.int64)
    count = 0
    for p in range(steps[-1], len(labels) - steps[-1]):
        if labels[p] > 0:
            for step in steps:
                if labels[p + step] == 0:
                    found[count] = p
                    count += 1
                    break
    return found[:count].copy()


@jit
def flood(values: Map, labels: Labels, starts: Ints, steps_aside: tuple[int, ...], low: float, high: float) -> None:
    """Flood `labels` from `starts`, the lowest pixel first, of equals the one that was reached first.

    Pixels wait in as many steps of height as there are pixels, unsorted; a heap holds those of one step alone, and only
    if they are not all equally high, as at one distance from a mask. A pixel that is not higher than the one from which
    it is reached comes after all that already wait at that height.

    Args:
        values: (P,) heights, read where labels are 0 and at `starts`.
        labels: (P,) 0 = not flooded; changed. No pixel at the border is 0, nor in `starts`.
        starts: flat indices.
        steps_aside: to the neighbours of a pixel, see `fronts`; in this order they are reached.
        low, high: the range of the heights.
    """
    steps = len(values)
    scale = _scale(steps, low, high)
    first = np.full(steps, -1, np.int32)
    after = np.empty(steps, np.int32)
    keys = np.empty(steps)
    names = np.empty(steps, np.int64)
    level_queue = np.empty(steps, np.int32)
    for p in starts:
        step = int((values[p] - low) * scale)
        after[p], first[step] = first[step], p
    now, items, head, tail, born, level, alike = -1, 0, 0, 0, 0, low, -1
    while True:
        if alike >= 0:
            p = alike
            alike = after[p]
        elif items > 0 and (head == tail or keys[0] == level):
            level = keys[0]
            p = names[0] & _PIXEL
            _pop(keys, names, items)
            items -= 1
        elif head < tail:
            p, head = level_queue[head], head + 1
        else:
            now = _next(first, now)
            if now < 0:
                return
            born, level, alike = 0, values[first[now]], _if_alike(first[now], after, values)
            if alike < 0:
                items = _fill(keys, names, first[now], after, values)
            continue
        for aside in steps_aside:
            q = p + aside
            if labels[q] != 0:
                continue
            labels[q] = labels[p]
            if values[q] <= level:
                level_queue[tail], tail = q, tail + 1
                continue
            step = int((values[q] - low) * scale)
            if step == now:
                _push(keys, names, items, values[q], born << 32 | q)
                items += 1
                born += 1
            else:
                after[q], first[step] = first[step], q


@jit
def _scale(steps: int, low: float, high: float) -> float:
    """Steps per unit of height, so that the highest is in the last one; 0 if there is no range that can be divided."""
    scale = (steps - 1) / (high - low) if high > low else 0.0
    return scale if np.isfinite(scale) else 0.0


@jit
def _next(first: Labels, now: int) -> int:
    """The next step in which pixels wait, or -1."""
    for step in range(now + 1, len(first)):
        if first[step] >= 0:
            return step
    return -1


@jit
def _if_alike(p: int, after: Labels, values: Map) -> int:
    """If all pixels that wait in a step are equally high the oldest, and each names the next younger one; else -1."""
    level, q = values[p], p
    while q >= 0:
        if values[q] != level:
            return -1
        q = after[q]
    younger = -1
    while p >= 0:
        older = after[p]
        after[p] = younger
        younger, p = p, older
    return younger


@jit
def _fill(keys: Map, names: Ints, p: int, after: Labels, values: Map) -> int:
    """How many pixels wait in a step; they go to an empty heap, the youngest first, named by numbers below zero: all of
    them are older than what the step itself will reach."""
    items = 0
    while p >= 0:
        items += 1
        _push(keys, names, items - 1, values[p], -items << 32 | p)
        p = after[p]
    return items


@jit
def _push(keys: Map, names: Ints, items: int, key: float, name: int) -> None:
    """One more than the `items` of a heap; of equal keys the smaller name is above."""
    i = items
    while i > 0:
        above = (i - 1) >> 1
        if keys[above] < key or (keys[above] == key and names[above] < name):
            break
        keys[i], names[i] = keys[above], names[above]
        i = above
    keys[i], names[i] = key, name


@jit
def _pop(keys: Map, names: Ints, items: int) -> None:
    """Take away the topmost of the `items` of a heap."""
    last = items - 1
    key, name = keys[last], names[last]
    i = 0
    while 2 * i + 1 < last:
        below = 2 * i + 1
        other = below + 1
        if other < last and (keys[other] < keys[below] or (keys[other] == keys[below] and names[other] < names[below])):
            below = other
        if key < keys[below] or (key == keys[below] and name < names[below]):
            break
        keys[i], names[i] = keys[below], names[below]
        i = below
    keys[i], names[i] = key, name
