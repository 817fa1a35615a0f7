"""Write docs/rewards.md and docs/objective.md with their pictures, and rewards/reward.schema.json.

Usage: python -m experiments.reward_docs
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image
from pydantic import BaseModel

from experiments import ROOT
from experiments.reward_docs.crowds import draw_crowds
from experiments.reward_docs.edge_toys import EARNED, draw_edge_term
from experiments.reward_docs.objective import build_objective
from experiments.reward_docs.reward_toys import class_file, draw_kind, term_files
from rlseg.rewards import TERM_KINDS, Division, EdgeRules, Geometry, Group, OwnTerm, Supervised, Tracks, Units
from rlseg.rewards.language import (
    CLASS_KINDS,
    FieldText,
    RewardFile,
    example_of,
    field_texts,
    models_in,
    schema_text,
    summary,
)
from rlseg.rewards.links import DIVISION_KINDS, LinkTerm
from rlseg.rewards.measure import DESCRIPTORS, VOLUME_DESCRIPTORS
from rlseg.rewards.measure.catalogue import Descriptor
from rlseg.rewards.terms import Term

if TYPE_CHECKING:
    from rlseg.pictures import Rgb

PICTURES = "pictures/rewards"

INTRODUCTION = """\
<!-- Written by `python -m experiments.reward_docs` from the models and their docstrings; do not edit. -->

# The reward language

A reward file says what is known about the objects. It sorts every predicted segment into a class (`classes`), pays
each class (`rewards`), and carries the pay to the edges between superpixels (`edges`), which is what a model learns
from. Nothing in the file is code. [objective.md](objective.md) shows what that comes to: what is paid where an object
is found, missed, merged, split or outlined badly.

```yaml
version: 1
name: my_cells
description: Roundish cells, about 13 px across, brighter than what lies between them.
units: {length: px, intensity: unit}
classes:
  background: {kind: area, over: 1500}
rewards:
  foreground:
    combine: geometric
    terms:
      size: {kind: descriptor, property: equivalent_diameter_area, expected: 13, scale: 4}
      smooth: {kind: descriptor, property: solidity, expected: 0.95, scale: 0.04, side: below}
      bright: {kind: descriptor, property: contrast, expected: 0.2, scale: 0.1, side: below}
  background: 0.0
edges: {cut: foreground, background: near}
```

| command | what it does |
| --- | --- |
| `rlseg new PROJECT --images FOLDER` | writes a reward file and a configuration for these images, see below |
| `rlseg reward check FILE...` | says what is wrong in a file, all of it, each thing at its place |
| `rlseg reward explain FILE` | shows the whole reward with what it inherits, and where each value stands |
| `rlseg reward explain WORD` | explains a kind, a property, a section or a key of one |
| `rlseg reward score FILE IMAGE LABELS` | what a segmentation is paid, all merged and all split; what objects have |
| `rlseg reward rank FILE IMAGES LABELS` | whether it pays outlined objects more than worse versions of them |
| `rlseg reward preview FILE IMAGE --labels LABELS -o PNG` | draws which term pays which object |
| `rlseg reward measure --outlines PATH --images PATH` | writes a reward file from some outlined objects, see below |
| ... `--config FILE`, `--checkpoint MODEL` | for the last four: prepare images as this training does |
| `rlseg reward schema` | the JSON schema for editors |

`new` makes a folder with `reward.yaml`, `config.yaml` for `rlseg fit`, and `objects.png`, which shows the objects that
were seen, the superpixels, and what a search by the rules finds without training. It prints what it chose and why; the
same stands in the reward file, for you to check and change. Nothing is overwritten, and paths are whole, so that all
commands work in any folder. What the objects look like comes from

- nothing that you say: look, widths, lengths and contrast of what stands out on three of the images. Of all masks
  (brighter, darker, within rims, unlike the ground, at several scales) it is the one whose parts look most like objects
  of one kind; how sure that is, and the next best look, is said.
- `--outlines PATH`: a few outlined objects, measured as by `measure`; also without the option if they lie beside the
  images, like `a_RoiSet.zip` beside `a.tif`.
- `--like KIND`: what is known of a usual kind; `rlseg new --like list` lists them. Lengths and areas follow from the
  widths, and those, with the contrast, are seen in the images.
