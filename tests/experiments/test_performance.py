"""The report of the benchmarks, and what it says of losses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from experiments.results import performance


def bench(name: str, group: str, seconds: float, **extra: object) -> dict:
    return {"name": name, "group": group, "stats": {"median": seconds, "rounds": 3}, "extra_info": extra}


def content(*benchmarks: dict) -> dict:
    machine = {"cpu": {"count": 2}, "python_version": "3.11.7"}
    return {"machine_info": machine, "commit_info": {"id": "0123456789"}, "benchmarks": list(benchmarks)}


@pytest.fixture
def whole() -> dict:
    sizes = [
        bench(f"test_multicut[{size}]", "stage: multicut", size / 1e5, size=size, superpixels=size, edges=3 * size)
        for size in (256, 1024, 4096)
    ]
    growth = [
        bench(f"test_scale[{n}]", "scale: multicut", 2e-6 * n, superpixels=n, edges=3 * n) for n in (10_000, 100_000)
    ]
    return content(
        *sizes,
        *growth,
        bench("test_multicut[256-16]", "stage: multicut", 0.02, size=256, superpixels=256, edges=768, partitions=16),
        bench("test_backward", "stage: backward", 0.01, size=256, superpixels=9, edges=9, learner="guided"),
        bench("test_predict", "target: predict", 0.1, target=150, value=100.0, unit="ms"),
        bench("test_slow", "target: slow thing", 0.3, target=150, value=300.0, unit="ms", environment_share=0.4),
        bench("test_ratio", "target: reciprocal", 0.3, target=0.02, value=0.01, unit="", ratio=100.0),
        bench("test_graph[a]", "peer: graph", 0.001, who="rlseg"),
        bench("test_graph[b]", "peer: graph", 0.25, who="other"),
        bench("test_unet", "mode: UNet", 0.25, who="as it is"),
        bench("test_profile", "profile: training step", 1, profile=[["gnn.py: forward", 60, 1.5]]),
    )


def test_the_report_has_every_kind_of_row(whole: dict, tmp_path: Path) -> None:
    source = tmp_path / "latest.json"
    source.write_text(json.dumps(whole))
    performance.write(performance.read(source), tmp_path / "docs" / "performance.md")
    text = (tmp_path / "docs" / "performance.md").read_text()
    assert "| predict | 150 ms | 100 ms | met |" in text
    assert "| slow thing (of it multicut and rewards 40 %) | 150 ms | 300 ms | **missed** |" in text
    assert "| 50 times as fast | 100 times | met |" in text
    assert "| multicut | 2.56 | 10.2 | 41 |" in text
    assert "| multicut, K = 16 | 20 | - | - |" in text
    assert "| other | 250 | 250 |" in text
    assert "| multicut | 1.00 | 200 |" in text
    assert "| `gnn.py: forward` | 3.0 | 1.5 |" in text
    assert (tmp_path / "docs/results/growth.png").stat().st_size > 5000
    again = performance.read(tmp_path / "docs/results/performance.json")
    assert again == performance.read(source)


def test_a_remark_is_kept(whole: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(performance, "write", lambda measured: written.append(measured))
    written: list[dict] = []
    (tmp_path / "latest.json").write_text(json.dumps(whole))
    assert performance.main([str(tmp_path / "latest.json"), "--remark", "Twice."]) == 0
    assert "\nTwice.\n" in performance.render(performance.Report(written[0]))


def test_losses_are_flagged(whole: dict, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [tmp_path / "before.json", tmp_path / "after.json"]
    for file, seconds in zip(files, (0.100, 0.120), strict=True):
        file.write_text(json.dumps(content(bench("a", "g", seconds), bench("b", "g", 0.3 - seconds))))
    words = ["--compare", *map(str, files)]
    assert performance.main(words) == 1
    assert "a: SLOWER, 1.20 times the time\n1 of 2 changed" in capsys.readouterr().out
    assert performance.main(["--compare", str(files[0]), str(files[0])]) == 0
    assert performance.main(["--compare", *map(str, reversed(files))]) == 0, "faster is no loss"


def test_other_files_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json").write_text("[1]")
    assert performance.main([str(tmp_path / "a.json")]) == 2
    assert performance.main([str(tmp_path / "b.json")]) == 2
    assert "make bench writes it" in capsys.readouterr().err


def test_the_report_is_what_its_numbers_say() -> None:
    """Nobody has edited docs/performance.md."""
    measured = performance.read(performance.OUTPUT.parent / "results" / "performance.json")
    assert performance.render(performance.Report(measured)) == performance.OUTPUT.read_text(encoding="utf-8")
