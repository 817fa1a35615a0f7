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
from rlseg.pictures import Rgb, cut_sections, draw_crop, draw_overlay, stretch
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
        volumes: whether the images are volumes: shown as sections, their objects in the plane where most is of each.
    """

    names: tuple[str, ...]
    images: tuple[Shown, ...]
    rewards: Floats
    terms: dict[str, Floats]
    worst: tuple[Shown, ...]
    doubtful: tuple[Shown, ...]
    missed: tuple[Shown, ...]
    volumes: bool = False


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
    pictures = _Pictures()
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
        worst=tuple(_shown(thing, pictures, _paid(thing.scored)) for thing in worst),
        doubtful=tuple(
            _shown(thing, pictures, f"{thing.doubt:.0%} undecided; {_paid(thing.scored)}") for thing in doubtful
        ),
        missed=_missed(module, found, pictures, say),
        volumes=any(sample.regions.is_volume for sample in chosen),
    )


class _Pictures:
    """Of images, each stretched once; of volumes the planes that are asked for."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int | None], Rgb] = {}

    def of(self, found: Segmentation, plane: int | None) -> Rgb:
        """(H, W, 3) of an image, or of a plane of a volume."""
        key = id(found), plane
        if key not in self._known:
            image = found.sample.image
            self._known[key] = stretch(image if plane is None else image[:, plane])
        return self._known[key]


def _plane_of(mask: Bools) -> int | None:
    """The plane in which most of something in a volume lies; None in an image."""
    return None if mask.ndim == 2 else int(mask.sum(axis=(1, 2)).argmax())


def _title(found: Segmentation, column: int, row: int, plane: int | None) -> str:
    """The image and a place in it."""
    return f"{found.sample.name}: {column},{row}{'' if plane is None else f',{plane}'}"


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
    module: Segmenter, found: Sequence[Segmentation], pictures: _Pictures, say: Callable[[str], None]
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
        left_free = mask & (one.labels == 0)
        plane = _plane_of(left_free)
        free = np.argwhere(left_free if plane is None else left_free[plane])
        row, column = (int(place) for place in free[len(free) // 2])
        place = explain_place(module, one, column, row, chosen, plane=plane)
        words = f"would be paid {score:.2f}; {SAID[place.cause]}"
        drawn = draw_crop(pictures.of(one, plane), mask if plane is None else mask[plane], colour=(90, 200, 255))
        shown.append(Shown(drawn, _title(one, column, row, plane), words))
    return tuple(shown)


def _image(found: Segmentation) -> Shown:
    sample = found.sample
    image, labels = sample.image, found.labels
    if sample.regions.is_volume:
        place = cut_sections(image, sample.regions.spacing[0])
        image, labels = place.of(image), place.of(labels)
    scale = 2 if 2 * max(labels.shape) <= LONGEST_SIDE else 1
    picture = draw_overlay(image, labels, scale)
    words = f"{int(found.labels.max())} objects"
    if sample.truth is not None:
        count = len(np.unique(sample.truth[sample.truth > 0]))
        words += f", {count} outlined; mAP {score_image(found.labels, sample.truth).summary.mean_ap:.2f}"
    return Shown(picture, sample.name, words)


def _shown(thing: _Object, pictures: _Pictures, words: str) -> Shown:
    mask = thing.mask
    plane = _plane_of(mask)
    mask = mask if plane is None else mask[plane]
    rows, columns = np.nonzero(mask)
    middle = len(rows) // 2
    title = _title(thing.found, int(columns[middle]), int(rows[middle]), plane)
    return Shown(draw_crop(pictures.of(thing.found, plane), mask), title, words)


def _paid(scored: Scored) -> str:
    if scored.class_name != "foreground":
        return f"not paid: the class {scored.class_name} takes it"
    term = scored.limiting
    least = "" if term is None else f"; most lost by {term}, {scored.terms[term]:.2f}"
    return f"paid {scored.reward:.2f}{least}"
