#!/usr/bin/env bash
# scikit-image 0.26.0: watershed where pixels of two markers have the same height.
#
# Expected from memory: of equals the one that came first is flooded first, so markers of one height come as they lie in
# the image (the docs' priority queue with an age), and what is cut off by a mask has no influence.
# Seen: all markers are of the same age, and which comes first is left to how the heap lies. Three pixels of height 0,
# a marker at each end: the middle one goes to the first marker, 1 1 2. With a further marker of that height elsewhere,
# behind a masked pixel that no flood can cross, it goes to the second one, 1 2 2.
# So a part of an image is cut otherwise than the same part of the whole image, also far from the border of the part.
# Who works in tiles, or compares with another implementation, must break the ties before.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check scikit-image==0.26.0 numpy==2.4.6 scipy==1.17.1
cat > "$folder/ties.py" <<'EOF'
import numpy as np
from skimage.segmentation import watershed


def last_three(elsewhere: int) -> list[int]:
    """Of a flat row: some markers, each behind a masked pixel, then a marker, a free pixel, and a marker."""
    width = 2 * elsewhere + 3
    markers, mask = np.zeros((1, width), int), np.ones((1, width), bool)
    markers[0, : 2 * elsewhere : 2] = np.arange(3, 3 + elsewhere)
    mask[0, 1 : 2 * elsewhere : 2] = False
    markers[0, -3], markers[0, -1] = 1, 2
    return watershed(np.zeros((1, width)), markers, mask=mask)[0, -3:].tolist()


for count in range(4):
    print(f"{count} markers elsewhere: {last_three(count)}")
assert last_three(0) == [1, 1, 2], "alone they are cut otherwise now"
assert all(last_three(count) == [1, 2, 2] for count in (1, 2, 3)), "markers elsewhere have no influence now"
EOF
"$folder/venv/bin/python" "$folder/ties.py"
