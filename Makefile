# goodwill: every command sets up what it needs. See CONTRIBUTING.md.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
ARGS   ?=
# How many tests run side by side; each worker has servers of its own.
WORKERS ?= auto

.PHONY: setup demo test bench lock browser postgresql dovecot clean

setup: $(VENV)/.setup-done

# Rebuilt only when the lock or the project's own description changes.
$(VENV)/.setup-done: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "goodwill needs Python 3.11 or newer; this is " + sys.version.split()[0] + " (set PYTHON=python3.12, say)")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "setting up $(VENV) from requirements.lock ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# The main job: make an invented firm, value its customers, show the report.
demo: setup
	$(BIN)/goodwill demo $(ARGS)

browser:
	@sh tools/browser.sh
	@sh tools/axe.sh

postgresql:
	@sh tools/postgresql.sh

dovecot:
	@sh tools/dovecot.sh

test: setup browser postgresql dovecot
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --maxprocesses 8 --dist loadfile $(ARGS)

bench: setup
	$(BIN)/python bench/run.py $(ARGS)

# Needs uv; the lock names no address, so that any registry serves.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --extra dev --quiet --output-file requirements.lock pyproject.toml
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --extra train --quiet --output-file requirements-train.lock pyproject.toml

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
