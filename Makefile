# `make` lists the targets. Everything runs in the project's own virtual environment, .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# the graph networks are too small to share between threads
export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help setup demo circles embryo volume results programs lowest reliability napari test lint unit slow bench site wheel earlier bench-before bench-compare clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: $(READY) ## make the virtual environment (done by the other targets when needed)

NEW_ENOUGH := $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "Python 3.11 or newer is needed; name it with: make PYTHON=python3.12"; exit 2; }
$(READY): pyproject.toml constraints.txt
	@$(NEW_ENOUGH)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $@

demo: $(READY) ## train on the shipped nuclei without labels, segment the test images, compare (about 4 minutes)
	$(BIN)/python -m experiments.demo

circles: $(READY) ## draw discs on structured ground and train on them from rules alone (about 4 minutes)
	$(BIN)/python -m experiments.drawings circles --count 100 --seed 0 --output runs/data/circles/train
	$(BIN)/python -m experiments.drawings circles --count 20 --seed 2 --output runs/data/circles/development
	$(BIN)/rlseg fit --config experiments/circles.yaml

EMBRYO := runs/data/embryo
embryo: $(READY) ## rings of embryo cells: drawn ones with scores, then the real one with a picture (about 10 minutes)
	rm -rf runs/embryo/make runs/embryo_real/make
	$(BIN)/python -m experiments.drawings embryo --count 60 --seed 0 --output $(EMBRYO)/train
	$(BIN)/python -m experiments.drawings embryo --count 16 --seed 1 --output $(EMBRYO)/development
	$(BIN)/rlseg fit --config experiments/embryo.yaml --trainer.logger.init_args.version make
	$(BIN)/python -m experiments.analysis.embryo_report runs/embryo/make/checkpoints/best.ckpt
	$(BIN)/rlseg fit --config experiments/embryo_real.yaml --trainer.logger.init_args.version make
	$(BIN)/rlseg predict runs/embryo_real/make/checkpoints/best.ckpt experiments/data/embryo/images \
		--output runs/embryo_real/make/labels --overlay

volume: $(READY) ## draw volumes and train on them from rules alone, then on real nuclei in 3D
	$(BIN)/python -m experiments.drawings volumes --count 6 --seed 0 --output runs/data/volumes/train
	$(BIN)/python -m experiments.drawings volumes --count 3 --seed 1 --output runs/data/volumes/development
	$(BIN)/rlseg fit --config experiments/volume_drawn.yaml
	$(BIN)/rlseg fit --config experiments/volume.yaml

results: $(READY) ## all experiments of docs/results.md that are not done yet, then the report; PARTS="circles embryo" for some
	$(BIN)/python -m experiments.results $(PARTS)

test: lint unit ## lint, types and the default tests (about 5 minutes)

lint: $(READY) ## ruff, mypy and the layers of the imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(READY) ## the default tests alone
	$(BIN)/pytest -n auto --dist worksteal

slow: $(READY) ## full trainings over several seeds (about an hour on 2 cores)
	$(BIN)/pytest -m slow