- `--width 14-20`, `--look darker`, `--channel hematoxylin` go before what is seen or measured: short diameters in px;
  brighter, darker, outlined or different; a channel from 0, mean, strongest, a stain or a colour.
- `--volume`: the planes of each stack are one volume, with rules in px^3 ([volumes.md](volumes.md)).

Commands about the reward file of such a project prepare images as its configuration says, with the superpixels that the
training takes.

`measure` reads outlines as many programs write them ([formats.md](formats.md)); five objects will do. It keeps a few
terms: size, shape, brightness and outline have one or two each, of those that say the same the one that tells more. A
term is left out, and named in the file, if the superpixels cannot show it, or if it pays other segments of the
superpixels as much as the outlined objects: pieces of them, and what lies near them. What is expected is the middle
half of the objects, as outlined and as superpixels show them, widened by its sampling error: the fewer objects, the
wider. Then it says what the file pays for these very objects, term by term, and which term excludes which object.
What the objects look like, how wide and whether bright, dark or with a rim, is measured first: the file has a section
`objects`, by which images are looked at, unless the configuration says something else.

`rank` is the test to pass before a training, which ends in whatever is paid most. On how many images the shipped files
pay the truth more than each version, with the superpixels of the configurations in `experiments/`:

| | nuclei | nuclei_paper | nuclei_small | cells | circles | circles_paper | embryo_cells | embryo_cells_paper |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
| images | 175 | the same 175 | 91 of small ones | 4 | 20 drawn | the same | 8 drawn | the same |
| a random half left out | 175 | 175 | 91 | 4 | 20 | 20 | 8 | 8 |
| its best-paid quarter alone | 175 | 175 | 89 | 4 | 20 | 20 | 8 | 8 |
| a random half left out (on superpixels) | 175 | 175 | 91 | 4 | 20 | 20 | 8 | 8 |
| its best-paid quarter alone (on superpixels) | 174 | 175 | 89 | 4 | 20 | 20 | 8 | 8 |
| all merged, all split | 175 | 175 | 91 | 4 | 20 | 20 | 8 | 8 |
| touching pairs merged | 80 of 94 | 88 of 94 | 42 of 45 | 4 | | | 8 | 8 |
| Otsu's threshold | 123 | 154 | 68 | 4 | 20 | 20 | 8 | 8 |
| over-grown | 166 | 12 | 89 | 0 | 18 | 19 | 0 | 6 |
| shrunken | 174 | 175 | 91 | 4 | 20 | 20 | 8 | 8 |

Outlines that are a little too wide are hardly worse where cells fill the image; in `nuclei_paper`, where the background
earns nothing as in the paper, they are paid more, for wide objects have more edges. Otsu's threshold finds nuclei that
lie apart as well as people do, and is one of the ways of looking that `stability` asks. Where the best-paid quarter
alone is paid more, training becomes choosy: the rules pay too little for the objects that it would have to add.

Editors with a YAML language server complete and check a reward file whose first line is
`# yaml-language-server: $schema=./reward.schema.json`, with `rewards/reward.schema.json` beside it.

Numbers are plain; their units stand once, under `units`. A score is between 0 (as bad as can be) and 1 (as expected).
In the pictures below, each object has the colour of its score, from red (0) over yellow to green (1); above each
picture stands the mean over the objects it shows. The files behind them use pixels.
"""

CLASSES = """\
Rules are tried in the order of the file; the first match wins, and whatever is left is `foreground`. In the pictures,
segments that the rule takes are green.
"""

AT_BORDER = """\

Objects that the border cuts are smaller and less round than the file expects, and are paid less for it. What is no
object gains there as well when that is excused: whatever touches the border could go on to something round. Measured
with `rewards/nuclei.yaml` on its 175 training images: the mean pay, and the mAP of a search (`rlseg.search_image`,
outlines refined with `loss: 0.3`) by the pay below which an object is left out.

| | as_seen | continued |
| --- | --- | --- |
| 825 outlined nuclei at the border (3,227 inside: 0.81) | 0.66 | 0.71 |
| halves of them, cut at random angles, at the border | 0.35 | 0.39 |
| pairs with one of them, merged | 0.39 | 0.41 |
| mAP of the search, `min_score` 0.3 | 0.640 | 0.639 |
| 0.5 | 0.690 | 0.689 |
| 0.55 | 0.691 | 0.694 |
| 0.6 | 0.686 | 0.696 |

