"""The working copy that experiments run from."""

from __future__ import annotations

import subprocess

from experiments import ROOT


def git(*words: str) -> str:
    """What `git WORDS` prints there, without space around it; nothing where git fails."""
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()
