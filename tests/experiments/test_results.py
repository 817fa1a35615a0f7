"""The run of all experiments: order, failures, what is done again, and what the report says of what is missing."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from pydantic import ValidationError

import experiments
from experiments.results import __main__ as results
from experiments.results import jobs, report, targets
from experiments.results.paper import read_statements
from rlseg.errors import RlsegError


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scripts and what is kept of them lie in a folder of their own."""
    for module in (jobs, results):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    for module in (jobs, results):
        monkeypatch.setattr(module, "JOBS", tmp_path / "kept")
    (tmp_path / "kept").mkdir()


def script(folder: Path, name: str, text: str, needs: tuple[str, ...] = ()) -> jobs.ScriptJob:
    (folder / f"{name}.py").write_text(text)
    return jobs.ScriptJob(name=name, command=(name, "{json}", "0.5"), needs=needs)


COUNT = (
    "import json, sys, pathlib\n"
    "count = pathlib.Path('count'); count.write_text(count.read_text() + 'x' if count.exists() else 'x')\n"
    "json.dump({'rows': [{'a': float(sys.argv[2])}]}, open(sys.argv[1], 'w'))"
)


def test_a_job_runs_once_until_what_it_depends_on_changes(tmp_path: Path) -> None:
    one = script(tmp_path, "one", COUNT)
    for _ in range(2):
        assert results.run([one], workers=2) == []
    assert (tmp_path / "count").read_text() == "x"
    assert one.rows() == [{"a": 0.5}]
    assert one.state()["seconds"] > 0
    assert one.state()["cpu_seconds"] > 0
    one = script(tmp_path, "one", COUNT + "\n")
    assert results.run([one], workers=2) == []
    assert (tmp_path / "count").read_text() == "xx"


