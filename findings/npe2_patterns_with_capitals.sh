#!/usr/bin/env bash
# npe2 (plugins of napari): a filename pattern with capital letters never matches the names that it spells.
#
# A manifest says which files a reader takes: filename_patterns. npe2 puts patterns into small letters, and of a file's name
# only the suffixes, so that matching looks as if capitals did not matter. In the stem they do: "*RoiSet*.zip", the name
# that ImageJ's ROI manager suggests, becomes "*roiset*.zip", and field1_RoiSet.zip does not match it on systems where
# names are compared letter by letter (Linux, macOS); field1_roiset.zip does.
# What helps: patterns of suffixes alone ("*.zip"), and a look into the file.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check npe2==0.10.0
cat > "$work/look.py" <<'P'
import sys
from importlib.metadata import version

from npe2 import PluginManager, PluginManifest

reader = {"command": "some.read", "filename_patterns": ["*RoiSet*.zip"]}
command = {"id": "some.read", "title": "read", "python_name": "some:read"}
manager = PluginManager()
manager.register(PluginManifest(name="some", contributions={"commands": [command], "readers": [reader]}))
names = ["field1_RoiSet.zip", "RoiSet.zip", "field1_roiset.zip", "field1_roiset.ZIP"]
found = {name: bool(list(manager.iter_compatible_readers([name]))) for name in names}
print("npe2", version("npe2"), found)
sys.exit(list(found.values()) != [False, False, True, True])
P
"$work/venv/bin/python" "$work/look.py" && echo "as described" || { echo "not as described"; exit 1; }
