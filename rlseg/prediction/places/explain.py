"""Whose fault it is that an object was missed: the superpixels', the reward's or the policy's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from rlseg.arrays import Bools, Floats, Ints
from rlseg.environment import POOR, Candidate, Segmentation, Selection, candidates_at
from rlseg.errors import RlsegError
from rlseg.io import RawImage, image_of, square_pixels
from rlseg.prediction.magnify import magnification, resampled, with_size
from rlseg.prediction.places.explanation import Cause, Explanation, Who
from rlseg.prediction.places.scores import Judge, Scored, scored_segment
from rlseg.prediction.places.searched import search_whole
from rlseg.prediction.predictor import Predictor
from rlseg.rewards import Reward
from rlseg.rewards.language import FOREGROUND
from rlseg.rewards.measure import Segments

SAME = 0.7
"""Overlap, intersection over union, of two groups of superpixels that are the same object."""
PIECE = 0.1
"""Share of a candidate that must lie in a segment that counts as a piece of it."""
MOST_NAMED = 4
"""Of the terms that a candidate fails."""
LITTLE = 0.75
"""Of what the objects found in an image usually are paid: a candidate that is paid less is no sure object."""
LOW = 0.3
"""A score that is low for a single term."""
BY_FAR = 1.5
"""So many times as much as any other term must the term cost that is to blame alone."""
BETTER = 0.1
"""A candidate is worth a word beside an object that was found if it is paid so much more."""


class Judged(Protocol):
    """What has segmented an image, as far as a place in it is concerned: its rules, and what they must pay at least."""

    @property
    def reward(self) -> Reward: ...  # noqa: D102

    @property
    def min_score(self) -> float: ...  # noqa: D102


def explain_object(
    model: Predictor | str | Path,
    image: Any,
    column: int,
    row: int,
    pixel_size: float | None = None,
    width: float | None = None,
    name: str | None = None,
    plane: int | None = None,
) -> Explanation:
    """Why there is an object at a place of an image, or why not.

    Args:
        model: a checkpoint of `rlseg fit`, a folder of `rlseg export`, or what was made of one.
        image: a file, or an array (H, W) or (C, H, W) of intensities as they would be stored in a file, or what
            `rlseg.read_image` has made of one; for a model of volumes (Z, H, W) or (C, Z, H, W).
        column, row: the place in pixels, from 0 at the upper left, as image viewers count.
        pixel_size: um per pixel, instead of what the file says.
        width: typical short diameter of the objects in px, if it is another than in the training.
        name: of the image; that of its file if not given.
        plane: of a volume, from 0.

    Raises:
        RlsegError: the model or the image cannot be used, or the place lies outside of the image, or it is in a volume
            and no plane is given.
    """
    predictor = model if isinstance(model, Predictor) else Predictor(Path(model))
    raw = image if isinstance(image, RawImage) else image_of(image, predictor.channels, predictor.preparation.volume)
    name = name or (Path(image).name if isinstance(image, str | Path) else "image")
    _refuse_outside(raw.pixels.shape[1:], name, column, row, plane)
    if pixel_size is not None:
        raw = replace(raw, pixel_size=square_pixels(pixel_size, raw.pixel_size))
    high, wide = raw.pixels.shape[-2:]
    raw = with_size(raw, predictor.preparation, width)
    ratio = magnification(raw, predictor.preparation, width)
    if ratio != 1:
        raw = resampled(raw, ratio)
    found = predictor(raw.pixels, name, raw.pixel_size)
    small_high, small_wide = found.labels.shape[-2:]
    there = int((column + 0.5) * small_wide / wide), int((row + 0.5) * small_high / high)
    return replace(explain_place(predictor.module, found, *there, plane=plane), asked=(column, row), ratio=ratio)


def _refuse_outside(shape: tuple[int, ...], name: str, column: int, row: int, plane: int | None) -> None:
    """shape: (H, W) or (Z, H, W)."""
    *deep, high, wide = shape
    if (plane is not None) != bool(deep):
        raise RlsegError(
            f"{name} is {'a volume' if deep else 'an image'}, and {'no' if deep else 'a'} plane is given",
            f"say COLUMN,ROW{',PLANE' if deep else ''}",
        )
    inside = 0 <= column < wide and 0 <= row < high and (plane is None or 0 <= plane < deep[0])
    if not inside:
        where = f"{column},{row}" if plane is None else f"{column},{row},{plane}"
        planes = f", with {deep[0]} planes" if deep else ""
        more = f" and a plane from 0 to {deep[0] - 1}" if deep else ""
        raise RlsegError(
            f"the place {where} is outside of {name}, which is {wide} pixels wide and {high} high{planes}",
            f"say COLUMN,ROW{',PLANE' if deep else ''}: a column from 0 to {wide - 1}{',' if deep else ' and'} a row "
            f"from 0 to {high - 1}{more}",
        )


def explain_place(
    module: Judged,
    found: Segmentation,
    column: int,
    row: int,
    chosen: Selection | None = None,
    who: Who = "policy",
    plane: int | None = None,
) -> Explanation:
    """The same for an image that is segmented already.

    Args:
        module: what has segmented it.
        found: the image with its objects.
        column, row: must lie in it.
        chosen: what `search_whole` would choose in it, if that is known and has an object there: then no other
            candidate is looked for, which takes long in large images.
        who: whether a trained policy has found the objects, or `search_sample` of `rlseg.prediction`.
        plane: of a volume.
    """
    return _Place(module, found, (column, row, plane), chosen, who).explain()


@dataclass(frozen=True)
class _Option:
    """A candidate as (N,) bool over the superpixels, what it is paid, and what without any class.

    Its stability says how far many ways of looking agree on it: like the search, we believe in those that look well and
    are no accident.
    """

    inside: Bools
    scored: Scored
    free: float
    stability: float


class _Place:
    def __init__(
        self,
        module: Judged,
        found: Segmentation,
        place: tuple[int, int, int | None],
        chosen: Selection | None,
        who: Who,
    ) -> None:
        self.known, self.who = chosen, who
        self.module, self.found = module, found
        self.sample = found.sample
        self.column, self.row, self.plane = place
        self.index = (self.row, self.column) if self.plane is None else (self.plane, self.row, self.column)
        self.regions = self.sample.regions
        self.superpixel = int(self.sample.superpixels[self.index])
        self.judge = Judge(module.reward)
        self.enough = max(module.min_score, POOR)

    def explain(self) -> Explanation:
        label = int(self.found.labels[self.index])
        options = self._options()
        good = [option for option in options if option.scored.reward >= self.enough]
        best = max(good or options, key=lambda option: option.scored.reward * (option.stability if good else 1.0))
        if label:
            return self._kept(label, best)
        beside = self._object_beside(best)
        if beside:
            reason = f"object {beside} was found here; its outline leaves this pixel out."
            return self._explanation("outline", reason, [(f"object {beside}", self._of_object(beside))], None)
        made = (f"made by the {self.who}", self._made())
        spoilt = self._spoilt_by_a_term(best)
        if spoilt and self._overlap(best.inside, self._partition == self._partition[self.superpixel]) < SAME:
            return self._explanation("reward", spoilt, [("best candidate", best.scored), made], best)
        if best.scored.reward >= self.enough:
            cause, reason = self._policy(best)
            return self._explanation(cause, reason, [("best candidate", best.scored), made], best)
        cause, reason, shown = self._reward_or_superpixels(options, best)
        return self._explanation(cause, reason, [("best candidate", shown.scored), made], shown)

    def _explanation(
        self, cause: Cause, reason: str, columns: Sequence[tuple[str, Scored]], candidate: _Option | None
    ) -> Explanation:
        shown = None if candidate is None else candidate.inside[self.sample.superpixels]
        place = (self.sample.name, self.column, self.row)
        return Explanation(
            *place, cause, reason, columns, shown, self.found, self.judge.left_out, who=self.who, plane=self.plane
        )

    def _options(self) -> list[_Option]:
        found = self._candidates()
        scored = (self.judge.scored(candidate.values) for candidate in found)
        return [
            _Option(self._mask(one), paid, *one.values[3:5].tolist()) for one, paid in zip(found, scored, strict=True)
        ]

    def _candidates(self) -> list[Candidate]:
        if self.known is None or not self.known.chosen[self.superpixel]:
            return candidates_at(self.regions, self.sample.guide, self.superpixel, self.judge)
        inside = self.known.labels == self.known.labels[self.superpixel]
        numbers = np.arange(len(inside))
        # beside all other superpixels by themselves: what is judged one by one does not depend on them
        segments = Segments(self.regions, np.where(inside, self.superpixel, numbers)[None])
        values = self.judge(segments)[segments.labels[0, self.superpixel]]
        return [Candidate(numbers[inside], values)]

    def _mask(self, candidate: Candidate) -> Bools:
        inside = np.zeros(self.regions.num_nodes, np.bool_)
        inside[candidate.superpixels] = True
        return inside

    def _size(self, scored: Scored) -> str:
        """How large a segment is."""
        return f"{scored.area:.0f} px{'^3' if self.regions.is_volume else ''}"

    def _area(self, inside: Bools) -> float:
        return float(self.regions.area[inside].sum())

    def _overlap(self, one: Bools, other: Bools) -> float:
        return self._area(one & other) / self._area(one | other)

    @property
    def _partition(self) -> Ints:
        """(N,) the segment of the policy that each superpixel lies in."""
        return self.found.outcome.segments.labels[0]

    def _made(self) -> Scored:
        return self._segment(int(self._partition[self.superpixel]))

    def _segment(self, number: int) -> Scored:
        outcome = self.found.outcome
        return scored_segment(self.module.reward, outcome.segments, outcome.breakdown, number)

    def _of_object(self, label: int) -> Scored:
        objects = self.found.measured()
        number = objects.pieces + int(np.searchsorted(objects.present, label))
        breakdown = self.module.reward.evaluate(objects.segments)
        return scored_segment(self.module.reward, objects.segments, breakdown, number)

    def _object_beside(self, best: _Option) -> int:
        """The final object that most of the policy's segment at this place has become, if that was an object; or 0."""
        made = self._partition == self._partition[self.superpixel]
        if self._made().reward <= self.module.min_score:
            return 0
        inside = self.found.labels[made[self.sample.superpixels]]
        counts = np.bincount(inside)
        counts[0] = 0
        return int(counts.argmax()) if counts.max(initial=0) > 0 else 0

    def _kept(self, label: int, best: _Option) -> Explanation:
        scored = self._of_object(label)
        total = int(self.found.labels.max())
        reason = f"object {label} of {total} lies here and is paid {scored.reward:.2f}"
        reason += (
            f", more than model.min_score {self.module.min_score:g}" if scored.reward > self.module.min_score else ""
        )
        columns = [(f"object {label}", scored)]
        mine = self._partition == self._partition[self.superpixel]
        if best.scored.reward < scored.reward + BETTER or self._overlap(best.inside, mine) >= SAME:
            return self._explanation("kept", f"{reason}.", columns, None)
        reason += f". Another object would be paid more, {best.scored.reward:.2f}; the {self.who} {self._did(best)}."
        return self._explanation("kept", reason, [*columns, ("best candidate", best.scored)], best)

    def _policy(self, best: _Option) -> tuple[Cause, str]:
        here = self._partition == self._partition[self.superpixel]
        good = f"a candidate of {self._size(best.scored)} is paid {best.scored.reward:.2f}"
        if self.who == "search" and best.scored.reward * best.stability < self.enough / 2:
            agree = f"few of the ways of looking at the image agree on it (stability {best.stability:.2f})"
            return "policy", f"{good}, but {agree}: the search takes it for an accident."
        if self._overlap(best.inside, here) < SAME:
            return "policy", f"{good}, but the {self.who} {self._did(best)}."
        if self.who == "search":
            return "policy", f"{good}, but the search has left it aside."
        made = self._made()
        if made.reward > self.module.min_score:
            return "outline", f"{good}, and the policy has made it; it was lost when the outlines were refined."
        good += " by itself, and the policy has made it; beside the other segments"
        if made.class_name != FOREGROUND:
            return "reward", f"{good} the class {made.class_name} takes it."
        return "reward", f"{good} it is paid {made.reward:.2f}."

    def _spoilt_by_a_term(self, best: _Option) -> str:
        """Why a candidate is hardly paid, if that is for one term by far; else an empty text.

        A policy that leaves such a candidate out loses next to nothing: the rule comes first.
        """
        scored, term = best.scored, best.scored.limiting
        usual = self._usual()
        if term is None or len(scored.terms) < 2 or not self.enough <= scored.reward < LITTLE * usual:
            return ""
        gained = {name: paid - scored.reward for name, paid in scored.without.items()}
        others = max(gain for name, gain in gained.items() if name != term)
        if scored.terms[term] >= LOW or gained[term] < BETTER or gained[term] < BY_FAR * others:
            return ""
        return (
            f"a candidate of {self._size(scored)} is paid {scored.reward:.2f}, much less than the {usual:.2f} that "
            f"{'objects found here usually are' if self._rewards.size else 'can be'}: the term {term} gives "
            f"it {scored.terms[term]:.2f}; without that it would be paid {scored.without[term]:.2f}. "
            f"The {self.who} {self._did(best)}."
        )

    @property
    def _rewards(self) -> Floats:
        """(n,) what the objects that the policy has made are paid."""
        scores = self.found.outcome.breakdown.foreground_score
        return scores[scores > self.module.min_score]

    def _usual(self) -> float:
        """What an object found in the image usually is paid; all that can be where there is none."""
        return float(np.median(self._rewards)) if self._rewards.size else 1.0

    def _did(self, best: _Option) -> str:
        """What the policy has done to a candidate, as the end of a sentence."""
        share = np.bincount(self._partition[best.inside], self.regions.area[best.inside]) / self._area(best.inside)
        pieces = np.flatnonzero(share >= PIECE)
        main = self._partition == share.argmax()
        beyond = main & ~best.inside
        there = self._segment(int(share.argmax()))
        what = f"{self._size(there)} of the class {there.class_name}, paid {there.reward:.2f}"
        if there.class_name == FOREGROUND:
            what = f"{self._size(there)}, paid {there.reward:.2f} as an object"
        if len(pieces) > 1 and self._area(beyond) < self._area(main) / 2:
            lost = sum(self._segment(int(piece)).class_name != FOREGROUND for piece in pieces)
            where = "" if not lost else f", {lost} of which {'is no object' if lost == 1 else 'are no objects'}"
            return f"has cut it into {len(pieces)} pieces{where}"
        if self._area(best.inside & ~main) > self._area(beyond):
            return f"has kept only a part of it together ({what})"
        neighbours = self._objects_in(beyond)
        if neighbours:
            one = "a neighbour" if neighbours == 1 else f"{neighbours} neighbours"
            return f"has merged it with {one}, into one segment ({what})"
        # what is an object to the rules is no background
        other = "the background" if there.class_name != FOREGROUND else "what lies around it, into one segment"
        return f"has merged it with {other} ({what})"

    def _objects_in(self, beyond: Bools) -> int:
        """How many objects that the search would choose fill some superpixels; 0 if they cover less than half."""
        chosen = self.known or search_whole(self.sample, self.judge, self.enough)
        area = np.bincount(chosen.labels, self.regions.area)
        shared = np.bincount(chosen.labels[beyond & chosen.chosen], self.regions.area[beyond & chosen.chosen])
        whole = np.flatnonzero(shared > area[: len(shared)] / 2)
        return len(whole) if shared[whole].sum() >= self._area(beyond) / 2 else 0

    def _reward_or_superpixels(self, options: list[_Option], best: _Option) -> tuple[Cause, str, _Option]:
        classed = max(options, key=lambda option: option.free * option.stability * (option.free >= self.enough))
        if classed.free >= self.enough:
            reason = (
                f"a candidate of {self._size(classed.scored)} would be paid {classed.free:.2f} as an object, but the "
                f"class {classed.scored.class_name} takes it."
            )
            return "reward", reason, classed
        without = [
            max(option.scored.without.values(), default=0.0) if option.scored.class_name == FOREGROUND else 0.0
            for option in options
        ]
        worth = [
            paid * option.stability if paid >= self.enough else 0.0
            for option, paid in zip(options, without, strict=True)
        ]
        excluded = options[int(np.argmax(worth))]
        term = excluded.scored.limiting
        if term is not None and len(excluded.scored.terms) > 1 and max(worth) > 0:
            given, otherwise = excluded.scored.terms[term], excluded.scored.without[term]
            reason = (
                f"a candidate of {self._size(excluded.scored)} is paid {excluded.free:.2f}, for the term {term} gives "
                f"it {given:.2f}; without that it would be paid {otherwise:.2f}."
            )
            return "reward", reason, excluded
        low = sorted((score, name) for name, score in best.scored.terms.items() if score < 0.5)
        failed = f"; it fails {', '.join(name for _, name in low[:MOST_NAMED])}" if low else ""
        failed += f" and {len(low) - MOST_NAMED} more terms" if len(low) > MOST_NAMED else ""
        who = f"none of {len(options)} candidates that the superpixels allow here looks like an object: the best"
        if len(options) == 1:
            who = f"the only candidate, the superpixel of {self._size(best.scored)}, does not look like an object: it"
        reason = (
            f"{who} is paid {best.free:.2f}{failed}. Either nothing lies here, or the superpixels do not "
            "follow the object, or the rules do not mean it."
        )
        return "superpixels", reason, best
