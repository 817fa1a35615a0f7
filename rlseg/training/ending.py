"""Whether a training should end, by what its validations find: nothing changes any more, or it is hopeless."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from rlseg.models import UNCHANGED
from rlseg.training.evaluation import ImageResult

NOTHING = 0.01
"""A reward that is none."""
SAME_REWARD = 0.005
"""By how much the reward of an image, or the best of a row of validations, may differ and count as unchanged."""
LOST = 0.75
"""Of the largest reward of the training: where less is paid, what had been found is lost."""
FEW_CHANGED = 0.01
"""Share of the images that may change while nothing does."""
AFTER_IMITATION = 2
"""Of the validations in which nothing has changed, so many must come after the imitation: the policy had its chance."""
BATCHES_UNCHANGED = 50
BATCHES_HOPELESS = 100
"""So many batches after the imitation at least, however often they are validated."""
FEW_OF_PLANNED = 1 / 3
"""Of the batches that were planned: a training that had less time has hardly begun."""
RISING = 3
"""So many validations, each better than that before, are a training that still learns."""
_WORTH_A_GUESS = 0.5


@dataclass(frozen=True)
class Ending:
    """Why a training is over, for people.

    Attributes:
        happened: what, in the middle of a sentence.
        advice: what to do next, in a sentence without its dot.
        hopeless: whether the result is of no use.
    """

    happened: str
    advice: str = ""
    hopeless: bool = False


def hopeless(results: Sequence[ImageResult]) -> Ending | None:
    """What is wrong if a validation's result is of no use; None if it may be.

    Args:
        results: of all images; at least one.
    """
    count = len(results)
    reward, merged, split = (
        sum(getattr(result, name) for result in results) / count for name in ("reward", "all_merged", "all_split")
    )
    images = "the validation image" if count == 1 else f"the {count} validation images"
    ask = "`rlseg explain-object` with the place of an object that you see says which rule excludes it"
    if not any(result.objects for result in results):
        what = "nothing is paid" if max(reward, merged, split) < NOTHING else "nothing is found"
        return Ending(f"{what}: the reward is {reward:.3f}, and there is no object on {images}", ask, True)
    if split > max(reward, merged):
        return Ending(
            f"pieces are paid best: all superpixels by themselves {split:.3f}, what is found {reward:.3f}",
            "the rules like single superpixels: ask for larger areas or widths, or take larger superpixels",
            True,
        )
    if merged > reward:
        return Ending(
            f"one single segment is paid best: everything merged {merged:.3f}, what is found {reward:.3f}",
            f"pay the background less than objects; {ask}",
            True,
        )
    return None


def out_of_time(ending: Ending, minutes: float, done: int, total: int | None, imitating: bool) -> Ending:
    """What there is to say of a training whose time was over before it had learned much; else the ending as it is.

    Args:
        ending: why it is over.
        minutes: that it has had.
        done: batches; total: that were planned, None if there is no end.
        imitating: whether it still began like its teacher.
    """
    few = total is not None and done < FEW_OF_PLANNED * total
    if not (few or imitating):
        return ending
    planned = f" after {done} of {total} planned batches" if few else ""
    happened = f"{ending.happened}{planned}" + (", while it still imitated the search" if imitating else "")
    longer = "--minutes"
    if total is not None and done and minutes >= _WORTH_A_GUESS:
        longer += f" {math.ceil(minutes * total / done)} for all {total} batches"
    advice = f"it may find more: give it more time ({longer}), or smaller images or parts of them"
    return Ending(happened, advice)


def still_rising(rewards: Sequence[float]) -> bool:
    """Whether each of the last validations of a training, with these rewards, was better than the one before."""
    last = rewards[-RISING:]
    gains = [after - before for before, after in pairwise(last)]
    return len(last) == RISING and min(gains) > SAME_REWARD and last[-1] >= max(rewards)


class Watch:
    """Looks at the validations of a training one after the other.

    Args:
        unchanged: validations in a row without any change after which a training is over; None for never.
        hopeless: validations in a row after the imitation that are hopeless and do not become better; None for never.
    """

    def __init__(self, unchanged: int | None, hopeless: int | None) -> None:
        self.unchanged = unchanged
        self.hopeless = hopeless
        self._same: dict[str, tuple[int, float]] = {}
        self._row = self._row_after_imitation = 0
        self._poor: deque[float] = deque(maxlen=hopeless or 1)
        self._best: tuple[float, Ending | None] | None = None

    @property
    def doubt(self) -> Ending | None:
        """What is wrong with the result, that of the validation with the largest reward; None if nothing is."""
        return None if self._best is None else self._best[1]

    def add(self, results: Sequence[ImageResult], batches: int | None) -> Ending | None:
        """Take in a validation.

        Args:
            results: of all images, the same in all processes.
            batches: of the training after its imitation; None as long as that goes on.

        Returns:
            Why the training should end, or None if it should go on.
        """
        if not results:
            return None
        self._count_row({result.name: (result.objects, result.reward) for result in results}, batches is not None)
        found = hopeless(results)
        reward = sum(result.reward for result in results) / len(results)
        if self._best is None or reward > self._best[0]:
            self._best = reward, found
        if batches is None:
            return None
        best, doubt = self._best
        lost = reward < LOST * best
        if found is not None or lost:
            self._poor.append(reward)
        else:
            self._poor.clear()
        if lost and doubt is None:
            found = Ending(
                f"what had been found is lost: the reward was {best:.3f} and is {reward:.3f}", "best.ckpt still has it"
            )
        if found is not None and self._is_hopeless(batches):
            return found
        if self._is_unchanged(batches) and (found is None or not found.hopeless):
            return found or Ending(f"the objects found and their rewards {UNCHANGED} for {self._row} validations")
        return None

    def _is_unchanged(self, batches: int) -> bool:
        enough = self._row_after_imitation >= AFTER_IMITATION and batches >= BATCHES_UNCHANGED
        return self.unchanged is not None and self._row >= self.unchanged and enough

    def _count_row(self, now: dict[str, tuple[int, float]], after_imitation: bool) -> None:
        """A row is as long as all of its validations are like its first: what drifts slowly does change."""
        changed = sum(not _alike(self._same.get(name), found) for name, found in now.items())
        if changed > FEW_CHANGED * len(now):
            self._same, self._row, self._row_after_imitation = now, 0, 0
        else:
            self._row += 1
            self._row_after_imitation += after_imitation

    def _is_hopeless(self, batches: int) -> bool:
        if self.hopeless is None or len(self._poor) < self.hopeless or batches < BATCHES_HOPELESS:
            return False
        paid = list(self._poor)
        earlier, later = paid[: (len(paid) + 1) // 2], paid[len(paid) // 2 :]
        return max(later) <= max(earlier) + SAME_REWARD

    def state_dict(self) -> dict[str, Any]:
        """Plain values, so that a resumed training ends where it would have ended."""
        same = {name: list(found) for name, found in self._same.items()}
        best = None if self._best is None else [self._best[0], None if self._best[1] is None else asdict(self._best[1])]
        return {"same": same, "row": [self._row, self._row_after_imitation], "poor": list(self._poor), "best": best}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Counterpart of `state_dict`."""
        self._same = {name: (int(objects), float(reward)) for name, (objects, reward) in state["same"].items()}
        self._row, self._row_after_imitation = (int(number) for number in state["row"])
        self._poor.clear()
        self._poor.extend(float(reward) for reward in state["poor"])
        if state["best"] is not None:
            reward, doubt = state["best"]
            self._best = float(reward), None if doubt is None else Ending(**doubt)


def _alike(one: tuple[int, float] | None, other: tuple[int, float]) -> bool:
    return one is not None and one[0] == other[0] and abs(one[1] - other[1]) <= SAME_REWARD
