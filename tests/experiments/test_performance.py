"""The report of the benchmarks, and what it says of losses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from experiments import ROOT
from experiments.results import performance


def bench(name: str, group: str, seconds: float, **extra: object) -> dict:
    return {"name": name, "group": group, "stats": {"median": seconds, "rounds": 3}, "extra_info": extra}


def content(*benchmarks: dict) -> dict:
    machine = {"cpu": {"count": 2}, "python_version": "3.11.7"}
    return {"machine_info": machine, "commit_info": {"id": "0123456789"}, "benchmarks": list(benchmarks)}


GROWTH = {"constant": 1.5, "pixel": 30.0, "object": 4.0, "error": 0.25, "each": [45.0, 36.0]}
PASS = {"package": "cellpose 4", "parameters": 304_000_000, "kind": "bfloat16", "seconds": 9.5}


def cost(wall: float) -> dict:
    return {"wall": wall, "cpu": wall / 2, "memory": 1000 * wall}


def process(limit: float, ratio: float, of_memory: bool = False, **more: object) -> dict:
    found = {"limit": limit, "ratio": ratio, "of_memory": of_memory, "peer_name": "`import numpy`", "peer": cost(0.1)}
    return found | {"now": cost(0.02), **more}


@pytest.fixture
def whole() -> dict:
    sizes = [
        bench(f"multicut[{n}]", "stage: multicut", n / 1e5, size=n, superpixels=n, edges=3 * n, bytes=1000 * n)
        for n in (256, 1024, 4096)
    ]
    growth = [
        bench(f"test_scale[{n}]", "scale: multicut", 2e-6 * n, superpixels=n, edges=3 * n) for n in (10_000, 100_000)
    ]
    return content(
        *sizes,
        *growth,
        bench("test_multicut[256-16]", "stage: multicut", 0.02, size=256, superpixels=256, edges=768, partitions=16),
        bench("test_backward", "stage: backward", 0.01, size=256, superpixels=9, edges=9, learner="guided"),
        bench("test_bandwidth", "floor: bandwidth", 1, value=2.56e9),
        bench("test_fast", "target: predict", 0.1, limit=1.5, ratio=0.5, yardstick="a pipeline", yardstick_ms=200.0),
        bench(
            "test_slow",
            "target: step",
            0.3,
            limit=2,
            ratio=3.0,
            yardstick="a layer",
            yardstick_ms=1.0,
            environment_share=0.4,
        ),
        bench(
            "test_rewards",
            "target: rewards of 64, cold",
            0.02,
            limit=2,
            ratio=0.5,
            yardstick="it",
            yardstick_ms=40.0,
            segments=17496,
            unlike=4311,
        ),
        bench("test_process[a]", "process: help", 1, ms=20.0, **process(limit=0.5, ratio=0.2, before=cost(0.08))),
        bench("test_process[b]", "process: fit", 1, ms=20.0, **process(limit=3, ratio=5.0, of_memory=True)),
        bench("test_training", "training: guided", 0.2, before=0.3, now=0.2),
        bench("test_two", "ddp: policy_gradient", 0.2, one=40.0, two=60.0, least=1.2),
        bench("test_start", "start: predict one image", 0.5, parts={"interpreter": 12.0, "import numpy": 80.0}),
        bench(
            "test_pixels", "growth: pixels and objects", 9, sizes=[256, 512], objects=[3, 40], parts={"write": GROWTH}
        ),
        bench("test_network[a]", "network: cellpose-sam", 9, passes=[PASS]),
        bench("test_network[b]", "network: stardist", 9, passes=[]),
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
    assert "| predict | 100 ms | 0.5 times | a pipeline: 200 ms | 1.5 times | met |" in text
    assert "| step (of it multicut and rewards 40 %) | 300 ms | 3 times | a layer: 1 ms | 2 times | **mis" in text
    assert "measured once: of\n17,496 segments in these rows\n4,311 consist" in text
    assert "| help, as a process | 20 ms | 0.2 times | `import numpy`: 100 ms | 0.5 times | met |" in text
    assert "| peak memory of fit, as a process | 20 MB | 5 times | `import numpy`: 100 MB | 3 times | **mis" in text
    assert "| help | 0.08 | 0.04 | 80 | 0.02 | 0.01 | 20 | 4 | `import numpy` | 0.1 | 0.05 | 100 |" in text
    assert "| fit | - | - | - | 0.02 | 0.01 | 20 | - | `import numpy` | 0.1 | 0.05 | 100 |" in text
    assert "| guided | 300 | 200 | 1.5 |" in text
    assert "| 60 | 1.5 times | one process: 40 | at least 1.2 times | met |" in text
    assert "| import numpy | 80 |" in text
    assert (
        "a pixel of 512² |\n| --- | --- | --- | --- | --- | --- | --- |\n| write | 1.5 | 30 | 4 | 25 % | 45 | 36 |\n"
        in text
    )
    assert "| cellpose-sam (cellpose 4) | 304 million | bfloat16 | 9.5 |" in text
    assert "| stardist | | | not installed, not measured |" in text
    assert "| multicut | 2.56 | 0.1 | 25.6 | 10.2 | 0.4 | 25.6 | 41 | 1.6 | 25.6 |" in text
    assert "| multicut, K = 16 | 20 | - | - | - | - | - | - | - | - |" in text
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


def test_what_was_not_measured_is_no_loss() -> None:
    nothing, something = [{"name": "a", "ms": 0.0}], [{"name": "a", "ms": 9.0}]
    assert performance.compare(nothing, something) == performance.compare(something, nothing) == []
    assert performance.compare([{"name": "a", "ms": 3.0}], something) == [("a", 3.0)]


def test_a_network_that_is_not_there_keeps_what_was_measured(whole: dict, tmp_path: Path) -> None:
    """Nobody installs gigabytes of others' networks for each bench; what was measured once says at which commit."""
    (tmp_path / "earlier.json").write_text(json.dumps(whole))
    earlier = performance.read(tmp_path / "earlier.json")
    network = next(row for row in earlier["rows"] if row.get("passes"))
    without = {"commit": "ffffff0", "rows": [network | {"passes": [], "ms": 0.0}, {"name": "a", "ms": 1.0}]}
    kept = performance.carry_over(without, earlier)["rows"]
    assert kept == [network | {"commit": "0123456"}, {"name": "a", "ms": 1.0}]
    again = performance.carry_over(without, {"commit": "ffffff0", "rows": kept})["rows"]
    assert again == kept, "the commit stays that of the measurement"
    measured = {"commit": "ffffff0", "rows": [network | {"passes": [PASS | {"seconds": 1.0}]}]}
    assert performance.carry_over(measured, earlier)["rows"] == measured["rows"]


def test_other_files_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json").write_text("[1]")
    assert performance.main([str(tmp_path / "a.json")]) == 2
    assert performance.main([str(tmp_path / "b.json")]) == 2
    assert "make bench writes it" in capsys.readouterr().err


def test_the_report_is_what_its_numbers_say() -> None:
    """Nobody has edited docs/performance.md."""
    measured = performance.read(performance.OUTPUT.parent / "results" / "performance.json")
    assert performance.render(performance.Report(measured)) == performance.OUTPUT.read_text(encoding="utf-8")


def test_what_the_readme_says_was_measured() -> None:
    measured = json.loads((ROOT / "docs/results/performance.json").read_text(encoding="utf-8"))
    found = {row["group"]: row for row in measured["rows"]}
    first = found["process: predict one image of 256 x 256"]
    networks = [found[f"network: {name}"]["passes"][0]["seconds"] for name in ("cellpose-sam", "stardist")]
    numbers = [f"{first[whose]['wall']:.2f} s" for whose in ("now", "peer")]
    said = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    line = said[said.index("`rlseg predict` of one image of 256 x 256 is") :].split(" - **")[0]
    for number in (*numbers, f"{networks[0]:.1f} s", f"{networks[1]:.2f} s"):
        assert number in line
