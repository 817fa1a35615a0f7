#!/usr/bin/env bash
# numba 0.68.1 beside scipy 1.17.1: what the first compiled loop imports.
#
# Expected from memory: numba needs scipy only for products of matrices and `numpy.linalg` within compiled code (it is no
# dependency of numba), so a loop over integers imports nothing of it.
# Seen: `import numba` alone imports nothing of scipy. The first compiled function, whatever it does, imports scipy.linalg
# with dozens of modules of scipy, only to see whether there is a BLAS: where scipy is installed the first call of
# `2 * x` waits for it, a good part of the start of a small command line program, and keeps its memory.
# Who measures the start of a program by its imports does not see it there: it counts as compilation.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numba==0.68.1 scipy==1.17.1 numpy==2.4.6
cat > "$folder/first.py" <<'EOF'
import sys

import numba

before = set(sys.modules)
print("scipy.linalg after `import numba`:", "scipy.linalg" in before)


@numba.njit
def twice(x):
    return 2 * x


assert twice(21) == 42
new = {name for name in set(sys.modules) - before if name.split(".")[0] == "scipy"}
print("scipy.linalg after the first call of 2 * x:", "scipy.linalg" in sys.modules, f"({len(new)} modules of scipy)")
assert "scipy.linalg" not in before, "numba imports it by itself now"
assert "scipy.linalg" in sys.modules, "the first loop does not import it any more"
assert len(new) > 30, "it imports less now"
EOF
"$folder/venv/bin/python" "$folder/first.py"
