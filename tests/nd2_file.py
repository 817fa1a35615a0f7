"""An ND2 file (version 2.1, descriptions in XML) as the library nd2 reads it: no microscope wrote it."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

_MAGIC, _RESERVED = 0x0ABECEDA, 4072
_KINDS = {bool: "bool", int: "lx_int32", float: "double", str: "CLxStringW"}


def _xml(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return f'<{name} runtype="CLxListVariant">{"".join(_xml(*item) for item in value.items())}</{name}>'
    text = str(value).lower() if isinstance(value, bool) else value
    return f'<{name} runtype="{_KINDS[type(value)]}" value="{text}"/>'


def _described(values: Mapping[str, Any]) -> bytes:
    inner = "".join(_xml(*item) for item in values.items())
    return f'<variant version="1.0"><no_name runtype="CLxListVariant">{inner}</no_name></variant>'.encode()


_SPECTRUM = {"uiCount": 1, "pPoint": {"Point0": {"eType": 1, "dTValue": 1.0, "dWavelength": 488.0}}}
_PROBE = {"m_ExcitationSpectrum": _SPECTRUM, "m_EmissionSpectrum": _SPECTRUM}


def write_nd2(path: Path, pixels: np.ndarray, calibration: float, calibrated: bool, lost: int = 0) -> Path:
    """(position, C, H, W) uint16, with square pixels of a size in um; the last positions may be lost."""
    positions, channels, height, width = pixels.shape
    planes = {
        f"i{n:010}": {"sDescription": ("DAPI", "GFP", "Cy5")[n], "uiCompCount": 1, "uiSampleIndex": n}
        | {"pFluorescentProbe": _PROBE}
        for n in range(channels)
    }
    meta = {"dCalibration": calibration, "bCalibrated": calibrated, "sPicturePlanes": {"uiCount": channels}}
    meta["sPicturePlanes"]["sPlaneNew"] = planes  # type: ignore[index]
    points = {
        f"i{n:010}": {"dPosX": 0.0, "dPosY": 0.0, "dPosZ": 0.0, "dPosName": f"P{n + 1}"} for n in range(positions)
    }
    loop = {"eType": 2, "uLoopPars": {"uiCount": positions, "bUseZ": False, "Points": points}}
    chunks = {
        b"ImageAttributes!": _described(
            {"uiWidth": width, "uiHeight": height, "uiWidthBytes": 2 * width * channels, "uiComp": channels}
            | {"uiBpcInMemory": 16, "uiBpcSignificant": 16, "uiSequenceCount": positions, "eCompression": 2}
        ),
        b"ImageMetadataSeq|0!": _described(meta),
        b"ImageMetadata!": _described(loop) if positions > 1 else b"",
    }
    chunks[b"CustomData|AcqTimesCache!"] = np.arange(positions, dtype="<f8").tobytes()
    for n in range(positions - lost):  # a time, then the samples of each pixel side by side
        chunks[f"ImageDataSeq|{n}!".encode()] = bytes(8) + pixels[n].transpose(1, 2, 0).astype("<u2").tobytes()
    data = struct.pack("<IIQ", _MAGIC, 32, 64) + b"ND2 FILE SIGNATURE CHUNK NAME01!" + b"Ver2.1".ljust(64, b"\0")
    listed = b""
    for name, content in chunks.items():
        if content:
            listed += name + struct.pack("<QQ", len(data), len(content))
            data += struct.pack("<IIQ", _MAGIC, _RESERVED, len(content)) + name.ljust(_RESERVED, b"\0") + content
    place = len(data)
    end = b"ND2 CHUNK MAP SIGNATURE 0000001!" + struct.pack("<Q", place)
    data += struct.pack("<IIQ", _MAGIC, 32, len(listed) + len(end)) + b"ND2 FILEMAP SIGNATURE NAME 0001!" + listed + end
    path.write_bytes(data)
    return path
