"""Terms from other packages: what may be imported, what is said when it goes wrong, and that they work like ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from partitions import random_segments
from reward_text import HEAD
from scenes import drawn

from rlseg.errors import RlsegError
from rlseg.kinds import installed_kinds
from rlseg.rewards.group import Group
from rlseg.rewards.language.errors import RewardFileError
from rlseg.rewards.language.load import load_reward, parse_reward
from rlseg.rewards.language.schema import RewardFile
from rlseg.rewards.reward import Reward
from rlseg.rewards.terms.base import Term

MODULE = '''
from typing import Annotated, Literal
import numpy as np
from pydantic import Field, field_validator
from rlseg.rewards.geometry import GeometryReference
from rlseg.rewards.model import ClassReference
from rlseg.rewards.properties import Property
from rlseg.rewards.terms.base import Term

class Convexity(Term):
    """Solidity, more or less."""
    kind: Literal["convexity"]
    tolerance: float = Field(gt=0)
    power: int = 1
    property: Property = "solidity"
    def score(self, scene):
        return np.clip(scene.measurements.value(self.property) + self.tolerance, 0, 1) ** self.power

class Near(Term):
    of: Annotated[str, ClassReference(scored=True)]
    def score(self, scene):
        return np.full(scene.segments.count, scene.class_scores[self.of].max())

class Whole(Term):
    PARTITION = "of"
    of: str | None = None
    def score(self, scene):
        return np.ones(scene.segments.count)

class Central(Term):
    kind: Annotated[Literal["central"], GeometryReference("center")]
    def score(self, scene):
        return np.ones(scene.segments.count)

class Faulty(Term):
    how: str
    @field_validator("how")
    @classmethod
    def _check(cls, how):
        if how == "refused":
            raise ValueError("this one is refused")
        if how == "breaks":
            raise RuntimeError("broken")
        return how
    def score(self, scene):
        M = scene.segments.count
        if self.how == "raise":
            raise IndexError("list index\\n out of range")
        return {"short": np.ones(3), "nan": np.where(np.arange(M) == 1, np.nan, 1.0), "text": "no",
                "matrix": np.ones((M, 1)), "large": np.full(M, 2.0), "none": None}[self.how]

class Abstract(Term):
    pass

helper = 3
'''
FILE = "rewards: {{foreground: {{terms: {{t: {{class_path: {}{}}}}}}}}}"
LAB = ("own_lab",)


@pytest.fixture(autouse=True)
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package `own_lab` with terms, and `own_broken`, which cannot be imported."""
    (tmp_path / "own_lab").mkdir()
    (tmp_path / "own_lab" / "__init__.py").write_text("")
    (tmp_path / "own_lab" / "terms.py").write_text(MODULE)
    (tmp_path / "own_broken.py").write_text("1 / 0")
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.startswith("own_")]:
        monkeypatch.delitem(sys.modules, name)
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("own_")]:
        del sys.modules[name]


def read(name: str, more: str = "", allow: tuple[str, ...] = LAB, head: str = "") -> RewardFile:
    return parse_reward(HEAD + head + FILE.format(f"own_lab.terms.{name}", more), "own.yaml", allow)


def report(name: str, more: str = "", allow: tuple[str, ...] = LAB, path: str = "own_lab.terms.") -> str:
    with pytest.raises(RewardFileError) as caught:
        parse_reward(HEAD + FILE.format(path + name, more), "own.yaml", allow)
    return str(caught.value)


def test_an_own_term_works_like_ours() -> None:
    segments = random_segments(0)
    file = read("Convexity", ", init_args: {tolerance: 1e-2, power: 2}, weight: 0.5, min_score: 0.1")
    group = file.rewards["foreground"]
    assert isinstance(group, Group)
    assert group.terms["t"].weight == 0.5
    result = Reward(file).evaluate(segments)
    expected = np.minimum(segments.descriptor("solidity") + 0.01, 1) ** 2
    np.testing.assert_allclose(result.terms["foreground/t"], expected)
    text = file.resolved_yaml()
    assert parse_reward(text, "checkpoint", LAB) == file
    assert parse_reward(text, "checkpoint", LAB).resolved_yaml() == text


def test_nobody_knows_what_an_own_term_asks_for() -> None:
    """So that a large image keeps what is proposed for it; but it is not refused where nothing is."""
    reward = Reward(read("Convexity", ", init_args: {tolerance: 0.1}"))
    assert reward.asks_for_proposals == ""
    assert reward.may_ask_for_proposals
    reward.refuse_without_proposals(looked=False)


