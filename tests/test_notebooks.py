"""Every notebook runs from top to bottom wherever its kernel is, leaves nothing there, and is kept without outputs."""

from __future__ import annotations

import ast
import warnings
from pathlib import Path

import nbformat
import pytest

import rlseg

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))
FIRST = "01_first_segmentation"  # the others train as well and take as long
BESIDE, ELSEWHERE = "beside the notebook", "elsewhere"
"""Where Jupyter and VS Code start kernels, and where napari does."""


def test_all_notebooks_are_here() -> None:
    names = [FIRST, "02_writing_a_reward", "03_reading_the_curves", "04_nuclei_results"]
    assert [path.stem for path in NOTEBOOKS] == names


def code_of(path: Path) -> ast.Module:
    cells = nbformat.read(path, as_version=4).cells
    return ast.parse("\n".join(cell.source for cell in cells if cell.cell_type == "code"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_are_stripped(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert all(cell.execution_count is None and not cell.outputs for cell in code)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_public_is_enough(path: Path) -> None:
    used, imported, called = set(), set(), set()
    for node in ast.walk(code_of(path)):
        if isinstance(node, ast.Import):
            imported |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module))
        elif isinstance(node, ast.Attribute):
            called.add(node.attr)
            if isinstance(node.value, ast.Name) and node.value.id == "rlseg":
                used.add(node.attr)
    assert "rlseg" in imported
    assert not [
        name for name in imported if name.startswith(("rlseg.", "experiments", "tests", "tensorboard", "torch"))
    ]
    assert "command" in used
    assert used <= {*rlseg.__all__, "__file__"}
    assert "chdir" not in called


RUNS = [pytest.param(path, ELSEWHERE, id=path.stem, marks=pytest.mark.slow) for path in NOTEBOOKS[1:]] + [
    pytest.param(NOTEBOOKS[0], ELSEWHERE, id=FIRST),
    pytest.param(NOTEBOOKS[0], BESIDE, id=f"{FIRST} {BESIDE}", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("path", "where"), RUNS)
def test_notebook_runs(path: Path, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary, elsewhere = tmp_path / "its temporary files", tmp_path / "another folder"
    temporary.mkdir()
    elsewhere.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    start = elsewhere if where == ELSEWHERE else path.parent
    before = sorted(start.iterdir())
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell("import pathlib; print(pathlib.Path.cwd())"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the notebook machinery; the cells' own failures are exceptions
        from nbclient import NotebookClient

        NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(start)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 2
    assert outputs[-1]["text"].strip() == str(start)
    assert sorted(start.iterdir()) == before
    # torch makes a folder for what it might compile
    assert [left.name for left in temporary.iterdir() if not left.name.startswith("torchinductor")] == []
