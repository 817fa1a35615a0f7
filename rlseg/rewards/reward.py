"""The compiled reward: from the segments of K partitions to scores of segments and edges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Protocol

from rlseg.arrays import Bools, Floats, Ints, np
from rlseg.errors import RlsegError
from rlseg.rewards.at_border import continue_scores
from rlseg.rewards.edge_terms import EdgeScene
from rlseg.rewards.group import Group
from rlseg.rewards.language import FOREGROUND, RewardFile
from rlseg.rewards.measure import Segments
from rlseg.rewards.missed import Candidates, missed
from rlseg.rewards.own import OwnTerm, is_of_others, score_term
from rlseg.rewards.properties import Measurements
from rlseg.rewards.single_rules import rules_of_single_segments
from rlseg.rewards.terms import Scene

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlseg.regions import RegionStatistics


class HasPixels(Protocol):
    """Anything that knows height and width of a pixel in um, 0 if not known: tables of superpixels, for one.

    Of a volume the distance of planes comes first.
    """

    @property
    def pixel_size(self) -> tuple[float, ...]: ...  # noqa: D102


# Pixels whose sides differ by a larger share than this are not square.
MOST_UNEVEN = 0.01


@dataclass(frozen=True)
class RewardBreakdown:
    """The rewards of the M segments of K partitions, and how they came about.

    Attributes:
        class_names: the classes in the order of the file, "foreground" last.
        segment_class: (M,) int64 index into class_names.
        segment_score: (M,) reward of each segment, in [0, 1] unless a group says `combine: sum`.
        foreground_score: (M,) the same, 0 outside the foreground.
        terms: "class/term" -> (M,) score of each segment in that term, NaN for segments of other classes.
        failed: "class/term" -> number of its scores that were NaN or infinite, which count as 0; terms without are left
            out.
    """

    class_names: tuple[str, ...]
    segment_class: Ints
    segment_score: Floats
    foreground_score: Floats
    terms: dict[str, Floats]
    failed: dict[str, int]
    _pay_edges: Callable[[], Floats]

    @property
    def non_finite(self) -> int:
        """Number of scores of all terms that were NaN or infinite."""
        return sum(self.failed.values())

    @cached_property
    def edge_score(self) -> Floats:
        """(K, E) reward of each edge in each partition, by the rules under `edges:`."""
        return self._pay_edges()


class Reward:
    """Evaluates a reward file.

    Args:
        file: the checked file.
        pixel_size: um per pixel of all images, if the file says `length: um`; that of each image if not given.

    Raises:
        RlsegError: the pixel size is no size.
    """

    def __init__(self, file: RewardFile, pixel_size: float | None = None) -> None:
        if pixel_size is not None and not 0 < pixel_size < float("inf"):
            raise RlsegError(f"the pixel size must be a positive number of um, got {pixel_size}")
        self.file = file
        self.pixel_size = pixel_size
        self._order = _scoring_order(file)

    def length_per_pixel(self, regions: HasPixels, name: str = "the image") -> float:
        """Side of a pixel of an image in the file's unit of length: 1 for px.

        Args:
            regions: of the image, or what else knows the size of its pixels.
            name: of the image, for messages.

        Raises:
            RlsegError: the file speaks of um, and the pixel size is not known or pixels are not square.
        """
        if self.file.units.length == "px":
            return 1.0
        if self.pixel_size is not None:
            return self.pixel_size
        height, width = regions.pixel_size[-2:]
        hint = "give it with --data.pixel_size (training) or --pixel-size, or write the reward file in px"
        if not (height > 0 and width > 0):
            raise RlsegError(f"the reward {self.file.name!r} is in um, but the pixel size of {name} is not known", hint)
        if abs(height - width) > MOST_UNEVEN * max(height, width):
            what = f"the reward {self.file.name!r} is in um, but pixels of {name} are"
            raise RlsegError(
                f"{what} {height:g} um high and {width:g} um wide",
                "resample the image to square pixels, or write the reward file in px",
            )
        return (height * width) ** 0.5

    @cached_property
    def asks_for_proposals(self) -> str:
        """What compares segments with what several ways of looking propose, by its place in the file; "" if nothing."""
        if self.file.edges.missed > 0:
            return "edges.missed"
        return next((name for name, part in self._parts() if getattr(part, "property", None) == "stability"), "")

    @cached_property
    def may_ask_for_proposals(self) -> bool:
        """The same, or whether nobody knows: of a term or class rule from another package."""
        return bool(self.asks_for_proposals) or any(is_of_others(part) for _, part in self._parts())

    def _parts(self) -> Iterator[tuple[str, object]]:
        """What measures segments, each with its place in the file."""
        for name, rule in self.file.classes.items():
            yield f"classes.{name}", rule
        for name, reward in self.file.rewards.items():
            for key, term in reward.terms.items() if isinstance(reward, Group) else ():
                yield f"rewards.{name}.terms.{key}", term.working if isinstance(term, OwnTerm) else term

    def refuse_without_proposals(self, looked: bool) -> None:
        """See to it that there are proposals if the file asks for them. looked: whether there are.

        Raises:
            RlsegError: there are none.
        """
        if self.asks_for_proposals and not looked:
            raise RlsegError(
                f"the reward {self.file.name!r} asks what several ways of looking at the image propose "
                f"({self.asks_for_proposals}), but nobody has looked: data.preparation.proposals is null",
                "leave data.preparation.proposals out, or take this out of the reward file",
            )

    def _refuse_other_kind(self, regions: RegionStatistics) -> None:
        if regions.is_volume == self.file.volumes:
            return
        if regions.is_volume:
            hint = "say dimensions: 3 in the reward file if its numbers are those of volumes"
            raise RlsegError(f"the reward {self.file.name!r} is for images, and this is a volume", hint)
        hint = "data.preparation.volume: true takes the planes of a stack as one volume"
        raise RlsegError(f"the reward {self.file.name!r} is for volumes (dimensions: 3), and this is an image", hint)

    def evaluate(self, segments: Segments, actions: npt.NDArray[np.floating] | None = None) -> RewardBreakdown:
        """Score all segments.

        Args:
            segments: the M segments of K partitions of one image.
            actions: (K, E) in [0, 1], 1 = cut, for priors that pay (1 - action); if not given, 1 for edges that are cut
                and 0 for the others.

        Returns:
            The scores; those of edges are computed when asked for.

        Raises:
            RlsegError: a term asks for an image channel that is not there, or one from another package fails; the file
                asks for proposals, and there are none; it is about volumes, and this is none, or the other way round;
                or see `length_per_pixel`.
        """
        self._refuse_other_kind(segments.regions)
        self.refuse_without_proposals(segments.regions.proposals is not None)
        per_pixel = self.length_per_pixel(segments.regions)
        measurements = Measurements(segments, self.file.units, per_pixel, self.file.geometry)
        segment_class = self._classify(measurements)
        names = self.file.class_names
        class_scores: dict[str, Floats] = {}
        scene = Scene(measurements, names, segment_class, class_scores)
        terms: dict[str, Floats] = {}
        failed: dict[str, int] = {}
        for name in self._order:
            members = scene.members(name)
            reward = self.file.rewards[name]
            if isinstance(reward, Group):
                class_scores[name] = _score_group(name, reward, scene, members, terms, failed)
            else:
                class_scores[name] = np.where(members, reward, 0.0)
            if name == FOREGROUND:
                class_scores[name] *= self._continuity(segments, per_pixel)
        score = np.sum([class_scores[name] for name in names], axis=0)
        foreground = class_scores[FOREGROUND]
        unpaid = self.file.edges.background_names(names)
        background = np.array([name in unpaid for name in names])[segment_class]
        objects = segment_class == len(names) - 1
        return RewardBreakdown(
            names,
            segment_class,
            score,
            foreground,
            {tag: terms[tag] for tag in self.term_names},
            failed,
            lambda: self._pay_edges(measurements, score, foreground, background, objects, actions),
        )

    def _continuity(self, segments: Segments, per_pixel: float) -> Floats | float:
        """(M,) what is left of the pay of objects that do not go on in the neighbouring frames; 1 if nobody asks."""
        rules = self.file.tracks
        if rules is None or not self.looks_at_neighbours:
            return 1.0
        from rlseg.rewards.film import Neighbours, continuity_of  # takes long to import, and most rewards are of images

        neighbours = Neighbours.of(segments.regions)
        if neighbours is None:
            raise RlsegError(
                f"the reward {self.file.name!r} pays objects for going on in the frames before and after (tracks.pay), "
                "and nobody has looked at those of this image",
                "give a whole film (rlseg predict --film), or say pay: 0",
            )
        return 1 - rules.pay + rules.pay * continuity_of(segments, neighbours, rules, per_pixel)

    def without_neighbours(self) -> Reward:
        """The same, but what lies in the frames before and after does not matter; itself if it does not anyway."""
        rules = self.file.tracks
        if rules is None or not self.looks_at_neighbours:
            return self
        file = self.file.model_copy(update={"tracks": rules.model_copy(update={"pay": 0.0})})
        return Reward(file, self.pixel_size)

    @property
    def looks_at_neighbours(self) -> bool:
        """Whether it asks what the frames before and after hold."""
        return self.file.tracks is not None and self.file.tracks.pay > 0

    def _pay_edges(
        self,
        measurements: Measurements,
        score: Floats,
        foreground: Floats,
        background: Bools,
        found: Bools,
        actions: npt.NDArray[np.floating] | None,
    ) -> Floats:
        """(K, E): the rules under `edges:`, then the priors there."""
        segments, rules = measurements.segments, self.file.edges
        lost = missed(segments, found, self._candidates(segments.regions)) if rules.missed else None
        paid = rules.scores(segments, score, foreground, background, lost)
        if rules.terms:
            known = segments.cut if actions is None else actions
            scene = EdgeScene(measurements, np.asarray(known, dtype=np.float64))
            for term in rules.terms:
                paid = term.pay(paid, scene)
        return paid

    def _candidates(self, regions: RegionStatistics) -> Candidates:
        """What could be found in an image, judged once; its turned copies share it."""
        kept = regions.of_image
        if self._key not in kept:
            kept[self._key] = Candidates.of(regions, lambda s: self._single.evaluate(s).foreground_score)
        return kept[self._key]

    @cached_property
    def _single(self) -> Reward:
        return Reward(rules_of_single_segments(self.file)[0], self.pixel_size)

    @cached_property
    def _key(self) -> tuple[str, float | None]:
        return self.file.resolved_yaml(), self.pixel_size

    @cached_property
    def term_names(self) -> tuple[str, ...]:
        """All terms as "class/term", in the order of the file."""
        return tuple(
            f"{class_name}/{term}"
            for class_name, reward in self.file.rewards.items()
            if isinstance(reward, Group)
            for term in reward.terms
        )

    def _classify(self, measurements: Measurements) -> Ints:
        """(M,) the first class whose rule matches, else the last one, which is the foreground."""
        rules = list(self.file.classes.values())
        found = np.full(measurements.segments.count, len(rules), dtype=np.int64)
        for index, rule in reversed(list(enumerate(rules))):
            found[rule.matches(measurements)] = index
        return found


def _score_group(
    name: str, group: Group, scene: Scene, members: np.ndarray, terms: dict[str, Floats], failed: dict[str, int]
) -> Floats:
    """(M,) scores of the class, 0 elsewhere. Adds those of its terms to `terms`, and to `failed` how many are none."""
    scores, combined = np.zeros((len(group.terms), len(members))), np.zeros(len(members))
    if members.any():
        scene = replace(scene, terms=group.terms)
        scores = _term_scores(name, group, scene, members, failed)
        if group.at_border == "continued":
            continue_scores(name, group, scene, members, scores)
        combined[members] = group.reward(scores[:, members], _crowd(group, scene, members))
    for row, term_name in zip(np.where(members, scores, np.nan), group.terms, strict=True):
        terms[f"{name}/{term_name}"] = row
    return combined


def _crowd(group: Group, scene: Scene, members: Bools) -> Ints | int:
    """How many segments of the class the partition of each has, which takes a while, if it matters."""
    if group.at_most is None:
        return 1
    partition = scene.segments.partition[members]
    return np.bincount(partition)[partition]


def _term_scores(name: str, group: Group, scene: Scene, members: Bools, failed: dict[str, int]) -> Floats:
    """(T, M) scores of the terms of a class; what is no number is counted in `failed` and becomes 0."""
    scores = np.stack([score_term(term, scene, f"{name}/{key}") for key, term in group.terms.items()])
    finite = np.isfinite(scores)
    if not finite.all():
        for key, bad in zip(group.terms, (members & ~finite).sum(axis=1), strict=True):
            if bad:
                failed[f"{name}/{key}"] = int(bad)
        scores[~finite] = 0.0
    return scores


def _scoring_order(file: RewardFile) -> tuple[str, ...]:
    """Classes after those whose scores their terms need."""
    needs = {name: set[str]() for name in file.class_names}
    for name, reward in file.rewards.items():
        if isinstance(reward, Group):
            for term in reward.terms.values():
                needs[name].update(term.needed_classes())
    return tuple(TopologicalSorter(needs).static_order())
