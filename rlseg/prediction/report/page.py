"""The page itself: what is known of a run as one HTML text without anything from elsewhere."""

from __future__ import annotations

import base64
import io
import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
from PIL import Image

from rlseg.models import UNCHANGED
from rlseg.pictures import Rgb
from rlseg.prediction.report.charts import Line, bars, line_chart
from rlseg.prediction.report.findings import Findings, Shown

TEMPLATE = Path(__file__).with_name("page.html")
REWARD = "validation/reward"
SHOWN_METRICS = ("mean_ap", "ap50", "ap75", "pq", "vi_split", "vi_merge", "are")


@dataclass(frozen=True)
class About:
    """What is known of a run besides what its model finds.

    Attributes:
        run: its folder.
        model: the checkpoint that the page is about.
        steps: batches of that checkpoint.
        curves: lines of curves.jsonl.
        reward_text, config_text: reward file and configuration.
        epochs: that the training was meant to have; None if there is no end, or it is not known.
        made_by: which rlseg.
        tried: picture and table of the superpixels that were tried, if the training has chosen them.
    """

    run: Path
    model: Path
    steps: int
    curves: Sequence[Mapping[str, Any]]
    reward_text: str
    config_text: str
    epochs: int | None
    made_by: str
    tried: tuple[Rgb, str] | None = None


def page(about: About, findings: Findings) -> str:
    """The HTML text."""
    validations = [line for line in about.curves if REWARD in line.get("metrics", {})]
    ended = next((line for line in reversed(about.curves) if "ended" in line), None)
    count = len(findings.names)
    were = "was" if count == 1 else "were"
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        title=escape(f"Training {about.run.parent.name}/{about.run.name}"),
        subtitle=escape(f"{about.model.name} after {about.steps} batches; {about.made_by}"),
        status=_status(ended),
        tiles=_tiles(about, validations, findings),
        next=_next(about, ended, findings),
        images_words=escape(
            f"Outlines of what {about.model.name} finds on images of the validation. {count} {were} looked at."
        ),
        images=_pictures(findings.images, "images"),
        terms=_terms(findings),
        objects=_objects(findings),
        curves=_curves(validations, about.steps),
        metrics=_metrics(validations, about.steps),
        tried=_tried(about),
        settings=_settings(about),
    )


def _status(ended: Mapping[str, Any] | None) -> str:
    if ended is None:
        return '<p class="status warn">The training has not ended yet, or was killed.</p>'
    kind = "status warn" if ended.get("hopeless") else "status"
    advice = f"<br>{escape(str(ended['advice']))}" if ended.get("advice") else ""
    return f'<p class="{kind}">Ended after {ended["step"]} batches: {escape(str(ended["ended"]))}.{advice}</p>'


def _tiles(about: About, validations: Sequence[Mapping[str, Any]], findings: Findings) -> str:
    tiles = [(f"{len(findings.rewards)}", "objects found"), (f"{len(findings.names)}", "images looked at")]
    if len(findings.rewards):
        tiles.append((f"{float(np.median(findings.rewards)):.2f}", "median reward of an object"))
    mine = _at(validations, about.steps)
    if mine is not None:
        tiles.append((f"{mine['metrics'][REWARD]:.3f}", "validation reward"))
        if "validation/mean_ap" in mine["metrics"]:
            tiles.append((f"{mine['metrics']['validation/mean_ap']:.3f}", "mAP against the labels"))
    # each start of a resumed training counts its own seconds
    times = [float(line["seconds"]) for line in about.curves]
    seconds = sum(time for time, after in pairwise([*times, 0.0]) if after < time)
    if seconds:
        tiles.append((f"{seconds / 60:.1f} min", "training"))
    found = "".join(
        f'<div class="tile"><b>{escape(value)}</b><span>{escape(name)}</span></div>' for value, name in tiles
    )
    return f'<div class="tiles">{found}</div>'


def _at(validations: Sequence[Mapping[str, Any]], steps: int) -> Mapping[str, Any] | None:
    """The validation of the model that the page is about."""
    return next((line for line in reversed(validations) if line["step"] == steps), None)


def _next(about: About, ended: Mapping[str, Any] | None, findings: Findings) -> str:
    run, model = shlex.quote(str(about.run)), shlex.quote(str(about.model))
    on = " --stop.unchanged null" if ended is not None and UNCHANGED in str(ended["ended"]) else ""
    config, last = (shlex.quote(str(about.run / name)) for name in ("config.yaml", "checkpoints/last.ckpt"))
    commands = [
        (
            "Segment images with this model",
            f"rlseg predict {model} IMAGES --output labels --overlay --table table.csv",
        ),
        (
            "Why was an object missed, or kept? Ask for its place",
            f"rlseg explain-object {run} IMAGE {_place(findings)}",
        ),
        (
            f"Go on with the training, to {_more(about)} epochs in all, those that are done included",
            f"rlseg fit --config {config} --ckpt_path {last} --trainer.max_epochs {_more(about)}{on}",
        ),
        ("Give the model to others", f"rlseg export {model} FOLDER"),
    ]
    if ended is not None and ended.get("hopeless"):
        commands = commands[1:3]
    return "".join(f"<p>{escape(words)}:</p><pre>{escape(command)}</pre>" for words, command in commands)


