"""`rlseg reward explain`: what a reward file will pay for and where each value stands; or what a word means."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from rlseg.commands.reward.resolved import resolved_lines
from rlseg.commands.reward.vocabulary import Vocabulary
from rlseg.errors import RlsegError
from rlseg.rewards import nearest, quote
from rlseg.rewards.language import EARLIER_KINDS

_WIDTH = 100
# words of configurations, about which people ask here as well
CONFIGURED = {
    "min_score": "model.min_score in a configuration of rlseg fit: objects that are paid less are left out. They are "
    "judged as the superpixels show them, before their outlines are refined",
    "refinement": "model.refinement in a configuration of rlseg fit: outlines finer than superpixels, that follow the "
    "brightness. levels: at which share of it between ground and object; loss: how much less the rules may pay for "
    "an object with its new outline; reach: how many pixels outwards",
    "imitation": "model.imitation in a configuration of rlseg fit: a training begins like what a search finds",
    "superpixels": "data.preparation.superpixels in a configuration of rlseg fit; `rlseg superpixels` shows them",
}


def run(what: str | None, pixel_size: float | None, allow: Sequence[str]) -> int:
    """Explain a file or a word of the language.

    Args:
        what: a reward file, or a kind, property, combination, ...; None lists the words.
        pixel_size: um per pixel, or None.
        allow: packages whose terms the file may import.

    Raises:
        RewardFileError: the file is wrong.
        RlsegError: the word is not known.
    """
    if what and (Path(what).exists() or what.endswith((".yaml", ".yml")) or os.sep in what):
        lines = resolved_lines(what, pixel_size, allow)
    else:
        vocabulary = Vocabulary()
        if what in CONFIGURED and what not in vocabulary.words:
            lines = textwrap.wrap(f"{what} is no word of reward files, but {CONFIGURED[what]}.", _WIDTH)
            sys.stdout.write("\n".join(lines) + "\n")
            return 0
        if what in EARLIER_KINDS:
            raise RlsegError(f"{what} is now said as {EARLIER_KINDS[what]}")
        if what is not None and what not in vocabulary.words:
            close = nearest(what, vocabulary.words)
            hint = f"did you mean {quote(close)}?" if close else "`rlseg reward explain` lists all words"
            raise RlsegError(f"{quote(what)} is neither a reward file nor a word of the language", hint)
        lines = vocabulary.index() if what is None else vocabulary.explain(what)
        if what in CONFIGURED:
            lines += ["", *textwrap.wrap(f"Another one is {CONFIGURED[what]}.", _WIDTH)]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0
