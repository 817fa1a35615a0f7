#!/usr/bin/env bash
# scikit-image 0.26.0: area_closing and area_opening of an image with fewer pixels than the threshold.
#
# Expected from memory: a closing is extensive, so no value becomes smaller, and an opening is anti-extensive and keeps
# to the image's range. Where nothing is as large as the threshold, all is filled up to the image's maximum (closing), or
# cut down to its minimum (opening).
# Seen: the closing of an image of floats is 1 everywhere, whatever its values: values of 5 become SMALLER. That of uint8
# is 255 everywhere, above the maximum of the image. The opening is 0 everywhere, below the minimum. One pixel
# less of a threshold, and both are as expected. No warning.
# And an image of one row (or one column) is no image: ValueError "invalid entry in coordinates array".
# Who closes small crops with one fixed area has to keep the area below the number of pixels.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check scikit-image==0.26.0 numpy==2.4.6 scipy==1.17.1
cat > "$folder/closing.py" <<'EOF'
import numpy as np
from skimage.morphology import area_closing, area_opening

floats = 5 + np.arange(12.0).reshape(3, 4) / 100
bytes_ = (40 + np.arange(12)).reshape(3, 4).astype(np.uint8)
seen = {
    "closing of floats 5.00 to 5.11, threshold 12": area_closing(floats, 12, connectivity=1),
    "the same, threshold 13": area_closing(floats, 13, connectivity=1),
    "closing of bytes 40 to 51, threshold 13": area_closing(bytes_, 13, connectivity=1),
    "opening of bytes 40 to 51, threshold 13": area_opening(bytes_, 13, connectivity=1),
}
for what, found in seen.items():
    print(f"{what}: {np.unique(found).tolist()}")
assert np.allclose(seen["closing of floats 5.00 to 5.11, threshold 12"], 5.11)
assert (seen["the same, threshold 13"] == 1.0).all(), "it is extensive now"
assert (seen["closing of bytes 40 to 51, threshold 13"] == 255).all(), "it keeps to the range now"
assert (seen["opening of bytes 40 to 51, threshold 13"] == 0).all(), "it keeps to the range now"
try:
    area_closing(np.ones((1, 5)), 2)
except ValueError as error:
    print(f"one row: ValueError: {error}")
else:
    raise AssertionError("images of one row are closed now")
EOF
"$folder/venv/bin/python" "$folder/closing.py"
echo "as described"
