"""Modules that are loaded when first used."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy
import pytest

from rlseg.arrays import LazyModule, np


def test_has_what_the_module_has() -> None:
    assert np.zeros is numpy.zeros
    assert np.linalg is numpy.linalg
    assert isinstance(numpy.float64(1), np.floating)
    assert "zeros" in vars(np)  # found at once from now on


def test_what_the_module_has_not() -> None:
    with pytest.raises(AttributeError, match="no attribute 'such_a_thing'"):
        LazyModule("math").such_a_thing  # noqa: B018
    assert LazyModule("math").pi == math.pi
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        LazyModule("no_such_module").pi  # noqa: B018


def test_is_loaded_when_first_used() -> None:
    code = (
        "import sys; from rlseg.arrays import np; assert 'numpy' not in sys.modules; np.ones(1); import numpy;"
        "assert np.ones is numpy.ones"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
