"""The page about a training: at its end, anew, with any names, and when something is missing."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nuclei import Run, crop
from PIL import Image

from rlseg.__main__ import main
from rlseg.commands.report_at_end import ReportAtEnd
from rlseg.data.prepare import Preparation
from rlseg.environment.label_image import object_scores
from rlseg.graph.batch import collate
from rlseg.graph.sample import Sample
from rlseg.models.curves import UNCHANGED
from rlseg.prediction.places.searched import search_whole
from rlseg.prediction.predictor import Predictor
from rlseg.prediction.report import findings
from rlseg.prediction.report.findings import MOST_SHOWN, doubts, look
from rlseg.prediction.report.write import epochs_of, write_report


class Page(HTMLParser):
    """What a page consists of; its tags must be closed in their order."""

    VOID = frozenset({"meta", "img", "br", "rect", "line", "polyline", "circle"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text, self.tags, self.images = "", list[str](), list[dict[str, str | None]]()
        self.links: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = dict(attrs)
        self.links += [str(values[name]) for name in ("href", "src", "srcset", "data") if name in values]
        assert not any(name.startswith("on") for name in values)
        if tag == "img":
            self.images.append(values)
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(path: Path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def samples_and_model(trained: Run, folder: Path) -> tuple[list[Sample], Predictor]:
    predictor = Predictor(trained.best)
    preparation = Preparation.model_validate(trained.content()["preparation"])
    return [preparation(*crop(number)) for number in range(2)], predictor


@pytest.fixture(scope="module")
def reported(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A training that ends with its page."""
    words = ("--report", "true", "--model.imitation.share", "1", "--model.imitation.steps", "99")
    return Run.fit(folder, tmp_path_factory.mktemp("reported"), *words)


def test_a_training_ends_with_its_page(reported: Run) -> None:
    page = read(reported.folder / "report.html")
    for words in (
        "Ended after 12 batches: trainer.max_epochs is 4",
        "Reward, term by term",
        "Objects to look at",
        "pq",
    ):
        assert words in page.text
    for command in (
        f"rlseg predict {reported.best} IMAGES --output labels",
        f"rlseg explain-object {reported.folder} IMAGE COLUMN,ROW",
        f"rlseg fit --config {reported.folder / 'config.yaml'} --ckpt_path {reported.last} --trainer.max_epochs 8",
        "Go on with the training, to 8 epochs in all, those that are done included",
        "minor_diameter",  # of the reward file
        "batches_per_epoch: 3",  # of the configuration
    ):
        assert command in page.text
    assert "script" not in page.tags
    assert "link" not in page.tags
    assert page.images
    assert all(link.startswith("data:image/png;base64,") for link in page.links), "nothing from elsewhere"
    assert not re.search(r"url\(|@import", (reported.folder / "report.html").read_text())
    for image in page.images:
        encoded = base64.b64decode(str(image["src"]).partition(",")[2])
        with Image.open(io.BytesIO(encoded)) as picture:
            assert min(picture.size) > 90
        assert len(str(image["alt"])) > 10
    assert page.tags.count("svg") >= 3 + 2


@pytest.mark.parametrize(
    ("config", "epochs"),
    [
        ("trainer:\n  max_epochs: 4\n", 4),
        ("trainer: {max_epochs: 12, logger: {max_epochs: 5}}", 12),  # however it is written
        ("data:\n  max_epochs: 5\ntrainer:\n  max_epochs: 7\n", 7),
        ("data:\n  max_epochs: 5\n", None),
        ("trainer: {max_epochs: -1}", None),
        ("trainer: {max_epochs: null}", None),
        ("trainer: 3", None),
        ("- 3", None),
        ("a: [", None),
        ("", None),
    ],
)
def test_the_epochs_are_those_of_the_trainer(config: str, epochs: int | None) -> None:
    assert epochs_of(config) == epochs