So it is for rules that leave out much: as seen, objects at the border are the first to go. Shipped files do not use it.
"""

VOLUMES = """\
A file that says `dimensions: 3` at its top is about volumes ([volumes.md](volumes.md)). Of the properties above these
have brightness, contrast, outlines by brightness, `stability`, `border_share`, `centroid_row` and `centroid_col`; and
the following, where the length px is the side of a pixel within a plane:
"""
EDGES = f"""\
`near` pays an uncut edge in the background (w_u l_u + w_v l_v) / (w_u + w_v), with l_u the mean score of the objects
across the cut edges of u, weighed by their length (for u without cut edges half of the mean l of those that have some),
and w_u = 1 / area of u (a tenth of it without cut edges). `missed: m` multiplies that by
max(0, 1 - m (lost_u + lost_v) / 2), with lost_u the largest f(c) max(0, 2 b_c - 1) over the candidates c that hold u, 0
in objects. Candidates are the segments that several ways of looking propose (`data.preparation.proposals`), which the
rules pay f(c) > 0, and of which the share b_c lies in no object. [objective.md](objective.md) shows it, with numbers.

Each picture below shows an image, then the edges between its superpixels in the colour of what each is paid if it is
cut, and if it is kept. Every segment earns {EARNED} in them, so that all else comes from the term, and
`boundary_evidence` has the weight 1. Blue circles are the ring and, if it plays a part, `border_radius`.
"""

TRACKS = """\
[films.md](films.md) shows what comes of it. Nothing here changes what a training is paid.

