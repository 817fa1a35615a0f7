"""Each object of a label image cut anew at a share of its own brightness, in compiled loops."""

from __future__ import annotations

import numpy as np

from rlseg.arrays import Ints, Labels, Pixels, ndimage
from rlseg.jit import jit


def cut_at(above: Pixels, labels: Labels, zone: Labels, share: float) -> Labels:
    """Each object as the largest piece of its zone above a share of its median brightness, holes filled.

    Pieces and the background around holes hang together over 4-neighbours. A hole is filled as far as it lies in the
    zone of the object or in none. Where two objects want a pixel, the one with the smaller number gets it.

    Args:
        above: (H, W) or (Z, H, W) brightness above the local background.
        labels: of this shape, objects 1..n, 0 = background.
        zone: of this shape, where each object may lie at most; holds the object itself.
        share: of the median brightness of an object.

    Returns:
        int32 of this shape with the numbers of the objects; one without a pixel that is bright enough is missing.
    """
    if labels.ndim == 3:
        return _cut_volume(above, labels, zone, np.float32(share))
    boxes = np.zeros((int(zone.max(initial=0)), 4), np.int64)
    for box, place in zip(boxes, ndimage.find_objects(zone), strict=True):
        if place is not None:
            box[:] = place[0].start, place[0].stop, place[1].start, place[1].stop
    result = np.zeros(labels.shape, np.int32)
    _cut_all(np.ascontiguousarray(above, dtype=np.float32), labels, zone, boxes, np.float32(share), result)
    return result


def _cut_volume(above: Pixels, labels: Labels, zone: Labels, share: np.float32) -> Labels:
    """The same of a volume, whose objects are few and large, object by object; voxels hang together by their faces."""
    result = np.zeros(labels.shape, np.int32)
    for number, place in enumerate(ndimage.find_objects(zone), start=1):
        if place is None:
            continue
        bright, own, left = np.asarray(above[place], np.float32), zone[place] == number, result[place]
        inside = bright[labels[place] == number]
        if not inside.size:
            continue
        pieces, count = ndimage.label(own & (bright > share * np.median(inside)))
        if not count:
            continue
        largest = pieces == np.bincount(pieces.ravel())[1:].argmax() + 1
        # a hole may hold another object
        mine = ndimage.binary_fill_holes(largest) & (own | (zone[place] == 0))
        left[mine & (left == 0)] = number
    return result


@jit
def _cut_all(above: Pixels, labels: Labels, zone: Labels, boxes: Ints, share: np.float32, result: Labels) -> None:
    for number in range(1, len(boxes) + 1):
        top, bottom, left, right = boxes[number - 1]
        if bottom > top:
            place = (slice(top, bottom), slice(left, right))
            _cut_one(above[place], labels[place], zone[place], number, share, result[place])


@jit
def _cut_one(above: Pixels, labels: Labels, zone: Labels, number: int, share: np.float32, result: Labels) -> None:
    rows, columns = labels.shape
    inside = np.empty(labels.size, np.float32)
    count = 0
    for r in range(rows):
        for c in range(columns):
            if labels[r, c] == number:
                inside[count] = above[r, c]
                count += 1
    if count == 0:
        return
    # 0: dark; -1: bright; 1, 2, ...: number of its piece
    piece = np.zeros((rows, columns), np.int64)
    level = share * _median(inside[:count])
    for r in range(rows):
        for c in range(columns):
            if zone[r, c] == number and above[r, c] > level:
                piece[r, c] = -1
    largest, most, pieces = 0, 0, 0
    for r in range(rows):
        for c in range(columns):
            if piece[r, c] == -1:
                pieces += 1
                size = _spread(piece, r, c, -1, pieces)
                if size > most:
                    largest, most = pieces, size
    if pieces == 0:
        return
    for r in range(rows):
        for c in range(columns):
            piece[r, c] = 1 if piece[r, c] == largest else 0
    # what the border of the box reaches is outside, all else that is not of the object is a hole
    for r in range(rows):
        for c in range(columns):
            if piece[r, c] == 0 and (r == 0 or c == 0 or r == rows - 1 or c == columns - 1):
                _spread(piece, r, c, 0, 2)
    for r in range(rows):
        for c in range(columns):
            # a hole may hold another object
            mine = zone[r, c] == number or zone[r, c] == 0
            if piece[r, c] != 2 and mine and result[r, c] == 0:
                result[r, c] = number


@jit
def _median(values: Pixels) -> np.float32:
    ordered = np.sort(values)
    half = len(ordered) // 2
    if len(ordered) % 2 == 1:
        return ordered[half]
    return (ordered[half - 1] + ordered[half]) / np.float32(2)


@jit
def _spread(piece: Ints, row: int, column: int, old: int, new: int) -> int:
    """Renumber the pixels that hang together with one, over 4-neighbours; returns how many."""
    rows, columns = piece.shape
    waiting = np.empty(piece.size, np.int64)
    waiting[0] = row * columns + column
    piece[row, column] = new
    count, done = 1, 0
    while done < count:
        r, c = waiting[done] // columns, waiting[done] % columns
        done += 1
        for y, x in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
            if 0 <= y < rows and 0 <= x < columns and piece[y, x] == old:
                piece[y, x] = new
                waiting[count] = y * columns + x
                count += 1
    return count
