"""The templates inside the package."""

from __future__ import annotations

import io
import subprocess
import tomllib
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from rlseg.__main__ import main
from rlseg.commands.new import like
from rlseg.commands.new.like import GENERAL, Template, digits, template, templates
from rlseg.errors import RlsegError
from rlseg.rewards.lint import find_contradictions, find_unreachable
from rlseg.rewards.properties import unit_of

ROOT = Path(__file__).parents[3]
USUAL = ("nuclei", "bacteria", "yeast", "tissue", "particles", "coins", "cells", "grains")


def test_there_are_those_that_are_promised() -> None:
    assert set(templates()) == {*USUAL, *GENERAL}


@pytest.mark.parametrize("name", [*USUAL, *GENERAL])
@pytest.mark.parametrize("width", [None, (3.0, 5.0), (200.0, 700.0)])
def test_each_is_a_right_reward_file_at_any_size(name: str, width: tuple[float, float] | None) -> None:
    begun = template(name)
    file = (begun if width is None else begun.sized(width)).file
    assert file.objects is not None
    assert list(find_contradictions(file)) == []
    assert list(find_unreachable(file)) == []
    assert file.edges is not None
    assert file.edges.missed, "what is missed must cost"


def sizes(begun: Template) -> dict[str, list[float]]:
    """All numbers that are lengths (1) or areas (2), divided by the width to that power, by their place."""
    file = begun.file
    assert file.objects is not None
    low, high = file.objects.widths
    found = {
        f"{name}.{key}": [getattr(rule, key) / (high if key == "over" else low) ** 2]
        for name, rule in file.classes.items()
        for key in ("over", "under")
        if rule.kind == "area" and getattr(rule, key) is not None
    }
    terms: dict[str, Any] = file.rewards["foreground"].terms  # type: ignore[union-attr]
    for name, term in terms.items():
        if unit_of(term.property) == "px":
            found[name] = [term.expected[0] / low, term.expected[1] / high, term.scale / (low * high) ** 0.5]
    return found


@pytest.mark.parametrize("name", [*USUAL, *GENERAL])
def test_all_sizes_grow_with_the_width(name: str) -> None:
    begun = template(name)
    usual = sizes(begun)
    assert len(usual) >= 3
    for width in ((5.0, 9.0), (80.0, 130.0)):
        large = sizes(begun.sized(width))
        assert large.keys() == usual.keys()
        for key, values in usual.items():
            assert large[key] == pytest.approx(values, rel=0.02), key


def test_comments_and_everything_else_stay() -> None:
    begun, large = template("yeast"), template("yeast").sized((22.0, 64.0))
    assert [line.partition("#")[2] for line in begun.text.split("\n")] == [
        line.partition("#")[2] for line in large.text.split("\n")
    ]
    same = begun.sized((11.0, 32.0)).file
    assert same.rewards == begun.file.rewards


def test_values_are_changed_at_their_places() -> None:
    changed = template("nuclei").changed({"name": "mine", "edges.missed": "0.5", "no.such.key": "1"})
    assert changed.file.name == "mine"
    assert changed.file.edges is not None
    assert changed.file.edges.missed == 0.5
    other = changed.with_objects("objects:\n  width: 7\n  look: darker\n\n")
    assert other.file.objects is not None
    assert (other.file.objects.width, other.file.objects.way) == (7, "darker")
    assert other.file.rewards == changed.file.rewards


@pytest.mark.parametrize(("value", "text"), [(12.0, "12"), (0.012345, "0.0123"), (12345.6, "12300"), (1e7, "10000000")])
def test_digits_are_plain(value: float, text: str) -> None:
    assert digits(value) == text


def test_a_misspelt_template_is_named() -> None:
    with pytest.raises(RlsegError, match="no template 'bacterias'") as error:
        template("bacterias")
    assert "did you mean bacteria?" in str(error.value)


def test_they_are_listed() -> None:
    printed = io.StringIO()
    with redirect_stdout(printed):
        assert main(["new", "--like", "?"]) == 0
    lines = printed.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == sorted([*USUAL, *GENERAL])
    assert all(len(line) <= 120 for line in lines)


def test_the_wheel_holds_them() -> None:
    """It is built of all files of the package that git does not ignore."""
    builds = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    assert builds == {"targets": {"wheel": {"packages": ["rlseg"]}}}
    folder = Path(like.__file__).parent / "templates"
    files = sorted(map(str, folder.iterdir()))
    assert len(files) == len(USUAL) + len(GENERAL)
    ignored = subprocess.run(["git", "check-ignore", *files], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ignored.stdout == ""


@pytest.mark.parametrize(
    ("word", "meant"), [("pebbles", "grains"), ("pebble", "grains"), ("stained", "cells or tissue"), ("yeats", "yeast")]
)
def test_kinds_are_found_by_their_descriptions(word: str, meant: str) -> None:
    with pytest.raises(RlsegError) as error:
        template(word)
    assert error.value.hint is not None
    assert error.value.hint.startswith(f"did you mean {meant}? there are")
