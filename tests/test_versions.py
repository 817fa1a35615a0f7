"""The versions that are promised, tested and installed are about the same packages."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# types alone, of whatever version of PyYAML; and Qt, of which napari says what it takes
UNBOUND = {"types-pyyaml", "pyqt5"}


def promised() -> list[Requirement]:
    extras = PROJECT["optional-dependencies"].values()
    words = [*PROJECT["dependencies"], *(word for extra in extras for word in extra)]
    return [one for one in map(Requirement, words) if one.name != PROJECT["name"]]


def test_every_package_has_a_lower_bound() -> None:
    without = {one.name.lower() for one in promised() if ">=" not in {part.operator for part in one.specifier}}
    assert without == UNBOUND


def test_a_package_that_is_named_twice_has_one_bound() -> None:
    bounds: dict[str, set[str]] = {}
    for one in promised():
        bounds.setdefault(canonicalize_name(one.name), set()).add(str(one.specifier))
    assert {name: found for name, found in bounds.items() if len(found) > 1} == {}


def test_the_tested_versions_are_among_the_promised() -> None:
    pins = [Requirement(line) for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line]
    tested = {canonicalize_name(pin.name): next(iter(pin.specifier)).version for pin in pins}
    for one in promised():
        version = tested.get(canonicalize_name(one.name))
        assert version is None or one.specifier.contains(version), f"{one} is tested as {version}"
    # what every installation has is pinned
    assert {canonicalize_name(Requirement(word).name) for word in PROJECT["dependencies"]} <= set(tested)


def test_the_makefile_knows_the_lowest() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    torch = next(one for one in promised() if one.name == "torch")
    assert f"pyproject.toml allows ({str(torch.specifier).removeprefix('>=')})" in makefile
    assert "--resolution lowest-direct" in makefile
    # each environment of its own is removed by make clean, and never committed
    environments = re.findall(r"^([A-Z]+) := (\.venv\S*)$", makefile, re.MULTILINE)
    (clean,) = re.findall(r"^\trm -rf (\$\(VENV\).*)$", makefile, re.MULTILINE)
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {name for name, _ in environments} >= {"VENV", "LOWEST", "PROGRAMS", "NAPARI"}
    for name, folder in environments:
        assert f"$({name})" in clean
        assert f"/{folder}/" in ignored
