"""`rlseg reward schema`: the JSON schema that editors need to complete and check reward files."""

from __future__ import annotations

import sys
from pathlib import Path

from rlseg.rewards.language import schema_text


def run(output: Path | None) -> int:
    """Print the schema, or write it to a file."""
    if output is None:
        sys.stdout.write(schema_text())
    else:
        from rlseg.io import atomic

        with atomic(output) as file:
            file.write(schema_text().encode())
    return 0
