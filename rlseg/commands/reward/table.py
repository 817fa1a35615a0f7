"""Plain text tables."""

from __future__ import annotations

from collections.abc import Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    """Lines of a table with two blanks between columns; columns that are empty throughout are left out.

    Args:
        header: names of the columns.
        rows: cells, as many in each row.
        right: numbers of the columns that are set to the right.
    """
    kept = [i for i in range(len(header)) if any(row[i] for row in rows)]
    width = {i: max(len(header[i]), *(len(row[i]) for row in rows)) for i in kept}
    lines = []
    for row in (header, *rows):
        cells = (row[i].rjust(width[i]) if i in right else row[i].ljust(width[i]) for i in kept)
        lines.append("  " + "  ".join(cells).rstrip())
    return lines
