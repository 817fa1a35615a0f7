"""How the scores of segments become the rewards of edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, Strict, Tag, create_model

from rlseg.arrays import Bools, Floats, Ints, np
from rlseg.jit import compiled
from rlseg.rewards.edge_terms import EDGE_KEYS, EdgeTerm
from rlseg.rewards.measure import Segments
from rlseg.rewards.model import SEVERAL, ClassReference, Model, NonNegative, by_shape

CutRule = Literal["max", "foreground", "mean"]
BackgroundRule = Literal["own", "near"]

DEFAULT_BACKGROUND = "background"
# Section 11.2 of the trial: superpixels that touch no cut edge say little about a pair, and earn half of the
# rest.
FAR_WEIGHT = 0.1
FAR_SHARE = 0.5

_MAX, _FOREGROUND, _MEAN = 0, 1, 2
_CUT_CODES: dict[str, int] = {"max": _MAX, "foreground": _FOREGROUND, "mean": _MEAN}


class _EdgeRules(Model):
    """What an edge is paid, given the scores s of the segments of its two ends.

    An uncut edge is paid its segment's score. A cut edge is paid max(s(u), s(v)) (`max`, the paper's rule),
    the larger of the two foreground scores (`foreground`), or the mean of s(u) and s(v) (`mean`).
    """

    cut: CutRule = "foreground"
    """foreground: a cut edge is never paid the background's score; max: the paper's; mean: both sides."""
    background: BackgroundRule = "own"
    """own: uncut edges in the background are paid its score; near: the scores of the objects next to them."""
    missed: NonNegative = 0.0
    """with `near`: what is lost in the background takes this many times as much from its edges, see below."""
    background_class: Annotated[
        Annotated[
            Annotated[str, Tag("<name>")] | Annotated[tuple[str, ...], Strict(False), Tag("<names>")],
            by_shape(SEVERAL, "names", "name"),
        ]
        | None,
        ClassReference(scored=False),
    ] = None
    """The class or classes that `near` is about; "background" if not given."""

    @property
    def terms(self) -> tuple[EdgeTerm, ...]:
        """The priors on single edges in the order in which they are applied."""
        found = (getattr(self, key.name) for key in EDGE_KEYS)
        return tuple(term for term in found if term is not None)

    def background_names(self, class_names: tuple[str, ...]) -> tuple[str, ...]:
        """The classes whose uncut edges follow the background rule."""
        if self.background_class is None:
            return tuple(name for name in class_names if name == DEFAULT_BACKGROUND)
        return (self.background_class,) if isinstance(self.background_class, str) else self.background_class

    def scores(
        self, segments: Segments, score: Floats, foreground: Floats, background: Bools, lost: Floats | None = None
    ) -> Floats:
        """Rewards of all edges in all partitions.

        Args:
            segments: M segments of K partitions.
            score: (M,) reward of each segment.
            foreground: (M,) the same, 0 outside the foreground class.
            background: (M,) True for segments of the background classes.
            lost: (K, N) >= 0, what is missed at each superpixel; nothing if not given.

        Returns:
            (K, E) floats, in [0, 1] if the scores are.
        """
        regions = segments.regions
        return _edge_scores(
            segments.labels,
            regions.edge_index,
            regions.edge_length,
            regions.area,
            score,
            foreground,
            background & (self.background == "near"),
            _CUT_CODES[self.cut],
            np.zeros((0, 0)) if lost is None else self.missed * lost,
        )


if TYPE_CHECKING:
    EdgeRules = _EdgeRules
else:
    # with a field for each of the priors on single edges
    EdgeRules = create_model(
        "EdgeRules",
        __base__=_EdgeRules,
        __module__=__name__,
        __doc__=_EdgeRules.__doc__,
        **{key.name: (key.terms | None, Field(default=None, description=key.text)) for key in EDGE_KEYS},
    )


@compiled
def _pay_cut(rule: int, a: int, b: int, score: Floats, foreground: Floats) -> float:
    if rule == _FOREGROUND:
        return max(foreground[a], foreground[b])
    if rule == _MAX:
        return max(score[a], score[b])
    return 0.5 * (score[a] + score[b])


@compiled
def _edge_scores(
    labels: Ints,
    edge_index: Ints,
    edge_length: Floats,
    area: Floats,
    score: Floats,
    foreground: Floats,
    near: Bools,
    rule: int,
    lost: Floats,
) -> Floats:
    """(K, E) edge rewards; `near` is True for the segments whose uncut edges follow the near rule, which pays them
    1 minus the mean `lost` (K, N) of their ends times as much, not less than 0, if that is given."""
    result = np.empty((len(labels), edge_index.shape[1]))
    for k in range(len(labels)):
        any_near = False
        for n in range(len(area)):
            any_near = any_near or near[labels[k, n]]
        local = np.zeros(len(area))
        weight = np.zeros(len(area))
        if any_near:
            _near_values(labels[k], edge_index, edge_length, area, foreground, near, local, weight)
        for e in range(edge_index.shape[1]):
            u, v = edge_index[0, e], edge_index[1, e]
            a, b = labels[k, u], labels[k, v]
            if a != b:
                result[k, e] = _pay_cut(rule, a, b, score, foreground)
            elif near[a]:
                result[k, e] = (local[u] * weight[u] + local[v] * weight[v]) / (weight[u] + weight[v])
                if len(lost) > 0:
                    result[k, e] *= max(0.0, 1.0 - (lost[k, u] + lost[k, v]) / 2)
            else:
                result[k, e] = score[a]
    return result


@compiled
def _near_values(
    labels: Ints,
    edge_index: Ints,
    edge_length: Floats,
    area: Floats,
    foreground: Floats,
    near: Bools,
    local: Floats,
    weight: Floats,
) -> None:
    """Fill l and w of the near rule for the background superpixels of one partition.

    l_u = mean foreground score across u's own cut edges, weighted by their length; for superpixels without
    any, half of the mean l of the background superpixels that have one. w_u = 1 / area, a tenth of it without
    a cut edge.
    """
    length = np.zeros(len(area))
    for e in range(edge_index.shape[1]):
        u, v = edge_index[0, e], edge_index[1, e]
        a, b = labels[u], labels[v]
        if a != b:
            local[u] += edge_length[e] * foreground[b]
            local[v] += edge_length[e] * foreground[a]
            length[u] += edge_length[e]
            length[v] += edge_length[e]
    total, count = 0.0, 0
    for n in range(len(area)):
        if near[labels[n]] and length[n] > 0:
            local[n] /= length[n]
            total += local[n]
            count += 1
    far = FAR_SHARE * total / count if count > 0 else 0.0
    for n in range(len(area)):
        if near[labels[n]]:
            weight[n] = 1.0 / area[n] if length[n] > 0 else FAR_WEIGHT / area[n]
            if length[n] == 0:
                local[n] = far
