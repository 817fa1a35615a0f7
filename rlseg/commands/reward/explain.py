"""`rlseg reward explain`: what a reward file will pay for and where each value stands; or what a word means."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rlseg.commands.reward.resolved import resolved_lines
from rlseg.commands.reward.vocabulary import Vocabulary
from rlseg.errors import RlsegError
from rlseg.rewards import nearest, quote


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
        if what is not None and what not in vocabulary.words:
            close = nearest(what, vocabulary.words)
            hint = f"did you mean {quote(close)}?" if close else "`rlseg reward explain` lists all words"
            raise RlsegError(f"{quote(what)} is neither a reward file nor a word of the language", hint)
        lines = vocabulary.index() if what is None else vocabulary.explain(what)
    sys.stdout.write("\n".join(lines) + "\n")
    return 0
