"""What samples depend on besides images and settings: the texts of the modules that make them, and libraries."""

from __future__ import annotations

import ast
import hashlib
import re
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).parents[1]
# read, prepare, keep; formats are found by themselves, so nothing names them
_ROOTS = ("rlseg.data.from_files", "rlseg.data.prepare", "rlseg.data.cache")
_FORMATS = "rlseg.io.decode"
# what a library is called where it is installed, if that is not its name in the code
_DISTRIBUTIONS = {"PIL": "pillow", "skimage": "scikit-image", "bioimage_cpp": "bioimage-cpp"}
# these check settings, keep time, carry arrays about; no number of a sample comes from them
_WITHOUT_NUMBERS = {"filelock", "pydantic", "pydantic_core", "rich", "torch", "typing_extensions"}


@cache
def recipe(*kinds: str, package: Path = PACKAGE) -> str:
    """A hash that changes whenever samples may.

    Args:
        kinds: modules that nothing names either: those of the superpixels of a preparation.
        package: folder of rlseg.

    Returns:
        32 hexadecimal digits.
    """
    formats = [f"{_FORMATS}.{path.stem}" for path in sorted((package / "io/decode").glob("[!_]*.py"))]
    texts = modules_behind((*_ROOTS, *formats, *kinds), package)
    digest = hashlib.sha256()
    for name in sorted(texts):
        digest.update(f"{name} {hashlib.sha256(texts[name].encode()).hexdigest()}\n".encode())
    for library in sorted(libraries(texts)):
        digest.update(f"{library} {_version(library)}\n".encode())
    return digest.hexdigest()[:32]


def modules_behind(roots: Iterable[str], package: Path = PACKAGE) -> dict[str, str]:
    """The modules of rlseg that some of them are built on, themselves included, with their texts.

    A name that comes through the door of a room stands for the module that has it, not for all of the room.

    Args:
        roots: dotted names.
        package: folder of rlseg.
    """
    texts: dict[str, str] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in texts:
            path = _file(name, package)
            assert path is not None, name
            texts[name] = path.read_text(encoding="utf-8")
            if path.name != "__init__.py":
                found = (one for one in _imports(texts[name]) if _file(one.module, package) is not None)
                waiting += [_home(one.module, one.name, package) if one.name else one.module for one in found]
    return texts


def libraries(texts: Mapping[str, str]) -> set[str]:
    """Packages other than rlseg and Python's own that modules import and whose numbers may be those of a sample.

    Args:
        texts: of the modules, by name.
    """
    found = {imported.module.split(".")[0] for text in texts.values() for imported in _imports(text)}
    found -= {"rlseg", *_WITHOUT_NUMBERS, *sys.stdlib_module_names}
    return {_DISTRIBUTIONS.get(name, name) for name in found}


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "-"  # of a format that is read only where it is installed


def _file(name: str, package: Path) -> Path | None:
    """The file of a module of rlseg, or None if it is not one."""
    first, *rest = name.split(".")
    if first != "rlseg":
        return None
    path = package.joinpath(*rest)
    found = (path / "__init__.py", path.with_suffix(".py")) if rest else (path / "__init__.py",)
    return next((file for file in found if file.is_file()), None)


class _Import(NamedTuple):
    """A module, or a name of it, and what the name is here."""

    module: str
    name: str = ""
    here: str = ""


@cache
def _imports(text: str) -> tuple[_Import, ...]:
    """What a text imports, by statements or by names of modules of rlseg in strings (for `import_module`)."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            found += [_Import(node.module, alias.name, alias.asname or alias.name) for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [_Import(alias.name) for alias in node.names]
        elif isinstance(node, ast.Constant) and re.fullmatch(r"rlseg(\.\w+)+", str(node.value)):
            found.append(_Import(str(node.value)))
    return tuple(found)


def _home(module: str, name: str, package: Path) -> str:
    """The module that has a name which another one offers."""
    if _file(f"{module}.{name}", package) is not None:
        return f"{module}.{name}"
    path = _file(module, package)
    if path is not None and path.name == "__init__.py":
        for offered in _imports(path.read_text(encoding="utf-8")):
            if offered.here == name and _file(offered.module, package) is not None:
                return _home(offered.module, offered.name, package)
    return module
