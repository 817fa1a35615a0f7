#!/usr/bin/env bash
# tifffile 2026.3.3, and bioio-ome-tiff 1.4.0 on top of it: two positions in two files are one position twice.
#
# Expected from memory: OME-TIFF may spread its images over files, of which each names the others (TiffData with a UUID and
# a FileName). tifffile opens them, has a series for each image, and `asarray` of a series reads the file that it lies in.
# Seen, for two positions of two planes each, one file a position, not compressed:
# - `series[1].pages` of the file of position 0 belong to the file of position 1, and reading them page by page gives that one's
#   pixels. `series[1].asarray()` and `imread(path, series=1)` give those of position 0: pages that lie one behind the other are
#   read in one piece, at their place, but of the file that was opened. No error, no warning. Compressed files are read right.
# - bioio-ome-tiff has both positions in `Reader.scenes`, and `data` of the second one is wrong in the same way.
# - Of a file whose metadata promise 6 planes and which holds 4 (a recording that was broken off), bioio-ome-tiff gives the other
#   2 as zeros, as tifffile does with a line in its log.
# Who reads positions has to open the file of each, or read pages by themselves; who wants to know whether planes are missing has
# to look for None among `series.pages`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check bioio-ome-tiff==1.4.0 bioio-base==3.5.0 tifffile==2026.3.3 \
    numpy==2.4.6 dask==2026.8.0 xarray==2026.9.0 ome-types==0.7.0 zarr==3.1.6 imagecodecs==2026.3.6
cat > "$folder/positions.py" <<'EOF'
import sys
import warnings
from pathlib import Path

import numpy as np
import tifffile
from bioio_ome_tiff import Reader

warnings.simplefilter("ignore")
folder = Path(sys.argv[1])
URN = "urn:uuid:00000000-0000-0000-0000-{:012}"


def image(n):
    planes = "".join(
        f'<TiffData IFD="{c}" PlaneCount="1" FirstC="{c}" FirstT="0" FirstZ="0">'
        f'<UUID FileName="pos{n}.ome.tif">{URN.format(n)}</UUID></TiffData>'
        for c in range(2)
    )
    channels = "".join(f'<Channel ID="Channel:{n}:{c}" SamplesPerPixel="1"/>' for c in range(2))
    return (
        f'<Image ID="Image:{n}" Name="Pos{n}"><Pixels ID="Pixels:{n}" DimensionOrder="XYCZT" Type="uint16" SizeX="5" SizeY="4" '
        f'SizeZ="1" SizeC="2" SizeT="1">{channels}{planes}</Pixels></Image>'
    )


for n in range(2):  # position 0 has ones and twos, position 1 elevens and twelves
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" '
        f'UUID="{URN.format(n)}">{image(0)}{image(1)}</OME>'
    )
    pixels = np.stack([np.full((4, 5), 10 * n + c + 1, np.uint16) for c in range(2)])
    for way in (None, "zlib"):
        path = folder / str(way) / f"pos{n}.ome.tif"
        path.parent.mkdir(exist_ok=True)
        tifffile.imwrite(path, pixels, photometric="minisblack", description=xml, metadata=None, compression=way)

for way, expected in (("None", [[1, 2], [1, 2]]), ("zlib", [[1, 2], [11, 12]])):
    path = folder / way / "pos0.ome.tif"
    with tifffile.TiffFile(path) as file:
        whole = [np.unique(series.asarray()).tolist() for series in file.series]
        paged = [[int(page.asarray().max()) for page in series.pages] for series in file.series]
        lie = [series.pages[0].parent.filename for series in file.series]
    reader = Reader(str(path))
    scenes = []
    for scene in reader.scenes:
        reader.set_scene(scene)
        scenes.append(np.unique(reader.data).tolist())
    print("compression:", way, "| series lie in", lie, "| asarray", whole, "| page by page", paged)
    print("    imread:", np.unique(tifffile.imread(path, series=1)).tolist(), "| bioio-ome-tiff:", reader.scenes, scenes)
    assert lie == ["pos0.ome.tif", "pos1.ome.tif"] and paged == [[1, 2], [11, 12]]
    assert whole == expected, "tifffile has changed"
    assert scenes == expected, "bioio-ome-tiff has changed"

pixels = np.arange(1, 7, dtype=np.uint16)[:, None, None] * np.ones((4, 5), np.uint16)
whole, off = folder / "whole.ome.tif", folder / "off.ome.tif"
tifffile.imwrite(whole, pixels, ome=True, photometric="minisblack", metadata={"axes": "TYX"})
tifffile.imwrite(off, pixels[:4], photometric="minisblack", description=tifffile.tiffcomment(whole), metadata=None)
with tifffile.TiffFile(off) as file:
    print("pages that tifffile misses:", sum(page is None for page in file.series[0].pages))
    assert sum(page is None for page in file.series[0].pages) == 2, "tifffile has changed"
reader = Reader(str(off))
print(reader.dims, reader.data[:, 0, 0, 0, 0].tolist())
assert reader.data[:, 0, 0, 0, 0].tolist() == [1, 2, 3, 4, 0, 0], "this has changed"
EOF
"$folder/venv/bin/python" "$folder/positions.py" "$folder"
echo "as described"
