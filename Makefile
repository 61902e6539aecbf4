# make run        set up (once) and serve; stops on Ctrl-C
# make test       set up (once) and run the tests, as many beside each other as there are cores, four at most; WORKERS=2 asks
#                 for another number
# make test-long  kill each process fifty times under load, fuzz every door, take guards away, live long histories,
#                 look for barriers at both widths and keep a picture of every page (long)
# make bench      measure the doors against the database that serves them (about ten minutes; docs/performance.md)
# make check      formatting, lint, types, arrows between the rooms

PYTHON ?= python3.11
# Each worker keeps a living copy or two: about a gigabyte.
WORKERS ?= logical
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := run
.PHONY: run test test-long bench check format requirements clean

run: $(VENV)/.run
	@$(BIN)/carnet serve

test: $(VENV)/.test
	@$(BIN)/pytest -n $(WORKERS) --maxprocesses 4 --dist loadfile --no-loadscope-reorder -m "not long" $(ARGS)

test-long: $(VENV)/.test
	@CARNET_CRASHES=50 CARNET_FUZZ=20000 $(BIN)/pytest tests/journeys/test_crashes.py tests/attacks/test_soap_fuzz.py $(ARGS)
	@CARNET_FUZZ=100 $(BIN)/pytest tests/attacks/test_fuzz.py $(ARGS)
	@$(BIN)/pytest tests/attacks/test_guards_matter.py $(ARGS)
	@CARNET_LOOK=whole $(BIN)/pytest tests/portals $(ARGS)
	@$(BIN)/pytest -n $(WORKERS) --maxprocesses 4 -m long tests/attacks/test_random_histories.py $(ARGS)

bench: $(VENV)/.run
	@$(BIN)/carnet bench $(ARGS)

check: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

requirements: $(VENV)/.run
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile -q --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 \
	  --extra setup --custom-compile-command "make requirements" -o requirements.txt pyproject.toml
	$(BIN)/uv pip compile -q --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 \
	  --extra setup --extra test --custom-compile-command "make requirements" \
	  -c requirements.txt -o requirements-test.txt pyproject.toml

clean:
	rm -rf $(VENV) build .mypy_cache .pytest_cache .ruff_cache .hypothesis

# The stamps hold when the requirements they were made from have not changed since.
$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing (Debian, Ubuntu: apt install python3.11 python3.11-venv)"; exit 2; }
	@echo "making the virtual environment (once)"
	@$(PYTHON) -m venv $(VENV) || { echo "$(PYTHON) has no venv (Debian, Ubuntu: apt install python3.11-venv)"; rm -rf $(VENV); exit 2; }

$(VENV)/.run: requirements.txt pyproject.toml | $(BIN)/python
	@echo "installing the dependencies (once)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

# Tests that miss one of these say so and are skipped.
SYSTEM := chromium-headless-shell clamav-daemon fonts-liberation softhsm2 strace

$(VENV)/.test: requirements-test.txt $(VENV)/.run
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && ! dpkg -s $(SYSTEM) >/dev/null 2>&1; then \
	  echo "installing what the tests need of the system (once): $(SYSTEM)"; \
	  apt-get update -qq >/dev/null 2>&1; \
	  for package in $(SYSTEM); do \
	    apt-get install -y -qq $$package >/dev/null 2>&1 || echo "$$package cannot be installed: its tests are skipped"; \
	  done; \
	fi
	@echo "installing what the tests need (once)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-test.txt
	@touch $@
