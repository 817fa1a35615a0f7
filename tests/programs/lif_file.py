"""A LIF file as liffile reads it: no microscope wrote it."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np

_IMAGE = """<Element Name="{name}" Visibility="1">
<Memory Size="{size}" MemoryBlockID="MemBlock_{number}"/><Data><Image>
<ImageDescription><Channels>{channels}</Channels><Dimensions>
<DimensionDescription DimID="1" NumberOfElements="{width}" Origin="0" Length="{long}" Unit="{unit}"
  BytesInc="2" BitInc="0"/>
<DimensionDescription DimID="2" NumberOfElements="{height}" Origin="0" Length="{high}" Unit="{unit}"
  BytesInc="{row}" BitInc="0"/>
</Dimensions></ImageDescription></Image></Data></Element>"""
_CHANNEL = (
    '<ChannelDescription DataType="0" ChannelTag="0" Resolution="16" NameOfMeasuredQuantity="" Min="0" Max="1" '
    'Unit="" LUTName="{lut}" IsLUTInverted="0" BytesInc="{increment}" BitInc="0"/>'
)


def write_lif(
    path: Path, images: Sequence[np.ndarray], unit: str = "m", size: tuple[float, float] = (0.5, 0.25)
) -> Path:
    """Images, (C, H, W) uint16 each, of pixels of a height and width in the unit of 1e-6."""
    elements = []
    for number, image in enumerate(images):
        count, height, width = image.shape
        channels = "".join(
            _CHANNEL.format(lut=("Blue", "Green", "Red")[c], increment=c * height * width * 2) for c in range(count)
        )
        elements.append(
            _IMAGE.format(
                name=f"Position{number + 1}",
                size=image.nbytes,
                number=number,
                channels=channels,
                width=width,
                height=height,
                row=2 * width,
                unit=unit,
                long=size[1] * 1e-6 * (width - 1),
                high=size[0] * 1e-6 * (height - 1),
            )
        )
    xml = (
        '<LMSDataContainerHeader Version="2"><Element Name="a.lif" Visibility="1"><Memory Size="0" '
        f'MemoryBlockID="MemBlock_x"/><Children>{"".join(elements)}</Children></Element></LMSDataContainerHeader>'
    ).encode("utf-16-le")
    data = struct.pack("<IIBI", 0x70, len(xml) + 5, 0x2A, len(xml) // 2) + xml
    for number, image in enumerate(images):
        name = f"MemBlock_{number}"
        data += struct.pack("<IIBQBI", 0x70, 2 * len(name) + 14, 0x2A, image.nbytes, 0x2A, len(name))
        data += name.encode("utf-16-le") + image.astype("<u2").tobytes()
    path.write_bytes(data)
    return path
