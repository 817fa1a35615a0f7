"""The table of objects as Parquet."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rlseg.errors import RlsegError
from rlseg.prediction.files import Wishes
from rlseg.prediction.parquet import unit_of_column
from rlseg.prediction.table import object_table, read_table, write_table

LABELS = np.kron(np.array([[0, 1, 2], [3, 0, 7]]), np.ones((4, 5), int))


def tables() -> dict[str, Any]:
    table = object_table(LABELS, {"reward": np.array([0.1, 0.25, 1 / 3, np.nan]), "intensity_mean_2": np.arange(4.0)})
    return {"Zelle 1, µm": table, "none": {name: values[:0] for name, values in table.items()}, "b": table}


def test_comes_back_bit_for_bit_and_other_programs_see_the_units(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow.parquet")
    write_table(tmp_path / "t.parquet", tables())
    found = read_table(tmp_path / "t.parquet")
    assert list(found) == ["Zelle 1, µm", "b"]  # as of a CSV file: an image without objects has no rows
    for name, values in tables()["b"].items():
        for stem in found:
            np.testing.assert_array_equal(found[stem][name], values)
    schema = pyarrow.read_schema(tmp_path / "t.parquet")
    units = {field.name: (field.metadata or {}).get(b"unit") for field in schema}
    assert units == {"image": None, "label": None, "centroid_row": b"px", "centroid_col": b"px", "area": b"px2"} | {
        "reward": b"1",
        "intensity_mean_2": b"intensity",
    }


def test_units_of_columns() -> None:
    expected = {"perimeter": "px", "perimeter_crofton_um": "um", "area_um2": "um2", "orientation": "deg", "q": "1"}
    expected |= {"intensity_mean_stain_dab": "intensity", "reward_rank": "1", "euler_number": "1"}
    assert {name: unit_of_column(name) for name in expected} == expected


def test_what_is_no_table(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    path = tmp_path / "t.parquet"
    path.write_bytes(b"PAR1 and then nothing")
    with pytest.raises(RlsegError, match="cannot read the table"):
        read_table(path)
    from rlseg.prediction.parquet import write_parquet

    for columns in ({"label": np.arange(2)}, {"image": np.array(["a"]), "label": np.array(["one"])}):
        write_parquet(path, columns)
        with pytest.raises(RlsegError, match="is no table of objects"):
            read_table(path)
    with pytest.raises(RlsegError, match="cannot write"):
        write_table(tmp_path / "none" / "t.parquet", tables())


def test_a_missing_package_is_told_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = importlib.import_module

    def missing(wanted: str) -> Any:
        if wanted.startswith("pyarrow"):
            raise ImportError(wanted)
        return load(wanted)

    monkeypatch.setattr("rlseg.prediction.parquet.import_module", missing)
    Wishes(tmp_path, table=tmp_path / "t.csv").check([])
    with pytest.raises(RlsegError, match=r"package that is missing\n.*rlseg\[formats\]"):
        Wishes(tmp_path, table=tmp_path / "t.parquet").check([])
