# `make run` and `make test` each set everything up by themselves; `make help` lists the rest.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
LOCK_FLAGS := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'

.PHONY: help setup setup-dev run test test-services check conformance screenshots fuzz deploy-check bench-quick format lock clean
.DEFAULT_GOAL := help

help:  ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The lock is whole, so pip resolves nothing (it would look past the lock for a package asked for with extras, and fail
# as soon as a newer one is published). A stamp remembers what is installed: a second start needs no network and no time.
.venv/installed-run: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	test -f .venv/installed-dev || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.txt
	touch $@

.venv/installed-dev: requirements-dev.txt requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.txt
	touch $@

setup: .venv/installed-run  ## make .venv, install, migrate, collect static files, compile the kernels
	$(BIN)/python manage.py prepare

setup-dev: .venv/installed-dev .venv/installed-run
	$(BIN)/python manage.py prepare

run: setup  ## serve the site and its worker on http://127.0.0.1:$(PORT)
	exec $(BIN)/python manage.py up --port $(PORT)

test: setup-dev  ## run every test that this machine can (REQUIRE_ALL=1: a missing program is a failure)
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

test-services: setup-dev  ## the tests of the site on PostgreSQL, Redis and an object store (ARGS=)
	$(BIN)/python -m tests.on_services $(ARGS)

check: .venv/installed-dev  ## what CI checks besides the tests: format, lint, types, migrations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python manage.py makemigrations --check --dry-run

conformance: setup-dev  ## every kind of input × every format, judged by FFmpeg, Pillow and avifdec; docs/conformance.md
	$(BIN)/python -m tests.conformance

screenshots: setup-dev  ## every page and state at three widths, in both themes and two languages: test-results/screenshots
	$(BIN)/python -m tests.screenshots

deploy-check:  ## the written steps of docs/deploy.md in an empty folder (CLEAN=1: in a new Debian): install, render, restore
	PYTHON="$(PYTHON)" deploy/check.sh

fuzz: setup-dev  ## mutations of hostile and good files for an hour (MINUTES=, SEED=); findings are kept in var/fuzz
	$(BIN)/python -m tests.hostile --minutes $(or $(MINUTES),60) --seed $(or $(SEED),1)

bench-quick: setup  ## sizes, speed and memory beside other programs, < 5 minutes (FOLDER=...: on its small GIFs)
	$(BIN)/python benchmarks/quick.py $(FOLDER)

format: .venv/installed-dev  ## rewrite the code in the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: .venv/installed-dev  ## resolve the requirements anew, with hashes and without addresses
	for n in requirements requirements-cluster requirements-dev; do $(BIN)/uv pip compile --quiet $(LOCK_FLAGS) $$n.in -o $$n.txt || exit 1; done

clean:  ## remove what was installed and built; var/ (your data) stays
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache build staticfiles
