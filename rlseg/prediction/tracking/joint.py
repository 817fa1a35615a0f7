"""Objects and links of a film chosen at once: of overlapping hypotheses those that are paid, and that go on.

The form is that of joint segmentation and tracking by hypotheses: M. Schiegg, P. Hanslovsky, C. Haubold, U. Koethe,
L. Hufnagel, F. A. Hamprecht, Graphical model for joint segmentation and tracking of multiple dividing cells,
Bioinformatics 31, 2015, doi 10.1093/bioinformatics/btu764; solved by windows as J. Bragantini, I. Theodoro et al.,
Ultrack: pushing the limits of cell tracking across biological scales, Nature Methods 2025, doi
10.1038/s41592-025-02778-0 (arXiv 2308.04526) does. Here rewards and links come from rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import Bounds
from scipy.sparse import coo_array, csr_array, vstack

from rlseg.arrays import Bools, Floats, Ints
from rlseg.environment import Hypotheses
from rlseg.prediction.tracking.program import solve_program
from rlseg.rewards import Tracks
from rlseg.rewards.film import (
    Candidates,
    FrameObjects,
    Scene,
    SharedPixels,
    drift_between,
    score_candidates,
    shared_pixels,
)

WINDOW = 12
"""Frames that are chosen at once."""
AHEAD = 4
"""The last frames of a window, which are chosen once more in the next one."""
BEST = 6
"""Links that a hypothesis has forwards, and backwards; and divisions that it has."""
HALVES = 20
"""What may be a half of one that divides: those that lie on it most, times what they are paid."""
SAME = 0.5
"""IoU above which what is chosen is an object that the frame alone found, with another outline."""
SECONDS = 60.0
"""For a window; then the best that is known is taken."""
GAP = 1e-3
"""Relative: how much better the best may be than what is taken."""


@dataclass(frozen=True)
class Choice:
    """What was chosen of a film.

    Attributes:
        frames: numbers of the hypotheses of each frame, ascending; no two of them overlap.
        unsolved: how many windows hold what their frames alone chose, for no better choice was found in time.
    """

    frames: list[Ints]
    unsolved: int


def choose_jointly(frames: Sequence[Hypotheses], rules: Tracks, per_pixel: float, min_score: float) -> Choice:
    """Choose objects, see `rlseg.rewards.Tracks.joint` for what is made largest.

    Args:
        frames: what each of two or more frames may hold.
        rules: the section `tracks` of a reward file.
        per_pixel: side of a pixel in the file's unit of length.
        min_score: what an object is paid at least that pays by itself.
    """
    usual = [FrameObjects.of(one.labels(one.found), ()) for one in frames]
    limit = rules.drift / per_pixel
    links = [
        _between(one, two, rules, per_pixel, drift_between(*seen, limit))
        for (one, two), seen in zip(pairwise(frames), pairwise(usual), strict=True)
    ]
    places, links = _worth_while(frames, links, rules, min_score)
    frames = [one.only(place) for one, place in zip(frames, places, strict=True)]
    chosen: list[Ints] = []
    unsolved = first = 0
    while len(chosen) < len(frames):
        last = min(first + WINDOW, len(frames))
        program = _Program(frames[first:last], links[first : last - 1], rules, min_score)
        found = program.solved(chosen[first:])
        unsolved += found is None
        if found is None:
            found = [*chosen[first:], *(one.found for one in frames[len(chosen) : last])]
        kept = last if last == len(frames) else last - AHEAD
        chosen = chosen[:first] + found[: kept - first]
        first = kept - 1  # the last of them stays as it is, and what follows is linked to it
    chosen = [_with_own_outlines(one, some) for one, some in zip(frames, chosen, strict=True)]
    return Choice([place[one] for place, one in zip(places, chosen, strict=True)], unsolved)


def _with_own_outlines(frame: Hypotheses, chosen: Ints) -> Ints:
    """The same objects, but as the frame alone found them where it did: links say which objects there are, not how
    large they are, and large ones weigh more."""
    members = frame.members
    pixels = np.bincount(frame.superpixels.ravel(), minlength=members.shape[0]).astype(np.float64)
    both = (members[:, chosen].T @ (members[:, frame.found] * pixels[:, None])).toarray()
    iou = both / np.maximum(frame.area[chosen][:, None] + frame.area[frame.found] - both, 1.0)
    final = chosen.copy()
    for mine, own in np.argwhere(iou > SAME):
        if np.count_nonzero(both[:, own]) == 1:
            final[mine] = frame.found[own]
    return np.sort(final)


def _between(
    before: Hypotheses, after: Hypotheses, rules: Tracks, per_pixel: float, drift: tuple[int, int]
) -> Candidates:
    """Links and divisions of all hypotheses of two frames."""
    width = int(after.superpixels.max()) + 1
    pairs, pixels = shared_pixels(before.superpixels + 1, after.superpixels + 1, width, drift)
    first, second = before.members, after.members
    shape = (first.shape[0], width)
    common = csr_array((pixels.astype(np.float64), (pairs // width, pairs % width)), shape=shape)
    shared = SharedPixels.of_table(first.T @ common @ second)
    overlapping = (second.T @ second).tocoo()
    taken = np.sort(overlapping.coords[0].astype(np.int64) * after.count + overlapping.coords[1])

    def apart(one: Ints, other: Ints) -> Bools:
        wanted = one * after.count + other
        at = np.minimum(np.searchsorted(taken, wanted), len(taken) - 1)
        return taken[at] != wanted

    def halves_of(within: Ints) -> Bools:
        inside = shared.among(*within.T) * after.worth[within[:, 1]] / after.area[within[:, 1]]
        return (inside > 0) & _best(within[:, 0], inside, HALVES)

    found = score_candidates(Scene(before, after, shared, drift, per_pixel), rules, halves_of, apart)
    (a, b), (m, d, e) = found.links.T, found.divisions.T
    near = _best(a, found.link_scores * after.worth[b], BEST)
    near |= _best(b, found.link_scores * before.worth[a], BEST)
    halves = _best(m, found.division_scores * after.worth[d] * after.worth[e], BEST)
    return Candidates(
        found.links[near], found.link_scores[near], found.divisions[halves], found.division_scores[halves]
    )


def _best(owner: Ints, values: Floats, most: int) -> Bools:
    """(P,) which values are among so many best of their owner; of equal ones the first."""
    order = np.lexsort((np.arange(len(owner)), -values, owner))
    first = np.searchsorted(owner[order], owner[order])
    best = np.zeros(len(owner), bool)
    best[order] = np.arange(len(owner)) - first < most
    return best


@dataclass(frozen=True)
class _Gains:
    """What the hypotheses of each frame and the links and divisions of each two frames add to the sum."""

    objects: list[Floats]
    links: list[Floats]
    divisions: list[Floats]

    @classmethod
    def of(cls, frames: Sequence[Hypotheses], links: Sequence[Candidates], rules: Tracks, min_score: float) -> _Gains:
        lowest, weight = np.log(rules.min_score), rules.link_weight
        areas = np.concatenate([one.area for one in frames])
        usual = float(np.median(areas)) if len(areas) else 1.0  # any number: it only gives the sum a scale
        of_objects = [(one.worth - min_score / 2) * one.area / usual for one in frames]
        of_links, of_divisions = [], []
        for (before, after), found in zip(pairwise(frames), links, strict=True):
            (a, b), (m, d, e) = found.links.T, found.divisions.T
            # chains of what pays nowhere by itself, as gaps between objects that go on, are worth nothing
            pays = np.maximum(before.worth[a], after.worth[b]) > min_score / 2
            sure = pays * np.sqrt(before.worth[a] * after.worth[b]) * np.minimum(before.area[a], after.area[b]) / usual
            of_links.append(weight * sure * (1 - np.log(found.link_scores) / lowest))
            pays = np.maximum(before.worth[m], np.maximum(after.worth[d], after.worth[e])) > min_score / 2
            sure = pays * np.cbrt(before.worth[m] * after.worth[d] * after.worth[e])
            sure *= np.minimum(before.area[m], after.area[d] + after.area[e]) / usual
            of_divisions.append(weight * sure * (1 - np.log(found.division_scores) / lowest))
        return cls(of_objects, of_links, of_divisions)


def _worth_while(
    frames: Sequence[Hypotheses], links: Sequence[Candidates], rules: Tracks, min_score: float
) -> tuple[list[Ints], list[Candidates]]:
    """Hypotheses that may be part of the best choice, and the links of what is left, with the numbers of that.

    What costs more than the best that may come before and after it is in no best choice. Found ones always stay.
    """
    gains = _Gains.of(frames, links, rules, min_score)
    stays = [np.ones(one.count, bool) for one in frames]
    while True:
        most = [gain.copy() for gain in gains.objects]
        ways: list[list[Floats]] = [[np.zeros(one.count), np.zeros(one.count)] for one in frames]
        for t, found in enumerate(links):
            (a, b), (m, d, e) = found.links.T, found.divisions.T
            linked = np.where(stays[t][a] & stays[t + 1][b], gains.links[t], 0)
            divided = np.where(stays[t][m] & stays[t + 1][d] & stays[t + 1][e], gains.divisions[t], 0)
            for there, ours, gain in ((ways[t][1], a, linked), (ways[t + 1][0], b, linked), (ways[t][1], m, divided),
                                      (ways[t + 1][0], d, divided), (ways[t + 1][0], e, divided)):  # fmt: skip
                np.maximum.at(there, ours, gain)
        dropped = 0
        for t, one in enumerate(frames):
            bad = stays[t] & (most[t] + ways[t][0] + ways[t][1] <= 0)
            bad[one.found] = False
            stays[t] &= ~bad
            dropped += int(bad.sum())
        if not dropped:
            break
    place = [np.cumsum(one) - 1 for one in stays]
    left = []
    for t, found in enumerate(links):
        (a, b), (m, d, e) = found.links.T, found.divisions.T
        near, halves = stays[t][a] & stays[t + 1][b], stays[t][m] & stays[t + 1][d] & stays[t + 1][e]
        pairs = np.stack([place[t][a[near]], place[t + 1][b[near]]], axis=1)
        triples = np.stack([place[t][m[halves]], place[t + 1][d[halves]], place[t + 1][e[halves]]], axis=1)
        left.append(Candidates(pairs, found.link_scores[near], triples, found.division_scores[halves]))
    return [np.flatnonzero(one) for one in stays], left


class _Program:
    """Variables: hypotheses frame by frame, then the links of each pair of frames, then the divisions of each.

    Given the first and the last, links are an assignment, whose best solution is whole by itself.
    """

    def __init__(
        self, frames: Sequence[Hypotheses], links: Sequence[Candidates], rules: Tracks, min_score: float
    ) -> None:
        self._start = np.cumsum([0, *(one.count for one in frames)])
        gains = _Gains.of(frames, links, rules, min_score)
        of_pairs = [gain for both in zip(gains.links, gains.divisions, strict=True) for gain in both]
        self._gain = np.concatenate([*gains.objects, *of_pairs])
        self._size = len(self._gain)
        sizes = [(len(found.links), len(found.divisions)) for found in links]
        self._whole = np.repeat([1, *([0, 1] * len(links))], [self._start[-1], *(n for both in sizes for n in both)])
        self._rows: list[csr_array] = []
        self._conflicts(frames)
        self._flow(links)

    def _conflicts(self, frames: Sequence[Hypotheses]) -> None:
        """No superpixel in two of them."""
        for t, one in enumerate(frames):
            held = one.members
            crowded = held[np.diff(held.indptr) > 1]
            crowded.sort_indices()
            different = {tuple(crowded.indices[a:b]): row for row, (a, b) in enumerate(pairwise(crowded.indptr))}
            held = crowded[sorted(different.values())].tocoo()
            place = (held.coords[0], held.coords[1] + self._start[t])
            self._rows.append(csr_array((held.data, place), shape=(held.shape[0], self._size)))
        self._upper = np.ones(sum(rows.shape[0] for rows in self._rows))

    def _flow(self, candidates: Sequence[Candidates]) -> None:
        """Each hypothesis comes from one thing at most and becomes one at most, and only if it is chosen."""
        first = self._start[-1]
        for t, found in enumerate(candidates):
            (a, b), (m, *halves) = found.links.T, found.divisions.T
            links = first + np.arange(len(a))
            divisions = first + len(a) + np.arange(len(m))
            first += len(a) + len(m)
            ways = ((t, np.append(a, m), np.append(links, divisions)),
                    (t + 1, np.concatenate([b, *halves]), np.concatenate([links, divisions, divisions])))  # fmt: skip
            for frame, ours, used in ways:
                count = int(self._start[frame + 1] - self._start[frame])
                own = np.arange(count)
                rows, columns = np.append(ours, own), np.append(used, self._start[frame] + own)
                values = np.append(np.ones(len(ours)), -np.ones(count))
                self._rows.append(coo_array((values, (rows, columns)), shape=(count, self._size)).tocsr())
                self._upper = np.append(self._upper, np.zeros(count))

    def solved(self, fixed: Sequence[Ints]) -> list[Ints] | None:
        """The hypotheses of each frame, of which those of the first ones are given; None if no solution is known."""
        lower, upper = np.zeros(self._size), np.ones(self._size)
        for t, chosen in enumerate(fixed):
            upper[self._start[t] : self._start[t + 1]] = 0
            upper[self._start[t] + chosen] = lower[self._start[t] + chosen] = 1
        if not self._size:
            return [np.zeros(0, np.int64) for _ in self._start[1:]]
        options = {"time_limit": SECONDS, "mip_rel_gap": GAP}
        rows = vstack(self._rows)
        found = solve_program(self._gain, rows, self._upper, Bounds(lower, upper), self._whole, options)
        if found.x is None:
            return None
        taken = found.x[: self._start[-1]] > 0.5
        return [np.flatnonzero(taken[a:b]) for a, b in pairwise(self._start)]
