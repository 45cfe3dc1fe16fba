# Two commands are enough: `make run` to try it, `make test` to prove it. Everything lands in .venv; no root is needed.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore $(BIN)/pip --quiet --quiet
CATALOGUES := $(wildcard qms/translations/*/LC_MESSAGES/messages.po)
SOURCES := qms procedures nonconformities audits
LOCK := pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate --quiet

.PHONY: help setup run test lint bench mutants audit translations lock clean browser

help:
	@echo "make setup         makes .venv from the lock file"
	@echo "make run           starts the application with the demo office on http://127.0.0.1:5000"
	@echo "make test          runs all tests"
	@echo "make lint          checks style, types and the import contract"
	@echo "make bench         measures pages, evaluation, take-over, lists, trail, start and throughput on large offices"
	@echo "make mutants       changes rules and evidence in small ways and prints how many of the changes the tests notice"
	@echo "make audit         asks the public advisories about the packages of requirements/runtime.txt"
	@echo "make translations  collects the sentences of the program into the catalogue"
	@echo "make lock          writes requirements/*.txt anew from pyproject.toml"
	@echo "make clean         removes .venv and what was built; instance/ stays"

setup: .venv/.ready $(CATALOGUES:.po=.mo)

run: setup
	@$(BIN)/qms run

# three at once on two cores: a test that waits for a browser or a server leaves its core to another
test: .venv/.ready-for-tests $(CATALOGUES:.po=.mo) browser
	@$(BIN)/pytest -n 3 --dist loadfile

lint: .venv/.ready-for-tests $(CATALOGUES:.po=.mo)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: .venv/.ready-for-tests $(CATALOGUES:.po=.mo)
	@over=0; for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python "$$script" || over=1; done; exit $$over

mutants: .venv/.ready-for-tests $(CATALOGUES:.po=.mo)
	@rm -rf mutants
	@$(BIN)/mutmut run >.venv/mutants.log 2>&1 || { tail -n 20 .venv/mutants.log; exit 1; }
	@$(BIN)/python tests/mutants.py

audit: .venv/.ready-for-tests
	@$(BIN)/python requirements/audit.py

translations: .venv/.ready-for-tests
	@$(BIN)/pybabel --quiet extract --mapping-file babel.cfg --keywords "_l" --no-location --sort-output \
		--output-file .venv/messages.pot $(SOURCES) templates "$$($(BIN)/python -c 'import wtforms; print(wtforms.__path__[0])')"
	@$(BIN)/pybabel --quiet update --input-file .venv/messages.pot --output-dir qms/translations --locale vi \
		--no-fuzzy-matching --no-wrap --ignore-obsolete --ignore-pot-creation-date
	@echo "Now give every empty msgstr in qms/translations/vi/LC_MESSAGES/messages.po its Vietnamese."

lock:
	@command -v uv >/dev/null || { test -x .venv/uv/bin/uv || { $(PYTHON) -m venv .venv/uv && .venv/uv/bin/pip --quiet --quiet install uv; }; }
	@UV=$$(command -v uv || echo .venv/uv/bin/uv); \
		$$UV $(LOCK) pyproject.toml --extra build --output-file requirements/runtime.txt && \
		$$UV $(LOCK) pyproject.toml --extra build --extra dev --constraints requirements/runtime.txt \
			--output-file requirements/dev.txt

clean:
	@rm -rf .venv mutants build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find $(SOURCES) tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
	@rm -f $(CATALOGUES:.po=.mo)

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	@echo "Making .venv ..."
	@$(PYTHON) -m venv .venv

.venv/.ready: requirements/runtime.txt pyproject.toml hatch_build.py | .venv/bin/python
	@echo "Installing the packages of requirements/runtime.txt ..."
	@$(PIP) install --require-hashes --requirement requirements/runtime.txt
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

.venv/.ready-for-tests: requirements/dev.txt .venv/.ready
	@echo "Installing the packages of requirements/dev.txt ..."
	@$(PIP) install --require-hashes --requirement requirements/dev.txt
	@touch $@

%.mo: %.po | .venv/.ready
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

# Chromium of the distribution, else its package, else Playwright's own; without any the browser tests say that they were skipped
browser: .venv/.ready-for-tests
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	|| { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
		&& { echo "Installing the package chromium ..."; apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			apt-get install -qq --no-install-recommends chromium >.venv/chromium.log 2>&1; } && command -v chromium >/dev/null; } \
	|| $(BIN)/playwright install chromium >.venv/chromium.log 2>&1 \
	|| echo "No browser can be installed here; the tests that need one will be skipped."
