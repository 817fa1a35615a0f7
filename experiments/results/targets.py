"""What the experiments were meant to reach, all but one of it set before the first of them, and why some was not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from experiments.results.measured import Results


@dataclass(frozen=True)
class Verdict:
    """One target in words, as the report shows it."""

    what: str
    asked: str
    measured: str
    verdict: str


@dataclass(frozen=True)
class Target:
    """A number that was to be reached.

    Attributes:
        what: is measured.
        least, most, above: what is asked for; one of them is given. What is `above` is no equal.
        measure: of the results; NaN if it has not been measured, infinite if it never comes.
        why: said if it is not reached.
        digits: of the numbers.
    """

    what: str
    measure: Callable[[Results], float]
    least: float | None = None
    most: float | None = None
    above: float | None = None
    why: Callable[[Results], str] = lambda _: "see below"
    digits: int = 3

    def judge(self, results: Results) -> Verdict:
        """In words."""
        value = self.measure(results)
        asked, met = self._asked(value)
        if np.isnan(value):
            return Verdict(self.what, asked, "not measured", "not measured")
        number = "never" if np.isinf(value) else f"{value:.{self.digits}f}"
        verdict = "reached" if met else f"**not reached**: {self.why(results)}"
        return Verdict(self.what, asked, number, verdict)

    def _asked(self, value: float) -> tuple[str, bool]:
        """What is asked for, in words, and whether a value is that."""
        if self.least is not None:
            return f"at least {self.least:.{self.digits}f}", value >= self.least
        if self.above is not None:
            return f"above {self.above:.{self.digits}f}", value > self.above
        assert self.most is not None
        return f"at most {self.most:.{self.digits}f}", value <= self.most


def _share(name: str) -> Callable[[Results], float]:
    return lambda r: r.value(name) / r.value(name, "ceiling")


def _slowest(name: str) -> Callable[[Results], float]:
    return lambda r: r.extreme(name, "seconds_to_90", largest=True)


def _ring(r: Results, key: str, method: str = "rules") -> float:
    return float(r.row("embryo/scores", method=method).get(key, np.nan))


def _errors(r: Results, method: str, key: str = "reward") -> float:
    return float(r.row("analysis/errors", images="all (175)", method=method).get(key, np.nan))


def _rules_end(r: Results) -> str:
    labels = r.value("nuclei_labels/raw_labels")
    true, found = _errors(r, "true objects"), _errors(r, "rlseg")
    pipeline = _errors(r, "strongest pipeline without training")
    return (
        f"all labels, with the same superpixels and networks, give {labels:.3f}; and on the training images the rules "
        f"pay {found:.3f} for an object found, {pipeline:.3f} for one of the strongest pipeline, and {true:.3f} "
        "for a true one"
    )


def _low(one: str, other: str) -> Callable[[Results], float]:
    """Low end of the 95 % interval of a difference of mAP, over images and seeds."""

    def low(r: Results) -> float:
        found = r.difference(one, other)
        return float("nan") if found is None else found.low

    return low


def _k4_apart(r: Results) -> str:
    found = r.difference(*K4)
    assert found is not None  # it has been measured and does not suffice
    return (
        f"{found.first:.3f} and {found.second:.3f}, a difference of {found.low:+.3f} to {found.high:+.3f}; imitation "
        f"alone gives {r.value('circles/imitation'):.3f}"
    )


CIRCLES, GUIDED = "circles/policy_gradient", "circles/guided"
SCRATCH, SCRATCH_GUIDED = "circles/scratch/policy_gradient", "circles/scratch/guided"
K4 = "circles/k4/guided", "circles/k4/policy_gradient"
RAW = "nuclei/raw/policy_gradient"
DISTANCE = "Otsu + distance watershed"
OUTLINED_TRAIN = "runs/results/nuclei/baselines_train.json:outline rule"
CEILING = "superpixels projected to the truth"

TARGETS = (
    Target("circles: ceiling of the superpixels", lambda r: r.value(CIRCLES, "ceiling"), least=0.9),
    Target(
        "circles, untrained networks, policy gradient: seconds to 90 % of the ceiling, slowest seed",
        _slowest(SCRATCH),
        most=180,
        digits=0,
    ),
    Target("the same, guided", _slowest(SCRATCH_GUIDED), most=480, digits=0),
    Target("circles, untrained networks, policy gradient: share of the ceiling", _share(SCRATCH), least=0.92),
    Target("the same, guided", _share(SCRATCH_GUIDED), least=0.92),
    Target("circles after imitation, policy gradient: share of the ceiling", _share(CIRCLES), least=0.92),
    Target("the same, guided", _share(GUIDED), least=0.92),
    Target(
        "circles: guided as a share of the policy gradient",
        lambda r: r.value(GUIDED) / r.value(CIRCLES),
        least=0.97,
    ),
    Target(
        "the same: times as much CPU time",
        lambda r: r.value(GUIDED, "cpu_seconds") / r.value(CIRCLES, "cpu_seconds"),
        most=4,
        digits=1,
    ),
    Target(
        "circles, K = 4: guided better than the policy gradient, low end of the interval over images and seeds",
        _low(*K4),
        above=0,
        why=_k4_apart,
    ),
    Target("nuclei, rules, GT superpixels", lambda r: r.value("nuclei_labels/gt_rules"), least=0.8),
    Target("nuclei, labels, GT superpixels", lambda r: r.value("nuclei_labels/gt_labels"), least=0.85),
    Target(
        "nuclei, rules, UNET superpixels",
        lambda r: r.value("nuclei_labels/unet_rules"),
        least=0.7,
        why=lambda r: f"perfect grouping of them gives {r.value('nuclei_labels/unet_rules', 'ceiling'):.3f}",
    ),
    Target("nuclei, rules, RAW superpixels", lambda r: r.value(RAW), least=0.64, why=_rules_end),
    Target("the same, worst seed", lambda r: r.extreme(RAW), least=0.6, why=lambda _: "as the mean"),
    Target(
        "the same: better than Otsu and distance watershed by",
        lambda r: r.value(RAW) - float(r.row("nuclei/baselines", method=DISTANCE).get("mean_ap", np.nan)),
        least=0.03,
        why=lambda _: "as above; interval under Differences",
    ),
    Target(
        "nuclei, rules, RAW superpixels: better than Otsu + distance watershed + outline rule, low end of the paired "
        "interval on the 175 training images (labels unseen)",
        lambda r: float(r.row("nuclei/comparison_train", other=OUTLINED_TRAIN).get("low", np.nan)),
        above=0,
        why=lambda r: (
            f"mAP differs by {r.row('nuclei/comparison_train', other=OUTLINED_TRAIN)['difference']:.3f}, see below"
        ),
    ),
    Target(
        "nuclei: ceiling of RAW superpixels",
        lambda r: r.value(RAW, "ceiling"),
        least=0.8,
        why=lambda r: f"{_errors(r, CEILING, 'mean_ap'):.3f} on the training images, on which they were chosen",
    ),
    Target("the same: superpixels an image", lambda r: r.value(RAW, "superpixels"), most=600, digits=0),
    Target(
        "nuclei, GT superpixels: one labelled image adds to the rules",
        lambda r: r.value("nuclei_labels/gt_one") - r.value("nuclei_labels/gt_rules"),
        least=0.02,
    ),
    Target(
        "the same, RAW superpixels",
        lambda r: r.value("nuclei_labels/raw_one") - r.value(RAW),
        least=0.02,
        why=lambda r: f"the labels of all 175 add {r.value('nuclei_labels/raw_labels') - r.value(RAW):.3f}",
    ),
    Target(
        "embryo, drawn: variation of information, times that of the superpixels",
        lambda r: _ring(r, "vi") / _ring(r, "vi", CEILING),
        most=1.15,
        digits=2,
    ),
    Target("embryo, drawn: AP50", lambda r: _ring(r, "ap50"), least=0.78),
    Target(
        "circles by Eq. 2 and 4, from untrained networks: share of the ceiling",
        _share("paper_form/circles"),
        least=0.6,
        why=lambda _: "a temperature of .1 outweighs rewards that 2 % of the edges are paid, and has to fall first",
    ),
    Target(
        "the same with one deviation, a temperature that begins at .001",
        _share("paper_form/circles_alpha"),
        least=0.6,
    ),
    Target(
        "nuclei, GT superpixels, by Eq. 2 and 4, from untrained networks",
        lambda r: r.value("paper_form/gt"),
        least=0.7,
    ),
    Target("all experiments from nothing, two at a time: hours", lambda r: r.hours(), most=2.5, digits=2),
)
