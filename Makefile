# Start with `make run` and `make test`. Both install their dependencies first.
PYTHON ?= python3
BIN := .venv/bin
ISSUER := node_modules/.issuer
WEB := node_modules/.web
BUILT := web/.next/standalone/.built
# The first changed file of the front end, if any. `find` looks for it, because make treats the
# brackets in the file names of pages as a pattern. `find` also compares the times of directories, so
# that a page that is removed counts too.
CHANGED_WEB := $(shell find web/app web/components web/features web/lib better-auth-setup web/package.json \
  $(filter-out web/next-env.d.ts,$(wildcard web/*.ts web/*.mjs)) -newer $(BUILT) 2>&1 | head -n 1)

.DEFAULT_GOAL := help
.PHONY: help run serve test fuzz compatibility package lint bench screenshots issuer web lock clean changed node chromium

help:  ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: node $(BIN)/.service $(BUILT)  ## Run the front end and the service together on an SQLite database
	@$(BIN)/python scripts/run.py

serve: $(BIN)/.service  ## Run only the service: BETTER_AUTH_URL=https://app.example.com make serve
	@$(BIN)/python scripts/run.py --service-alone

test: node lint web  ## Run all checks and tests, on SQLite and PostgreSQL, with gunicorn, Better Auth and Chromium
	@scripts/test-programs chromium pgbouncer
	$(BIN)/python -m pytest --numprocesses=2 --dist=loadgroup

fuzz: $(BIN)/.dev  ## Run the property tests of tokens and key sets with many more examples; takes minutes
	$(BIN)/python -m pytest tests/bridge/test_properties.py --hypothesis-profile=fuzz \
	  --hypothesis-show-statistics -o timeout=1800

compatibility: node $(BIN)/.dev  ## Verify tokens of Better Auth 1.4 to 1.7 and write the table in README.md; takes minutes
	$(BIN)/python tests/compatibility/check.py

package: $(BIN)/python  ## Build the package of the bridge, install it in empty environments and use it
	$(BIN)/python tests/package/check.py

lint: $(BIN)/.dev  ## Check the Python code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(BIN)/.bench  ## Compare the performance with the usual alternatives
	@scripts/test-programs wrk
	@$(BIN)/python -W ignore bench/verify.py
	@$(BIN)/python bench/keys.py
	@$(BIN)/python bench/queries.py
	@if command -v wrk >/dev/null; then $(BIN)/python bench/load.py && $(BIN)/python bench/growth.py && $(BIN)/python bench/chat.py; \
	  else echo "Skipped bench/load.py, bench/growth.py and bench/chat.py: wrk is missing (Debian and Ubuntu: apt-get install wrk)"; fi
	@$(BIN)/python bench/words.py

screenshots: chromium $(BIN)/.dev $(BUILT)  ## Retake the screenshots in docs/images
	@$(BIN)/python scripts/screenshots.py

issuer: $(ISSUER)  ## Install the small Better Auth server for tests

web: $(WEB)  ## Install, check, test and build the front end
	npm run --workspace web lint
	npm run --workspace web typecheck
	npm run --workspace web test
	@$(MAKE) --no-print-directory $(BUILT)

lock: $(BIN)/.dev  ## Pin the dependencies in pyproject.toml to exact versions
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --group pyproject.toml:service --output-file requirements.txt pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --group pyproject.toml:dev --output-file requirements-dev.txt pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --group pyproject.toml:bench --output-file requirements-bench.txt pyproject.toml

clean:  ## Remove installed packages and builds; keep the database in instance/
	rm -rf .venv .chromium node_modules web/.next

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "Missing: Python 3.11 or newer (as $(PYTHON); to use another one: make PYTHON=python3.12 ...)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Missing: Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version) (to use another one: make PYTHON=python3.12 ...)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Missing: the venv module of Python (Debian and Ubuntu: apt-get install python3-venv)"; exit 1; }
	@echo "Creating a virtual environment in .venv"
	@$(PYTHON) -m venv .venv

$(BIN)/.service: requirements.txt | $(BIN)/python
	@echo "Installing the service's Python packages"
	@$(BIN)/pip install --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(BIN)/.dev: requirements-dev.txt | $(BIN)/python
	@echo "Installing the Python packages for development"
	@$(BIN)/pip install --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

$(BIN)/.bench: requirements-bench.txt | $(BIN)/python
	@echo "Installing the Python packages for the benchmarks"
	@$(BIN)/pip install --disable-pip-version-check --require-hashes -r requirements-bench.txt
	@touch $@

# Check for required programs before anything is installed. Otherwise the error would appear only
# after minutes.
node:
	@command -v node >/dev/null && command -v npm >/dev/null || { echo "Missing: Node 20 or newer with npm, for the front end. To use your own Better Auth server: BETTER_AUTH_URL=https://app.example.com make serve"; exit 1; }
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || { echo "Missing: Node 20 or newer; node is $$(node --version). To use your own Better Auth server: BETTER_AUTH_URL=https://app.example.com make serve"; exit 1; }

chromium:
	@scripts/test-programs chromium

$(ISSUER): package-lock.json | node
	@echo "Installing the Better Auth server"
	@npm ci --workspace issuer
	@touch $@

$(WEB): package-lock.json | node
	@echo "Installing the front end and the Better Auth server"
	@npm ci
	@touch $(ISSUER) $@

$(BUILT): $(WEB) $(if $(CHANGED_WEB),changed)
	@echo "Building the front end"
	@npm run --workspace web build
	@touch $@