```yaml
tracks:
  reach: 30
  terms:
    moved: {kind: moved, expected: [0, 6], scale: 6}
    grown: {kind: change, property: area, expected: [0.9, 1.2], scale: 0.2}
  division:
    terms:
      conserved: {kind: change, property: area, expected: [0.9, 1.2], scale: 0.2}
      halves:    {kind: alike, property: area, expected: 0.8, scale: 0.2, side: below}
```
"""

EXTENDS = """\
A file with `extends: ./other.yaml` (relative to it) holds changes only: mappings are merged, lists and plain values are
replaced, `null` removes (RFC 7396). A term whose `kind` changes is replaced as a whole. Errors point into the file that
holds the fault, and `rlseg reward explain` shows what came from where. Every file of a chain says its `version`.
"""


def main() -> None:
    """Write everything."""
    for path, content in (build() | build_objective()).items():
        target = ROOT / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            target.write_text(content, encoding="utf-8", newline="\n")
        else:
            Image.fromarray(content).save(target, optimize=True)


def build() -> dict[str, str | Rgb]:
    """The manual and the schema: path in the repository -> text or (height, width, 3) picture."""
    files: dict[str, str | Rgb] = {"rewards/reward.schema.json": schema_text()}
    terms, classes = [], []
    for kind, model in sorted(TERM_KINDS.items()):
        texts = term_files(example_of(model))
        drawn = draw_crowds(texts[0]) if kind == "peers" else draw_kind(texts)
        terms += _kind(kind, model, drawn, f"{PICTURES}/term-{kind}.png", files)
    for kind, model in sorted(CLASS_KINDS.items()):
        picture = draw_kind([class_file(example_of(model))])
        classes += _kind(kind, model, picture, f"{PICTURES}/class-{kind}.png", files)
    common = [field for field in field_texts(Term) if field.name != "kind"]
    lines = [
        INTRODUCTION,
        *("## The file\n", *_fields(field_texts(RewardFile)), "\n### units\n", *_fields(field_texts(Units))),
        *("\n### geometry\n", summary(Geometry), "", *_fields(field_texts(Geometry)), "\n### extends\n", EXTENDS),
        *("## classes\n", CLASSES, *classes),
        *("## rewards\n", "Each class is paid a number, or by a group of terms:\n", summary(Group), ""),
        *(
            *_fields(field_texts(Group)),
            AT_BORDER,
            "Every term has these keys, besides its own:\n",
            *_fields(common),
            "",
        ),
        *("### Properties\n", *_properties(DESCRIPTORS), ""),
        *(VOLUMES, *_properties(VOLUME_DESCRIPTORS), "", "## Kinds of terms\n", *terms),
        *("### Terms of your own\n", summary(OwnTerm), "", *_fields(field_texts(OwnTerm, _names(common))), ""),
        *("## edges\n", summary(EdgeRules), "", *_fields(field_texts(EdgeRules)), "", EDGES),
        *_edge_terms(files),
        *("## supervised\n", summary(Supervised), "", "```yaml", "supervised: {weight: 1.0}", "```", ""),
        *_fields(field_texts(Supervised)),
        *_tracks(),
    ]
    files["docs/rewards.md"] = "\n".join(lines).rstrip() + "\n"
    return files


def _tracks() -> list[str]:
    """The section about films."""
    common = field_texts(LinkTerm)
    lines = ["\n## tracks\n", summary(Tracks), "", TRACKS, *_fields(field_texts(Tracks)), "\n### division\n"]
    lines += [summary(Division), "", *_fields(field_texts(Division)), "\n### Terms of links\n"]
    lines += ["Every term has these keys, besides its own:\n", summary(LinkTerm).split("\n\n")[0], "", *_fields(common)]
    for kind, model in sorted(DIVISION_KINDS.items()):
        where = " (of divisions alone)" if model.DIVISION else ""
        lines += [f"\n### {kind}{where}\n", summary(model), "", "```yaml", f"{kind}: {example_of(model)}", "```", ""]
        lines += _fields(field_texts(model, _names(common)))
    return lines


def _kind(kind: str, model: type[BaseModel], drawn: Rgb | None, path: str, files: dict[str, str | Rgb]) -> list[str]:
    common = _names(field_texts(Term)) if issubclass(model, Term) else ()
    lines = [f"### {kind}\n", summary(model), "", "```yaml", f"{kind}: {example_of(model)}", "```", ""]
    if drawn is not None:
        files[f"docs/{path}"] = drawn
        lines += [f"![what {kind} pays]({path})", ""]
    return [*lines, *_fields(field_texts(model, common)), "", *_nested(model)]


def _nested(model: type[BaseModel]) -> list[str]:
    """The mappings that can stand in the fields of a kind."""
    lines = []
    for name, field in model.model_fields.items():
        for inner in models_in(field.annotation):
            lines += [f"In `{name}`: {summary(inner)}", "", *_fields(field_texts(inner)), ""]
    return lines


def _names(fields: list[FieldText]) -> tuple[str, ...]:
    return tuple(field.name for field in fields)


def _fields(fields: list[FieldText]) -> list[str]:
    if not fields:
        return ["No keys of its own."]
    rows = [f"| `{f.name}` | {_cell(f.values)} | {_cell(f.default)} | {_cell(f.text)} |" for f in fields]
    return ["| key | value | default | meaning |", "| --- | --- | --- | --- |", *rows]


def _properties(known: dict[str, Descriptor]) -> list[str]:
    rows = []
    for name, descriptor in sorted(known.items()):
        if known is VOLUME_DESCRIPTORS and descriptor == DESCRIPTORS.get(name):
            continue
        unit = {"1": "", "px": "length", "px2": "length^2", "px3": "length^3"}.get(descriptor.unit, descriptor.unit)
        text = " ".join((descriptor.compute.__doc__ or "").split())
        rows.append(f"| `{name}` | {unit} | {_cell(text)} |")
    return ["| property | unit | meaning |", "| --- | --- | --- |", *rows]


def _edge_terms(files: dict[str, str | Rgb]) -> list[str]:
    """The mappings that can stand under `edges`; those of one name differ in their first key."""
    lines = []
    for name, field in EdgeRules.model_fields.items():
        forms = models_in(field.annotation)
        for model in forms:
            form = next(iter(model.model_fields))
            title = f"{name} with `{form}`" if len(forms) > 1 else name
            path = f"{PICTURES}/edges-{name}{f'-{form}' if len(forms) > 1 else ''}.png"
            files[f"docs/{path}"] = draw_edge_term(name, example_of(model))
            lines += [f"### {title}\n", summary(model), "", "```yaml", f"{name}: {example_of(model)}", "```", ""]
            lines += [f"![what {name} pays]({path})", "", *_fields(field_texts(model)), ""]
            for inner in dict.fromkeys(m for f in model.model_fields.values() for m in models_in(f.annotation)):
                users = [f"`{key}`" for key, f in model.model_fields.items() if inner in models_in(f.annotation)]
                lines += [f"In {', '.join(users)}: {summary(inner)}", "", *_fields(field_texts(inner)), ""]
    return lines


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    main()
