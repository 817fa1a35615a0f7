"""A new prior is one file: kinds are found by looking."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from rlseg.kinds import find_kinds, union_of
from rlseg.rewards.group import TERM_KINDS
from rlseg.rewards.language.schema import CLASS_KINDS
from rlseg.rewards.model import Model
from rlseg.rewards.terms.base import Term

ONE = """
from typing import Literal
from rlseg.rewards.terms.base import Term
class Always(Term):
    kind: Literal["{kind}"]
    value: float = 1.0
    def score(self, scene):
        return scene.segments.descriptor("area") * 0 + self.value
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty package `own_terms` that can be imported."""
    folder = tmp_path / "own_terms"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.startswith("own_terms")]:
        monkeypatch.delitem(sys.modules, name)
    return folder


def test_kinds_of_this_release() -> None:
    assert set(TERM_KINDS) > {"descriptor", "neighbour_score", "object_count", "rotated_box", "spacing"}
    assert set(CLASS_KINDS) >= {"area", "descriptor", "distance_to_center", "largest_overlap"}
    for kind, cls in {**TERM_KINDS, **CLASS_KINDS}.items():
        assert issubclass(cls, Model)
        assert cls.__doc__
        assert kind == cls.model_fields["kind"].annotation.__args__[0]  # type: ignore[union-attr]


def test_a_new_file_is_a_new_kind(package: Path) -> None:
    (package / "always.py").write_text(ONE.format(kind="always"))
    kinds = find_kinds("own_terms", Term)  # type: ignore[type-abstract]
    assert list(kinds) == ["always"]
    adapter = TypeAdapter(union_of({**TERM_KINDS, **kinds}))
    assert isinstance(adapter.validate_python({"kind": "always", "value": 0.5}), kinds["always"])
    with pytest.raises(ValidationError):
        adapter.validate_python({"kind": "never"})


def test_two_terms_of_one_kind_are_refused(package: Path) -> None:
    for name in ("one", "two"):
        (package / f"{name}.py").write_text(ONE.format(kind="same"))
    with pytest.raises(ValueError, match="not taken"):
        find_kinds("own_terms", Term)  # type: ignore[type-abstract]


def test_rewards_do_not_import_torch() -> None:
    code = "import sys, rlseg.commands.reward; sys.exit('torch' in sys.modules or 'lightning' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
