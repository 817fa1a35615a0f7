"""Which formats can be read and written here."""

from __future__ import annotations

import warnings
from importlib import import_module, metadata

from rlseg.commands.doctor.line import Line

# what it is for -> the package that is installed, what is imported of it, and the extra that brings it
OPTIONAL: dict[str, tuple[str, str, str]] = {
    "TIFF, compressed": ("imagecodecs", "imagecodecs", "formats"),
    "OME-Zarr": ("zarr", "zarr", "formats"),
    "Parquet": ("pyarrow", "pyarrow.parquet", "formats"),
    "CZI": ("pylibCZIrw", "pylibCZIrw.czi", "czi"),
    "ND2": ("bioio-nd2", "bioio_nd2", "nd2"),
    "LIF": ("bioio-lif", "bioio_lif", "lif"),
    "ONNX": ("onnx", "onnx", "onnx"),
}


def format_lines() -> list[Line]:
    """A line for each format whose package is not always there; it is loaded, for it may be there and broken."""
    return [Line("formats", "PNG, TIFF, NIfTI; labels also as outlines and JSON")] + [
        Line(name, _found(*how)) for name, how in OPTIONAL.items()
    ]


def _found(package: str, module: str, extra: str) -> str:
    bring = f'pip install "rlseg[{extra}]"'
    try:
        version = metadata.version(package)
    except metadata.PackageNotFoundError:
        return f"not here; {bring} brings it"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import_module(module)
    except Exception as error:  # a broken package can raise anything
        words = " ".join(str(error).split())[:200]
        return f"{package} {version} is here and cannot be loaded ({type(error).__name__}: {words}); {bring} again"
    return f"by {package} {version}"
