"""What was tried, as text."""

from __future__ import annotations

from rlseg.data import Preparation
from rlseg.prediction.choosing.candidates import changed
from rlseg.prediction.choosing.choice import MARGIN, Choice
from rlseg.prediction.choosing.trial import Trial

_HEADER = ("", "kind", "objects are", "superpixels", "found", "paid", "worth")

_LEGEND = "paid: an object found, on average; worth: all of them, the more the better their outlines lie on edges"


def choice_lines(choice: Choice) -> list[str]:
    """A table of the trials from the best to the worst with the chosen one marked, and what there is to know of it."""
    kind = choice.preparation.superpixels.kind
    if not choice.trials:
        return [f"superpixels: {kind}; nothing else was tried, for {choice.reason}"]
    what = "volume" if choice.preparation.volume else "image"
    images = f"1 {what}" if len(choice.parts) == 1 else f"{len(choice.parts)} {what}s"
    lines = [f"superpixels, tried on the middle of {images}, without labels:"]
    values = choice.worths
    rows: list[tuple[str, ...]] = [_HEADER]
    rows += [_row(choice.trials[n], values[n], n == choice.chosen) for n in choice.best_first]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    for row in rows:
        cells = [
            cell.rjust(width) if column > 2 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    lines.append(_LEGEND)
    taken = f"taken: {choice.trials[choice.chosen].words}"
    if choice.reason is not None:
        return [*lines, f"{taken}, the usual ones, for {choice.reason}"]
    close = choice.chosen == 0 and choice.best_first[0] != 0
    return [*lines, f"{taken}, the usual ones: what is worth more is so by less than {MARGIN:.0%}" if close else taken]


def _row(trial: Trial, value: float, chosen: bool) -> tuple[str, ...]:
    mark = "->" if chosen else ""
    width = f"{trial.preparation.working_width:g} px wide" if trial.preparation.objects is not None else ""
    if trial.refused is not None:
        return mark, trial.words, width, trial.refused, "", "", ""
    numbers = f"{trial.nodes}", f"{trial.objects}", f"{trial.mean_score:.2f}", f"{value:.2f}"
    return mark, trial.words, width, *numbers


def settings_of(preparation: Preparation) -> list[str]:
    """The lines of a configuration of `rlseg fit` that take the superpixels of a preparation."""
    superpixels = preparation.superpixels
    inside = ", ".join(
        [f"kind: {superpixels.kind}", *(f"{name}: {value:g}" for name, value in changed(superpixels).items())]
    )
    lines = ["data:", "  preparation:", f"    superpixels: {{{inside}}}"]
    if preparation.working_width != Preparation.model_fields["working_width"].default:
        lines.append(f"    working_width: {preparation.working_width:g}")
    return lines
