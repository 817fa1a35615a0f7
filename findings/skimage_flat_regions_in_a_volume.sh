#!/usr/bin/env bash
# scikit-image 0.26.0: regionprops of a volume in which one region is one voxel thick.
#
# Expected from memory: what holds of images holds of volumes. A line of pixels, and a single pixel, are convex, and have
# solidity 1 and a Feret diameter. So a plate of 5 x 5 x 1 voxels should have solidity 1, or NaN where there is no hull.
# Seen: its solidity is INFINITE, with a warning about the hull, and so is that of a single voxel: a threshold of "at least
# 0.9" takes it for perfectly convex. The Feret diameter of a single flat region raises "Surface level must be within
# volume data range." out of marching cubes, and regionprops_table loses the rows of all other regions with it.
# Small debris is flat in every real volume: look at how thick regions are before measuring them, or with isfinite after.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check scikit-image==0.26.0 numpy==2.4.6 scipy==1.17.1
cat > "$folder/flat.py" <<'EOF'
import warnings

import numpy as np
from skimage.measure import regionprops, regionprops_table

line = np.zeros((7, 7), int)
line[3, 1:6] = 1
flat = regionprops(line)[0]
print(f"image, a line: solidity {flat.solidity}, Feret diameter {flat.feret_diameter_max}")
assert flat.solidity == 1 and flat.feret_diameter_max == 5

volume = np.zeros((9, 9, 9), int)
volume[1:5, 1:6, 1:6] = 1
volume[7, 1:6, 1:6] = 2
volume[6, 8, 8] = 3
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    solidity = regionprops_table(volume, properties=("solidity",))["solidity"]
print(f"volume, a block, a plate and a voxel: solidity {solidity.tolist()}, {len(said)} warnings")
assert solidity[0] == 1 and np.isinf(solidity[1:]).all(), "flat regions have another solidity now"
assert any("convex hull" in str(one.message) for one in said)
try:
    regionprops_table(volume, properties=("feret_diameter_max",))
except ValueError as error:
    print(f"Feret diameters of all three: ValueError: {error}")
else:
    raise AssertionError("flat regions have a Feret diameter now")
EOF
"$folder/venv/bin/python" "$folder/flat.py"
echo "as described"