def test_it_can_be_written_anew(reported: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From the folder alone, with the same words: images, split and preparation are those of the training."""
    output = tmp_path / "other.html"
    assert main(["report", str(reported.folder), "--output", str(output)]) == 0
    assert capsys.readouterr().out.strip() == f"report: {output}"
    page, first = read(output), read(reported.folder / "report.html")
    assert page.text == first.text
    assert page.links == first.links
    assert main(["report", str(reported.last), "--output", str(output)]) == 0
    assert "last.ckpt after 12 batches" in read(output).text, "a checkpoint that is named is the one it is about"


def test_names_cannot_become_tags(
    samples_and_model: tuple[list[Sample], Predictor], trained: Run, tmp_path: Path
) -> None:
    samples, predictor = samples_and_model
    evil = "\"><script>alert(1)</script>&amp;<b '"
    run = tmp_path / "a<b>&amp;"
    shutil.copytree(trained.folder, run)
    (run / "config.yaml").write_text(f"# {evil} $title ${{next}}\n")
    with (run / "curves.jsonl").open("a") as file:
        file.write(json.dumps({"step": 12, "seconds": 1, "ended": evil, "advice": evil, "hopeless": True}) + "\n{half")
    Image.new("RGB", (200, 100), "red").save(run / "superpixels.png")
    (run / "superpixels.txt").write_text(evil)
    named = [replace(sample, name=evil) for sample in samples]
    page = read(write_report(run, run / "checkpoints" / "best.ckpt", predictor, named))
    assert "script" not in page.tags
    assert "b" in page.tags, "of our own"
    assert page.text.count(evil) >= 4
    assert "$title ${next}" in page.text
    assert f"What the best objects in each are paid{evil}" in page.text
    assert any(evil in str(image["alt"]) for image in page.images)
    assert "rlseg predict" not in page.text, "a hopeless model is not recommended"


def test_a_training_that_ended_for_want_of_changes_is_told_to_go_on_all_the_same(
    samples_and_model: tuple[list[Sample], Predictor], trained: Run, tmp_path: Path
) -> None:
    samples, predictor = samples_and_model
    run = tmp_path / "run"
    shutil.copytree(trained.folder, run)
    with (run / "curves.jsonl").open("a") as file:
        ended = f"the objects found and their rewards {UNCHANGED} for 4 validations"
        file.write(json.dumps({"step": 12, "seconds": 1, "ended": ended, "advice": "", "hopeless": False}) + "\n")
    page = read(write_report(run, run / "checkpoints" / "best.ckpt", predictor, samples))
    assert "--trainer.max_epochs 8 --stop.unchanged null" in page.text


def test_the_objects_to_look_at(samples_and_model: tuple[list[Sample], Predictor]) -> None:
    samples, predictor = samples_and_model
    found = look(predictor.module, samples)
    single = [predictor.module.segment(collate([sample]))[0] for sample in samples]
    rewards = np.concatenate(
        [object_scores(one.sample, one.labels, predictor.module.reward, int(one.labels.max())) for one in single]
    )
    np.testing.assert_allclose(np.sort(found.rewards), np.sort(rewards), atol=1e-9)
    paid = [float(str(re.search(r"paid (\d\.\d\d)", shown.words)[1])) for shown in found.worst]  # type: ignore[index]
    np.testing.assert_allclose(paid, np.sort(rewards)[:MOST_SHOWN], atol=0.0051)
    titles = [shown.title for shown in (*found.worst, *found.doubtful)]
    assert len(set(titles)) == len(titles) == min(len(rewards), 2 * MOST_SHOWN)
    for title in titles:
        name, _, place = title.rpartition(": ")
        column, row = map(int, place.split(","))
        assert any(one.labels[row, column] > 0 for one in single if one.sample.name == name)
    for shown in found.missed:
        name, _, place = shown.title.rpartition(": ")
        column, row = map(int, place.split(","))
        assert all(one.labels[row, column] == 0 for one in single if one.sample.name == name)


def test_doubts_are_means_over_edges(samples_and_model: tuple[list[Sample], Predictor]) -> None:
    samples, predictor = samples_and_model
    one = predictor.module.segment(collate(samples[:1]))[0]
    given = doubts(one)
    sample = one.sample
    assert len(given) == one.labels.max() + 1
    for label in range(1, len(given)):
        share = [(one.labels[sample.superpixels == n] == label).mean() for n in range(sample.regions.num_nodes)]
        mine = np.array(share) > 0.5
        if (np.abs(np.array(share) - 0.5) < 0.2).any():
            continue  # a third object may have the majority
        touching = mine[sample.edge_index[0]] | mine[sample.edge_index[1]]
        length = sample.regions.edge_length[touching]
        undecided = 2 * np.minimum(one.actions[touching], 1 - one.actions[touching])
        assert given[label] == pytest.approx((length * undecided).sum() / length.sum(), abs=1e-6)


def test_a_model_that_finds_nothing_has_a_page(
    samples_and_model: tuple[list[Sample], Predictor], tmp_path: Path, trained: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples, predictor = samples_and_model
    monkeypatch.setattr(predictor.module, "min_score", 2.0)
    page = read(write_report(tmp_path, trained.best, predictor, samples))
    assert "No object was found." in page.text
    assert "The training has not ended yet" in page.text
    assert "There was no validation." in page.text


def test_an_interrupted_training_has_its_page(
    trained: Run, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And other endings have none; what goes wrong with the page is no error."""
    run = tmp_path / "run"
    shutil.copytree(trained.folder, run)

    class Data:
        validation_samples: Any = None

    page = ReportAtEnd(())
    page._run, page._data = run, Data()
    with page.written():
        pass
    assert not (run / "report.html").exists()
    preparation = Preparation.model_validate(trained.content()["preparation"])
    Data.validation_samples = [preparation(*crop(0))]
    with pytest.raises(ValueError, match="x"), page.written():
        raise ValueError("x")
    assert not (run / "report.html").exists()
    capsys.readouterr()
    with pytest.raises(KeyboardInterrupt), page.written():
        raise KeyboardInterrupt
    assert capsys.readouterr().err == f"writing the report ...\nreport: {run / 'report.html'}\n"
    assert "Images" in read(run / "report.html").text


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda run: shutil.rmtree(run / "checkpoints"), "is no folder of a run"),
        (lambda run: [path.unlink() for path in (run / "checkpoints").iterdir()], "has no checkpoint yet"),
        (lambda run: (run / "config.yaml").unlink(), "does not say which images were used"),
        (lambda run: (run / "config.yaml").write_text("data: [1]"), "does not say which images were used"),
        (lambda run: (run / "config.yaml").write_text("data: {images: nowhere}"), "the images of "),
    ],
)
def test_what_is_missing_is_one_line(
    spoil: Any, words: str, trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    shutil.copytree(trained.folder, run)
    spoil(run)
    assert main(["report", str(run)]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert "Traceback" not in error


def test_many_images_are_counted_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 1.0, 16.0, 16.0, 20.0, 40.0, 40.0])
    monkeypatch.setattr("rlseg.prediction.report.findings.time.monotonic", lambda: next(clock))
    said: list[str] = []
    assert list(findings._told("abcd", said.append)) == list("abcd")
    assert said == ["1 of 4 images", "3 of 4 images"]


def test_the_page_looks_for_candidates_once_an_image(
    samples_and_model: tuple[list[Sample], Predictor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a large image each such search takes long."""
    samples, predictor = samples_and_model
    searched: list[str] = []

    def search(sample: Sample, *rest: Any) -> Any:
        searched.append(sample.name)
        return search_whole(sample, *rest)

    monkeypatch.setattr(findings, "search_whole", search)
    monkeypatch.setattr("rlseg.prediction.places.explain.search_whole", None)
    monkeypatch.setattr("rlseg.prediction.places.explain.candidates_at", None)
    blind = [replace(sample, proposed_to=None) for sample in samples]
    findings.look(predictor.module, blind)
    assert searched == [sample.name for sample in blind]
