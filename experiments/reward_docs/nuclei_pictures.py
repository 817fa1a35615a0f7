"""The pictures of the page about the objective that show nuclei."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from experiments.reward_docs.nuclei_example import RISES, SOME_RISES, NucleiExample
from rlseg.arrays import Bools, Labels
from rlseg.pictures import Rgb, cracks, draw_objects, enlarge, green_to_red, grid, stretch

SCALE = 3
RISE = len(RISES) // 2  # of the ways of looking that differ in how masks are cut, the one that is drawn
ALIKE = 0.8  # IoU above which two candidates are drawn as one
MOST_DRAWN = 7
WHITE, YELLOW, GREEN, RED = (255, 255, 255), (255, 214, 64), (60, 200, 90), (230, 50, 50)


def draw_pair(example: NucleiExample) -> Rgb:
    """Image, superpixels, and nuclei as people outlined them."""
    small = _small(example)
    lined = enlarge(stretch(small), SCALE)
    lined.reshape(-1, 3)[cracks(enlarge(example.sample.superpixels[example.window], SCALE))[0]] = YELLOW
    tiles = [
        ("image", enlarge(stretch(small), SCALE)),
        ("superpixels", lined),
        ("outlined by people", draw_objects(small, example.truth[example.window], SCALE)),
    ]
    return grid(tiles, columns=len(tiles))


def draw_views(example: NucleiExample) -> Rgb:
    """What each way of looking shows: a column for each mask, a row for each rise."""
    tiles = []
    for number, rise in enumerate(RISES):
        for mask, view in zip(example.masks, example.views[number :: len(RISES)], strict=True):
            tiles.append((f"{mask}, {rise:g} px", _segments(example, view)))
    return grid(tiles, columns=len(example.masks))


def draw_rises(example: NucleiExample) -> Rgb:
    """What the first mask shows, cut by several rises."""
    tiles = [
        (f"{example.masks[0]}, {rise:g} px", _segments(example, view))
        for rise, view in zip(SOME_RISES, example.by_rises, strict=True)
    ]
    return grid(tiles, columns=len(tiles))


def draw_stability(example: NucleiExample) -> Rgb:
    """A row for each candidate: itself; then of each mask the segment that is most like it, coloured by the IoU."""
    tiles = []
    for name, candidate in example.candidates.items():
        overlaps, which = example.overlaps(candidate)
        tiles.append((f"{name}: {overlaps.mean():.2f}", _outlined(example, candidate, _picture(example), WHITE)))
        for i, mask in zip(range(RISE, len(overlaps), len(RISES)), example.masks, strict=True):
            like = (example.seen[i] == which[i]) & (which[i] >= 0)
            # rounded, so that the picture is the same on every machine
            colour = green_to_red(1 - np.round(overlaps[[i]], 2))[0]
            tinted = _tinted(example, like, colour)
            tiles.append((f"{mask}: {overlaps[i]:.2f}", _outlined(example, candidate, tinted, WHITE)))
    return grid(tiles, columns=1 + len(example.masks))


def draw_candidates(example: NucleiExample) -> Rgb:
    """What the search finds where the pair lies, the best first: green if it overlaps none before it, else red."""
    tiles = [
        (
            f"{of.score:.2f} x {of.stability:.2f} = {of.score * of.stability:.2f}",
            _outlined(example, of.superpixels, _picture(example), GREEN if of.free else RED),
        )
        for of in best_candidates(example)
    ]
    return grid(tiles, columns=len(tiles))


@dataclass(frozen=True)
class Candidate:
    """One of what the search chooses from: (N,) its superpixels, whether it overlaps none that is better."""

    superpixels: Bools
    score: float
    stability: float
    free: bool


def best_candidates(example: NucleiExample) -> list[Candidate]:
    """The MOST_DRAWN best by score x stability, without those that are nearly as one before them."""
    candidates = example.searched()
    score, stability = example.judge(candidates)
    area = example.sample.regions.area
    taken = np.zeros(candidates.shape[1], bool)
    found: list[Candidate] = []
    # rounded, so that the order is the same on every machine
    for c in np.lexsort((candidates @ area, -np.round(score * stability, 6))):
        mine = candidates[c]
        free = not (mine & taken).any()
        taken |= mine & free
        if all(area[mine & x.superpixels].sum() <= ALIKE * area[mine | x.superpixels].sum() for x in found):
            found.append(Candidate(mine, float(score[c]), float(stability[c]), free))
    return found[:MOST_DRAWN]


def _segments(example: NucleiExample, view: Labels) -> Rgb:
    labels = view[example.window]
    # small numbers, with 0 for none
    number = np.unique(np.append(0, labels), return_inverse=True)[1].ravel()[1:]
    return draw_objects(_small(example), number.reshape(labels.shape), SCALE)


def _small(example: NucleiExample) -> npt.NDArray[np.float32]:
    return example.sample.image[:, example.window[0], example.window[1]]


def _picture(example: NucleiExample) -> Rgb:
    return enlarge(stretch(_small(example)), SCALE)


def _mask(example: NucleiExample, superpixels: Bools) -> Bools:
    return enlarge(superpixels[example.sample.superpixels[example.window]], SCALE)


def _tinted(example: NucleiExample, superpixels: Bools, colour: npt.NDArray[np.uint8]) -> Rgb:
    picture, inside = _picture(example), _mask(example, superpixels)
    picture[inside] = (0.4 * picture[inside] + 0.6 * colour).astype(np.uint8)
    return picture


def _outlined(example: NucleiExample, superpixels: Bools, picture: Rgb, colour: tuple[int, int, int]) -> Rgb:
    for side in cracks(_mask(example, superpixels).astype(np.int64)):
        picture.reshape(-1, 3)[side] = colour
    return picture
