"""Why an object was found or missed at a place, as numbers and as a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rlseg.arrays import Bools
from rlseg.environment import Segmentation
from rlseg.prediction.places.scores import Scored

Cause = Literal["kept", "outline", "superpixels", "reward", "policy"]
Who = Literal["policy", "search"]
SAID: dict[Cause, str] = {
    "kept": "kept",
    "outline": "beside an object",
    "superpixels": "missed, because of the superpixels",
    "reward": "missed, because of the reward",
    "policy": "missed, because of the policy",
}
ADVICE: dict[Cause, str] = {
    "kept": "",
    "outline": "How outlines follow the brightness is said by model.refinement.",
    "superpixels": "Look at them with --picture; data.preparation.superpixels chooses other kinds.",
    "reward": "If this is an object, make that rule wider, and try `rlseg reward rank` afterwards.",
    "policy": "The rules are not in the way: train longer, or imitate the search longer (model.imitation).",
}
OF_A_SEARCH: dict[Cause, str] = ADVICE | {
    "outline": "",
    "superpixels": "Look at them; data.preparation.superpixels chooses other kinds.",
    "policy": "The rules are not in the way: something that is paid more, or more often seen, takes the place.",
}


@dataclass(frozen=True)
class Explanation:
    """What is known about a place in an image.

    Attributes:
        name: of the image.
        column, row: the place in pixels of the image as the model has looked at it, from 0 at the upper left.
        cause: kept: there is an object. Otherwise whose fault it is that there is none. superpixels: no group of them
            looks like an object to the rules; reward: one does, but for one term or class, or is paid much less than
            others for one term; policy: one is paid well, and the policy does not make it; outline: an object was
            found, whose outline leaves the place out.
        reason: in sentences.
        columns: what is compared term by term, each with its title: the object, or the best candidate, and what the
            policy has made of the place.
        candidate: (H, W) or (Z, H, W) the best candidate that holds the place, or None where there is an object.
        found: the segmentation of the image.
        left_out: what of the rules looks at the whole partition and has no say about candidates.
        asked: column and row in the image as it is, if the model has looked at it larger or smaller.
        ratio: how much larger its objects are than those of the training.
        who: has found the objects: a trained policy, or a search without any training, which then stands in its place.
        plane: of a volume, or None.
    """

    name: str
    column: int
    row: int
    cause: Cause
    reason: str
    columns: Sequence[tuple[str, Scored]]
    candidate: Bools | None
    found: Segmentation
    left_out: tuple[str, ...] = ()
    asked: tuple[int, int] | None = None
    ratio: float = 1.0
    who: Who = "policy"
    plane: int | None = None

    @property
    def text(self) -> str:
        """The whole explanation."""
        column, row = self.asked or (self.column, self.row)
        said, advice = SAID[self.cause].replace("policy", self.who), self._advice
        place = f"column {column}, row {row}" + ("" if self.plane is None else f", plane {self.plane}")
        lines = [f"{self.name}, {place}: {said}", f"  {self.reason}"]
        lines += [f"  {advice}"] if advice else []
        lines += ["", *self._table()] if self.columns else []
        if self.left_out and self.cause != "kept":
            lines += ["", f"  candidates are judged one by one, without {', '.join(self.left_out)}"]
        if self.ratio != 1:
            lines += [
                "",
                f"  the image was looked at {1 / self.ratio:.2g} times as large, with areas as in the training",
            ]
        return "\n".join(lines)

    @property
    def _advice(self) -> str:
        return (ADVICE if self.who == "policy" else OF_A_SEARCH)[self.cause]

    def _table(self) -> list[str]:
        terms = list(dict.fromkeys(name for _, scored in self.columns for name in scored.terms))
        rows = [["", *(title for title, _ in self.columns)]]
        rows.append(
            [
                "area, px" if self.plane is None else "volume, px^3",
                *(f"{scored.area:.0f}" for _, scored in self.columns),
            ]
        )
        rows.append(["class", *(scored.class_name for _, scored in self.columns)])
        for term in terms:
            rows.append([term, *(_cell(scored, term) for _, scored in self.columns)])
        rows.append(["paid as an object", *(f"{scored.reward:.2f}" for _, scored in self.columns)])
        width = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        return [
            "  " + "  ".join(cell.ljust(wide) for cell, wide in zip(row, width, strict=True)).rstrip() for row in rows
        ]


def _cell(scored: Scored, term: str) -> str:
    if term not in scored.terms:
        return "-"
    note = f"  costs most; without it {scored.without[term]:.2f}" if term == scored.limiting else ""
    return f"{scored.terms[term]:.2f}{note}"
