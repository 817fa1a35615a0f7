"""Models read without torch, beside how torch reads them."""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from nuclei import Run

from rlseg.models.checkpoint import read_checkpoint
from rlseg.models.folder import read_arrays, read_model, write_model
from rlseg.models.plain import read_plain


def same(one: Any, other: Any) -> bool:
    """Whether two models are equal, with arrays in the place of tensors."""
    weights, theirs = one["state_dict"], other["state_dict"]
    alike = weights.keys() == theirs.keys() and all(
        np.array_equal(weights[name], theirs[name].numpy()) and weights[name].dtype == theirs[name].numpy().dtype
        for name in weights
    )
    return alike and all(one[key] == other[key] for key in ("hyper_parameters", "preparation", "reference"))


def test_a_checkpoint_is_read_as_torch_reads_it(trained: Run) -> None:
    found = read_plain(trained.last)
    assert found is not None
    assert same(found, read_checkpoint(trained.last))


def test_a_folder_is_read_as_torch_reads_it(trained: Run, tmp_path: Path) -> None:
    write_model(read_checkpoint(trained.last), tmp_path / "model")
    found = read_arrays(tmp_path / "model")
    assert found is not None
    assert same(found, read_model(tmp_path / "model"))


@pytest.mark.parametrize(
    "tensor",
    [
        torch.arange(24.0).reshape(4, 6).t(),
        torch.arange(24.0)[5:20:3],
        torch.zeros(0, 3),
        torch.tensor(3),
        torch.ones(2, 1).expand(2, 5),
        torch.tensor([True, False]),
        torch.arange(4, dtype=torch.float64),
    ],
    ids=["turned", "part", "empty", "scalar", "expanded", "bool", "double"],
)
def test_tensors_of_any_layout(trained: Run, tmp_path: Path, tensor: torch.Tensor) -> None:
    content = trained.content()
    content["state_dict"]["x"] = tensor
    torch.save(content, tmp_path / "x.ckpt")
    found = read_plain(tmp_path / "x.ckpt")
    assert found is not None
    np.testing.assert_array_equal(found["state_dict"]["x"], tensor.numpy())


class Stranger:
    """Something that a plain file does not hold."""


@pytest.mark.parametrize("value", [Stranger(), torch.nn.Linear(2, 2), torch.zeros(2, dtype=torch.bfloat16), Path("x")])
def test_what_is_no_plain_data_is_left_to_torch(trained: Run, tmp_path: Path, value: object) -> None:
    content = trained.content()
    content["state_dict" if isinstance(value, torch.Tensor) else "more"] = (
        content["state_dict"] | {"x": value} if isinstance(value, torch.Tensor) else value
    )
    torch.save(content, tmp_path / "x.ckpt")
    assert read_plain(tmp_path / "x.ckpt") is None


def rewritten(path: Path, to: Path, part: str, change: bytes | None) -> Path:
    """The zip file with the bytes of a part replaced, or without it."""
    with zipfile.ZipFile(path) as given, zipfile.ZipFile(to, "w") as made:
        for info in given.infolist():
            if not info.filename.endswith(part):
                made.writestr(info.filename, given.read(info))
            elif change is not None:
                made.writestr(info.filename, change)
    return to


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("/data.pkl", None),
        ("/data.pkl", pickle.dumps([1])),
        ("/data.pkl", b""),
        ("/byteorder", b"big"),
        ("/data/1", b""),
        ("/data/1", None),
    ],
)
def test_what_is_damaged_is_left_to_torch(trained: Run, tmp_path: Path, part: str, change: bytes | None) -> None:
    assert read_plain(rewritten(trained.last, tmp_path / "x.ckpt", part, change)) is None


def test_no_file_and_no_zip_are_left_to_torch(tmp_path: Path) -> None:
    assert read_plain(tmp_path / "nothing.ckpt") is None
    (tmp_path / "text.ckpt").write_text("no")
    assert read_plain(tmp_path / "text.ckpt") is None


def test_a_tensor_beyond_its_bytes_is_refused(trained: Run, tmp_path: Path) -> None:
    content = trained.content()
    content["state_dict"] = {"x": torch.zeros(8)}
    packed = io.BytesIO()
    torch.save(content, packed)
    # a view of eight values of a storage whose bytes hold four
    (tmp_path / "full.ckpt").write_bytes(packed.getvalue())
    with zipfile.ZipFile(tmp_path / "full.ckpt") as file:
        storage = next(name for name in file.namelist() if file.getinfo(name).file_size == 32 and "/data/" in name)
    short = rewritten(tmp_path / "full.ckpt", tmp_path / "short.ckpt", storage.rpartition("/data")[2], bytes(16))
    assert read_plain(short) is None


def test_a_prediction_imports_nothing_that_takes_longer_than_itself(trained: Run, folder: Path, tmp_path: Path) -> None:
    code = (
        # what older versions of these two import alone is not for us to leave out
        "import sys, scipy.ndimage, skimage.segmentation; anyway = set(sys.modules); from rlseg.__main__ import main; "
        f"code = main(['predict', {str(trained.last)!r}, {str(folder / 'images')!r}, '--output', {str(tmp_path)!r}]); "
        "slow = {'torch', 'lightning', 'scipy.linalg', 'scipy.sparse', 'scipy.spatial', 'scipy.stats'}; "
        "print(code, sorted(slow & set(sys.modules) - anyway))"
    )
    said = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert said.stdout.splitlines()[-1] == "0 []", said.stderr
