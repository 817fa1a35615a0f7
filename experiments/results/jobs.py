"""The experiments of the report: what is run, what it depends on, and whether it is done (results.yaml)."""

from __future__ import annotations

import hashlib
import json
import os
import time
from glob import glob
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, RootModel, field_validator, model_validator

from experiments import ROOT
from experiments.results.seeds import TEST, Training, digest
from experiments.results.working_copy import git

JOBS = ROOT / "runs" / "results"
FILE = ROOT / "experiments" / "results" / "results.yaml"


class _Job(BaseModel):
    """Attributes common to all jobs.

    Attributes:
        name: of the job, with slashes for folders.
        needs: names of jobs that come before, in the same part or in an earlier one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: Annotated[str, Field(pattern=r"^[a-z0-9_]+(/[a-z0-9_]+)*$")]
    needs: tuple[str, ...] = ()

    @property
    def state_file(self) -> Path:
        """Where it is kept that, when and how the job ended."""
        return JOBS / f"{self.name}.state.json"

    def own(self) -> tuple[Path, ...]:
        """The configuration or script of this job, and what files these are given."""
        raise NotImplementedError

    def depends_on(self) -> str:
        """Changes with the own files, the rewards, the package, the arguments, or what the job needs."""
        files = [JOBS / f"{name}.state.json" for name in self.needs]
        needs = [json.loads(file.read_text(encoding="utf-8"))["depends_on"] for file in files if file.is_file()]
        return hashlib.sha256(json.dumps([digest(*self.own()), self.model_dump_json(), needs]).encode()).hexdigest()

    def state(self) -> dict[str, Any]:
        """What was kept when the job ended last, or nothing."""
        return json.loads(self.state_file.read_text(encoding="utf-8")) if self.state_file.is_file() else {}

    def done(self) -> bool:
        """Whether it has ended well since what it depends on changed."""
        return bool(self.state().get("depends_on") == self.depends_on())

    def begin(self) -> dict[str, Any]:
        """What is known as the job begins."""
        commit = git("rev-parse", "--short", "HEAD")
        return {"depends_on": self.depends_on(), "commit": commit, "load": os.getloadavg()[0], "began": time.time()}

    def end(self, state: dict[str, Any], seconds: float, cpu_seconds: float) -> None:
        """Keep that it has ended well, after how many seconds of wall and of CPU time."""
        self.state_file.parent.mkdir(parents=True, exist_ok=True)
        content = {**state, "seconds": seconds, "cpu_seconds": cpu_seconds, "ended": time.strftime("%Y-%m-%d")}
        self.state_file.write_text(json.dumps(content, indent=1), encoding="utf-8")


class SeedsJob(_Job):
    """Trainings that differ in their seed, see `seeds.Training`."""

    config: Path
    test: Path = TEST.relative_to(ROOT)
    seeds: Annotated[int, Field(ge=1)] = 3
    overrides: tuple[str, ...] = ()

    @field_validator("overrides", mode="before")
    @classmethod
    def _flat(cls, words: Any) -> Any:
        return [flat for word in words for flat in (cls._flat(word) if isinstance(word, list) else [word])]

    @property
    def training(self) -> Training:
        """For `experiments.results.seeds`."""
        return Training(self.name, self.config, self.test, self.overrides)

    def arguments(self) -> list[str]:
        """Of the interpreter."""
        options = {"--name": self.name, "--config": self.config, "--seeds": self.seeds, "--test": self.test}
        flat = [str(word) for option in options.items() for word in option]
        return ["-m", "experiments.results.seeds", *flat, *self.overrides]

    def own(self) -> tuple[Path, ...]:
        """The configuration."""
        return (ROOT / self.config,)

    def results(self) -> list[dict[str, Any]]:
        """A `SeedResult` for each seed that has ended."""
        files = [ROOT / self.training.file(seed) for seed in range(self.seeds)]
        return [json.loads(file.read_text(encoding="utf-8")) for file in files if file.is_file()]


class ScriptJob(_Job):
    """A script, by the name of its module; where its command says {json} it writes {"rows": [...]} there."""

    command: tuple[str, ...]

    @property
    def output(self) -> Path:
        """The JSON file."""
        return JOBS / f"{self.name}.json"

    def arguments(self) -> list[str]:
        """Of the interpreter; paths with * or ? as they are now."""
        words = [word.replace("{json}", str(self.output)) for word in self.command]
        found = ["-m"]
        for word in words:
            found += sorted(glob(word, root_dir=ROOT)) if set("*?") & set(word) else [word]
        return found

    def own(self) -> tuple[Path, ...]:
        """The script, and the configurations that its command names."""
        path = ROOT / self.command[0].replace(".", "/")
        script = path / "__main__.py" if path.is_dir() else path.with_suffix(".py")
        return (script, *(ROOT / word for word in self.command[1:] if word.endswith(".yaml")))

    def rows(self) -> list[dict[str, Any]]:
        """The rows of the JSON file, or none."""
        return json.loads(self.output.read_text(encoding="utf-8"))["rows"] if self.output.is_file() else []


Job = SeedsJob | ScriptJob


class Part(BaseModel):
    """Experiments that belong together.

    Attributes:
        name: for the command line.
        jobs: in the order in which they run.
        on_request: whether they run only where they are named.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    jobs: tuple[Job, ...]
    on_request: bool = False


class Parts(RootModel[tuple[Part, ...]]):
    """All parts, in the order in which they run."""

    @model_validator(mode="after")
    def _needs_come_before(self) -> Parts:
        known: set[str] = set()
        for job in (job for part in self.root for job in part.jobs):
            if unknown := set(job.needs) - known:
                raise ValueError(f"{job.name} needs {', '.join(sorted(unknown))}: must come before it")
            if job.name in known:
                raise ValueError(f"two jobs have the name {job.name}")
            known.add(job.name)
        return self


def load_parts(file: Path = FILE) -> list[Part]:
    """All parts of the report.

    Raises:
        pydantic.ValidationError: the file says something else.
    """
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    content.pop("shared", None)  # what several experiments refer to
    named = set(content.pop("on_request", ()))
    parts = [{"name": name, "jobs": jobs, "on_request": name in named} for name, jobs in content.items()]
    return list(Parts.model_validate(parts).root)
