"""Prints the lowest versions that pyproject.toml promises, as constraints for pip.

torch is that of constraints.txt: on Linux every torch that a package index has needs some GB of CUDA libraries,
and the tested one is also there without them. LOWEST_TORCH=2.10.0 takes another one.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
LEAST = re.compile(r"(?P<name>[\w-]+)(\[\w+\])?>=(?P<version>[\w.]+)")


def main() -> None:
    """One line NAME==VERSION for each requirement with a lower bound, but for those of development."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    needs = project["dependencies"] + extras["formats"] + extras["dask"]
    bounds = {found["name"]: found["version"] for need in needs if (found := LEAST.match(need))}
    tested = re.search(r"^torch==(.+)$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.M)
    assert tested, "constraints.txt has no torch"
    bounds["torch"] = os.environ.get("LOWEST_TORCH", tested[1])
    for name, version in sorted(bounds.items()):
        print(f"{name}=={version}")


if __name__ == "__main__":
    main()
