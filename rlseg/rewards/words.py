"""Words for people: the nearest known name, and safe quotes of what a file contains."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import lru_cache

LONGEST_WORD = 64
LONGEST_QUOTE = 60
SHOW_ALL = 12

# Names of other programs, old releases and the paper. Not accepted, but suggested.
OTHER_NAMES = {
    "angle": "orientation",
    "convex_ratio": "solidity",
    "crofton": "perimeter_crofton",
    "diameter": "equivalent_diameter_area",
    "equivalent_diameter": "equivalent_diameter_area",
    "euler": "euler_number",
    "feret": "feret_diameter_max",
    "feret_diameter": "feret_diameter_max",
    "major_axis": "axis_major_length",
    "major_axis_length": "axis_major_length",
    "major_diameter": "axis_major_length",
    "max": "over",
    "max_feret": "feret_diameter_max",
    "max_intensity": "intensity_max",
    "mean_intensity": "intensity_mean",
    "min": "under",
    "min_intensity": "intensity_min",
    "minor_axis": "axis_minor_length",
    "minor_axis_length": "axis_minor_length",
    "minor_diameter": "axis_minor_length",
    "roundness": "circularity",
    "std_intensity": "intensity_std",
}


def printable(text: str) -> str:
    """The text with everything a terminal could stumble over (tabs, escapes, lone surrogates) as blanks."""
    return "".join(c if c.isprintable() else " " for c in text)


def quote(text: str) -> str:
    """The text in single quotes, cut to `LONGEST_QUOTE` characters."""
    shown = printable(text)
    return f"'{shown}'" if len(shown) <= LONGEST_QUOTE else f"'{shown[: LONGEST_QUOTE - 3]}...'"


@lru_cache(maxsize=4096)  # one mistake is often made on every line
def _likeness(word: str, name: str) -> float:
    return SequenceMatcher(None, word, name, autojunk=False).ratio()


def _ranked(word: str, names: Iterable[str]) -> list[tuple[float, str]]:
    plain = word.lower().replace("-", "_").replace(" ", "_")[:LONGEST_WORD]
    return sorted((-_likeness(plain, name), name) for name in names if len(name) <= LONGEST_WORD)


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The known name that `word` was probably meant to be, or None if none is close."""
    known = list(names)
    other = OTHER_NAMES.get(word.lower())
    if other in known:
        return other
    if len(word) > LONGEST_WORD:
        return None
    ranked = _ranked(word, known)
    return ranked[0][1] if ranked and -ranked[0][0] >= 0.6 else None


def list_allowed(word: str, names: Iterable[str], topic: str | None = None) -> str:
    """All names in alphabetical order; of more than `SHOW_ALL` only the five nearest to `word`, and where to find all.

    Args:
        word: what was given instead.
        names: what can be given.
        topic: the word of the language whose explanation lists them, "" for the list of all words, or None.
    """
    known = sorted(names)
    if len(known) <= SHOW_ALL:
        return ", ".join(known)
    ranked = [name for _, name in _ranked(word, known)]
    best = nearest(word, known)
    close = sorted((ranked if best is None else list(dict.fromkeys([best, *ranked])))[:5])
    if topic is None:
        return f"{', '.join(close)} and {len(known) - len(close)} more"
    return f"{', '.join(close)}, ... (see `{f'rlseg reward explain {topic}'.strip()}`)"
