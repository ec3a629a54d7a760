# Two commands for a stranger: `make run` and `make test`. Everything else is for developers.
SHELL := /bin/bash
PY ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test check env dev words lock clean

run: env
	@$(BIN)/harken up

test: dev
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

check: dev
	@$(BIN)/python tools/check.py

env: $(VENV)/.default $(VENV)/.words
dev: $(VENV)/.dev $(VENV)/.words

words: dev
	@$(BIN)/python tools/words.py collect

$(BIN)/python:
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Harken needs Python 3.11 or newer; $(PY) is $$($(PY) -V). Try: make PY=python3.12"; exit 1; }
	@$(PY) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(PY) -m venv $(VENV)

$(VENV)/.default: $(BIN)/python requirements/default.txt pyproject.toml
	@test -f $(VENV)/.dev || { echo "Installing Harken (once)…"; $(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r requirements/default.txt; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(BIN)/python requirements/dev.txt pyproject.toml
	@echo "Installing what the tests need (once)…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# what is said in other languages, in the form that Harken reads
$(VENV)/.words: $(wildcard src/harken/locale/*/LC_MESSAGES/django.po) tools/words.py
	@$(BIN)/python tools/words.py compile
	@touch $@

lock:
	@uv pip compile pyproject.toml requirements/build.in --universal --python-version 3.11 --generate-hashes -q --no-header --no-annotate -o requirements/default.txt
	@uv pip compile pyproject.toml requirements/build.in --extra scale --universal --python-version 3.11 --generate-hashes -q --no-header --no-annotate -c requirements/default.txt -o requirements/scale.txt
	@uv pip compile pyproject.toml requirements/build.in requirements/dev.in --all-extras --universal --python-version 3.11 --generate-hashes -q --no-header --no-annotate -c requirements/default.txt -o requirements/dev.txt

clean:
	@rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache
