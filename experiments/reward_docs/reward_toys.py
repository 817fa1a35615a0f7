"""Toy objects for the manual of the reward language: what each kind pays, drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from rlseg.arrays import Bools, Labels
from rlseg.errors import RlsegError
from rlseg.graph import measure_regions
from rlseg.pictures import Rgb, cracks, green_to_red, grid
from rlseg.rewards import Reward
from rlseg.rewards.language import RewardFile, RewardFileError, parse_reward
from rlseg.rewards.measure import Segments

TILE = 112
SIZES = (TILE, 3 * TILE)  # of the image that a tile stands for, in pixels
SHOWN = (1.0, 0.75, 0.5, 0.25, 0.0)
HEAD = "version: 1\nname: example\nunits: {length: px, intensity: unit}\n"
PLACES = "geometry: {center: image, ring: [60, 100], border_radius: 150}\n"
ROUND = "{terms: {solid: {kind: descriptor, property: solidity, expected: 1, scale: 0.1}}}"
DARK = "  background: {kind: descriptor, property: intensity_mean, under: 0.3}\n"


def term_files(example: str) -> list[str]:
    """The smallest reward files with this term: in the foreground, in the background, wherever it can stand."""
    files = []
    for owner, other in (("foreground", "background"), ("background", "foreground")):
        rewards = f"rewards:\n  {owner}:\n    terms:\n      example: {example}\n  {other}: {ROUND}\n"
        text = f"{HEAD}{PLACES}classes:\n{DARK}{rewards}"
        try:
            parse_reward(text)
        except RewardFileError as error:
            fault = error
        else:
            files.append(text)
    if not files:
        raise fault
    return files


def class_file(example: str) -> str:
    """The smallest reward file with a class that follows this rule; it is paid 1, all else 0."""
    rewards = "rewards: {foreground: 0, background: 0, example: 1}\n"
    return f"{HEAD}{PLACES}classes:\n  example: {example}\n{DARK}{rewards}"


@dataclass(frozen=True, eq=False)
class Toy:
    """Objects in a square image: (S, S) labels, 0 = background."""

    labels: Labels

    def scores(self, file: RewardFile) -> npt.NDArray[np.float64]:
        """(M,) what each segment is paid by the term or class "example", NaN where it says nothing."""
        breakdown = Reward(file).evaluate(self.segments())
        for tag, scores in breakdown.terms.items():
            if tag.endswith("/example"):
                return scores
        # segments of the class are paid 1, the others 0
        painted = breakdown.segment_class != breakdown.class_names.index("background")
        return np.where(painted, breakdown.segment_score, np.nan)

    @cache  # noqa: B019 - toys live as long as the program
    def segments(self) -> Segments:
        """The objects and the background, bright and dark."""
        image = np.where(self.labels > 0, 0.8, 0.1)
        present, ids = np.unique(self.labels, return_inverse=True)
        regions = measure_regions(np.stack([image, image]), ids.reshape(image.shape).astype(np.int32), level_channel=1)
        return Segments(regions, np.arange(len(present))[None])

    def draw(self, scores: npt.NDArray[np.float64]) -> Rgb:
        """The segments in the colours of their scores, red = 0 to green = 1; gray where there is none."""
        colours = green_to_red(1 - np.nan_to_num(scores))
        colours[np.isnan(scores)] = (70, 70, 78)
        step = len(self.labels) // TILE
        place = self.segments().regions.superpixels[step // 2 :: step, step // 2 :: step]
        picture = colours[place]
        first, _ = cracks(place)
        picture.reshape(-1, 3)[first] = 0
        return picture


@cache
def toys(size: int) -> tuple[Toy, ...]:
    """All toys of one size, the simple ones first."""
    return tuple(Toy(np.rint(labels).astype(np.int32)) for labels in _draw(size))


def _draw(size: int) -> Iterator[npt.NDArray[np.float64]]:
    y, x = (np.indices((size, size)) + 0.5) / size - 0.5

    def ellipse(a: float, b: float, angle: float = 0.0, at: tuple[float, float] = (0.0, 0.0)) -> Bools:
        t = np.deg2rad(angle)
        along = (x - at[1]) * np.cos(t) - (y - at[0]) * np.sin(t)
        across = (x - at[1]) * np.sin(t) + (y - at[0]) * np.cos(t)
        return (along / a) ** 2 + (across / b) ** 2 <= 1

    def bar(a: float, b: float, angle: float = 0.0, at: tuple[float, float] = (0.0, 0.0)) -> Bools:
        t = np.deg2rad(angle)
        along = (x - at[1]) * np.cos(t) - (y - at[0]) * np.sin(t)
        across = (x - at[1]) * np.sin(t) + (y - at[0]) * np.cos(t)
        return (abs(along) <= a) & (abs(across) <= b)

    radii = (0.06, 0.09, 0.12, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45)
    singles: list[Bools] = [ellipse(r, r) for r in radii]
    singles += [ellipse(r, r * share, angle) for r in (0.2, 0.35) for share in (0.7, 0.45, 0.25) for angle in (0, 50)]
    singles += [bar(r, r * share) for r in (0.15, 0.3) for share in (1.0, 0.4, 0.13)]
    singles += [ellipse(0.1, 0.1, 0, (0, far)) for far in (0.1, 0.2, 0.3, 0.35, 0.4, 0.46)]
    for half, far in ((0.13, 0.15), (0.13, 0.3), (0.3, 0.1)):
        singles += [bar(half, 0.05, angle, (0, far)) for angle in (0, 30, 60, 90)]
    for r, thick in ((0.1, 0.1), (0.1, 0.067), (0.15, 0.05), (0.2, 0.133)):  # corners, in four positions
        corner = bar(r, thick / 2, 0, (r - thick / 2, 0)) | bar(thick / 2, r, 0, (0, thick / 2 - r))
        singles += [corner, np.rot90(corner), ndimage.rotate(corner.astype(np.uint8), 30, reshape=False, order=0) > 0]
    wave = 1 + 0.35 * np.cos(5 * np.arctan2(y, x))
    singles += [x**2 + y**2 <= (r * wave) ** 2 for r in (0.12, 0.22, 0.3)]  # stars
    singles += [ellipse(r, r) & ~ellipse(0.8 * r, 0.8 * r, 0, (0.0, 0.55 * r)) for r in (0.15, 0.3)]  # moons
    singles += [ellipse(r, r) & ~ellipse(0.5 * r, 0.5 * r) for r in (0.2, 0.35)]  # rings
    singles += [ellipse(r, r, 0, (0, -r)) | ellipse(r, r, 0, (0, r)) for r in (0.1, 0.2)]  # two in one
    for mask in singles:
        yield mask.astype(float)
    for rows, columns in ((1, 2), (2, 2), (2, 3), (3, 3), (2, 5), (3, 5), (4, 5), (5, 5), (8, 8), (12, 12), (20, 20)):
        i, j = np.floor((y + 0.5) * rows), np.floor((x + 0.5) * columns)
        row, column = (i + 0.5) / rows - 0.5, (j + 0.5) / columns - 0.5
        for share in (0.2, 0.3, 0.4, 0.48):
            inside = (y - row) ** 2 + (x - column) ** 2 <= (share / max(rows, columns)) ** 2
            yield np.where(inside, 1 + i * columns + j, 0)
    for gap in (0.0, 0.02, 0.06, 0.12, 0.2):
        labels = np.zeros((size, size))
        labels[ellipse(0.12, 0.12, 0, (0, -0.12 - gap / 2))] = 1
        labels[ellipse(0.12, 0.12, 0, (0, 0.12 + gap / 2))] = 2
        yield labels


def draw_kind(texts: Sequence[str]) -> Rgb | None:
    """Five toys with what they are paid, from well to badly.

    Args:
        texts: reward files with a term or a class "example"; the one that tells the toys apart best is drawn.

    Returns:
        (height, width, 3) uint8, or None if the kind cannot be shown with toys.
    """
    found = [_choose(parse_reward(text), size) for text in texts for size in SIZES]
    drawn = [choice for choice in found if choice is not None]
    return grid(min(drawn, key=lambda choice: choice[0])[1], columns=len(SHOWN)) if drawn else None


def _choose(file: RewardFile, size: int) -> tuple[float, list[tuple[str, Rgb]]] | None:
    """Tiles that are paid about as SHOWN says, and how far they are from it."""
    try:
        scored = [(toy, toy.scores(file)) for toy in toys(size)]
    except RlsegError:
        return None
    # rounded, so that the choice is the same on every machine
    means = np.array([np.round(np.nanmean(s), 2) if np.isfinite(s).any() else np.inf for _, s in scored])
    taken: list[int] = []
    for wanted in SHOWN:
        distance = np.abs(means - wanted)
        distance[taken] = np.inf
        taken.append(int(np.argmin(distance)))
    if not np.isfinite(means[taken]).all():
        return None
    taken.sort(key=lambda i: -means[i])
    loss = round(float(np.abs(means[taken] - SHOWN).sum()), 2)
    return loss, [(f"{means[i]:.2f}", scored[i][0].draw(scored[i][1])) for i in taken]
