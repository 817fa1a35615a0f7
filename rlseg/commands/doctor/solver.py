"""Whether multicuts can be solved."""

from __future__ import annotations

from importlib import metadata

import numpy as np

from rlseg.commands.doctor.line import Line

# names on the Python package index that belong to other projects than the ones people look for
MISTAKEN = ("nifty", "affogato")


def solver_lines() -> list[Line]:
    """A multicut of four nodes in a row, and packages that are not what their names suggest."""
    lines = [Line("multicut", *_solve())]
    installed = {found.name for found in metadata.distributions()}
    for name in MISTAKEN:
        if name in installed:
            text = f"{name} is installed; with pip this is not the segmentation library of that name, and rlseg uses "
            lines.append(Line("", f"{text}bioimage-cpp: pip uninstall {name}"))
    return lines


def _solve() -> tuple[str, bool]:
    try:
        from rlseg.environment import solve_multicut
    except ImportError as error:
        return f"bioimage-cpp cannot be loaded ({error}): pip install --force-reinstall bioimage-cpp", True
    labels = solve_multicut(4, np.array([[0, 1, 2], [1, 2, 3]]), np.array([[0.1, 0.9, 0.1]]))[0]
    if [bool(labels[a] == labels[b]) for a, b in ((0, 1), (1, 2), (2, 3))] != [True, False, True]:
        return f"a wrong multicut: {labels.tolist()}", True
    return "works", False
