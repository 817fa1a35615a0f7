"""The core knows no Qt and no napari; the manifest names what is there."""

from __future__ import annotations

import ast
import subprocess
import sys
from fnmatch import fnmatch
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

import rlseg.viewer
from rlseg.__main__ import main

FOLDER = Path(rlseg.viewer.__file__).parent
WINDOWS = {"napari", "qtpy", "superqt", "magicgui", "npe2", "PyQt5", "PyQt6", "PySide2", "PySide6"}


def test_the_public_face_and_the_session_load_no_windows() -> None:
    code = (
        "import sys, rlseg; [getattr(rlseg, name) for name in rlseg.__all__];"
        "import rlseg.viewer.session, rlseg.viewer.readers, rlseg.viewer.writers, rlseg.viewer.samples;"
        f"print({WINDOWS!r} & {{name.partition('.')[0] for name in sys.modules}})"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "set()"


def test_the_face_does_not_load_the_viewer() -> None:
    code = "import sys, rlseg; [getattr(rlseg, n) for n in rlseg.__all__]; print('rlseg.viewer' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False"


def test_the_manifest_names_what_is_there() -> None:
    manifest = yaml.safe_load((FOLDER / "napari.yaml").read_text(encoding="utf-8"))
    commands = {command["id"]: command["python_name"] for command in manifest["contributions"]["commands"]}
    for name in commands.values():
        module, _, what = name.partition(":")
        spec = find_spec(module)
        assert spec is not None
        assert spec.origin is not None
        tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
        assert what in {node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    used = [
        entry["command"]
        for part, entries in manifest["contributions"].items()
        if part != "commands"
        for entry in entries
    ]
    assert set(used) == set(commands)


def test_without_napari_the_command_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from rlseg.commands import napari as command

    monkeypatch.setattr(command, "find_spec", lambda name: None)
    assert main(["napari"]) == 2
    assert (
        'napari is not installed, which the viewer needs\n  hint: pip install "rlseg[napari]"'
        in capsys.readouterr().err
    )
    monkeypatch.setattr(command, "find_spec", lambda name: None if name in command.BINDINGS else object())
    assert main(["napari"]) == 2
    assert "no Qt is installed" in capsys.readouterr().err


def test_a_path_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["napari", "no/such/project"]) == 2
    assert "no/such/project does not exist" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["field1_RoiSet.zip", "RoiSet.zip", "a.ROIS.ZIP", "Cells.geojson", "a.roi", "a.yaml"])
def test_files_of_other_programs_match_the_manifest(name: str) -> None:
    """As napari matches them: patterns in small letters, of names only what is behind the first dot."""
    content = yaml.safe_load((FOLDER / "napari.yaml").read_text(encoding="utf-8"))
    (reader,) = content["contributions"]["readers"]
    stem, dot, suffix = name.partition(".")
    assert any(fnmatch(f"{stem}{dot}{suffix.lower()}", pattern.lower()) for pattern in reader["filename_patterns"])
