"""Before training: what rules pay for the very objects that somebody outlined, and what takes most from each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from rlseg.arrays import Floats, Ints
from rlseg.environment import LOST, POOR, Verdict, causes_of
from rlseg.prediction.outlined.scene import OutlinedScene
from rlseg.rewards import Reward
from rlseg.rewards.language import FOREGROUND
from rlseg.rewards.measure import Segments

# objects that are named one by one
_NAMED = 10
# a median below this is poor: what is paid less is left out by a training that finds something better
LEAST_MEDIAN = 0.5


@dataclass
class _Pay:
    """Of n objects in all: reward, terms by name, and what takes most from those paid less than POOR."""

    reward: list[Floats] = field(default_factory=list)
    terms: dict[str, list[Floats]] = field(default_factory=dict)
    causes: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Check:
    """What n objects are paid.

    Attributes:
        places: where each is.
        reward: (n,) as the superpixels show them; 0 for one that they do not show.
        outlined: (n,) as they are outlined.
        terms, outlined_terms: term -> (n,) scores; 0 for objects of other classes and such that are not shown.
        overlap: (n,) intersection over union of outline and superpixels.
        causes, outlined_causes: number of an object -> what takes most from it, for those paid less than .3.
    """

    places: tuple[str, ...]
    reward: Floats
    outlined: Floats
    terms: dict[str, Floats]
    outlined_terms: dict[str, Floats]
    overlap: Floats
    causes: dict[int, str]
    outlined_causes: dict[int, str]

    @property
    def median(self) -> float:
        """Of what the objects are paid as the superpixels show them; 0 if there is none."""
        return float(np.median(self.reward)) if len(self.reward) else 0.0

    @property
    def lines(self) -> list[str]:
        """For people: a row for each term, the objects that are excluded, and advice if something is wrong."""
        rows: list[tuple[str, ...]] = [
            ("", "as outlined:", "", "in superpixels:", "", ""),
            ("term", "median", "worst", "median", "worst", ""),
        ]
        for name in self.terms:
            rows.append(self._row(name, self.outlined_terms[name], self.terms[name]))
        rows.append(self._row("reward", self.outlined, self.reward))
        widths = [max(len(row[i]) for row in rows) for i in range(5)]
        found = []
        for name, *numbers, where in rows:
            cells = (number.rjust(width) for number, width in zip(numbers, widths[1:], strict=True))
            found.append("  " + "  ".join([name.ljust(widths[0]), *cells, where]).rstrip())
        head = f"what these rules pay for the {len(self.places)} outlined objects:"
        return [head, *found, *self._verdicts(), *self._excluded(), *self.advice]

    @property
    def advice(self) -> list[str]:
        """Lines that say what to do, none if the objects are paid well."""
        if not len(self.reward) or self.median >= LEAST_MEDIAN:
            return []
        shown = float(np.median(self.overlap))
        pay = f"warning: half of the outlined objects are paid {self.median:.2f} or less: a training leaves them out"
        if np.median(self.outlined) >= LEAST_MEDIAN:
            why = (
                f"  the outlines are paid {np.median(self.outlined):.2f}, but superpixels show them with an overlap of "
                f"{shown:.2f} (median): choose other superpixels, --config with data.preparation.superpixels"
            )
        else:
            worst = min(self.outlined_terms, key=lambda name: float(np.median(self.outlined_terms[name])), default="")
            why = f"  even as they are outlined they are paid {np.median(self.outlined):.2f}: widen or remove {worst}"
        return [pay, why]

    def _row(self, name: str, outlined: Floats, shown: Floats) -> tuple[str, ...]:
        if not len(shown):
            return (name, "-", "-", "-", "-", "")
        worst = int(np.argmin(shown))
        where = self.places[worst] if shown[worst] < LEAST_MEDIAN else ""
        return (name, *(f"{f(v):.2f}" for v in (outlined, shown) for f in (np.median, np.min)), where)

    def _verdicts(self) -> list[str]:
        n = len(self.places)
        return [
            f"{words}: {Verdict(n, tuple(causes.values())).sentence}"
            for words, causes in (
                ("as they are outlined", self.outlined_causes),
                ("as the superpixels show them", self.causes),
            )
        ]

    def _excluded(self) -> list[str]:
        lines = []
        for number, cause in list(self.causes.items())[:_NAMED]:
            if cause == LOST:
                lines.append(f"  {self.places[number]} is not shown: no superpixel lies mostly in it")
                continue
            how = f" ({self.terms[cause][number]:.2f})" if cause in self.terms else ""
            lines.append(f"  {self.places[number]} is paid {self.reward[number]:.2f}, excluded by {cause}{how}")
        if len(self.causes) > _NAMED:
            lines.append(f"  ... and {len(self.causes) - _NAMED} more")
        return lines


def check_objects(reward: Reward, scenes: Sequence[OutlinedScene]) -> Check:
    """Pay the outlined objects of some images.

    Args:
        reward: the rules.
        scenes: see `read_scenes`.

    Raises:
        RlsegError: the rules cannot judge an image.
    """
    shown, outlined = _Pay(), _Pay()
    first = 0
    for scene in scenes:
        found = scene.outlined
        own = np.arange(found.pieces, found.segments.count)
        _judge(outlined, reward, found.segments, own, first)
        _judge(shown, reward, *scene.shown, first)
        first += scene.count
    places = tuple(place for scene in scenes for place in scene.places)
    names = [name.partition("/")[2] for name in shown.terms]
    joined = [
        {n: np.concatenate(values) for n, values in zip(names, pay.terms.values(), strict=True)}
        for pay in (shown, outlined)
    ]
    nothing = np.empty(0)
    return Check(
        places=places,
        reward=np.concatenate([*shown.reward, nothing]),
        outlined=np.concatenate([*outlined.reward, nothing]),
        terms=joined[0],
        outlined_terms=joined[1],
        overlap=np.concatenate([*(scene.overlap for scene in scenes), nothing]),
        causes=dict(shown.causes),
        outlined_causes=dict(outlined.causes),
    )


def _judge(pay: _Pay, reward: Reward, segments: Segments, own: Ints, first: int) -> None:
    """Add what some segments of a table are paid. own: (n,) their numbers, -1 for one that is not there."""
    breakdown = reward.evaluate(segments)
    there = own >= 0
    scores = np.where(there, breakdown.foreground_score[own], 0.0)
    pay.reward.append(scores)
    for name, values in breakdown.terms.items():
        if name.startswith(f"{FOREGROUND}/"):
            pay.terms.setdefault(name, []).append(np.where(there, np.nan_to_num(values[own]), 0.0))
    poor = np.flatnonzero(there & (scores < POOR))
    causes = dict(zip(poor.tolist(), causes_of(reward, breakdown, own[poor]), strict=True))
    causes |= dict.fromkeys(np.flatnonzero(~there).tolist(), LOST)
    pay.causes += [(first + number, causes[number]) for number in sorted(causes)]
