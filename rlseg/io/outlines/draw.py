"""Outlined shapes become a label image, with a word on each that does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from rlseg.arrays import Bools, Floats, Labels
from rlseg.io.outlines.fill import Filled, fill
from rlseg.io.outlines.shapes import Found, Polygon, Shape


def extent(shapes: Sequence[Shape]) -> tuple[int, int]:
    """(H, W) of the smallest image with a free row and column beyond all shapes; they touch no border there."""
    far = [np.ones(2)]
    for part in (part for shape in shapes for part in shape.parts):
        if isinstance(part, Polygon):
            far += [ring.max(axis=0) for ring in part.rings if _sound(ring)]
        else:
            far.append(np.add((part.row, part.column), part.pixels.shape))
    height, width = np.ceil(np.max(far, axis=0))
    return int(height) + 1, int(width) + 1


def draw(found: Found, size: tuple[int, int]) -> tuple[Labels, dict[int, str]]:
    """Number the pixels of all shapes that are objects, and note the others in `found.left_out`.

    The objects are numbered as the file does it, if it does, else from 1 in its order. Where shapes overlap, the
    smaller one has the pixels; what has less than half of its own then is no object.

    Args:
        found: what the file holds.
        size: (H, W) of the image.

    Returns:
        (H, W) int32, 0 where nothing is outlined; and label -> name.
    """
    kept: list[tuple[Shape, Filled]] = []
    for shape in found.shapes:
        filled, reason = _judge(shape, size)
        if reason:
            found.leave(reason, shape.name)
        else:
            kept.append((shape, filled))
    shown = _uncovered([filled for _, filled in kept], size)
    for number, (shape, _) in enumerate(kept):
        if not shown[number]:
            found.leave("covered by another", shape.name)
    kept = [pair for number, pair in enumerate(kept) if shown[number]]
    numbers = _numbers([shape for shape, _ in kept])
    names = {number: shape.name for number, (shape, _) in zip(numbers, kept, strict=True)}
    return _painted([filled for _, filled in kept], numbers, size), names


def left_out_note(found: Found) -> str | None:
    """A line on what is no object, or None."""
    if not found.left_out:
        return None
    count = Counter(reason for reason, _ in found.left_out)
    first = {reason: name for reason, name in reversed(found.left_out) if name}
    reasons = []
    for reason, number in count.items():
        words = [str(number)] if number > 1 else []
        words += [f"like {first[reason]}" if number > 1 else first[reason]] if reason in first else []
        reasons.append(reason + (f" ({', '.join(words)})" if words else ""))
    total = len(found.left_out)
    return f"{total} outline{'s' if total > 1 else ''} left out: {', '.join(reasons)}"


def _sound(ring: Floats) -> bool:
    return len(ring) > 0 and bool(np.isfinite(ring).all())


def _judge(shape: Shape, size: tuple[int, int]) -> tuple[Filled, str]:
    """The pixels of a shape, and why it is no object, "" if it is one."""
    rings = [ring for part in shape.parts if isinstance(part, Polygon) for ring in part.rings]
    if not shape.parts or not all(_sound(ring) for ring in rings):
        return fill(Shape("", (Polygon((np.zeros((1, 2)),)),)), size), "empty or broken"
    filled = fill(shape, size)
    if filled.crossed:
        return filled, "crosses itself"
    if filled.count:
        return filled, ""
    return filled, "smaller than a pixel" if filled.mask.pixels.size else "outside of the image"


def _painted(shapes: Sequence[Filled], numbers: Sequence[int], size: tuple[int, int]) -> Labels:
    """(H, W), the smaller shapes over the larger ones, of equal ones the first."""
    labels = np.zeros(size, np.int32)
    for place in sorted(range(len(shapes)), key=lambda n: (-shapes[n].count, -n)):
        mask = shapes[place].mask
        rows, columns = mask.pixels.shape
        window = labels[mask.row : mask.row + rows, mask.column : mask.column + columns]
        window[mask.pixels] = numbers[place]
    return labels


def _uncovered(shapes: Sequence[Filled], size: tuple[int, int]) -> Bools:
    """(n,) which shapes have half of their pixels or more where smaller ones lie over them."""
    painted = _painted(shapes, range(1, len(shapes) + 1), size)
    left = np.bincount(painted.ravel(), minlength=len(shapes) + 1)[1:]
    return 2 * left >= np.array([shape.count for shape in shapes], np.int64)


def _numbers(shapes: Sequence[Shape]) -> list[int]:
    own = [shape.number for shape in shapes if shape.number is not None and shape.number < 2**31]
    return own if len(set(own)) == len(shapes) else list(range(1, len(shapes) + 1))
