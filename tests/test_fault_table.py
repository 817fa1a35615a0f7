"""Every fault has a test, and the table says what became of it."""

from __future__ import annotations

from pathlib import Path

from fault_table import Outcome, load_faults, numbers, table, written


def test_names_carry_numbers() -> None:
    assert numbers("test_11_12_nan_and_infinity") == [11, 12]
    assert numbers("test_4_images_of_8_by_8") == [4]
    assert numbers("test_nothing_of_2_kinds") == []


def test_every_fault_has_a_test_and_no_test_another_number() -> None:
    found = written(Path(__file__).parent)
    assert sorted(found.keys() - load_faults()) == []
    assert sorted(load_faults().keys() - found) == []


def test_a_fault_counts_as_passed_when_all_its_tests_do() -> None:
    faults = {1: {"fault": "a", "then": "b"}, 2: {"fault": "c", "then": "d"}, 3: {"fault": "e", "then": "f"}}
    outcomes = [
        Outcome("tests/a.py::test_1_2_x", "passed"),
        Outcome("tests/a.py::test_2_y", "passed"),
        Outcome("tests/a.py::test_2_y", "failed"),
        Outcome("tests/a.py::test_2_y", "passed"),
    ]
    text = table(outcomes, faults)
    assert "1 of 3 faults" in text
    assert "| 1 | a | b | [test_1_2_x](../tests/a.py) |" in text
    assert "| 2 | c | d | [test_1_2_x](../tests/a.py)<br>[test_2_y](../tests/a.py) **failed** |" in text
    assert "| 3 | e | f | **none** |" in text