def test_a_script_runs_again_when_a_configuration_of_its_command_changes(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(COUNT)
    (tmp_path / "c.yaml").write_text("a: 1")
    one = jobs.ScriptJob(name="one", command=("one", "{json}", "0.5", "--config", "c.yaml"))
    assert results.run([one], workers=1) == []
    assert one.done()
    (tmp_path / "c.yaml").write_text("a: 2")
    assert not one.done()


def test_what_needs_a_failed_job_is_left_out_and_the_rest_runs(tmp_path: Path, capsys: Any) -> None:
    bad = script(tmp_path, "bad", "print('why'); raise SystemExit(3)")
    after = script(tmp_path, "after", COUNT, needs=("bad",))
    other = script(tmp_path, "other", COUNT)
    assert results.run([bad, after, other], workers=1) == ["bad", "after"]
    assert "FAILED with code 3, see kept/logs/bad.txt" in capsys.readouterr().out
    assert (tmp_path / "kept" / "logs" / "bad.txt").read_text() == "why\n"
    assert other.done()
    assert not bad.done()
    assert not after.done()


def test_needs_must_come_before_and_names_differ(tmp_path: Path) -> None:
    one, two = script(tmp_path, "one", COUNT), script(tmp_path, "two", COUNT, needs=("one",))

    def part(name: str, *of: jobs.Job) -> jobs.Part:
        return jobs.Part(name=name, jobs=of)

    for wrong in ([part("p", two, one)], [part("p", two), part("q", one)]):
        with pytest.raises(ValidationError, match="two needs one: must come before"):
            jobs.Parts(wrong)
    for wrong in ([part("p", one, one)], [part("p", one), part("q", one)]):
        with pytest.raises(ValidationError, match="two jobs have the name one"):
            jobs.Parts(wrong)
    assert len(jobs.Parts([part("p", one), part("q", two)]).root) == 2


def seed(value: float) -> dict[str, Any]:
    seconds = 100 * value if value < 0.8 else float("nan")
    return {
        "mean_ap": value,
        "seconds_to_90": seconds,
        "images": {"a": value, "b": value},
        "curve": [[1.0, 0.1, None], [2.0, 0.2, None]],
    }


def test_the_report_gives_mean_and_spread_and_marks_what_is_missing(tmp_path: Path) -> None:
    there = jobs.SeedsJob(name="there", config=Path("c.yaml"), seeds=3)
    gone = jobs.SeedsJob(name="gone", config=Path("c.yaml"), seeds=3)
    folder = tmp_path / "runs" / "there"
    folder.mkdir(parents=True)
    for number, value in enumerate((0.6, 0.7, 0.8)):
        (folder / f"seed_{number}.json").write_text(json.dumps(seed(value)))
    template, output = tmp_path / "t.md.j2", tmp_path / "docs" / "t.md"
    template.write_text(
        "{{ r.mean('there') }}|{{ r.mean('gone') }}|{{ r.value('gone') | n }}|{{ r.fastest('there') }}|"
        "{{ r.curves('c.png', {'x': 'there'}, key='reward') }}"
    )
    parts = [jobs.Part(name="p", jobs=(there, gone))]
    assert report.write_report(parts, template, output) == ["gone"]
    cells = output.read_text().split("|")
    assert cells[:4] == ["0.700 ± 0.100 (3)", "not measured", "not measured", "60-70, 1 of 3 never"]
    assert cells[4] == "![x](results/c.png)"
    assert (tmp_path / "docs" / "results" / "c.png").stat().st_size > 1000


SLOW = targets.Target("slow", lambda r: r.extreme("a", "seconds_to_90", largest=True), most=65, digits=0)
MORE = targets.Target("more", lambda r: r.value("a"), above=0.65)
GOOD = targets.Target("good", lambda r: r.value("a"), least=0.65, why=lambda r: f"worst {r.extreme('a'):.1f}")


@pytest.mark.parametrize(
    ("target", "values", "measured", "verdict"),
    [
        (SLOW, (0.6, 0.7), "70", "**not reached**: see below"),
        (SLOW, (0.6, 0.65), "65", "reached"),
        (SLOW, (0.6, 0.9), "never", "**not reached**: see below"),
        (SLOW, (), "not measured", "not measured"),
        (GOOD, (0.6, 0.72), "0.660", "reached"),
        (GOOD, (0.6, 0.5), "0.550", "**not reached**: worst 0.5"),
        (GOOD, (), "not measured", "not measured"),
        (MORE, (0.65,), "0.650", "**not reached**: see below"),
        (MORE, (0.66,), "0.660", "reached"),
    ],
)
def test_targets_are_judged(target: targets.Target, values: tuple[float, ...], measured: str, verdict: str) -> None:
    found = report.Results({"p": {"a": {"seeds": [seed(value) for value in values], "state": {}}}}, None)
    judged = target.judge(found)
    assert (judged.measured, judged.verdict) == (measured, verdict)
    assert judged.asked == {"slow": "at most 65", "good": "at least 0.650", "more": "above 0.650"}[target.what]


@pytest.mark.parametrize(("low", "verdict"), [(0.001, "reached"), (0.0, "not reached"), (-0.01, "not reached")])
def test_the_outline_rule_is_beaten_where_the_whole_interval_is_above_zero(low: float, verdict: str) -> None:
    (target,) = (each for each in targets.TARGETS if "outline rule" in each.what)
    row = {"other": targets.OUTLINED_TRAIN, "low": low, "difference": 0.01}
    measured = {"p": {"nuclei/comparison_train": {"rows": [{"other": "x", "low": 1.0}, row], "state": {}}}}
    judged = target.judge(report.Results(measured, None))
    assert (judged.asked, judged.measured) == ("above 0.000", f"{low:.3f}")
    assert judged.verdict.replace("*", "").split(":")[0] == verdict


def test_clearly_better_is_what_the_interval_of_images_and_seeds_says() -> None:
    (target,) = (each for each in targets.TARGETS if each.what.startswith("circles, K = 4"))
    guided, plain = targets.K4

    def judged(first: list[float], second: list[float]) -> targets.Verdict:
        jobs_ = {
            name: {"seeds": [seed(value) | {"seed": n} for n, value in enumerate(values)], "state": {}}
            for name, values in ((guided, first), (plain, second), ("circles/imitation", [0.25]))
        }
        return target.judge(report.Results({"p": jobs_}, None))

    better = judged([0.6, 0.7, 0.8], [0.5, 0.6, 0.7])
    assert (better.asked, better.measured, better.verdict) == ("above 0.000", "0.100", "reached")
    # by more, but not of every seed
    open_ = judged([0.5, 0.9, 0.9], [0.6, 0.6, 0.6])
    assert open_.measured == "-0.100"
    assert open_.verdict == (
        "**not reached**: 0.767 and 0.600, a difference of -0.100 to +0.300; imitation alone gives 0.250"
    )
    assert judged([], [0.5]).verdict == "not measured"


@pytest.mark.parametrize(
    ("times", "hours"),
    [
        (((0, 3600), (10, 1790), (1810, 5390)), 2.0),
        (((3600, 3600), (0, 3600)), 2.0),
        (((0, 1800), (100, 200), (9000, 1800)), 1.0),
        (((0, 3600), None), None),
        ((), None),
    ],
)
def test_the_time_of_all_experiments_is_that_in_which_any_ran(times: Any, hours: float | None) -> None:
    states = [{"began": time[0], "seconds": time[1]} if time else {} for time in times]
    found = report.Results({"p": {str(n): {"rows": [], "state": state} for n, state in enumerate(states)}}, None)
    assert found.hours() == pytest.approx(np.nan if hours is None else hours, nan_ok=True)


def test_a_difference_comes_with_its_interval_and_says_whether_the_code_is_the_same() -> None:
    def job(commit: str, *of_seeds: float) -> dict[str, Any]:
        images = [{"a": score - 0.1, "b": score + 0.1} for score in of_seeds]
        return {"seeds": [{"seed": n, "images": i} for n, i in enumerate(images)], "state": {"commit": commit}}

    jobs_ = {"x": job("1", 0.6, 0.7), "y": job("1", 0.5, 0.6), "z": job("2", 0.5), "none": job("1")}
    found = report.Results({"p": jobs_}, None)
    pair = found.difference("x", "y")
    assert pair is not None
    assert (pair.difference, pair.low, pair.high) == pytest.approx((0.1, 0.1, 0.1))
    assert (pair.seeds, pair.paired) == (2, True)
    assert found.difference("x", "none") is None
    assert found.commit("x") == found.commit("y") != found.commit("z")


def test_what_was_measured_elsewhere_stays_until_it_is_measured_here(tmp_path: Path) -> None:
    template, output = tmp_path / "t.md.j2", tmp_path / "docs" / "t.md"
    template.write_text("{{ r.mean('there') }} {{ r.rows('one') }}")
    there = jobs.SeedsJob(name="there", config=Path("c.yaml"), seeds=1)
    one = script(tmp_path, "one", COUNT)
    parts = [jobs.Part(name="p", jobs=(there, one))]
    (tmp_path / "runs" / "there").mkdir(parents=True)
    (tmp_path / "runs" / "there" / "seed_0.json").write_text(json.dumps(seed(0.6)))
    assert report.write_report(parts, template, output) == ["one"]
    (tmp_path / "runs" / "there" / "seed_0.json").unlink()
    assert results.run([one], workers=1) == []
    assert report.write_report(parts, template, output) == []
    assert output.read_text() == "0.600 (1) [{'a': 0.5}]"


def test_the_committed_report_says_what_was_measured() -> None:
    measured = json.loads((report.OUTPUT.parent / "results" / "results.json").read_text())
    assert report.render(report.Results(measured, pictures=None)) == report.OUTPUT.read_text()
    for picture in re.findall(r"\]\((results/[^)]*)\)", report.OUTPUT.read_text()):
        assert (report.OUTPUT.parent / picture).is_file(), picture


def test_the_gallery_says_what_was_measured_and_shows_it() -> None:
    text = report.GALLERY.read_text()
    measured = report.Results(json.loads((report.OUTPUT.parent / "results" / "results.json").read_text()), None)
    assert report.render_gallery(measured) == text
    nothing = {
        part: {name: {**job, **({"seeds": []} if "seeds" in job else {"rows": []})} for name, job in found.items()}
        for part, found in measured.measured.items()
    }
    assert "not measured" in report.render_gallery(report.Results(nothing, None))


def test_the_readme_says_what_was_measured() -> None:
    measured = report.Results(json.loads((report.OUTPUT.parent / "results" / "results.json").read_text()), None)
    text = report.README.read_text()
    assert report.with_table(text, measured) == text
    # of what was scored before scores by image were kept there is no interval
    assert report.MISSING not in text.replace(f"[{report.MISSING}]", "")


def test_the_committed_page_on_the_paper_says_what_was_measured() -> None:
    measured = report.Results(json.loads((report.OUTPUT.parent / "results" / "results.json").read_text()), None)
    assert report.render_paper(measured) == report.PAPER.read_text()


def names_in(file: Path) -> set[str]:
    """What a module defines, at its top and in its classes; the keys of a YAML file, at any depth."""
    if file.suffix == ".py":
        nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
        fields = [node.target for node in nodes if isinstance(node, ast.AnnAssign)]
        fields += [target for node in nodes if isinstance(node, ast.Assign) for target in node.targets]
        found = {node.name for node in nodes if isinstance(node, ast.ClassDef | ast.FunctionDef)}
        return found | {target.id for target in fields if isinstance(target, ast.Name)}

    def keys(value: Any) -> set[str]:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return {*(value if isinstance(value, dict) else ()), *(key for each in inner for key in keys(each))}

    return keys(yaml.safe_load(file.read_text(encoding="utf-8")))


def test_what_the_page_on_the_paper_names_is_there() -> None:
    measured = report.Results(json.loads((report.OUTPUT.parent / "results" / "results.json").read_text()), None)
    statements = [one for part in read_statements(report.render(measured, report.STATEMENTS)).values() for one in part]
    assert len(statements) > 20
    for one in statements:
        for place in one.places:
            file = experiments.ROOT / place.file
            assert file.is_file(), (one.where, place)
            assert place.name in {file.name} | (names_in(file) if file.suffix in (".py", ".yaml") else set()), place


def test_a_statement_fits_in_a_cell() -> None:
    line = "{where: a, says: b, code: [c], measured: '', differs: %s}"
    assert read_statements(f"A: [{line % 'd'}]")["A"][0].places[0].name == "c"
    with pytest.raises(ValidationError, match="one line without"):
        read_statements(f"A: [{line % 'd|e'}]")


def test_what_runs_on_request_alone_runs_where_it_is_named(tmp_path: Path) -> None:
    usual, asked = script(tmp_path, "usual", COUNT), script(tmp_path, "asked", COUNT, needs=("usual",))
    parts = [jobs.Part(name="first", jobs=(usual,)), jobs.Part(name="second", jobs=(asked,), on_request=True)]
    assert results.choose(parts, []) == [usual]
    assert results.choose(parts, ["second"]) == [usual, asked]
    assert results.run([usual], workers=1) == []
    found = report.Results(report.collect(parts, {}), None)
    assert found.hours() > 0
    assert found.unmeasured() == ["asked"]


def test_only_the_long_parts_of_the_shipped_list_run_on_request() -> None:
    assert [part.name for part in jobs.load_parts() if part.on_request] == ["fewer_rewards", "paper_form"]


def test_a_difference_is_over_the_images_and_seeds_of_both() -> None:
    one, other = (
        [seed(value) | {"seed": number} for number, value in enumerate(values)] for values in ((0.6, 0.7), (0.5, 0.5))
    )
    found = report.Results({"p": {name: {"seeds": x, "state": {}} for name, x in (("a", one), ("b", other))}}, None)
    gone = report.Results({"p": {"a": {"seeds": one, "state": {}}, "b": {"seeds": [], "state": {}}}}, None)
    between = found.difference("a", "b")
    assert between is not None
    assert (between.difference, between.low, between.high) == pytest.approx((0.15, 0.1, 0.2))
    rows = {"p": {"c": {"rows": [{"method": "m", "images": [0.5, 0.5]}], "state": {"commit": "abc"}}}}
    both = report.Results({"p": {**found.measured["p"], **rows["p"]}}, None)
    against = both.difference("a", "c:m")
    assert against is not None
    assert (against.first, against.second) == pytest.approx((0.65, 0.5))
    assert both.difference("a", "c:other") is None
    assert both.commit("c:m") == "abc"
    assert gone.difference("a", "b") is None


def test_the_table_of_a_readme_needs_its_place() -> None:
    measured = report.Results({}, None)
    for text in ("", report.BEGIN, report.END + report.BEGIN):
        with pytest.raises(RlsegError, match="no place for the table"):
            report.with_table(text, measured)


def test_the_shipped_list_of_experiments_is_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "ROOT", experiments.ROOT)
    for part in jobs.load_parts():
        for job in part.jobs:
            for file in job.own():
                assert file.is_file(), job.name


