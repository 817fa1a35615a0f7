"""Object descriptors: what a reward file may ask about a segment; a new one is a function in a file of this folder.

Names and definitions are those of `skimage.measure.regionprops` where it has the descriptor; the others are defined in
their docstrings. Every function takes the segments and an image channel and returns (M,) finite floats, also for
one-pixel segments.
"""

from __future__ import annotations

from rlseg.kinds import modules_of

for _ in modules_of(__name__):  # each fills the catalogue
    pass
