"""Counts the rewards that are no numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np

from rlseg.environment import Outcome
from rlseg.errors import RlsegError

LARGEST_SHARE = 0.01
ENOUGH = 200
EDGES = "edges"


class ScoreWatch:
    """Scores of reward terms that were NaN or infinite and counted as 0, over a whole training.

    Attributes:
        failed: "class/term" -> how many; "edges" -> those of the priors under `edges:`.
        seen: the same -> number of all its scores.
    """

    def __init__(self) -> None:
        self.failed: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Count those of some outcomes.

        Raises:
            RlsegError: more than 1 % of at least 200 scores of a term are no numbers.
        """
        for outcome in outcomes:
            breakdown = outcome.breakdown
            self.failed.update(breakdown.failed)
            self.seen.update({tag: int((~np.isnan(scores)).sum()) for tag, scores in breakdown.terms.items()})
            self.failed[EDGES] += int((~np.isfinite(breakdown.edge_score)).sum())
            self.seen[EDGES] += breakdown.edge_score.size
        for tag, bad in self.failed.items():
            if self.seen[tag] >= ENOUGH and bad > LARGEST_SHARE * self.seen[tag]:
                what = "the priors under edges: give" if tag == EDGES else f"the reward term {tag} gives"
                raise RlsegError(
                    f"{what} no number for {bad} of {self.seen[tag]} scores; at most 1 % may count as 0",
                    "see with `rlseg reward score` for which objects, and change or leave out the term",
                )
