"""Which changes make cached samples anew: those of modules and libraries that can matter, and no others."""

from __future__ import annotations

import shutil
from importlib.metadata import version
from pathlib import Path

import pytest

from rlseg.data import recipe as module
from rlseg.data.from_files import made_by
from rlseg.data.prepare import Preparation
from rlseg.data.recipe import PACKAGE, libraries, modules_behind, recipe
from rlseg.data.superpixels.mutex import MutexWatershed

LEVELS = "rlseg.data.superpixels.levels"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sources") / "rlseg"
    shutil.copytree(PACKAGE, folder, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    return folder


def after(package: Path, file: str, more: str = "\nCHANGED = True\n") -> str:
    """The recipe with something added to a file, which is then as before."""
    path = package / file
    before = path.read_bytes() if path.exists() else None
    path.write_text(("" if before is None else before.decode()) + more, encoding="utf-8")
    recipe.cache_clear()
    try:
        return recipe(LEVELS, package=package)
    finally:
        path.unlink() if before is None else path.write_bytes(before)


@pytest.mark.parametrize(
    "file",
    [
        "data/prepare.py",
        "data/normalise.py",  # by its name in another module of the room
        "data/superpixels/levels.py",  # the kind that is asked for
        "data/superpixels/fragments.py",  # which it is built on
        "graph/rag.py",  # through a door
        "graph/sample.py",
        "regions.py",
        "io/read.py",
        "io/decode/tiff.py",  # that finds itself
        "io/codecs/zarr_codecs.py",  # imported by a text
        "data/cache.py",
    ],
)
def test_a_changed_module_that_makes_samples_makes_them_anew(package: Path, file: str) -> None:
    assert after(package, file) != after(package, file, "")


@pytest.mark.parametrize(
    "file",
    [
        "data/superpixels/mutex.py",  # another kind
        "data/augment.py",
        "data/stream.py",
        "data/__init__.py",
        "graph/__init__.py",
        "environment/search.py",
        "rewards/reward.py",
        "prediction/predictor.py",
        "training/module.py",
        "commands/fit.py",
        "io/atomic_files.py",
        "__init__.py",
    ],
)
def test_other_modules_do_not_matter(package: Path, file: str) -> None:
    assert after(package, file) == after(package, file, "")


def test_a_new_format_is_noticed(package: Path) -> None:
    assert after(package, "io/decode/new.py", "import numpy\n") != after(package, "io/decode/tiff.py", "")


def test_a_module_that_something_comes_to_be_built_on_is_noticed(package: Path) -> None:
    before = after(package, "environment/search.py")
    assert before == after(package, "environment/search.py", "")
    text = (package / "data/view.py").read_text(encoding="utf-8")
    try:
        (package / "data/view.py").write_text(text + "\nfrom rlseg.environment import search_objects\n")
        assert after(package, "environment/search.py") != after(package, "environment/search.py", "")
    finally:
        (package / "data/view.py").write_text(text)


def test_every_kind_of_superpixels_has_its_own() -> None:
    recipe.cache_clear()
    assert made_by(Preparation()) == recipe(LEVELS)
    assert made_by(Preparation(superpixels=MutexWatershed())) != recipe(LEVELS)
    assert made_by(Preparation(seed=3)) == made_by(Preparation())


@pytest.mark.parametrize("library", ["numpy", "scipy", "scikit-image", "bioimage-cpp", "numba", "tifffile"])
def test_another_version_of_a_library_makes_samples_anew(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = ("rlseg.data.superpixels.levels", "rlseg.data.superpixels.mutex")
    recipe.cache_clear()
    before = recipe(*kinds)
    monkeypatch.setattr(module, "version", lambda name: "0.0.1" if name == library else version(name))
    recipe.cache_clear()
    assert recipe(*kinds) != before
    monkeypatch.undo()
    recipe.cache_clear()
    assert recipe(*kinds) == before


def test_libraries_are_those_that_are_imported() -> None:
    texts = {"a": "import torch, os\nfrom scipy import ndimage\n", "b": "def f():\n    import skimage.measure\n"}
    assert libraries(texts) == {"scipy", "scikit-image"}
    assert libraries(modules_behind([LEVELS])) >= {"numpy", "scipy"}


def test_it_is_known_at_once() -> None:
    texts = modules_behind(["rlseg.data.prepare", LEVELS])
    assert len(texts) < 100, "of the package's five hundred"
    assert "rlseg.rewards.reward" not in texts
    assert not any(name.startswith(("rlseg.training", "rlseg.prediction", "rlseg.commands")) for name in texts)