def test_targets_name_what_the_experiments_compare_with() -> None:
    (job,) = (job for part in jobs.load_parts() for job in part.jobs if job.name == "nuclei/comparison_train")
    assert isinstance(job, jobs.ScriptJob)
    assert targets.OUTLINED_TRAIN in job.command[2:]
    measured = report.Results(json.loads((report.OUTPUT.parent / "results" / "results.json").read_text()), None)
    assert measured.row("nuclei/baselines", method=targets.DISTANCE)


def test_the_baselines_are_outlined_by_the_rules_that_the_nuclei_are_trained_with() -> None:
    found = {job.name: job for part in jobs.load_parts() for job in part.jobs}
    trained = found["nuclei/raw/policy_gradient"]
    for name in ("nuclei/baselines", "nuclei/baselines_train"):
        assert trained.own()[0].relative_to(jobs.ROOT) in [p.relative_to(jobs.ROOT) for p in found[name].own()[1:]]


def test_an_unknown_part_is_refused(capsys: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # it goes to the root of the repository
    assert results.main(["nonsense"]) == 2
    assert "no such part: nonsense\n" in capsys.readouterr().err


def test_parts_and_beginnings_of_names_choose(tmp_path: Path) -> None:
    one, two, three = (script(tmp_path, name, COUNT) for name in ("one", "two_a", "two_b"))
    parts = [jobs.Part(name="first", jobs=(one,)), jobs.Part(name="second", jobs=(two, three))]
    assert results.choose(parts, []) == [one, two, three]
    assert results.choose(parts, ["second"]) == [two, three]
    assert results.choose(parts, ["two_b", "first"]) == [one, three]
    parts = [jobs.Part(name="two", jobs=(one, two)), jobs.Part(name="more", jobs=(three,))]
    assert results.choose(parts, ["two"]) == [one, two], "a part, and no other whose jobs begin so"


def test_what_a_chosen_job_needs_comes_along_from_any_part(tmp_path: Path) -> None:
    drawn, trained = script(tmp_path, "drawn", COUNT), script(tmp_path, "trained", COUNT, needs=("drawn",))
    other, scored = script(tmp_path, "other", COUNT), script(tmp_path, "scored", COUNT, needs=("trained",))
    parts = [jobs.Part(name="first", jobs=(drawn, trained, other)), jobs.Part(name="second", jobs=(scored,))]
    assert results.choose(parts, ["second"]) == [drawn, trained, scored]
    assert results.choose(parts, ["other"]) == [other]
