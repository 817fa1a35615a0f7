"""`rlseg reward measure`: a reward file from some outlined objects, checked on these very objects."""

from __future__ import annotations

import sys
from pathlib import Path

from rlseg.commands.notes import warn_of_each
from rlseg.commands.reward.preparation import Prepared
from rlseg.io import atomic, find_outlines
from rlseg.prediction.outlined import rules_from_outlines


def run(
    outlines: Path,
    images: Path | None,
    name: str,
    output: Path | None,
    prepared: Prepared,
) -> int:
    """Measure the objects and write the file, or print it; what it pays for them goes to stderr.

    Args:
        outlines: folder, pattern or file of outlined objects, see `rlseg.io.find_outlines`.
        images: folder or pattern of the images with the same names, or None.
        name: of the reward.
        output: the reward file to write, or None.
        prepared: how images are read and prepared.

    Raises:
        RlsegError: a file cannot be used, or there are not enough objects.
    """
    notes: list[str] = []
    files = find_outlines(outlines, images, notes.append)
    found = rules_from_outlines(files, prepared.preparation, prepared.reading, name)
    warn_of_each([*notes, *found.notes])
    if output is None:
        sys.stdout.write(found.text)
    else:
        with atomic(output) as target:
            target.write(found.text.encode())
    if images is not None:
        prepared.say()
    print("\n".join(found.report), file=sys.stderr)
    return 0
