"""What a model finds on some images, and which objects are worth a look."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from rlseg.arrays import Bools, Floats
from rlseg.environment import POOR, Segmentation, Selection
from rlseg.graph import Sample, collate
from rlseg.metrics import score_image
from rlseg.pictures import Rgb, draw_crop, draw_overlay, stretch
from rlseg.prediction.places import SAID, Judge, Scored, explain_place, scored_segment, search_whole
from rlseg.regions import majority
from rlseg.training import Segmenter

T = TypeVar("T")
MOST_IMAGES = 24
"""So many images are looked at, evenly spread."""
MOST_SHOWN = 6
"""And so many of them are shown, and as many objects of each kind."""
QUIET = 15.0
"""Seconds after which one wants to hear how far it is."""
LONGEST_SIDE = 640
"""Of a picture, in pixels."""


@dataclass(frozen=True)
class Shown:
    """A picture with its words, the first of which is the title."""

    picture: Rgb
    title: str
    words: str


@dataclass(frozen=True)
class Findings:
    """What there is to see.

    Attributes:
        names: of the images that were looked at.
        images: some of them with the outlines of what was found.
        rewards: (n,) of all objects found, and terms: "term" -> (n,) their scores.
        worst: the objects that are paid least.
        doubtful: those that the policy was least sure of, and that are not among the worst.
        missed: what would be paid well and was not found.
    """

    names: tuple[str, ...]
    images: tuple[Shown, ...]
    rewards: Floats
    terms: dict[str, Floats]
    worst: tuple[Shown, ...]
    doubtful: tuple[Shown, ...]
    missed: tuple[Shown, ...]


@dataclass(frozen=True)
class _Object:
    found: Segmentation
    label: int
    scored: Scored
    doubt: float

    @property
    def mask(self) -> Bools:
        return self.found.labels == self.label


def look(module: Segmenter, samples: Sequence[Sample], say: Callable[[str], None] = lambda _: None) -> Findings:
    """Segment images, at most MOST_IMAGES of them, and choose what is worth a look.

    Args:
        module: the networks and the reward, for evaluation.
        samples: at least one.
        say: told how far it is, now and then.
    """
    chosen = _spread(samples, MOST_IMAGES)
    found = [module.segment(collate([sample]).to(module.device))[0] for sample in _told(chosen, say)]
    pictures = {id(one): stretch(one.sample.image) for one in found}
    objects = [thing for one in found for thing in _objects(module, one)]
    worst = sorted(objects, key=lambda thing: thing.scored.reward)[:MOST_SHOWN]
    others = [thing for thing in objects if not any(thing is other for other in worst)]
    doubtful = sorted(others, key=lambda thing: -thing.doubt)[:MOST_SHOWN]
    names = list(dict.fromkeys(name for thing in objects for name in thing.scored.terms))
    return Findings(
        names=tuple(sample.name for sample in chosen),
        images=tuple(_image(one) for one in _spread(found, MOST_SHOWN)),
        rewards=np.array([thing.scored.reward for thing in objects]),
        terms={name: np.array([thing.scored.terms.get(name, np.nan) for thing in objects]) for name in names},
        worst=tuple(_shown(thing, pictures[id(thing.found)], _paid(thing.scored)) for thing in worst),
        doubtful=tuple(
            _shown(thing, pictures[id(thing.found)], f"{thing.doubt:.0%} undecided; {_paid(thing.scored)}")
            for thing in doubtful
        ),
        missed=_missed(module, found, pictures, say),
    )


def _told(values: Sequence[T], say: Callable[[str], None]) -> Iterator[T]:
    """These values, and a word about how far it is after each QUIET seconds."""
    told = time.monotonic()
    for number, value in enumerate(values):
        if time.monotonic() - told > QUIET:
            say(f"{number} of {len(values)} images")
            told = time.monotonic()
        yield value


def _spread(values: Sequence[T], most: int) -> list[T]:
    index = np.unique(np.linspace(0, len(values) - 1, min(most, len(values))).astype(int))
    return [values[i] for i in index]


def _objects(module: Segmenter, found: Segmentation) -> list[_Object]:
    if not found.labels.any():
        return []
    objects = found.measured()
    breakdown = module.reward.evaluate(objects.segments)
    doubt = doubts(found)
    return [
        _Object(
            found,
            int(label),
            scored_segment(module.reward, objects.segments, breakdown, objects.pieces + number),
            float(doubt[label]),
        )
        for number, label in enumerate(objects.present)
    ]


def doubts(found: Segmentation) -> Floats:
    """(n + 1,) how undecided the policy was about the edges of each of n final objects: 0 sure, 1 not at all.

    Edges inside an object and around it count, by their length; a superpixel belongs to the object that most of its
    pixels lie in.
    """
    regions = found.sample.regions
    owner = majority(found.sample.superpixels, found.labels)
    count = int(found.labels.max(initial=0)) + 1
    u, v = regions.edge_index
    undecided = 1 - np.abs(2 * found.actions.astype(np.float64) - 1)
    total, length = np.zeros(count), np.zeros(count)
    for ends in (owner[u], np.where(owner[u] == owner[v], 0, owner[v])):
        total += np.bincount(ends, regions.edge_length * undecided, count)
        length += np.bincount(ends, regions.edge_length, count)
    return total / np.maximum(length, 1)


def _missed(
    module: Segmenter, found: Sequence[Segmentation], pictures: dict[int, Rgb], say: Callable[[str], None]
) -> tuple[Shown, ...]:
    judge, enough = Judge(module.reward), max(module.min_score, POOR)
    left: list[tuple[float, Segmentation, Bools, Selection]] = []
    for one in _told(found, say):
        sample = one.sample
        chosen = search_whole(sample, judge, enough)
        share = np.bincount(sample.superpixels.ravel(), one.labels.ravel() > 0) / sample.regions.area
        area = sample.regions.area
        for label in np.unique(chosen.labels[chosen.chosen]):
            inside = chosen.labels == label
            if (share[inside] * area[inside]).sum() < area[inside].sum() / 2:
                left.append((float(chosen.score[inside][0]), one, inside, chosen))
    left.sort(key=lambda item: -item[0])
    shown = []
    for score, one, inside, chosen in left[:MOST_SHOWN]:
        mask = inside[one.sample.superpixels]
        free = np.argwhere(mask & (one.labels == 0))
        row, column = (int(place) for place in free[len(free) // 2])
        place = explain_place(module, one, column, row, chosen)
        title = f"{one.sample.name}: {column},{row}"
        words = f"would be paid {score:.2f}; {SAID[place.cause]}"
        shown.append(Shown(draw_crop(pictures[id(one)], mask, colour=(90, 200, 255)), title, words))
    return tuple(shown)


def _image(found: Segmentation) -> Shown:
    sample = found.sample
    side = max(sample.image.shape[1:])
    scale = 2 if 2 * side <= LONGEST_SIDE else 1
    picture = draw_overlay(sample.image, found.labels, scale)
    words = f"{int(found.labels.max())} objects"
    if sample.truth is not None:
        count = len(np.unique(sample.truth[sample.truth > 0]))
        words += f", {count} outlined; mAP {score_image(found.labels, sample.truth).summary.mean_ap:.2f}"
    return Shown(picture, sample.name, words)


def _shown(thing: _Object, picture: Rgb, words: str) -> Shown:
    rows, columns = np.nonzero(thing.mask)
    middle = len(rows) // 2
    title = f"{thing.found.sample.name}: {columns[middle]},{rows[middle]}"
    return Shown(draw_crop(picture, thing.mask), title, words)


def _paid(scored: Scored) -> str:
    if scored.class_name != "foreground":
        return f"not paid: the class {scored.class_name} takes it"
    term = scored.limiting
    least = "" if term is None else f"; most lost by {term}, {scored.terms[term]:.2f}"
    return f"paid {scored.reward:.2f}{least}"
