#!/usr/bin/env bash
# bioio-czi 3.0.1 (aicspylibczi 4.0.1, pylibCZIrw 6.1.0): several scenes as one, colours blue first, 0 for no pixel size.
#
# Expected from memory: `Reader.scenes` has an entry for each scene of the file, samples of a colour image are R, G, B, and
# `physical_pixel_sizes` is None where the file says none.
# Seen, for files that Zeiss's own pylibCZIrw has written:
# - Three scenes that have no entry under Information/Image/Dimensions/S/Scenes are one scene, 'Image:0', of the first one's
#   pixels. No error and no warning: two thirds of the file are not there. pylibCZIrw itself sees three.
#   With use_aicspylibczi=False (deprecated) it is an UnsupportedMetadataError instead.
# - Of a colour image the first sample is blue: the order in the file, BGR.
# - Without a pixel size, X and Y are 0.0.
# Who reads scenes has to count them with pylibCZIrw (scenes_bounding_rectangle), and turn the samples round.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check bioio-czi==3.0.1 aicspylibczi==4.0.1 pylibCZIrw==6.1.0
cat > "$folder/scenes.py" <<'EOF'
import sys

import bioio_czi
import numpy as np
from pylibCZIrw import czi

scenes, colours = f"{sys.argv[1]}/scenes.czi", f"{sys.argv[1]}/colours.czi"
with czi.create_czi(scenes) as file:
    for scene in range(3):
        file.write(np.full((20, 30, 1), scene + 1, np.uint16), scene=scene, location=(100 * scene, 0))
with czi.open_czi(scenes) as file:
    known = len(file.scenes_bounding_rectangle)
reader = bioio_czi.Reader(scenes)
print("scenes by pylibCZIrw:", known, "by bioio-czi:", reader.scenes, "values:", np.unique(reader.data))
assert known == 3 and len(reader.scenes) == 1 and np.unique(reader.data).tolist() == [1], "all scenes are there now"
print("pixel size where there is none:", reader.physical_pixel_sizes)
assert reader.physical_pixel_sizes.X == 0.0, "it is not 0 any more"
with czi.create_czi(colours) as file:
    file.write(np.broadcast_to(np.array([200, 0, 10], np.uint8), (20, 30, 3)).copy())
with czi.open_czi(colours) as file:
    print("pixel type:", file.get_channel_pixel_type(0))
    assert file.get_channel_pixel_type(0) == "Bgr24"
reader = bioio_czi.Reader(colours)
found = reader.data.reshape(-1, reader.data.shape[-1])[0]
print("a blue pixel, axes", reader.dims.order, ":", found)
assert found.tolist() == [200, 0, 10], "red comes first now"
EOF
"$folder/venv/bin/python" "$folder/scenes.py" "$folder"
echo "as described"
