"""Models read without torch, whose import takes longer than most predictions.

torch writes a checkpoint as a zip file of a pickle and of the bytes of each tensor. What is read here is plain data:
the unpickler knows ordered dictionaries and tensors and nothing else. Whatever is unusual is left to `read_checkpoint`,
which says what is wrong with it.
"""

from __future__ import annotations

import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from rlseg.errors import RlsegError
from rlseg.models.earlier import upgrade
from rlseg.models.origin import refuse_newer
from rlseg.models.packed import NEEDED, STAMP, verified

_KINDS = {"FloatStorage": "<f4", "DoubleStorage": "<f8", "LongStorage": "<i8", "IntStorage": "<i4", "BoolStorage": "?"}


def read_plain(path: Path) -> dict[str, Any] | None:
    """A checkpoint of `rlseg fit` with its weights as arrays.

    Args:
        path: the file.

    Returns:
        As `read_checkpoint`, but arrays instead of tensors; None if only that can tell what the file is.
    """
    if not path.is_file():
        return None
    try:
        with zipfile.ZipFile(verified(path)) as file:
            content = _Unpickler(file).load()
        refuse_newer(str(path), content.get(STAMP))
        weights, settings = content["state_dict"], content["hyper_parameters"]
        known = all(isinstance(content[key], dict) for key in NEEDED) and "reward_text" in settings
        if not known or not all(isinstance(values, _Tensor) for values in weights.values()):
            return None
        content["state_dict"] = {name: tensor.values() for name, tensor in weights.items()}
        return upgrade(content)
    except (RlsegError, OSError, pickle.UnpicklingError, zipfile.BadZipFile, LookupError, TypeError, ValueError):
        return None
    except (AttributeError, EOFError, ArithmeticError, MemoryError):
        return None


class _Tensor:
    """A tensor as the pickle describes it; nothing in a file can change it."""

    __slots__ = ("_layout", "_storage")

    def __init__(self, storage: Any, offset: Any, size: Any, stride: Any, *_: Any) -> None:
        self._storage = storage
        self._layout = offset, tuple(size), tuple(stride)

    def __setstate__(self, state: object) -> NoReturn:
        raise pickle.UnpicklingError("a tensor has no state")

    def values(self) -> npt.NDArray[Any]:
        """A copy of its values, within the bytes that the file holds.

        Raises:
            ValueError: they are not all there.
        """
        offset, size, stride = self._layout
        numbers = (offset, *size, *stride)
        if not isinstance(self._storage, _Storage) or not all(type(n) is int and n >= 0 for n in numbers):
            raise ValueError("no tensor")
        storage = self._storage.values
        last = offset + sum((length - 1) * step for length, step in zip(size, stride, strict=True))
        if 0 not in size and last >= len(storage):
            raise ValueError("a tensor is larger than its bytes")
        if 0 in size:
            return np.zeros(size, storage.dtype)
        steps = [step * storage.itemsize for step in stride]
        return np.lib.stride_tricks.as_strided(storage[offset:], size, steps, writeable=False).copy()


class _Storage:
    """The bytes of tensors as numbers; nothing in a file can change them."""

    __slots__ = ("values",)

    def __init__(self, values: npt.NDArray[Any]) -> None:
        self.values = values

    def __setstate__(self, state: object) -> NoReturn:
        raise pickle.UnpicklingError("a storage has no state")


class _Dictionary(OrderedDict[Any, Any]):
    """An ordered dictionary without attributes, of which torch adds some."""

    def __setstate__(self, state: object) -> None:
        pass


class _Kind(str):
    """Of the numbers in a storage."""


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: zipfile.ZipFile) -> None:
        (name,) = (part for part in file.namelist() if part.endswith("/data.pkl"))
        self._folder, self._file = name.removesuffix("data.pkl"), file
        if file.read(f"{self._folder}byteorder") != b"little":
            raise ValueError("another order of bytes")
        super().__init__(file.open(name))

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return _Dictionary
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _Tensor
        if module == "torch" and name in _KINDS:
            return _Kind(_KINDS[name])
        raise pickle.UnpicklingError(f"{module}.{name} is no plain data")

    def persistent_load(self, given: Sequence[Any]) -> _Storage:
        word, kind, key, _, count = given
        if word != "storage" or not isinstance(kind, _Kind) or not str(key).isdigit():
            raise pickle.UnpicklingError("no storage")
        values = np.frombuffer(self._file.read(f"{self._folder}data/{key}"), np.dtype(str(kind)))
        if len(values) != count:
            raise ValueError("a storage has another size")
        return _Storage(values)
