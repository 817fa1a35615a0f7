"""What is installed."""

from __future__ import annotations

import platform
import sys
from importlib import metadata

from rlseg.commands.doctor.line import Line
from rlseg.models import version

NEEDED = (
    *("torch", "lightning", "jsonargparse", "torch-geometric", "pydantic", "PyYAML", "numpy", "scipy", "numba"),
    *("scikit-image", "bioimage-cpp", "tifffile", "pillow", "roifile", "tensorboard", "rich", "safetensors"),
)
OPTIONAL = ("torch-scatter", "distributed")


def package_lines() -> list[Line]:
    """Versions of rlseg, Python, the system, and of the packages that matter."""
    lines = [
        Line("rlseg", version()),
        Line("python", f"{platform.python_version()} ({sys.executable})"),
        Line("system", platform.platform()),
    ]
    for name in NEEDED:
        found = _version(name)
        lines.append(Line(name, found or f"missing: pip install {name}", problem=found is None))
    return lines + [Line(name, _version(name) or "not installed, not needed") for name in OPTIONAL]


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