def test_classes_that_an_own_term_needs_are_scored_first() -> None:
    head = "classes: {big: {kind: area, over: 150}}\n"
    text = "rewards: {big: 0.7, foreground: {terms: {t: {class_path: own_lab.terms.Near, init_args: {of: big}}}}}"
    result = Reward(parse_reward(HEAD + head + text, allow=LAB)).evaluate(random_segments(0))
    assert np.nanmax(result.terms["foreground/t"]) == 0.7


@pytest.mark.parametrize(
    ("name", "more", "said"),
    [("Near", ", init_args: {of: foreground}", False), ("Whole", "", False), ("Whole", ", init_args: {of: x}", True)],
)
def test_an_own_term_says_whether_it_looks_at_the_whole_partition(name: str, more: str, said: bool) -> None:
    text = f"rewards: {{foreground: 1, a: {{terms: {{t: {{class_path: own_lab.terms.{name}{more}}}}}}}}}"
    group = parse_reward(HEAD + "classes: {a: {kind: area, over: 9}}\n" + text, allow=LAB).rewards["a"]
    assert isinstance(group, Group)
    assert group.terms["t"].sees_partition == said


@pytest.mark.parametrize("allow", [(), ("own",), ("own_lab2",), ("own_lab.terms.Convexity",), ("other", "torch")])
def test_42_what_is_not_allowed_is_not_imported(allow: tuple[str, ...]) -> None:
    text = report("Convexity", allow=allow)
    assert "own.yaml:4:48: rewards.foreground.terms.t.class_path: the package 'own_lab' is not among" in text
    assert "--allow own_lab" in text
    assert text.endswith("1 problem(s) in own.yaml")
    assert not [name for name in sys.modules if name.startswith("own_")]


@pytest.mark.parametrize("allow", [("own_lab",), ("x", "own_lab"), ("own_lab.terms",)])
def test_a_package_or_a_module_can_be_allowed(allow: tuple[str, ...]) -> None:
    read("Convexity", ", init_args: {tolerance: 0.1}", allow)


def test_terms_of_rlseg_are_always_allowed() -> None:
    path = "rlseg.rewards.terms.border.TouchesBorderTerm"
    file = parse_reward(HEAD + FILE.format(path, ", init_args: {wanted: true}"))
    assert Reward(file).evaluate(drawn(np.zeros((3, 3), int))).segment_score.tolist() == [1]


def test_errors_of_the_class_path() -> None:
    assert "bad-reference" in report("Convexty")
    assert "did you mean 'Convexity'?" in report("Convexty")
    assert "allowed: Central, Convexity, Faulty, Near" in report("Convexty")
    assert "'own_lab.terms.helper' is no reward term" in report("helper")
    assert "'own_lab.terms.Abstract' is no reward term" in report("Abstract")
    assert "cannot import 'own_lab.trems': ModuleNotFoundError" in report("X", path="own_lab.trems.")
    assert "cannot import 'own_broken': ZeroDivisionError: division by zero" in report(
        "X", "", ("own_broken",), "own_broken."
    )
    for odd in ("Convexity", "'own_lab..x'", "'../own_lab.x'", "'os;system.x'", "5", "[a]"):
        assert ".class_path: " in report(odd, path="")


def test_errors_of_the_fields_are_told_at_their_place() -> None:
    text = report("Convexity", ", init_args: {tolerance: -1, powr: 2, property: solidty}")
    place = "rewards.foreground.terms.t.init_args"
    assert f"{place}.tolerance: must be greater than 0.0, got -1  [bad-value]" in text
    assert f"unknown key 'powr' in {place}  [unknown-key]" in text
    assert "allowed: power, property, tolerance" in text
    assert "did you mean 'power'?" in text
    assert f"{place}.property: 'solidty' is not a known property" in text
    assert text.endswith("3 problem(s) in own.yaml")
    for line in text.split("\n"):
        assert not line.startswith("own.yaml") or line.startswith("own.yaml:4:")
    assert f"'tolerance' is required in {place}" in report("Convexity", ", init_args: {}")
    assert "'tolerance' is required in rewards.foreground.terms.t" in report("Convexity")
    assert "'weight' cannot stand in init_args" in report("Convexity", ", init_args: {tolerance: 1, weight: 2}")
    assert "this one is refused" in report("Faulty", ", init_args: {how: refused}")
    assert "cannot be made: RuntimeError: broken" in report("Faulty", ", init_args: {how: breaks}")
    assert "unknown key 'wieght'" in report("Convexity", ", init_args: {tolerance: 1}, wieght: 2")


