"""What is paid for an object of which the border of the image hides a part."""

from __future__ import annotations

from dataclasses import replace

from rlseg.arrays import Bools, Floats, np
from rlseg.rewards.group import Group
from rlseg.rewards.own import score_term
from rlseg.rewards.terms import Scene


def continue_scores(name: str, group: Group, scene: Scene, members: Bools, scores: Floats) -> None:
    """Raise the scores of terms about size and shape where the border may be to blame for them, see `Group`.

    Whatever lies at the border looks as if it could go on to something of the right size and shape, also what is no
    object at all. So this is believed no more than the worst that is known of the segment for certain.

    Args:
        name: of the class, for messages.
        group: its terms.
        scene: the segments as they are seen.
        members: (M,) True for segments of the class.
        scores: (T, M) finite scores of its terms as they are seen; changed in place, never to less.
    """
    beyond = scene.segments.continued
    paid = members[beyond.ids]
    cut = beyond.ids[paid]
    terms = list(group.terms.items())
    # there may be none: what a search leaves out
    rows = [row for row, (_, term) in enumerate(terms) if term.sees_beyond()]
    if not len(cut) or not rows:
        return
    seen = scores[:, cut]
    certain = [row for row, (_, term) in enumerate(terms) if not (row in rows or term.sees_partition)]
    most = seen[certain].min(axis=0, initial=1.0)
    shown = np.minimum(2.0 * scene.segments.descriptor("area")[cut] / beyond.descriptor("area")[paid], 1.0)
    scene = replace(scene, measurements=replace(scene.measurements, continued=True))
    found = np.stack([score_term(terms[row][1], scene, f"{name}/{terms[row][0]}")[cut] for row in rows])
    found[~np.isfinite(found)] = 0.0
    seen[rows] = np.maximum(seen[rows], shown * np.minimum(found, most))
    scores[:, cut] = seen
