"""The house: few rooms, short files, doors, and a public face that loads nothing before it is asked for."""

from __future__ import annotations

import ast
import importlib
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
from grimp import ImportGraph

import rlseg
from tests.doors import Doors

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "rlseg"
FOLDERS = sorted(path.parent for path in PACKAGE.rglob("__init__.py") if path.parent != PACKAGE)
# one loop over pixels, or one table: they do not fall into parts
LONG = {"_find_circles", "measure_regions"}


def test_few_rooms_and_a_short_hall() -> None:
    entries = [path for path in PACKAGE.iterdir() if path.name != "__pycache__"]
    assert len([path for path in entries if path.is_dir()]) <= 13
    assert len([path for path in entries if path.is_file() and path.name != "__init__.py"]) <= 7


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_folder_is_one_sentence_and_says_what_others_may_use(folder: Path) -> None:
    name = ".".join(folder.relative_to(ROOT).parts)
    module = importlib.import_module(name)
    first = (module.__doc__ or "").splitlines()[0]
    assert re.fullmatch(r"[A-Z`].{10,118}[.]", first)
    for public in getattr(module, "__all__", ()):
        assert hasattr(module, public), f"{name}.{public}"


@pytest.mark.parametrize("root", ["rlseg", "experiments"])
def test_files_fit_in_a_readers_head(root: str) -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in (ROOT / root).rglob("*.py")}
    lengths = {path: len(text.splitlines()) for path, text in texts.items()}
    assert max(lengths.values()) <= 400
    assert statistics.median(lengths.values()) <= 120
    for path, text in texts.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.name not in LONG:
                length = (node.end_lineno or 0) - node.lineno + 1
                assert length <= 60, f"{path.name}: {node.name} has {length} lines"


def test_compiled_loops_sort_no_type_in_two_ways() -> None:
    """numba keeps a sort and an argsort of one type under names that may be the same; loaded from the files of two
    modules one then did what the other should, and the spread of peers was wrong where superpixels had been merged
    before. Each of these sorts another type: int64 thrice in the same way, float32, int32 and the order of float64."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and any(
                isinstance(word, ast.Name) and word.id in ("jit", "compiled") for word in node.decorator_list
            ):
                calls = (
                    call.func.attr
                    for call in ast.walk(node)
                    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
                )
                found |= {(path.stem, call) for call in calls if "sort" in call or call in ("median", "unique")}
    assert found == {
        ("adjacency", "sort"),
        ("contraction", "sort"),
        ("level_cut", "sort"),
        ("proposals", "sort"),
        ("fragments", "sort"),
        ("fragments", "argsort"),
    }


def reaches(*imports: tuple[str, str]) -> list[str]:
    """What the contract of the doors finds wrong with some imports."""
    graph = ImportGraph()
    for module in ("p", "p.a", "p.a.b", "p.a.b.inner", "p.a.inner", "p.c", "p.c.inner", "p.open", "p.open.x", "p.top"):
        graph.add_module(module)
    for importer, imported in imports:
        graph.add_import(importer=importer, imported=imported)
    contract = Doors("doors", {"root_packages": ["p"]}, {"open_rooms": ["p.open"]})
    return [line.split(":")[0] for line in contract.check(graph, verbose=False).metadata["reaches"]]


def test_a_room_is_entered_by_its_door() -> None:
    assert reaches(("p.c.inner", "p.a"), ("p.c.inner", "p.a.b"), ("p.c", "p.top"), ("p.top", "p.open.x")) == []
    assert reaches(("p.a", "p.a.inner"), ("p.a.b.inner", "p.a.inner"), ("p.a.b", "p.a.b.inner")) == []
    assert reaches(("p.c.inner", "p.a.inner")) == ["p.c.inner -> p.a.inner"]
    assert reaches(("p.a.inner", "p.a.b.inner"), ("p.top", "p.c.inner")) == [
        "p.a.inner -> p.a.b.inner",
        "p.top -> p.c.inner",
    ]


def test_everything_public_is_there_and_documented() -> None:
    assert sorted(rlseg.__all__, key=str.lower) == sorted(set(rlseg.__all__), key=str.lower)
    assert set(rlseg.__all__) <= set(dir(rlseg))
    for name in rlseg.__all__:
        assert getattr(rlseg, name).__doc__, name
    with pytest.raises(AttributeError, match="has no attribute 'such_a_thing'"):
        rlseg.such_a_thing  # noqa: B018
    assert re.fullmatch(r"\d+\.\d+.*", rlseg.__version__)


def test_importing_loads_nothing_that_takes_time() -> None:
    code = (
        "import sys; import rlseg;"
        "slow = {'numpy', 'torch', 'lightning', 'scipy', 'numba', 'pydantic', 'yaml'} & set(sys.modules);"
        "assert not slow, slow; rlseg.load_reward; assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_names_of_test_files_are_unique() -> None:
    """They are imported by their names alone: of two that are alike the whole suite has one, in silence of the other
    when only one is run."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))
