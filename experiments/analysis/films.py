"""How well films are segmented and linked: on drawn films, or on a film in the challenge's layout.

    python -m experiments.analysis.films drawn --count 10 --seed 100
    python -m experiments.analysis.films drawn --volumes --rules rewards/film_volumes.yaml --count 3 --seed 700
    python -m experiments.analysis.films experiments/data/film --rules rewards/bacteria_film.yaml --model runs/film

The objects of each frame are those of the truth (linking alone), those that the search by the rules finds, and with
--model those of a trained model. Prints AP50 (mean over the frames), SEG, DET, TRA and the links of the truth that are
right.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from experiments import ROOT
from experiments.drawings.films import CROWDED, draw_film
from experiments.drawings.volume_films import draw_volume_film
from experiments.results.command import one_line_errors
from rlseg import load_reward, search_image
from rlseg.data import Preparation
from rlseg.environment import FilmFrames
from rlseg.errors import RlsegError
from rlseg.io import find_images, image_of, in_time, read_image
from rlseg.metrics import Lineage, TrackScores, by_image, score_image, score_tracks
from rlseg.models import model_of
from rlseg.prediction import Predictor
from rlseg.prediction.tracking import Found, JointFilm, Judges, link_found, read_lineage, search_film
from rlseg.rewards.language import RewardFile

Labels = list[npt.NDArray[np.int32]]
"""(H, W) or (Z, H, W) objects of each frame."""
Frames = list[npt.NDArray[np.float32]]
"""(C, H, W) or (C, Z, H, W) intensities of each frame."""
APART = 3
"""Sides of a pixel between the planes of drawn volumes."""
Finder = Callable[[Frames, float | None], Labels]
"""Frames, and what an object is paid at least (None: as usual), to labels."""


def drawn(count: int, seed: int, drift: float, crowded: bool = False) -> list[tuple[str, Frames, Lineage]]:
    """Drawn films with their truth; seeds from `seed` on. crowded: discs that touch and are hard to see."""
    films = []
    for one in range(seed, seed + count):
        film = draw_film(one, count=16, crowd=CROWDED) if crowded else draw_film(one, drift=drift)
        films.append((f"drawn {one}", list(film.images[:, None]), Lineage(film.labels, film.parent)))
    return films


def drawn_volumes(count: int, seed: int, crowded: bool = False) -> list[tuple[str, Frames, Lineage]]:
    """Drawn films of volumes with their truth; seeds from `seed` on."""
    seeds = range(seed, seed + count)
    looks: dict[str, Any] = {"crowd": CROWDED, "count": 9} if crowded else {}
    films = ((one, draw_volume_film(one, plane_distance=APART, **looks)) for one in seeds)
    return [(f"drawn {one}", list(film.images[:, None]), Lineage(film.labels, film.parent)) for one, film in films]


def on_disk(folder: Path) -> list[tuple[str, Frames, Lineage]]:
    """A film as images/ and labels/ with its list of tracks."""
    files = in_time([file.image for file in find_images(folder / "images")])
    return [(folder.name, [read_image(file).pixels for file in files], read_lineage(folder / "labels"))]


def scored(
    found: list[npt.NDArray[np.int32]],
    truth: Lineage,
    rules: RewardFile,
    doubtful: Sequence[npt.NDArray[np.int32]] = (),
) -> tuple[float, TrackScores]:
    """AP50, mean over the frames, and the scores of the tracks. doubtful: see `link_found`."""
    sure, more = ([Found(one, {}) for one in some] for some in (found, doubtful))
    film, kept = link_found(rules, sure, more, plane_distance=APART if rules.volumes else None)
    found = [one.labels for one in kept]
    parents = {track: int(one) for track, one in enumerate(film.parent, start=1) if one}
    ap50 = by_image([score_image(one, true) for one, true in zip(found, truth.labels, strict=True)]).ap50
    return ap50, score_tracks(Lineage(film.labels, parents), truth)


def show(name: str, scores: list[tuple[float, TrackScores]]) -> None:
    """Print means over films, and the links of all."""
    table = np.array([(ap50, one.seg, one.det, one.tra) for ap50, one in scores])
    values = ", ".join(
        f"{key} {mean:.3f} (at least {low:.3f})" if len(scores) > 1 else f"{key} {mean:.3f}"
        for key, mean, low in zip(("AP50", "SEG", "DET", "TRA"), table.mean(axis=0), table.min(axis=0), strict=True)
    )
    edges = sum(one.edges for _, one in scores)
    right = edges - sum(one.edges_missed + one.edges_of_other_kind for _, one in scores)
    wrong = sum(one.edges_wrong for _, one in scores)
    held = sum(one.edges_held for _, one in scores)
    print(f"{name}: {values}; links {right} of {edges} right ({right / max(edges, 1):.3f}), {wrong} more that are none")
    print(f"    of those whose two objects were found, {right} of {held} are right ({right / max(held, 1):.3f})")


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Run the script; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("film", help="drawn, or a folder with images/ and labels/")
    parser.add_argument("--rules", type=Path, default=ROOT / "rewards" / "film_discs.yaml", help="reward file")
    parser.add_argument("--model", type=Path, action="append", default=[], help="trained model; several are averaged")
    parser.add_argument("--count", type=int, default=10, help="number of drawn films")
    parser.add_argument("--seed", type=int, default=0, help="of the first one")
    parser.add_argument("--drift", type=float, default=0.0, help="px a frame by which drawn pictures move at most")
    parser.add_argument("--crowded", action="store_true", help="drawn discs touch, are blurred and fade now and then")
    parser.add_argument("--volumes", action="store_true", help="drawn are balls in volumes; --rules says dimensions: 3")
    options = parser.parse_args(arguments)
    if options.count < 1:
        raise RlsegError(f"--count must be at least one film, got {options.count}")
    rules = load_reward(options.rules)
    if options.film != "drawn":
        films = on_disk(Path(options.film))
    elif options.volumes:
        films = drawn_volumes(options.count, options.seed, options.crowded)
    else:
        films = drawn(options.count, options.seed, options.drift, options.crowded)
    show("true objects", [scored(list(truth.labels), truth, rules) for _, _, truth in films])

    for name, find in finders_of(rules, options.model).items():
        lowest = rules.tracks.keep if rules.tracks else None
        plain = [find(frames, None) for _, frames, _ in films]
        show(name, [scored(one, truth, rules) for one, (_, _, truth) in zip(plain, films, strict=True)])
        if lowest is not None:
            more = [find(frames, lowest) for _, frames, _ in films]
            every = zip(plain, more, films, strict=True)
            show(f"{name}, keep {lowest:g}", [scored(one, truth, rules, two) for one, two, (_, _, truth) in every])
    for name, choose in joint_finders_of(rules, options.model).items():
        show(f"{name}, joint", [scored(choose(frames), truth, rules) for _, frames, truth in films])
    return 0


def joint_finders_of(rules: RewardFile, models: Sequence[Path]) -> dict[str, Callable[[Frames], Labels]]:
    """The search and each of the models, whose objects are chosen with their links; frames to labels."""
    tracks = rules.tracks
    if tracks is None or rules.volumes:
        return {}

    def searched(frames: Frames) -> Labels:
        return [one.labels for one in search_film(rules, [image_of(one) for one in frames], 0.3, None)[0]]

    def of_model(path: Path) -> Callable[[Frames], Labels]:
        predictor = Predictor(model_of(path))

        def find(frames: Frames) -> Labels:
            film = JointFilm(Judges(predictor.environment, predictor.refinement, predictor.min_score), tracks)
            each = beside(predictor, frames)
            for one, of_frame in zip(frames, each, strict=True):
                found = of_frame(one)
                film.propose(found, found.outcome.objects(0, predictor.min_score), True)
            film.choose(1.0)
            chosen = [of_frame.with_choice(partial(film.decide, t)) for t, of_frame in enumerate(each)]
            return [of_frame(one).labels for one, of_frame in zip(frames, chosen, strict=True)]

        return find

    return {"search": searched} | {str(path): of_model(path) for path in models}


def beside(predictor: Predictor, frames: Frames) -> list[Predictor]:
    """The predictor of each frame, which knows what lies around it if the reward asks for it."""
    if not predictor.reward.looks_at_neighbours:
        return [predictor] * len(frames)
    film = FilmFrames(predictor.reward, predictor.min_score, "the film")
    for pixels in frames:
        film.add(predictor.preparation(pixels))
    return [predictor.with_neighbours(film.around(number)) for number in range(len(frames))]


def finders_of(rules: RewardFile, models: Sequence[Path]) -> dict[str, Finder]:
    """The search, and each of the models."""
    preparation = Preparation(volume=True, plane_distance=APART) if rules.volumes else Preparation()

    def searched(frames: Frames, min_score: float | None) -> Labels:
        more = {} if min_score is None else {"min_score": min_score}
        return [search_image(rules, pixels, preparation, **more).labels for pixels in frames]

    def of_model(path: Path) -> Finder:
        predictor = Predictor(model_of(path))
        predictor = predictor.with_plane_distance(APART) if rules.volumes else predictor

        def find(frames: Frames, min_score: float | None) -> Labels:
            each = beside(predictor, frames)
            if min_score is not None:
                each = [of_frame.with_min_score(min_score) for of_frame in each]
            return [of_frame(pixels).labels for pixels, of_frame in zip(frames, each, strict=True)]

        return find

    return {"search": searched} | {str(path): of_model(path) for path in models}


if __name__ == "__main__":
    raise SystemExit(main())
