"""Bars are drawn where they are seen."""

from __future__ import annotations

import sys

import pytest

from rlseg.io.bars import Bars


def drawn(capsys: pytest.CaptureFixture[str]) -> str:
    """What is written until the end, when all bars that are left are drawn once more."""
    with Bars() as bars:
        bar, other = bars.add("counting", 3), bars.add("forgetting", 2)
        for _ in range(3):
            bar.advance()
        other.remove()
        capsys.readouterr()
    return capsys.readouterr().out


def test_nothing_is_written_where_nobody_looks(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even the empty line that rich leaves; and rich is not waited for."""
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setitem(sys.modules, "rich.progress", None)
    assert drawn(capsys) == ""


def test_a_bar_is_drawn_where_it_is_seen(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr("rich._console", None)  # the console of all, which an earlier test may have made
    found = drawn(capsys)
    assert "counting" in found
    assert "100%" in found
    assert "forgetting" not in found


def test_an_error_goes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with pytest.raises(ZeroDivisionError), Bars():
        1 / 0  # noqa: B018
