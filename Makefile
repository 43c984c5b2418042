# `make up` and `make test` do everything a fresh machine needs. What is done already is not done again.
#
# Options of the command go in ARGS: make up ARGS="--port 4000 --prices sim"

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.SILENT:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
DONE := $(VENV)/.done
ARGS ?=
SEEDS ?= 1000
WORKERS ?= 3
PYTEST_ARGS ?=

.PHONY: help up attack test quick test-stressed property-long book-long catch-up recovery-matrix chaos simulate house fuzz-api lint build engine terminal lock format clean

help: ## Say what can be made.
	awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: engine terminal ## Start a whole venue: http://127.0.0.1:3005
	exec $(BIN)/outcry up $(ARGS)

build: engine terminal ## Set everything up without starting it.

test: engine terminal $(DONE)/dev ## Check everything: style, types, layers, tests of the terminal and of the venue.
	$(MAKE) lint
	.ci/web-tests
	.ci/chromium >/dev/null || true
	OUTCRY_ENGINE=interpreted $(BIN)/pytest -q tests/unit/engine tests/scenarios tests/property $(PYTEST_ARGS)
	# A file for each worker, and more workers than processors: the longest files come first, and mostly wait.
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

quick: engine $(DONE)/dev ## Run every test that needs no server.
	$(BIN)/pytest -q -n 2 -m quick $(PYTEST_ARGS)

test-stressed: engine terminal $(DONE)/dev ## Run all tests of the venue while four busy loops compete with them.
	# Each ends with the shell that started it, however that ends.
	for _ in 1 2 3 4; do (while kill -0 $$$$ 2>/dev/null; do :; done) & done
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

property-long: engine $(DONE)/dev ## Fight the engine against its naive twin and CFDs against theirs, two million commands each (some ten minutes).
	PROPERTY_COMMANDS=2000000 $(BIN)/pytest --timeout 3600 tests/property/test_engine_twin.py tests/property/test_cfd_twin.py

book-long: engine $(DONE)/dev ## Keep a book from the feed through ten minutes of heavy flow and cut connections.
	BOOK_SECONDS=$${BOOK_SECONDS:-600} $(BIN)/pytest -s tests/e2e/test_book.py

catch-up: engine $(DONE)/dev ## Leave a recorder a million entries behind, and measure how it catches up and what the engine feels of it.
	CATCH_UP_ENTRIES=$${CATCH_UP_ENTRIES:-1000000} $(BIN)/pytest -s --timeout 7200 tests/integration/recorder/test_catch_up.py

attack: engine $(DONE)/dev ## Attack the edge for long, an honest client beside each attack (ATTACK_SECONDS=30).
	ATTACK_SECONDS=$${ATTACK_SECONDS:-30} $(BIN)/pytest -s --timeout 3600 tests/attack

simulate: engine $(DONE)/dev ## Let a thousand venues live through everything that can go wrong (SEEDS=1000).
	SIMULATE_SEEDS=$(SEEDS) $(BIN)/pytest -s --timeout 3600 tests/simulation

house: engine $(DONE)/dev ## Simulate years of the CFD house, and draw docs/images/house.svg (some 15 minutes).
	$(BIN)/uv pip install --quiet --python $(BIN)/python --group plots
	$(BIN)/python benchmarks/house.py

fuzz-api: $(DONE)/dev ## Fuzz the API by its own description, long (FUZZ_SEED=… repeats a run).
	FUZZ_EXAMPLES=500 $(BIN)/pytest --timeout 3600 -s tests/fuzz

recovery-matrix: engine $(DONE)/dev ## Spoil every part of a venue in every way, set the clock by all steps, and recover (some forty minutes).
	RECOVERY_MATRIX=all CLOCK_STEPS=all $(BIN)/pytest -s --timeout 7200 tests/e2e/test_recovery_matrix.py tests/e2e/test_clock_steps.py

chaos: engine $(DONE)/dev ## Kill everything at random for ten minutes under load, and show that nothing was lost.
	CHAOS_SECONDS=$${CHAOS_SECONDS:-600} $(BIN)/pytest -s --timeout 3600 tests/e2e/test_chaos.py

lint: $(DONE)/dev ## Check style, types and layers.
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy --config-file tests/mypy.ini tests
	$(BIN)/lint-imports

format: $(DONE)/dev ## Mend what a machine can mend.
	$(BIN)/ruff check --fix .

lock: $(DONE)/python ## Choose the newest versions that fit, for every platform.
	compile() { $(BIN)/uv pip compile pyproject.toml --quiet --upgrade --universal --python-version 3.11 \
	  --generate-hashes --no-annotate --no-emit-index-url --custom-compile-command "make lock" "$$@"; }
	compile --group dev --output-file requirements-dev.lock
	compile --group build --constraint requirements-dev.lock --output-file requirements.lock

clean: ## Remove what was built; the venue's data stays.
	rm -rf $(VENV) web/node_modules web/dist src/outcry/_compiled

# Each file in $(DONE) says that a step was done after everything it depends on.

$(DONE)/python:
	.ci/make-venv $(VENV)
	mkdir -p $(DONE) && touch $@

$(DONE)/runtime: requirements.lock $(DONE)/python
	echo "installing the packages of requirements.lock"
	$(BIN)/uv pip install --quiet --compile-bytecode --require-hashes --python $(BIN)/python -r requirements.lock
	touch $@

$(DONE)/outcry: pyproject.toml $(DONE)/runtime
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

$(DONE)/dev: requirements-dev.lock $(DONE)/outcry
	echo "installing the packages of requirements-dev.lock"
	$(BIN)/uv pip install --quiet --compile-bytecode --require-hashes --python $(BIN)/python -r requirements-dev.lock
	touch $@

engine: $(DONE)/outcry
	.ci/compile-engine $(BIN)/python

terminal:
	.ci/build-terminal
