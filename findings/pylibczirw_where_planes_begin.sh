#!/usr/bin/env bash
# pylibCZIrw 6.1.0: planes of a CZI that do not begin at 0, and planes that are missing.
#
# Expected from memory: `total_bounding_box` has the first number and the end of each axis, so that `range(*box["Z"])` are the
# planes that can be read, and a plane that no tile belongs to cannot be.
# Seen:
# - The box begins at 0, whatever the numbers are: of planes 3, 4, 5 it says (0, 3), and `read` of Z = 0 is a RuntimeError,
#   'Coordinate for dimension 'Z' is out-of-range', of Z = 5 it is the plane. (The end is the number of planes.)
# - A plane that no tile belongs to, but lies between others, is zeros. No error, no warning: where a recording of two times was
#   broken off after the first plane of the second, the other planes of it are black.
# Which planes there are is known of the tiles: `enumerate_subblocks_subset` with only_layer0=True, `coordinate.to_dict()`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pylibCZIrw==6.1.0 numpy==2.4.6
cat > "$folder/planes.py" <<'EOF'
import sys

import numpy as np
from pylibCZIrw import czi


def write(name, places):
    path = f"{sys.argv[1]}/{name}.czi"
    with czi.create_czi(path) as file:
        for t, z in places:
            file.write(np.full((4, 5, 1), 10 * t + z + 1, np.uint16), plane={"T": t, "C": 0, "Z": z})
    return path


def value(file, **plane):
    try:
        return int(file.read(plane={"C": 0, **plane}).max())
    except RuntimeError as error:
        return str(error)


def there(path):
    found = []
    with czi.open_czi(path) as file:
        file.enumerate_subblocks_subset(lambda _, tile: found.append(tile.coordinate.to_dict()) or True, only_layer0=True)
    return sorted((at["T"], at["Z"]) for at in found)


path = write("late", [(0, 3), (0, 4), (0, 5)])
with czi.open_czi(path) as file:
    box, first, last = file.total_bounding_box["Z"], value(file, T=0, Z=0), value(file, T=0, Z=5)
print("planes 3, 4, 5: box", box, "| Z = 0:", first, "| Z = 5:", last, "| tiles", there(path))
assert box == (0, 3) and "out-of-range" in str(first) and last == 6, "this has changed"

path = write("off", [(0, 0), (0, 1), (0, 2), (1, 0)])
with czi.open_czi(path) as file:
    values = [[value(file, T=t, Z=z) for z in range(3)] for t in range(2)]
print("broken off:", values, "| tiles", there(path))
assert values == [[1, 2, 3], [11, 0, 0]], "this has changed"
assert there(path) == [(0, 0), (0, 1), (0, 2), (1, 0)]
EOF
"$folder/venv/bin/python" "$folder/planes.py" "$folder"
echo "as described"