def test_own_terms_refer_to_classes_units_and_the_geometry() -> None:
    text = report("Near", ", init_args: {of: foregroud}")
    assert "init_args.of: 'foregroud' is not a class of this file  [bad-reference]" in text
    assert "'central' needs geometry.center" not in report("Convexity")
    assert "'Central' needs geometry.center" in report("Central")
    read("Central", head="geometry: {center: image}\n")
    with pytest.raises(RewardFileError, match="a score that needs itself"):
        read("Near", ", init_args: {of: foreground}")


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("raise", "fails: IndexError: list index out of range"),
        ("short", r"returns scores of shape \(3,\), there are \d+ segments"),
        ("matrix", r"returns scores of shape \(\d+, 1\)"),
        ("nan", r"returns 1 of \d+ scores that are no finite numbers"),
        ("large", r"returns scores in \[2, 2\], they must be in \[0, 1\]"),
        ("text", "fails: ValueError"),
        ("none", "returns scores of shape"),
    ],
)
def test_44_what_goes_wrong_in_a_term_is_told_with_its_name(how: str, says: str) -> None:
    reward = Reward(read("Faulty", f", init_args: {{how: {how}}}"))
    with pytest.raises(RlsegError, match=r"reward term foreground/t \(own_lab.terms.Faulty\) " + says) as caught:
        reward.evaluate(random_segments(0))
    assert "\n" not in caught.value.message


def test_own_terms_can_be_inherited_and_replaced(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(HEAD + FILE.format("own_lab.terms.Convexity", ", init_args: {tolerance: 0.1}"))
    child = tmp_path / "child.yaml"
    for change, kind in (
        ("{init_args: {power: 3}}", "Convexity"),
        ("{class_path: own_lab.terms.Faulty, init_args: {how: nan}}", "Faulty"),
        ("{kind: touches_border}", "TouchesBorderTerm"),
    ):
        child.write_text(
            f"version: 1\nextends: ./base.yaml\nname: c\nrewards: {{foreground: {{terms: {{t: {change}}}}}}}"
        )
        group = load_reward(child, allow=LAB).rewards["foreground"]
        assert isinstance(group, Group)
        made = group.terms["t"]
        assert type(getattr(made, "working", made)).__name__ == kind


def install(folder: Path, *entries: str) -> None:
    info = folder / "own_lab-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: own_lab\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[rlseg.reward_terms]\n" + "\n".join(entries))


def test_installed_terms_are_kinds(lab: Path) -> None:
    install(
        lab,
        "convexity = own_lab.terms:Convexity",
        "near = own_lab.terms:Near",
        "central = own_broken:X",
        "helper = own_lab.terms:helper",
        "gone = own_lab.terms:Gone",
    )
    kinds, broken = installed_kinds("rlseg.reward_terms", Term, {"descriptor"})  # type: ignore[type-abstract]
    assert list(kinds) == ["convexity"]
    assert sorted(broken) == ["central", "gone", "helper", "near"]
    assert "must declare kind: Literal['near']" in broken["near"]
    assert "cannot be imported (ZeroDivisionError)" in broken["central"]
    assert installed_kinds("rlseg.reward_terms", Term, {"convexity"})[0] == {}  # type: ignore[type-abstract]


def test_installed_terms_in_files(lab: Path) -> None:
    """In a process of its own, since kinds are looked up when rlseg is imported."""
    install(lab, "convexity = own_lab.terms:Convexity", "central = own_broken:X", "descriptor = own_lab.terms:Near")
    head = HEAD + "rewards: {foreground: {terms: {t: {kind: %s}}}}"
    (lab / "right.yaml").write_text(head % "convexity, tolerance: 0.1")
    (lab / "wrong.yaml").write_text(head % "convexty, tolerance: 0.1")
    (lab / "broken.yaml").write_text(head % "central")
    command = [sys.executable, "-m", "rlseg", "reward", "check", "right.yaml", "wrong.yaml", "broken.yaml"]
    environment = {**os.environ, "PYTHONPATH": f"{lab}{os.pathsep}{Path(__file__).parents[2]}"}
    done = subprocess.run(command, cwd=lab, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "right.yaml: ok" in done.stdout
    assert "did you mean 'convexity'?" in done.stdout
    assert "own_broken:X cannot be imported (ZeroDivisionError)" in done.stdout


def test_the_command_line_allows_packages(lab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from rlseg.commands.reward import main

    file = lab / "own.yaml"
    file.write_text(HEAD + FILE.format("own_lab.terms.Convexity", ", init_args: {tolerance: 0.1}"))
    assert main(["check", str(file)]) == 2
    assert "--allow own_lab" in capsys.readouterr().out
    assert main(["check", str(file), "--allow", "own_lab"]) == 0
    assert main(["check", "--allow", "torch", "--allow", "own_lab", str(file)]) == 0