# what other programs are made of, in an environment of its own; ImageJ: apt-get install libij-java default-jre-headless
PROGRAMS := .venv-programs
programs: ## what is written and read, by the libraries of other programs (a large installation, then about 3 minutes)
	$(PYTHON) -m venv $(PROGRAMS)
	$(PROGRAMS)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev,formats,onnx]"
	$(PROGRAMS)/bin/python -m pip install --quiet --disable-pip-version-check ".[programs]"
	@# for the files of a microscope that it brings; it is not imported
	$(PROGRAMS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --ignore-requires-python \
		arcadia-microscopy-tools==0.5.0
	PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 QT_QPA_PLATFORM=offscreen $(PROGRAMS)/bin/pytest -m programs tests/programs

# torch is as in constraints.txt, not as low as pyproject.toml allows (2.10): for Linux on x86, PyPI has torch with CUDA
# alone, gigabytes of it. Where torch==2.10.0 is to be had for the CPU: make lowest LOWEST_TORCH=torch==2.10.0
LOWEST := .venv-lowest
LOWEST_TORCH ?= -c constraints.txt torch
# which tests: make lowest TESTS=tests/io
TESTS ?=
lowest: ## the default tests with the lowest versions that pyproject.toml allows, in an environment of its own
	@$(NEW_ENOUGH)
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check uv $(LOWEST_TORCH)
	$(LOWEST)/bin/uv pip install --quiet --python $(LOWEST) --resolution lowest-direct -e ".[dev]"
	$(LOWEST)/bin/pytest -n auto --dist worksteal $(TESTS)

reliability: $(READY) ## the tests of everything in tests/faults.yaml, and the table docs/reliability.md
	$(BIN)/pytest -m 'not bench' --fault-table=docs/reliability.md

NAPARI := .venv-napari
# which napari is tried: make napari NAPARI_IS="==0.8.0"
NAPARI_IS ?=
# OpenGL needs a display; Xvfb is one that nobody sees (Debian: xvfb libxcb-icccm4 libxcb-keysyms1 libxcb-cursor0)
SCREEN := $(if $(shell command -v xvfb-run),xvfb-run -a -s "-screen 0 1600x1200x24")
napari: ## the plugin in the real napari, in an environment of its own, without a screen (about 10 minutes)
	@[ -n '$(SCREEN)' ] || [ -n "$$DISPLAY" ] || { echo "a display or xvfb-run is needed"; exit 2; }
	@[ -d $(NAPARI) ] || $(PYTHON) -m venv $(NAPARI)
	$(NAPARI)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[napari]" \
		"napari[pyqt6]$(NAPARI_IS)" pytest
	$(NAPARI)/bin/npe2 validate rlseg
	$(SCREEN) $(NAPARI)/bin/python -m pytest -m napari -W ignore tests/napari

# in an environment of its own, without torch: the site reads the sources, and does not run them
SITE := build/site-venv
NEEDS := import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["site"])
$(SITE)/.ready: pyproject.toml constraints.txt
	@$(NEW_ENOUGH)
	$(PYTHON) -m venv $(SITE)
	$(SITE)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt \
		$$($(SITE)/bin/python -c '$(NEEDS)')
	@touch $@

site: $(SITE)/.ready ## the documentation as a site, build/site/site/index.html; links that lead nowhere are errors
	$(SITE)/bin/python -m experiments.site

wheel: ## build the wheel, install it where nothing else is, and use it far from the repository (about 4 minutes)
	.ci/wheel $(PYTHON)

BENCH := runs/bench
# RLSEG_PEERS names Pythons that have cellpose or stardist, with a colon between them; RLSEG_BENCH_ALL=1 adds 10,000 x 10,000
# pixels and make demo
bench: $(READY) earlier ## stages, whole processes, limits, what users have otherwise, on idle cores (about 20 minutes); then docs/performance.md
	@mkdir -p $(BENCH)
	@if [ -f $(BENCH)/latest.json ]; then mv $(BENCH)/latest.json $(BENCH)/before.json; fi
	@$(BIN)/pytest -m bench -q -s --benchmark-json $(BENCH)/latest.json --benchmark-columns=median,iqr,rounds \
		--benchmark-group-by=group tests/bench; \
		status=$$?; $(BIN)/python -m experiments.results.performance $(BENCH)/latest.json && exit $$status

# the build that is tagged speed-before; a copy without history has none
BEFORE := e8b080e
EARLIER := runs/before/src
earlier:
	@[ -f $(EARLIER)/.$(BEFORE) ] || { rm -rf $(EARLIER) && mkdir -p $(EARLIER) && \
		git archive $(BEFORE) rlseg experiments rewards | tar -x -C $(EARLIER) && touch $(EARLIER)/.$(BEFORE); } || \
		echo "commit $(BEFORE) is not in this copy: nothing is compared with it"

bench-before: $(READY) earlier ## whole processes of this build beside an earlier one (BEFORE=COMMIT), on idle cores
	$(BIN)/python -m experiments.analysis.processes --json runs/before/processes.json

bench-compare: $(READY) ## what is more than 15 % slower than at the bench before
	$(BIN)/python -m experiments.results.performance --compare $(BENCH)/before.json $(BENCH)/latest.json

clean: ## remove the environment and all results
	rm -rf $(VENV) $(PROGRAMS) $(LOWEST) $(NAPARI) build/site build/site-venv runs demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
