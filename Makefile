# Every target does its own set-up; a second run does none. Needs python3 >= 3.11, make and npm.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TRAIN_VENV := .venv-train
NPM_DIR := sandbox/npm
BROWSER_DIR := tests/browser
TOOLS := .tools
READY := $(VENV)/.installed $(NPM_DIR)/node_modules/.installed
ARGS ?=
DATA ?=
TRAIN_PIP = $(TRAIN_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes
LOCK_TRAIN = $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

.PHONY: help
help: ## This list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: setup ## See it work: sandbox, daemon, uploads, an outage (ARGS='--check --json -' unattended)
	@$(BIN)/aura demo $(ARGS)

.PHONY: test
test: setup browser prometheus ## All tests (ARGS='tests/unit -k router' for some)
	@$(BIN)/python -m pytest $(ARGS)

.PHONY: fuzz
fuzz: setup ## Thousands of requests and of damaged photos (AURA_FUZZ_EXAMPLES=1000 for more)
	@AURA_FUZZ_EXAMPLES=$${AURA_FUZZ_EXAMPLES:-300} $(BIN)/python -m pytest --timeout 1800 \
		tests/integration/http_api/test_schemathesis.py tests/integration/vision/test_decoder_fuzz.py $(ARGS)

.PHONY: bench
bench: setup ## Benchmarks, each beside its baseline (ARGS='--only latency' for one)
	@$(BIN)/python -m benchmarks $(ARGS)

.PHONY: train
train: named-data $(TRAIN_VENV)/.installed ## Make the local tagger's model anew: make train DATA=<folder> (over an hour)
	@OMP_NUM_THREADS=1 $(TRAIN_VENV)/bin/python -m training "$(DATA)" $(ARGS)

.PHONY: named-data
named-data:
	@test -n "$(DATA)" || { echo "error: name the folder with images.csv, patterns.csv and images/: make train DATA=<folder>" >&2; exit 2; }

.PHONY: lint
lint: setup ## ruff, mypy --strict, import-linter, hadolint
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/hadolint Dockerfile

.PHONY: audit
audit: setup ## Known vulnerabilities of what is installed in production (pip-audit, in its own environment)
	@$(BIN)/uv tool run --from 'pip-audit>=2.9,<3' pip-audit --strict --disable-pip --require-hashes --requirement requirements.lock $(ARGS)

.PHONY: docs
docs: setup ## Write docs/configuration.md anew, from the settings
	@$(BIN)/python -m aura.settings.reference config.yaml > docs/configuration.md

.PHONY: setup
setup: $(READY) ## Install everything into .venv and sandbox/npm/node_modules

.PHONY: browser
browser: $(BROWSER_DIR)/node_modules/.installed ## Install a headless Chromium for tests of pages

.PHONY: prometheus
prometheus: ## Fetch Debian's Prometheus for the tests that need one, where apt is (nothing depends on it)
	@command -v prometheus >/dev/null 2>&1 || test -x $(TOOLS)/prometheus/usr/bin/prometheus \
		|| ! command -v apt-get >/dev/null 2>&1 || sh tests/fetch_prometheus.sh $(TOOLS)/prometheus

.PHONY: lock
lock: setup ## Write the lock files anew
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--extra local --extra redis --extra scale --extra vertexai --output-file requirements.lock pyproject.toml
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--extra dev --output-file requirements-dev.lock pyproject.toml
	@cd $(NPM_DIR) && npm install --package-lock-only --ignore-scripts --no-audit --no-fund
	@cd $(BROWSER_DIR) && npm install --package-lock-only --ignore-scripts --no-audit --no-fund

.PHONY: train-lock
train-lock: setup ## Write the training's lock files anew (UV_FIND_LINKS or UV_INDEX: where PyTorch's CPU wheels are)
	@$(LOCK_TRAIN) --override training/overrides.txt --output-file training/requirements.lock training/requirements.in pyproject.toml
	@$(LOCK_TRAIN) --constraint training/requirements.lock --output-file training/torch.lock training/torch.in
	@$(LOCK_TRAIN) --constraint training/requirements.lock --output-file training/torch-cpu.lock training/torch-cpu.in

.PHONY: clean
clean: ## Remove what set-up and the tools made
	@rm -rf $(VENV) $(TRAIN_VENV) $(TOOLS) training/.work $(NPM_DIR)/node_modules $(BROWSER_DIR)/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "error: $(PYTHON) is missing: install Python 3.11 or newer." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "error: $$($(PYTHON) --version) is too old: install Python 3.11 or newer, or run make PYTHON=/path/to/python3.11." >&2; exit 1; }
	@echo "setting up $(VENV)" >&2
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "error: python3 -m venv failed: install the venv module (Debian: apt-get install python3-venv)." >&2; exit 1; }

$(VENV)/.installed: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	@echo "installing Python packages" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(TRAIN_VENV)/.installed: training/requirements.lock training/torch-cpu.lock training/torch.lock
	@$(PYTHON) -m venv $(TRAIN_VENV)
	@echo "installing what training needs into $(TRAIN_VENV)" >&2
	@$(TRAIN_PIP) --no-deps -r training/requirements.lock
	@$(TRAIN_PIP) -r training/torch-cpu.lock 2>/dev/null || { \
		echo "pip finds no PyTorch for CPUs only: installing the one on PyPI (on Linux with CUDA: several GB)" >&2; \
		$(TRAIN_PIP) -r training/torch.lock; }
	@touch $@

$(NPM_DIR)/node_modules/.installed: $(NPM_DIR)/package-lock.json
	@command -v npm >/dev/null 2>&1 || { echo "error: npm is missing: install Node.js 20 or newer with npm." >&2; exit 1; }
	@echo "installing PostgREST and the JavaScript client" >&2
	@cd $(NPM_DIR) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
	@touch $@

$(BROWSER_DIR)/node_modules/.installed: $(BROWSER_DIR)/package-lock.json
	@command -v npm >/dev/null 2>&1 || { echo "error: npm is missing: install Node.js 20 or newer with npm." >&2; exit 1; }
	@echo "installing a browser for tests" >&2
	@cd $(BROWSER_DIR) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
	@touch $@