def _place(findings: Findings) -> str:
    return "COLUMN,ROW,PLANE" if findings.volumes else "COLUMN,ROW"


def _more(about: About) -> str:
    """Twice as many epochs as the training was meant to have, or N if that is not known."""
    return "N" if about.epochs is None else str(2 * about.epochs)


def _pictures(shown: Sequence[Shown], kind: str) -> str:
    parts = [
        f'<figure><img src="{_inline(one.picture)}" alt="{escape(f"{one.title}, with outlines: {one.words}")}">'
        f"<figcaption><b>{escape(one.title)}</b> {escape(one.words)}</figcaption></figure>"
        for one in shown
    ]
    return f'<div class="{kind}">{"".join(parts)}</div>'


def _tried(about: About) -> str:
    if about.tried is None:
        return ""
    picture, table = about.tried
    alt = "kinds of superpixels that were tried, drawn side by side on one image"
    return (
        f'<h2>Superpixels that were tried</h2><figure><img src="{_inline(picture, 1600)}" alt="{alt}"></figure>'
        f"<details><summary>What the best objects in each are paid</summary><pre>{escape(table)}</pre></details>"
    )


def _inline(picture: Rgb, side: int = 760) -> str:
    encoded = io.BytesIO()
    image = Image.fromarray(picture)
    image.thumbnail((side, side))
    image.save(encoded, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(encoded.getvalue()).decode()}"


def _terms(findings: Findings) -> str:
    if not len(findings.rewards):
        return "<p>No object was found.</p>"
    words = (
        f"Median of the {len(findings.rewards)} objects found, lowest term first; the thin line spans the middle half. "
        "A term that is low for all objects may ask for what they do not have."
    )
    return f'<p class="soft">{words}</p>{bars(findings.rewards, findings.terms)}'


def _objects(findings: Findings) -> str:
    kinds = [
        ("Paid least", "The objects found with the lowest rewards.", findings.worst),
        ("Hardest", "The policy was least sure whether to cut or to merge inside and around these.", findings.doubtful),
        ("Paid well, and not found", "What the search would choose and the policy leaves out.", findings.missed),
    ]
    parts = [
        f'<h3>{title}</h3><p class="soft">{words}</p>{_pictures(shown, "crops")}'
        for title, words, shown in kinds
        if shown
    ]
    note = f"Each is named by its image and a place in it, {_place(findings)}, for rlseg explain-object."
    note = f'<p class="soft">{note}</p>'
    return note + "".join(parts) if parts else "<p>There are none.</p>"


def _curves(validations: Sequence[Mapping[str, Any]], best: int) -> str:
    if not validations:
        return "<p>There was no validation.</p>"
    steps = [int(line["step"]) for line in validations]
    imitated = max((int(line["step"]) for line in validations if line.get("imitation")), default=0)

    def values(tag: str) -> list[float]:
        return [float(line["metrics"].get(tag, math.nan)) for line in validations]

    def line(name: str, style: str, tag: str) -> Line:
        return Line(name, style, values(f"validation/{tag}"))

    charts = [
        (
            "Reward of the validation images",
            [
                line("what is found", "a", "reward"),
                line("all superpixels by themselves", "c", "reward_all_split"),
                line("everything merged", "b", "reward_all_merged"),
                line("true objects", "d", "reward_truth"),
            ],
        ),
        ("Objects on an image", [line("found", "a", "objects")]),
        ("mAP against the labels", [line("found", "a", "mean_ap"), line("superpixel ceiling", "d", "ceiling_mean_ap")]),
    ]
    drawn = []
    for title, lines in charts:
        known = [one for one in lines if any(math.isfinite(value) for value in one.values)]
        if known:
            drawn.append(line_chart(title, steps, known, imitated, best))
    return f'<div class="charts">{"".join(drawn)}</div>'


def _metrics(validations: Sequence[Mapping[str, Any]], steps: int) -> str:
    mine = _at(validations, steps)
    metrics = {} if mine is None else mine["metrics"]
    rows = [
        f'<tr><td>{name}</td><td class="number">{metrics[f"validation/{name}"]:.3f}</td>'
        f'<td class="number">{metrics.get(f"validation/pooled_{name}", math.nan):.3f}</td></tr>'
        for name in SHOWN_METRICS
        if f"validation/{name}" in metrics
    ]
    if not rows:
        return ""
    head = "<tr><th>metric</th><th>by image</th><th>pooled</th></tr>"
    return (
        f'<h2>Metrics</h2><p class="soft">Against the labels of the validation images, after {steps} batches.</p>'
        f"<table>{head}{''.join(rows)}</table>"
    )


def _settings(about: About) -> str:
    return (
        f"<details><summary>The reward file</summary><pre>{escape(about.reward_text)}</pre></details>"
        f"<details><summary>The configuration</summary><pre>{escape(about.config_text)}</pre></details>"
    )
