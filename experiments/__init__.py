"""What the results of the project were made with; run from the root, like python -m experiments.drawings."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""The root of the repository."""
