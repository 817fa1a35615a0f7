"""Build the documentation as a site, `make site`: build/site/site/index.html is its first page.

    python -m experiments.site          # needs zensical and mkdocstrings: pip install -e ".[site]"

A link that leads nowhere, within the repository or on the site, is an error.
"""

from __future__ import annotations

import os
import subprocess
import sys

from experiments import ROOT
from experiments.site.staging import stage

FOLDER = ROOT / "build" / "site"


def main() -> int:
    """Run the script; returns the exit code."""
    lost = stage(ROOT, FOLDER)
    if lost:
        print("links that lead nowhere:", *lost, sep="\n  ", file=sys.stderr)
        return 2
    # the reference is read from the sources, wherever rlseg is installed
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    return subprocess.run(command, cwd=FOLDER, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
