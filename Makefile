# One verb each; CI calls `make test` and nothing else. Everything installs into .venv from hash-pinned locks.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
JOBS ?= auto
BENCH_ROWS ?= 500000

.PHONY: demo test test-fast test-long lint bench serve docs lock system clean

demo: $(STAMP)  ## the whole journey through Airflow, on real and simulated tapes
	@$(BIN)/python examples/demo.py

test: $(STAMP) system lint  ## everything, unit to browser
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup

test-fast: $(STAMP)  ## without Airflow, browser and PostgreSQL
	@$(BIN)/python -m pytest -n $(JOBS) -m "not airflow and not browser and not postgres"

lint: $(STAMP)  ## style, types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

test-long: $(STAMP) system  ## the batteries at their full counts (some minutes more)
	@LOANTAPE_LONG=1 $(BIN)/python -m pytest -n $(JOBS) --dist loadgroup tests/batteries tests/redelivery tests/intake tests/landing tests/apr tests/filing/test_reproducible.py tests/filing/test_crashes.py tests/report/test_page.py

bench: $(STAMP) build/bench-peers/.installed  ## speed and memory against DuckDB's own load; writes docs/benchmarks.md
	@$(BIN)/python benchmarks/intake.py --rows $(BENCH_ROWS) --rounds 2
	@$(BIN)/python benchmarks/journey.py --loans $(BENCH_ROWS) --rounds 2
	@$(BIN)/python benchmarks/engine.py --rows $(BENCH_ROWS) --rounds 2
	@$(BIN)/python benchmarks/apr.py
	@$(BIN)/python benchmarks/indicators.py --loans $(BENCH_ROWS) --rounds 2
	@$(BIN)/python benchmarks/market.py
	@$(BIN)/python benchmarks/filing.py --loans $(BENCH_ROWS) --rounds 2

# Validators to compare with, in an environment of their own; the page says which could not be installed.
build/bench-peers/.installed: benchmarks/requirements.in $(STAMP)
	@echo "installing peers into build/bench-peers …"
	@$(PYTHON) -m venv build/bench-peers
	@$(BIN)/python -c 'from importlib.metadata import version; [print(f"{n}=={version(n)}") for n in ("polars", "duckdb", "pyarrow")]' \
	  > build/bench-peers/constraints.txt
	@for one in $$(cat benchmarks/requirements.in); do \
	  build/bench-peers/bin/python -m pip install -q --disable-pip-version-check -c build/bench-peers/constraints.txt $$one \
	    || echo "$$one cannot be installed" >&2; \
	done
	@touch $@

serve: $(STAMP)  ## Airflow's own site over what the demo made, on 127.0.0.1:8080
	@$(BIN)/python examples/serve.py

docs: $(STAMP)  ## regenerate docs/reference from the declarations
	@$(BIN)/python -m loantape.reference docs/reference

lock: ## resolve the dependencies anew
	uv pip compile -q --generate-hashes --universal --python-version 3.11 --no-header requirements-dev.in -o requirements.lock

# What the tests need from the system: a browser, a PostgreSQL server, Chinese fonts for screenshots, minisign and
# OpenSSL as other implementations of what we sign and stamp, OpenSSH as a receiver.
system:
	@if ! command -v chromium >/dev/null || ! command -v minisign >/dev/null || ! command -v openssl >/dev/null || ! PATH="$$PATH:/usr/sbin" command -v sshd >/dev/null || ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then \
	  if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	    apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
	      chromium postgresql fonts-noto-cjk minisign openssl openssh-client openssh-server >/dev/null; \
	  else \
	    echo "make test needs chromium, minisign, openssl, openssh-server and postgresql: install them, or run 'make test-fast'" >&2; exit 2; \
	  fi; \
	fi

$(STAMP): requirements.lock requirements-bootstrap.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "Loantape needs Python 3.11 to 3.13: make PYTHON=python3.12 …")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-bootstrap.lock
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install -q --compile-bytecode --require-hashes -r requirements.lock
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install -q --no-deps --no-build-isolation -e .
	@touch $(STAMP)

clean:
	rm -rf build .venv
