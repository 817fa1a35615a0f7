"""The validation panel: what one image looks like at every stage, as one picture made with numpy."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from rlseg.arrays import AnyFloats, AnyLabels
from rlseg.pictures.drawing import Rgb, cracks, enlarge, object_colours, outlines, stretch

_CAPTION = 14  # height of a caption line in pixels
_GAP = 4
_RED, _YELLOW, _GREEN = np.array([[230, 50, 50], [240, 210, 60], [60, 200, 90]], float)


def green_to_red(values: AnyFloats) -> Rgb:
    """Colours from green (0) over yellow (0.5) to red (1). values: (N,), clipped; returns (N, 3)."""
    t = np.clip(np.nan_to_num(values, nan=0.5), 0, 1)[:, None]
    low = _GREEN + (_YELLOW - _GREEN) * np.minimum(2 * t, 1)
    return np.rint(low + (_RED - _YELLOW) * np.maximum(2 * t - 1, 0)).astype(np.uint8)


def principal_colours(features: AnyFloats) -> Rgb:
    """The first three principal components of node features as colours.

    Args:
        features: (N, D); non-finite values count as 0.

    Returns:
        (N, 3) uint8: each component scaled from its 2nd to its 98th percentile. Its sign is fixed (largest
        loading positive), so that pictures of consecutive epochs can be compared. With fewer than three
        components the others are mid gray.
    """
    values = np.nan_to_num(np.asarray(features, np.float64), posinf=0.0, neginf=0.0)
    values = values - values.mean(axis=0)
    loadings = np.linalg.svd(values, full_matrices=False)[2][:3]
    peak = np.abs(loadings).argmax(axis=1)
    loadings = loadings * np.sign(loadings[np.arange(len(loadings)), peak])[:, None]
    components = np.zeros((len(values), 3))
    components[:, : len(loadings)] = values @ loadings.T
    low, high = np.percentile(components, [2, 98], axis=0)
    spread = high - low > 1e-9 * max(1.0, float(np.abs(values).max()))
    unit = np.where(spread, (components - low) / np.where(spread, high - low, 1.0), 0.5)
    return np.rint(np.clip(unit, 0, 1) * 255).astype(np.uint8)


def draw_superpixels(image: AnyFloats, superpixels: AnyLabels, scale: int = 2) -> Rgb:
    """The image with the borders of its superpixels. image: (C, H, W); superpixels: (H, W)."""
    picture = enlarge(stretch(image), scale)
    first, _ = cracks(enlarge(superpixels, scale))
    picture.reshape(-1, 3)[first] = (255, 214, 64)
    return picture


def draw_edges(
    image: AnyFloats, superpixels: AnyLabels, edge_index: npt.NDArray[np.int64], actions: AnyFloats, scale: int = 2
) -> Rgb:
    """The cracks between superpixels in the colour of their action, green = merge (0), red = cut (1).

    Args:
        image: (C, H, W), shown dimmed.
        superpixels: (H, W) ids 0..N-1.
        edge_index: (2, E), u < v, sorted by u, then v. Cracks of pairs that are no edge stay undrawn.
        actions: (E,) in [0, 1].
        scale: enlargement.
    """
    picture = enlarge(stretch(image) // 3, scale)
    first, second = cracks(enlarge(superpixels, scale))
    ids = enlarge(superpixels, scale).ravel().astype(np.int64)
    width = int(superpixels.max()) + 1
    low, high = np.minimum(ids[first], ids[second]), np.maximum(ids[first], ids[second])
    keys, wanted = edge_index[0] * width + edge_index[1], low * width + high
    place = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    known = keys[place] == wanted if len(keys) else np.zeros(len(wanted), bool)
    colours = green_to_red(actions)[place[known]]
    pixels = picture.reshape(-1, 3)
    pixels[first[known]] = colours
    pixels[second[known]] = colours
    return picture


def draw_objects(image: AnyFloats, labels: AnyLabels, scale: int = 2) -> Rgb:
    """Objects (labels > 0) in half-transparent, outlined colours. image: (C, H, W); labels: (H, W)."""
    large = enlarge(labels, scale)
    colours = object_colours(labels).astype(float)
    picture = enlarge(stretch(image), scale).astype(float)
    inside = large > 0
    picture[inside] = 0.55 * picture[inside] + 0.45 * colours[large[inside]]
    outline = outlines(large)
    picture[outline > 0] = colours[outline[outline > 0]]
    return picture.astype(np.uint8)


def draw_rewards(labels: AnyLabels, rewards: AnyFloats, superpixels: AnyLabels, scale: int = 2) -> Rgb:
    """Each object in the colour of its reward, red = 0 to green = 1, with black borders between objects.

    Args:
        labels: (N,) object of each superpixel.
        rewards: (N,) reward of that object, in [0, 1].
        superpixels: (H, W) ids 0..N-1.
        scale: enlargement.
    """
    picture = enlarge(green_to_red(1 - np.asarray(rewards))[superpixels], scale)
    first, _ = cracks(enlarge(labels[superpixels], scale))
    picture.reshape(-1, 3)[first] = 0
    return picture


def draw_stages(
    image: AnyFloats,
    superpixels: AnyLabels,
    edge_index: npt.NDArray[np.int64],
    actions: AnyFloats,
    features: AnyFloats,
    objects: AnyLabels,
    rewards: AnyFloats,
    segmentation: AnyLabels | None = None,
    truth: AnyLabels | None = None,
    scale: int = 2,
    counts: Sequence[int] | None = None,
) -> Rgb:
    """All stages of one image side by side, each with a caption.

    Args:
        image: (C, H, W) in [0, 1].
        superpixels: (H, W) ids 0..N-1.
        edge_index: (2, E), u < v, sorted.
        actions: (E,) in [0, 1]; 1 = cut.
        features: (N, D) node features.
        objects: (N,) id of the object each superpixel lies in.
        rewards: (N,) reward of that object, in [0, 1].
        segmentation: (H, W) final label image, 0 = background; None shows every object of `objects`.
        truth: (H, W) label image, or None.
        scale: enlargement of each picture.
        counts: of the objects of `segmentation` and of `truth`, where they show sections of a volume alone.

    Returns:
        (height, width, 3) uint8: two rows of tiles.
    """
    shown = (objects - objects.min() + 1)[superpixels] if segmentation is None else segmentation
    tiles = [
        ("image", enlarge(stretch(image), scale)),
        (f"superpixels: {len(features)}", draw_superpixels(image, superpixels, scale)),
        ("features, 3 components", enlarge(principal_colours(features)[superpixels], scale)),
        ("actions: green merge, red cut", draw_edges(image, superpixels, edge_index, actions, scale)),
        (f"segmentation: {_count(shown) if counts is None else counts[0]} objects", draw_objects(image, shown, scale)),
        (f"reward: mean {float(np.mean(rewards)):.2f}", draw_rewards(objects, rewards, superpixels, scale)),
    ]
    if truth is not None:
        count = _count(truth) if counts is None else counts[1]
        tiles.append((f"truth: {count} objects", draw_objects(image, truth, scale)))
    return grid(tiles, columns=math.ceil(len(tiles) / 2))


def _count(labels: AnyLabels) -> int:
    return len(np.unique(labels[labels > 0]))


def grid(tiles: Sequence[tuple[str, Rgb]], columns: int) -> Rgb:
    """Captioned pictures of equal size in rows of `columns`, on dark gray."""
    height, width = tiles[0][1].shape[:2]
    rows = math.ceil(len(tiles) / columns)
    step_row, step_column = height + _CAPTION + _GAP, width + _GAP
    canvas = Image.new("RGB", (columns * step_column + _GAP, rows * step_row + _GAP), (24, 24, 24))
    draw = ImageDraw.Draw(canvas)
    font = ImageFont.load_default_imagefont()
    for number, (caption, picture) in enumerate(tiles):
        row, column = divmod(number, columns)
        corner = (_GAP + column * step_column, _GAP + row * step_row)
        draw.text((corner[0] + 1, corner[1] + 1), caption, fill=(235, 235, 235), font=font)
        canvas.paste(Image.fromarray(picture), (corner[0], corner[1] + _CAPTION))
    return np.asarray(canvas)
